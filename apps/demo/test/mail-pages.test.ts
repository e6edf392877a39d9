import { createHash } from "node:crypto";
import { html, mailSource } from "@np6-archives/test-mails/mail-source";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { linksOf, startViewer } from "./viewer.ts";
import type { TestViewer } from "./viewer.ts";

/** @param name percent-encoded UTF-8. */
const namedFile = (name: string) => ({
  headers: ["Content-Type: a/b", `Content-Disposition: attachment; filename*=UTF-8''${name}`],
  body: "x",
});
const SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>';
const MAILS = {
  "a.eml": mailSource("Attached", [
    html("<p>see below</p>"),
    {
      headers: [
        "Content-Type: image/svg+xml",
        'Content-Disposition: attachment; filename="pic.svg"',
      ],
      body: SVG,
    },
    {
      headers: [
        "Content-Type: text/html",
        `Content-Disposition: attachment; filename*=UTF-8''${encodeURIComponent('été "1"\r\nX: y.html')}`,
      ],
      body: "<script>alert(1)</script>",
    },
  ]),
  "b.eml": mailSource("<script>alert(1)</script> & co", { headers: [], body: "<b>only text</b>" }),
  "d.eml": mailSource("Doubtful", [
    {
      headers: ["Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: odd"],
      body: '<p>x<img src="https://pictures.example/a.gif" width="1" height="1">',
    },
    {
      headers: [
        "Content-Type: application/pdf",
        'Content-Disposition: attachment; filename="Q&A.pdf"',
      ],
      body: "pdf",
    },
  ]),
  "e.eml": mailSource(
    "Turned",
    html(
      '<a href="https://a.example/&#x202E;fdp.exe">Leave&#x202E;</a><img src="https://a.example/&#x200B;b.gif">',
    ),
  ),
  "f.eml": mailSource("Files", [html("<p>x"), ...["%D7%A2.txt", "1.pdf"].map(namedFile)]),
  "c.eml": Buffer.concat([mailSource("Huge", html("<p>x")), Buffer.alloc(41 * 1024 * 1024, "x ")]),
};

