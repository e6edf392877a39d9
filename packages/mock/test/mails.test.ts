import { readdirSync, readFileSync } from "node:fs";
import { startMock } from "@np6-archives/mock";
import type { Email } from "postal-mime";
import PostalMime from "postal-mime";
import { expect, test } from "vitest";

const folder = new URL("../mails/", import.meta.url);
const names = readdirSync(folder);

function bytes(name: string): Buffer {
  return readFileSync(new URL(`${name}.eml`, folder));
}

/** The quirk for which each mail is in the folder. */
const QUIRKS: Record<string, (mail: Email, raw: string) => void> = {
  "plain-text"(mail) {
    expect(mail.text).toContain("order 20418 left our warehouse");
    expect(mail.html).toBeUndefined();
  },
  "html-and-text"(mail) {
    expect(mail.text).toContain("1. The Sea and its Weather");
    expect(mail.html).toContain("<li>The Sea and its Weather</li>");
  },
  "inline-images"(mail) {
    for (const { contentId, disposition, mimeType } of mail.attachments) {
      expect([disposition, mimeType]).toEqual(["inline", "image/png"]);
      expect(mail.html).toContain(`src="cid:${contentId?.slice(1, -1)}"`);
    }
    expect(mail.attachments).toHaveLength(2);
  },
  "attachment-names"(mail) {
    expect(mail.attachments.map(({ filename }) => filename)).toEqual([
      "Récapitulatif février €.csv",
      "a-very-long-file-name-that-does-not-fit-into-one-line-and-therefore-comes-in-two-pieces.txt",
      "Conditions générales de vente.txt",
    ]);
  },
  "windows-1252"(mail) {
    expect(mail.subject).toBe("Votre relevé – février");
    expect(mail.text).toContain("42 €. L’équipe vous remercie – « à bientôt »…");
  },
  "iso-2022-jp"(mail, raw) {
    expect(mail.subject).toBe("ご注文の発送");
    expect(mail.text).toContain("「潮の短い歴史」を発送しました");
    expect(raw).toContain("\u001B$B");
  },
  "charset-in-meta"(mail, raw) {
    expect(raw).toContain("\r\nContent-Type: text/html\r\n");
    expect(mail.html).toContain('content="text/html; charset=iso-8859-1"');
    expect(raw).toContain("c\u00F4t\u00E9 caf\u00E9");
  },
  "broken-encoded-words"(mail) {
    expect(mail.subject).toContain("café crème and tea");
    expect(mail.subject).toContain("=?utf-8?Q?unfinished");
    expect(mail.from?.name).toBe("Françoise");
  },
  "soft-breaks"(mail, raw) {
    expect(raw).toMatch(/=\r\n/);
    expect(mail.text?.trim()).toBe(
      "Die Gezeitentafel für den nächsten Monat liegt bei: wer früh aufsteht, hört das Meer, bevor die Straße erwacht – und wer 100 % = alles will, bleibt.",
    );
  },
  "format-flowed"(mail) {
    expect(mail.text).toContain(
      "this paragraph is one line that was cut into several, each of which ends with a space",
    );
  },
  "forwarded-message"(mail) {
    const [inner] = mail.attachments;
    expect(inner?.mimeType).toBe("message/rfc822");
    expect(Buffer.from(inner?.content as ArrayBuffer).toString()).toContain(
      "Subject: Your table for Friday",
    );
  },
  "svg-and-html-attachments"(mail) {
    expect(mail.attachments.map(({ mimeType, disposition }) => [mimeType, disposition])).toEqual([
      ["image/svg+xml", "attachment"],
      ["text/html", "attachment"],
    ]);
    for (const { content } of mail.attachments) {
      expect(Buffer.from(content as ArrayBuffer).toString()).toContain("<script>");
    }
  },
  tracking(mail) {
    expect(mail.html).toMatch(/<img src="https:\/\/open\.[^"]+" width="1" height="1"/);
    expect(mail.html).toContain('<a href="https://click.example.com/c/00000A/000T123');
  },
  "unsubscribe-headers"(mail) {
    const header = (key: string): string | undefined =>
      mail.headers.find((one) => one.key === key)?.value;
    expect(header("list-unsubscribe")).toContain("<https://click.example.com/unsubscribe/");
    expect(header("list-unsubscribe-post")).toBe("List-Unsubscribe=One-Click");
  },
  "long-html"(mail) {
    expect(mail.html?.length).toBeGreaterThan(102 * 1024);
    expect(mail.html).toContain("End of the catalogue.");
  },
  "hostile-html"(mail) {
    for (const danger of [
      "<script>",
      "<form ",
      'http-equiv="refresh"',
      "url('https://",
      "srcset=",
      "<base ",
      "onerror=",
      "javascript:",
      "dns-prefetch",
    ]) {
      expect(mail.html).toContain(danger);
    }
  },
  "smime-signed"(mail, raw) {
    expect(raw).toContain("multipart/signed");
    expect(mail.attachments[0]).toMatchObject({
      filename: "smime.p7s",
      mimeType: "application/pkcs7-signature",
    });
    expect(mail.text).toContain("The invoice for order 20418");
  },
  "empty-body"(mail, raw) {
    expect(raw).toMatch(/\r\n\r\n$/);
    expect([mail.text, mail.html].filter(Boolean)).toEqual([]);
  },
  "long-lines"(mail, raw) {
    const longest = Math.max(...raw.split("\r\n").map(({ length }) => length));
    expect(longest).toBeGreaterThan(50_000);
    expect(mail.text).toContain("The second line.");
  },
  "raw-utf8-headers"(mail, raw) {
    expect(raw).not.toContain("=?");
    expect(mail.subject).toBe("Été indien à la librairie ☀");
    expect(mail.from?.name).toBe("Librairie de l’Île");
  },
  "folded-headers"(mail) {
    expect(mail.subject).toMatch(/^A subject that is folded over\s+three lines$/);
    expect(mail.to).toHaveLength(3);
    expect(mail.messageId).toBe("<folded-headers@example.com>");
  },
  "base64-text"(mail, raw) {
    expect(raw).not.toContain("Willkommen");
    expect(mail.html).toContain("<h1>Willkommen</h1>");
  },
  "calendar-invitation"(mail) {
    expect(mail.attachments[0]).toMatchObject({ mimeType: "text/calendar", method: "REQUEST" });
  },
  "unclosed-multipart"(mail, raw) {
    expect(raw).not.toContain("--open-1--");
    expect(mail.attachments[0]?.filename).toBe("notes.txt");
    expect(mail.text).toContain("The last boundary of this mail is missing.");
  },
  "right-to-left"(mail) {
    expect(mail.subject).toBe("مرحبا بكم في مكتبة الميناء 📚");
    expect(mail.html).toContain('dir="rtl"');
  },
};

