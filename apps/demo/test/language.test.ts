import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { en } from "../src/words/words-en.ts";
import { fr } from "../src/words/words-fr.ts";
import { startViewer } from "./viewer.ts";
import type { TestViewer } from "./viewer.ts";

let viewer: TestViewer;
beforeAll(async () => {
  viewer = await startViewer();
});
afterAll(() => viewer.close());

const titleIn = async (headers: Record<string, string>, path = "") =>
  /<html lang="(\w+)"/.exec((await viewer.get(path, headers)).text)?.[1];

describe("the language", () => {
  test.each([
    ["fr", "fr"],
    ["fr-CA,en;q=0.8", "fr"],
    ["en-US,fr;q=0.9", "en"],
    ["de,fr;q=0.9,en;q=0.8", "fr"],
    ["de", "en"],
    ["fr;q=0,en", "en"],
    ["*", "en"],
    [";;q=,", "en"],
  ])("of a browser that accepts %s is %s", async (accepted, language) => {
    expect(await titleIn({ "Accept-Language": accepted })).toBe(language);
  });

  test("can be changed on any page, and is kept", async () => {
    const page = await viewer.get("?by=target&target=000EMPTY&lang=fr");
    expect(page.words).toContain("La liste est vide");
    const cookie = page.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^lang=fr;/);
    // Without a path the cookie belongs to the viewer's own folder.
    expect(cookie).not.toMatch(/path=/i);
    expect(await titleIn({ Cookie: "lang=fr", "Accept-Language": "en" })).toBe("fr");
    expect(page.text).toContain("?by=target&amp;target=000EMPTY&amp;lang=en");
  });

  test.each(["xx", "__proto__", "constructor", ""])("cannot be %j", async (asked) => {
    expect(await titleIn({ Cookie: `lang=${asked}` }, `?lang=${asked}`)).toBe("en");
  });
});

/** All texts by the paths of their keys. Those with parameters are tried with several. */
function words(messages: object, path = ""): [string, string][] {
  return Object.entries(messages).flatMap(([key, value]): [string, string][] => {
    const name = `${path}${key}`;
    if (typeof value === "string") return [[name, value]];
    if (typeof value === "function") {
      const say = value as (...parameters: unknown[]) => string;
      return [
        [`${name}(1)`, say(1, 1, 1)],
        [`${name}(2)`, say(2, 2, 2)],
        [`${name}(3, 0)`, say(3, 0, 0)],
      ];
    }
    return words(value as object, `${name}.`);
  });
}

describe("the texts", () => {
  test("have the same keys in both languages, none empty", () => {
    expect(words(fr).map(([key]) => key)).toEqual(words(en).map(([key]) => key));
    for (const [key, text] of [...words(en), ...words(fr)]) expect(text.trim(), key).not.toBe("");
  });

  test("are translated, apart from the few that are the same", () => {
    const english = new Map(words(en));
    const same = words(fr)
      .filter(([key, text]) => english.get(key) === text)
      .map(([key]) => key);
    expect(same.toSorted()).toEqual(
      [
        "action",
        "actionLabel",
        "archive",
        "byStamp",
        "cc",
        "disposition",
        "kinds.image",
        "kinds.script",
        "messageId",
        "page",
        "pages",
        "partsHeading",
        "stampLabel",
        "tabSource",
        "tabHtml",
        "places.html",
        "type",
      ].toSorted(),
    );
  });
});