let viewer: TestViewer;
let mails: string[];
beforeAll(async () => {
  viewer = await startViewer({ mails: MAILS });
  const found = await viewer.mailsOf("by=target&target=000T123");
  const pages = await Promise.all(found.map(async (mail) => (await viewer.get(mail)).text));
  mails = ["Attached", "&lt;script&gt;", "Huge", "Doubtful", "Turned", "Files"].map(
    (title) => found[pages.findIndex((text) => text.includes(`<h1>${title}`))] ?? "",
  );
});
afterAll(() => viewer.close());

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("one mail", () => {
  test("is downloaded byte for byte", async () => {
    for (const [index, source] of [MAILS["a.eml"], MAILS["b.eml"], MAILS["c.eml"]].entries()) {
      const response = await fetch(
        new URL((mails[index] ?? "").replace("mail?", "download?"), viewer.url),
      );
      const bytes = new Uint8Array(await response.arrayBuffer());
      expect(sha256(bytes)).toBe(sha256(source));
      expect(response.headers.get("content-type")).toBe("message/rfc822");
      expect(response.headers.get("content-disposition")).toMatch(
        /^attachment; filename="\d{4}-\d\d-\d\d [^"]+\.eml"/,
      );
      expect(response.headers.get("content-length")).toBe(String(source.byteLength));
    }
  });

  test("offers its attachments only as downloads, whatever they are, with the digest shown", async () => {
    const { text } = await viewer.get(`${mails[0]}&tab=parts`);
    const attachments = linksOf(text, "attachment?");
    expect(attachments).toHaveLength(2);
    // With this attribute a browser would save the page of a failure, too.
    expect(text).not.toContain("download=");
    for (const attachment of attachments) {
      const response = await fetch(new URL(attachment, viewer.url));
      expect(response.headers.get("content-type")).toBe("application/octet-stream");
      expect(response.headers.get("content-disposition")).toMatch(/^attachment; /);
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(text).toContain(sha256(new Uint8Array(await response.arrayBuffer())));
    }
    const [, named] = await Promise.all(attachments.map((attachment) => viewer.get(attachment)));
    expect(named?.headers.get("content-disposition")).toContain(
      "filename*=UTF-8''%C3%A9t%C3%A9%20_1_",
    );
  });

  test("shows text as text, on every tab", async () => {
    for (const tab of ["text", "headers", "source", "links", "parts"]) {
      const { text } = await viewer.get(`${mails[1]}&tab=${tab}`);
      expect(text).not.toContain("<script>alert");
      expect(text).not.toContain("<b>only text</b>");
    }
    expect((await viewer.get(`${mails[1]}&tab=text`)).text).toContain(
      "&lt;b&gt;only text&lt;/b&gt;",
    );
  });

  test("shows hidden characters in an address, without a change of direction", async () => {
    const { text } = await viewer.get(`${mails[4]}&tab=links`);
    expect(text).toContain("https://a.example/%E2%80%AEfdp.exe<");
    expect(text).toContain("https://a.example/%E2%80%8Bb.gif<");
    expect(text).not.toMatch(/[\u200B\u202E]/);
  });

  test("keeps right-to-left letters within their file's name", async () => {
    const apart = '<bdi dir="ltr">\u05E2.txt</bdi> · ';
    expect((await viewer.get(mails[5] ?? "")).text).toContain(`${apart}<bdi dir="ltr">1.pdf</bdi>`);
    const print = await viewer.get((mails[5] ?? "").replace("mail?", "print?"));
    expect(print.text).toContain(`${apart}1 byte`);
  });

  test.each([
    ["en", "Sent"],
    ["fr", "Envoyé"],
  ])("shows in print, in %s, when it was sent, in UTC", async (language, sent) => {
    const { words } = await viewer.get((mails[0] ?? "").replace("mail?", "print?"), {
      "Accept-Language": language,
    });
    expect(words).toMatch(new RegExp(`${sent} [^:]+:\\d\\d:\\d\\d UTC `));
  });

  test.each([
    [
      "en",
      "Source",
      "Attachments",
      "1 remote item blocked, 1 looks like a tracking pixel.",
      /The transfer encoding of a part/,
    ],
    [
      "fr",
      "Source",
      "Pièces jointes",
      "1 élément distant bloqué, dont 1",
      /Le codage d’une partie/,
    ],
  ])(
    "shows in print, in %s, what it consists of, what was blocked and what is doubtful",
    async (language, source, attachments, blocked, note) => {
      const { text, words } = await viewer.get((mails[3] ?? "").replace("mail?", "print?"), {
        "Accept-Language": language,
      });
      const size = MAILS["d.eml"].byteLength;
      expect(words).toContain(`${source} ${size} `);
      expect(words).toContain(`· SHA-256 ${sha256(MAILS["d.eml"])}`);
      expect(words).toMatch(new RegExp(`${attachments} Q&A.pdf · 3 \\S+ · SHA-256 `));
      expect(words).toContain(sha256(Buffer.from("pdf")));
      expect(text).toContain("Q&amp;A.pdf");
      expect(words).toContain(blocked);
      expect(words).toMatch(note);
      const plain = await viewer.get((mails[1] ?? "").replace("mail?", "print?"));
      expect(plain.words).not.toMatch(/Attachments|blocked/);
    },
  );

  test("shows size and digest of its source, unless only part of it was read", async () => {
    const { words } = await viewer.get(mails[1] ?? "");
    const source = MAILS["b.eml"];
    expect(words).toContain(`Source ${source.byteLength} bytes, SHA-256 ${sha256(source)}`);
    expect((await viewer.get(mails[2] ?? "")).words).not.toContain("SHA-256");
  });

  test("has its subject as title in a window of its own", async () => {
    const own = await startViewer({
      mails: { "a.eml": mailSource("$& <b>now</b>", html("<title>Other</title><p>x")) },
    });
    const [mail = ""] = await own.mailsOf("by=target&target=000T123");
    const { text } = await own.get(mail.replace("mail?", "frame?"));
    expect(text.match(/<title>.*?<\/title>/g)).toEqual([
      "<title>$&amp; &lt;b&gt;now&lt;/b&gt;</title>",
    ]);
    await own.close();
  });

  test("shows its own subject even if that comes after a long header", async () => {
    const header = `X-Long: ${"x ".repeat(60)}\r\n`.repeat(200);
    const own = await startViewer({ mails: { "a.eml": `${header}Subject: Late\r\n\r\nwords` } });
    const [mail = ""] = await own.mailsOf("by=target&target=000T123");
    // If it is not read at once, its page waits for it; after this it has been read.
    await own.get(mail);
    const { text } = await own.get(mail);
    expect(text).toContain("<h1>Late</h1>");
    expect(text).toContain("<title>Late – Mail archives</title>");
    await own.close();
  });

  test("keeps its leading empty lines", async () => {
    const own = await startViewer({ mails: { "a.eml": "\nSubject: Low\n\n\n\nwords" } });
    const [mail = ""] = await own.mailsOf("by=target&target=000T123");
    // HTML ignores the first one.
    expect((await own.get(`${mail}&tab=text`)).text).toMatch(/<pre [^>]*>\n\n\nwords/);
    expect((await own.get(`${mail}&tab=source`)).text).toMatch(/<pre [^>]*>\n\nSubject/);
    await own.close();
  });

  test("without html opens as text, and has no frame", async () => {
    const { text } = await viewer.get(mails[1] ?? "");
    expect(text).not.toContain("<iframe");
    expect((await viewer.get((mails[1] ?? "").replace("mail?", "frame?"))).status).toBe(404);
  });

  test("that is too big shows the beginning of its source, says why, and can be downloaded", async () => {
    const { status, text, words } = await viewer.get(mails[2] ?? "");
    expect(status).toBe(200);
    expect(words).toContain("This mail is too big to be shown here");
    expect(words).toContain("Subject: Huge");
    expect(text.length).toBeLessThan(400_000);
  });

  test("has a page of less than 50 KB, apart from the mail", async () => {
    const { text } = await viewer.get(mails[0] ?? "");
    const files = await Promise.all(
      [...linksOf(text, "./assets/")].map(
        async (address) => (await viewer.get(address)).text.length,
      ),
    );
    expect(files.length).toBe(3);
    expect(text.length + files.reduce((sum, size) => sum + size, 0)).toBeLessThan(50_000);
  });

  test("ignores an unknown tab or part", async () => {
    expect((await viewer.get(`${mails[0]}&tab=__proto__`)).status).toBe(200);
    expect(
      (await viewer.get(`${(mails[0] ?? "").replace("mail?", "attachment?")}&part=__proto__`))
        .status,
    ).toBe(404);
    expect(
      (await viewer.get(`${(mails[0] ?? "").replace("mail?", "attachment?")}&part=-1`)).status,
    ).toBe(404);
  });
});
