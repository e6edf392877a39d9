import type { ArchivesClient } from "@np6-archives/client";
import type { InjectedFault } from "@np6-archives/mock";
import { createMailReader } from "@np6-archives/safe-mail";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createViewer } from "../src/web/app.tsx";
import { startViewer } from "./viewer.ts";
import type { Page, TestViewer } from "./viewer.ts";

let viewer: TestViewer;
beforeAll(async () => {
  viewer = await startViewer({ client: { timeout: 2500, totalTimeout: 8000 } });
});
beforeEach(() => viewer.mock.reset());
afterAll(() => viewer.close());

const TARGET = "?by=target&target=000T123";

describe("a failed search has a page", () => {
  test.each([
    ["400", "status=400", 400, "NP6 did not accept this search"],
    ["401", "status=401", 502, "NP6 does not accept the API key"],
    ["403", "status=403", 403, "The API key may not see these archives"],
    ["404", "status=404", 404, "NP6 knows no such id"],
    ["409", "status=409", 409, "NP6 could not answer this search now"],
    ["411", "status=411", 502, "NP6 refused this search"],
    ["422", "status=422", 400, "NP6 could not make sense of this search"],
    ["429", "rate-limit", 429, "Too many requests"],
    ["500", "status=500", 502, "NP6 has a problem"],
    ["503", "status=503", 502, "NP6 has a problem"],
    ["a proxy's page", "html", 502, "NP6 has a problem"],
  ] as const)("%s: with the status and the request id", async (_, fault, status, title) => {
    viewer.mock.inject({ fault, match: { origin: "api" } });
    const page = await viewer.get(TARGET);
    expect(page.status).toBe(status);
    expect(page.words).toContain(title);
    expect(page.words).toContain("What to do");
    expect(page.words).toMatch(/Request id [\w-]{8,} Quote it to NP6 support/);
    expect(page.text).toContain('value="000T123"');
  });

  test.each([
    ["reset", 502, "NP6 cannot be reached"],
    ["hang", 504, "NP6 took too long to answer"],
    ["empty", 502, "NP6 sent an answer that cannot be read"],
    ["malformed-json", 502, "NP6 sent an answer that cannot be read"],
  ] as const)("%s", async (fault, status, title) => {
    viewer.mock.inject({ fault, match: { origin: "api" } });
    const page = await viewer.get(TARGET);
    expect(page.status).toBe(status);
    expect(page.words).toContain(title);
  });

  test.each([
    ["status=503", true],
    ["rate-limit", true],
    ["status=404", false],
    ["status=403", false],
  ] as const)("%s: with a way to try again: %s", async (fault, again) => {
    viewer.mock.inject({ fault, match: { origin: "api" } });
    const { text } = await viewer.get(`${TARGET}&lang=en`);
    expect(/<a href="\.\/\?by=target&amp;target=000T123">Try again<\/a>/.test(text)).toBe(again);
  });

  test("429: with the time to try again", async () => {
    viewer.mock.inject({ fault: "rate-limit=90" });
    const page = await viewer.get(TARGET);
    expect(page.words).toMatch(/Try again after \d+ \w+ \d{4}, [\d:]+ UTC/);
    expect(Number(page.headers.get("retry-after"))).toBeGreaterThan(80);
  });

  test("and is logged in one line without secrets", async () => {
    viewer.mock.inject({ fault: "status=503" });
    await viewer.get(TARGET);
    expect(viewer.log.at(-1)).toMatch(/^GET \/ 502 ServerError: .*503/);
    expect(viewer.log.at(-1)).not.toContain("\n");
  });

  test("and is not cached: the next try requests it again", async () => {
    viewer.mock.inject({ fault: "status=503" });
    expect((await viewer.get(TARGET)).status).toBe(502);
    expect((await viewer.get(TARGET)).status).toBe(200);
  });
});

describe("the mock's story ids", () => {
  test.each([
    ["000F503", 502],
    ["000F404", 404],
    ["000RESET", 502],
    ["000HANG", 504],
    ["000TRUNCATE", 502],
    ["000HTML", 502],
    ["000NOBODY", 502],
    ["000BADJSON", 502],
  ])("%s leads to a page with advice", async (target, status) => {
    const page = await viewer.get(`?by=target&target=${target}`);
    expect(page.status).toBe(status);
    expect(page.words).toContain("What to do");
  });
});