test("the quirk of every mail is tested", () => {
  expect(Object.keys(QUIRKS).toSorted()).toEqual(
    names.map((name) => name.replace(/\.eml$/, "")).toSorted(),
  );
  expect(names.length).toBeGreaterThanOrEqual(20);
});

test.each(Object.keys(QUIRKS))("%s.eml has its quirk", async (name) => {
  const raw = bytes(name);
  QUIRKS[name]?.(await PostalMime.parse(raw), raw.toString("latin1"));
});

test.each(names)(
  "%s has CR LF line ends, a sender, a date, and example.com addresses only",
  async (name) => {
    const raw = readFileSync(new URL(name, folder)).toString("latin1");
    expect(raw.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    const mail = await PostalMime.parse(Buffer.from(raw, "latin1"));
    expect(mail.from?.address).toMatch(/@example\.com$/);
    expect(Number.isNaN(Date.parse(mail.date ?? ""))).toBe(false);
    for (const [, domain] of raw.matchAll(/[\w.+-]+@([\w-]+(?:\.[\w-]+)+)/g)) {
      expect(domain).toBe("example.com");
    }
  },
);

test("the README gives the right number of mails, and names the generated one", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  expect(readme).toContain(`**${names.length + 1} mails**`);
  expect(readme).toContain(`The folder \`mails/\` has ${names.length} of them`);
});

test("the ten-megabyte mail is generated when it is opened, the same each time", async () => {
  const mock = await startMock();
  try {
    const heavy = mock.dataset.archives.find(({ mail }) => mail === "ten-megabytes.eml");
    const first = await (await fetch(heavy?.url ?? "")).arrayBuffer();
    const second = await (await fetch(heavy?.url ?? "")).arrayBuffer();
    expect(Buffer.from(first).equals(Buffer.from(second))).toBe(true);
    const mail = await PostalMime.parse(first);
    expect(mail.attachments[0]?.content).toHaveProperty("byteLength", 10_000_000);
  } finally {
    await mock.close();
  }
});
