import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { readMail } from "../src/index.ts";

type Expected = Readonly<Record<string, string | number | readonly [name: string, hex: string]>>;

const folder = new URL("cases/", import.meta.url);
const cases = JSON.parse(await readFile(new URL("expected.json", folder), "utf8")) as Record<
  string,
  Expected
>;

/**
 * `field` is the whole value, `field~` a pattern that matches, `field!~` one that must not; with `|told` a note is
 * enough.
 */
test.each(Object.entries(cases))(
  "reads %s as a tolerant mail program does",
  async (name, expected) => {
    const mail = await readMail(await readFile(new URL(`${name}.eml`, folder)));
    const html = (mail.html?.opening ?? "") + (mail.html?.content ?? "");
    const found: Record<string, string | number> = {
      subject: mail.subject,
      from: mail.from,
      to: mail.to,
      text: mail.text,
      html,
      any: mail.text + html,
      attachments: mail.attachments.length,
    };
    for (const [key, wanted] of Object.entries(expected)) {
      const [, field = "", compare = ""] = /^(\w+)(!?~)?/.exec(key) ?? [];
      if (field === "file") {
        const files = mail.attachments.map((file) => [
          file.name,
          Buffer.from(file.content).toString("hex"),
        ]);
        expect(files).toContainEqual(wanted);
      } else if (compare === "") expect(found[field]).toBe(wanted);
      else {
        const [, flag, source = ""] = /^(?:\(\?(i)\))?(.*)$/s.exec(String(wanted)) ?? [];
        const pattern = new RegExp(source, flag ?? "");
        if (compare === "~") expect(found[field]).toMatch(pattern);
        else expect(found[field]).not.toMatch(pattern);
      }
    }
  },
);