async function openFirst(target: string): Promise<Page> {
  const [mail = ""] = await viewer.mailsOf(`by=target&target=${target}`);
  return viewer.get(mail);
}

describe("a mail that cannot be opened has a page", () => {
  test("for a blank link", async () => {
    const page = await openFirst("000BLANK");
    expect(page.status).toBe(404);
    expect(page.words).toContain("This archive has no link");
    expect(page.words).toContain("Back to the list");
    expect(page.words).not.toMatch(/What to do|Try again/);
  });

  test("for an expired link", async () => {
    const page = await openFirst("000EXPIRED");
    expect(page.status).toBe(410);
    expect(page.words).toContain("The link to this mail has expired");
    expect(page.words).not.toMatch(/What to do|Try again/);
  });

  test.each([
    ["status=404", 502],
    ["status=500", 502],
    ["truncate", 502],
    ["reset", 502],
    ["hang", 504],
  ] as const)("for a storage that fails: %s", async (fault, status) => {
    const more: InjectedFault = { fault, match: { origin: "blob" }, times: 10 };
    viewer.mock.inject(more);
    const page = await openFirst("000T123");
    expect(page.status).toBe(status);
    expect(page.words).toContain("The mail could not be fetched");
    expect(page.words).not.toMatch(/dates|address/);
    expect(page.text).toMatch(/<a href="\.\/mail\?by=target[^"]*&amp;id=[^"]*">Try again<\/a>/);
  });

  test("for a download that stays empty", async () => {
    const [mail = ""] = await viewer.mailsOf("by=target&target=000T123");
    viewer.mock.inject({ fault: "empty", match: { origin: "blob" }, times: 10 });
    const page = await viewer.get(mail.replace("mail?", "download?"));
    expect(page.status).toBe(502);
    expect(page.words).toContain("The mail could not be fetched");
  });

  test("for a download that breaks off and cannot be continued", async () => {
    const [mail = ""] = await viewer.mailsOf("by=target&target=000T123");
    viewer.mock.inject({ fault: "truncate", match: { origin: "blob" }, times: 1 });
    viewer.mock.inject({ fault: "status=403", match: { origin: "blob" }, times: 10 });
    const page = await viewer.get(mail.replace("mail?", "download?"));
    expect(page.status).toBe(502);
    expect(page.words).toContain("The mail could not be fetched");
  });

  test("for an archive that is not in the search", async () => {
    const page = await viewer.get(`mail${TARGET}&id=43fb9527-e5b2-4bcd-8dfd-b5a8bc881e11`);
    expect(page.status).toBe(404);
    expect(page.words).toContain("This mail is not in that search");
  });

  test.each(["frame", "print", "download", "attachment"])(
    "for an address of %s without a search",
    async (name) => {
      expect((await viewer.get(name)).status).toBe(404);
    },
  );
});

test.each(["nowhere", "no/where/at/all", "assets/none.css", "mail/"])(
  "the unknown address %s is a 404, on a page with its style",
  async (path) => {
    const page = await viewer.get(path);
    expect(page.status).toBe(404);
    expect(page.text).toMatch(/<a href="[./]+">Find a mail<\/a>/);
    const [sheet = ""] = /[^"]*viewer\.css[^"]*/.exec(page.text) ?? [];
    const found = await fetch(new URL(sheet, new URL(path, viewer.url)));
    expect(found.headers.get("content-type")).toContain("text/css");
  },
);

test.each(["POST", "PUT", "DELETE"])("%s is answered with the allowed methods", async (method) => {
  const answer = await fetch(viewer.url, { method });
  expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
});

test("an unexpected error is shown in the log, not to the reader", async () => {
  const client = { listByTarget: () => Promise.reject(new Error("a detail")) };
  const reader = createMailReader();
  const log: string[] = [];
  const app = createViewer({
    client: client as unknown as ArchivesClient,
    reader,
    log: (line) => log.push(line),
  });
  const answer = await app.request(`http://localhost/${TARGET}`);
  expect(answer.status).toBe(500);
  const text = await answer.text();
  expect(text).toContain("The viewer has a problem");
  expect(text).not.toContain("a detail");
  expect(log.join()).toContain("a detail");
  await reader.close();
});
