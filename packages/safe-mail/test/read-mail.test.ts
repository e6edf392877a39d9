import { readFile } from "node:fs/promises";
import { html, mailSource } from "@np6-archives/test-mails/mail-source";
import { describe, expect, test } from "vitest";
import { readMail } from "../src/read/read-mail.ts";

const fixture = async (name: string) => {
  const file = new URL(`../mails/${name}.eml`, import.meta.resolve("@np6-archives/mock"));
  return readMail(await readFile(file));
};

describe("reading a mail", () => {
  test.each([
    ["windows-1252", "text", "Déjà"],
    ["iso-2022-jp", "subject", "ご注文の発送"],
    ["raw-utf8-headers", "subject", "Été indien à la librairie ☀"],
    ["base64-text", "subject", "Bestätigung Ihrer Anmeldung"],
  ] as const)("decodes %s", async (name, field, expected) => {
    const mail = await fixture(name);
    if (field === "subject") expect(mail.subject).toBe(expected);
    expect(mail[field]).not.toMatch(/�/);
  });

  test("decodes an html whose charset is only in a meta tag", async () => {
    const body = Buffer.from('<meta charset="windows-1252"><p>Caf\xe9 \x80</p>', "latin1");
    const mail = await readMail(mailSource("x", { headers: ["Content-Type: text/html"], body }));
    expect(mail.html?.content).toContain("Café €");
    expect((await fixture("charset-in-meta")).html?.content).not.toContain("�");
  });

  test("joins lines that format=flowed and soft line breaks had split", async () => {
    expect((await fixture("format-flowed")).text).toContain(
      "cut into several, each of which ends with a space, so that every",
    );
    expect(
      (await fixture("soft-breaks")).html?.content ?? (await fixture("soft-breaks")).text,
    ).not.toMatch(/=\r?\n/);
  });

  test("shows the pictures that came with it", async () => {
    const { html: shown, blocked } = await fixture("inline-images");
    expect(shown?.content).toMatch(/src="data:image\/\w+;base64,/);
    expect(blocked).toEqual([]);
  });

  test("names each attachment with its type, its size and its digest", async () => {
    const body = "hello";
    const mail = await readMail(
      mailSource("x", [
        html("<p>x</p>"),
        {
          headers: [
            "Content-Type: application/pdf",
            "Content-Disposition: attachment; filename*0*=UTF-8''caf%C3%A9; filename*1=.pdf",
          ],
          body,
        },
      ]),
    );
    expect(mail.attachments).toMatchObject([
      {
        name: "café.pdf",
        type: "application/pdf",
        size: 5,
        sha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        inline: false,
      },
    ]);
  });

  test("gives its structure, each part below the one that holds it", async () => {
    const mail = await fixture("inline-images");
    expect(mail.parts[0]).toMatchObject({ depth: 0, size: undefined });
    expect(mail.parts[0]?.type).toMatch(/^multipart\//);
    const htmlPart = mail.parts.find(({ type }) => type === "text/html");
    expect(htmlPart?.depth).toBeGreaterThan(0);
    expect(htmlPart?.charset).toMatch(/utf-8/i);
    expect(mail.parts.some(({ type, size }) => type.startsWith("image/") && (size ?? 0) > 0)).toBe(
      true,
    );
  });

  test("shows a mail inside a mail, made as safe as the rest", async () => {
    const inner = Buffer.from(
      mailSource("Inner", html('<p>inner <img src="http://r.example/p"></p>')),
    ).toString();
    const mail = await readMail(
      mailSource("Outer", [
        html("<p>outer</p>"),
        { headers: ["Content-Type: message/rfc822"], body: inner },
      ]),
    );
    expect(mail.html?.content).toContain("outer");
    expect(mail.html?.content).toContain("inner");
    expect(mail.html?.content).not.toContain("r.example");
    expect(mail.blocked).toHaveLength(1);
  });

  test("finds the links of html, text and headers", async () => {
    const { links } = await fixture("unsubscribe-headers");
    expect(links.filter(({ place }) => place === "header").length).toBeGreaterThan(0);
    expect(links.filter(({ place, unsubscribes }) => place === "header" && !unsubscribes)).toEqual(
      [],
    );
    const text = await readMail(
      mailSource("x", {
        headers: [],
        body: "See http://a.example/b?c=1. Or (https://d.example/e), not http:// alone.",
      }),
    );
    expect(text.links.map(({ address }) => address)).toEqual([
      "http://a.example/b?c=1",
      "https://d.example/e",
    ]);
  });

  test.each(["b_(c)", "b（c）", "?b[]"])(
    "keeps a closing bracket that belongs to an address: %s",
    async (end) => {
      const address = `https://a.example/${end}`;
      for (const body of [address, `(${address}).`, `「${address}」`]) {
        const { links } = await readMail(mailSource("x", { headers: [], body }));
        expect(links.map((link) => link.address)).toEqual([address]);
      }
    },
  );

  test.each(["“@”", "‘@’.", "（@）", "@。", "@…", "@!”", "*@*"])(
    "leaves punctuation around an address out of it: %s",
    async (sentence) => {
      const address = "https://a.example/é?b=c–d";
      const body = sentence.replace("@", address);
      const { links } = await readMail(mailSource("x", { headers: [], body }));
      expect(links.map((link) => link.address)).toEqual([address]);
    },
  );

  test.each([
    ["<https://x.example/a?b=1>", ["https://x.example/a?b=1"]],
    ["=?utf-8?q?=3Chttps=3A//x=2Eexample/a=3Fb=3D1=3E?=", ["https://x.example/a?b=1"]],
    [
      "<=?us-ascii?Q?https=3A//x=2Eexample/a?=\r\n =?us-ascii?Q?=3Fb=3D1?=>",
      ["https://x.example/a?b=1"],
    ],
    [
      "< https://x.example/\r\n a?b= 1 >,\r\n <mailto:a@b.c>",
      ["https://x.example/a?b=1", "mailto:a@b.c"],
    ],
    ["https://x.example/a?b=1, mailto:a@b.c", ["https://x.example/a?b=1", "mailto:a@b.c"]],
    ["mailto:a@b.c,https://x.example/a,b", ["mailto:a@b.c", "https://x.example/a,b"]],
    ["NO", []],
  ])("finds the unsubscribe address: %j", async (value, addresses) => {
    const { links } = await readMail(Buffer.from(`List-Unsubscribe: ${value}\r\n\r\nx`));
    expect(links.map(({ address }) => address)).toEqual(addresses);
    expect(links.every(({ unsubscribes }) => unsubscribes)).toBe(true);
  });

  test("counts what a tracking mail would load", async () => {
    const { blocked } = await fixture("tracking");
    expect(blocked.filter(({ looksLikeTracking }) => looksLikeTracking).length).toBeGreaterThan(0);
  });
});

test.each([
  ["Thu, 05 Feb 2026 09:27:58 +0100 (CET)", "2026-02-05T08:27:58.000Z"],
  ["5 Feb 26 09:27 GMT", "2026-02-05T09:27:00.000Z"],
  ["Thu, 05 Feb 2026 09:27:58 EST", "2026-02-05T14:27:58.000Z"],
  ["Thu, 05 Feb 2026 09:27:58", "2026-02-05T09:27:58.000Z"],
  ["Thu Feb  5 09:27:58 2026", "2026-02-05T09:27:58.000Z"],
  ["2026-02-05T09:27:58Z", "2026-02-05T09:27:58.000Z"],
  ["2026-02-05 09:27:58", "2026-02-05T09:27:58.000Z"],
  ["Thu, 05 Feb 2026 09:27:58 XYZ", "Thu, 05 Feb 2026 09:27:58 XYZ"],
  ["Thu, 05 Feb 2026 09:27:58 A", "2026-02-05T09:27:58.000Z"],
  ["5 Feb 2026 09:27:58 y", "2026-02-05T09:27:58.000Z"],
  ["5 Feb 2026 09:27:58 J", "5 Feb 2026 09:27:58 J"],
  ["5 Feb 2026 09:27 p.m.", "5 Feb 2026 09:27 p.m."],
  ["Tue, 03 Feb 2026 09:27:58 +0530 (IST (India))", "2026-02-03T03:57:58.000Z"],
  ["3 Feb 2026 09:27:58 -700", "2026-02-03T16:27:58.000Z"],
  ["3 Feb 2026 09:27:58 GMT+8", "2026-02-03T01:27:58.000Z"],
  ["3 Feb 2026 09:27:58 +0100 CET", "2026-02-03T08:27:58.000Z"],
  ["3 Feb 2026 23:59:60 +0000", "2026-02-04T00:00:00.000Z"],
  ["3 Feb 126 09:27:58 +0000", "2026-02-03T09:27:58.000Z"],
  ["Tue Feb 3 09:27:58 EST 2026", "2026-02-03T14:27:58.000Z"],
  ["3-Feb-26 09:27 PM", "2026-02-03T21:27:00.000Z"],
  ["31 Feb 2026 09:27:58 +0000", "31 Feb 2026 09:27:58 +0000"],
  ["3 Feb 2026 24:00:00 +0000", "3 Feb 2026 24:00:00 +0000"],
  ["3 Feb 2026 23:60:00 +0000", "3 Feb 2026 23:60:00 +0000"],
  ["2026-02-03T10:00", "2026-02-03T10:00:00.000Z"],
  ["3 Feb 2026 10:00:00.123456 -0800", "2026-02-03T18:00:00.123Z"],
  ["2026-02-03T10:00:00,123+01:00", "2026-02-03T09:00:00.123Z"],
  ["Tue, 3. Feb 2026 10:00:00 +0100", "2026-02-03T09:00:00.000Z"],
  ["3 Feb 2026 09:55: 06 -0600", "2026-02-03T15:55:06.000Z"],
  ["Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", "1997-11-21T15:55:06.000Z"],
  ["Mon Jan  1 10:00:00 2024 -0800", "2024-01-01T18:00:00.000Z"],
  ["Mon Jan  1 10:00:00 -0800 2024", "2024-01-01T18:00:00.000Z"],
  ["Sunday, December 31, 2023 11:59:59 PM +0000", "2023-12-31T23:59:59.000Z"],
  ["January 1, 2024 10:00:00 GMT", "2024-01-01T10:00:00.000Z"],
  ["Sept. 1, 2024 10:00 -0700", "2024-09-01T17:00:00.000Z"],
  ["Mon, 1 Jan 2024 9:05:3 GMT", "2024-01-01T09:05:03.000Z"],
  ["Mon, 1 Jan 2024 9:5:3", "2024-01-01T09:05:03.000Z"],
  ["Mon Jan 1 9:5:3 2024", "2024-01-01T09:05:03.000Z"],
  ["1 Jan 2024 9.05.03 GMT", "2024-01-01T09:05:03.000Z"],
  ["1 Jan 2024 9:05.5 GMT", "2024-01-01T09:05:00.500Z"],
  ["Chapter 5, 2024 10:00", "Chapter 5, 2024 10:00"],
  ["3 Feb 2026 10:00:00 + 0100", "2026-02-03T09:00:00.000Z"],
  ["3 Feb 2026 10:00:00; +0100", "3 Feb 2026 10:00:00; +0100"],
  ["3 Feb 2026 10:00:00 [+0100]", "3 Feb 2026 10:00:00 [+0100]"],
  ["3 Feb 2026 10:00:00 +12345", "3 Feb 2026 10:00:00 +12345"],
  ["3 Feb 0024 10:00:00 +0000", "3 Feb 0024 10:00:00 +0000"],
  ["Feb 3 10:00:00", "Feb 3 10:00:00"],
  ["No 5", "No 5"],
  ["", ""],
])("gives its date in ISO 8601, if valid: %s", async (written, date) => {
  expect((await readMail(Buffer.from(`Date: ${written}\r\n\r\nx`))).date).toBe(date);
});

describe("a broken mail", () => {
  test.each([
    ["nothing at all", ""],
    ["no headers", "just some words"],
    ["bytes", Buffer.from([0, 255, 254, 13, 10, 13, 10, 128, 0])],
    ["a boundary that never comes", 'Content-Type: multipart/mixed; boundary="x"\r\n\r\nlost'],
    ["a charset nobody knows", "Content-Type: text/html; charset=klingon\r\n\r\n<p>x</p>"],
  ])("is read as far as possible: %s", async (_, source) => {
    const mail = await readMail(typeof source === "string" ? Buffer.from(source) : source);
    expect(mail.attachments).toEqual([]);
  });

  test("with parts nested too deeply is reported", async () => {
    let source = "Content-Type: text/plain\r\n\r\nx";
    for (let depth = 0; depth < 70; depth++) {
      source = `Content-Type: multipart/mixed; boundary="b${depth}"\r\n\r\n--b${depth}\r\n${source}\r\n--b${depth}--`;
    }
    expect((await readMail(Buffer.from(source))).problem).toBe("too-deep");
  });

  test("with too many parts is reported", async () => {
    const parts = Array.from({ length: 1200 }, () => ({
      headers: ["Content-Type: text/plain"],
      body: "x",
    }));
    expect((await readMail(mailSource("x", parts))).problem).toBe("too-many-parts");
  });

  test("with headers that are too large is reported", async () => {
    const source = `Subject: x\r\n${`X-Filler: ${"x".repeat(900)}\r\n`.repeat(1300)}\r\nx`;
    expect((await readMail(Buffer.from(source))).problem).toBe("too-deep");
  });

  test("with html nested without end is shown", async () => {
    const mail = await readMail(mailSource("x", html(`${"<div>".repeat(50_000)}the end`)));
    expect(mail.problem).toBeUndefined();
    expect(mail.html?.content).toContain("the end");
  });
});
