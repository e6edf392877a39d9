import { describe, expect, test } from "vitest";
import { readMail } from "../src/index.ts";

const multipart = (type: string, ...parts: string[]) =>
  `Content-Type: multipart/${type}; boundary=${type}\r\n\r\n${parts.map((part) => `--${type}\r\n${part}\r\n`).join("")}--${type}--\r\n`;
const read = (source: string) => readMail(Buffer.from(source, "latin1"));
const plain = (text: string, fields = "") => `Content-Type: text/plain\r\n${fields}\r\n${text}`;
const html = (page: string, fields = "") => `Content-Type: text/html\r\n${fields}\r\n${page}`;
const picture = (bytes: string) =>
  `Content-Type: image/png\r\nContent-ID: <logo>\r\n\r\n\x89PNG\r\n${bytes}`;
const inline = (name: string) => `Content-Disposition: inline; filename=${name}\r\n`;

const names = ({ attachments }: Awaited<ReturnType<typeof read>>) =>
  attachments.map(({ name }) => name);
const shown = (mail: Awaited<ReturnType<typeof read>>) =>
  mail.html?.content
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
const picturesIn = (mail: Awaited<ReturnType<typeof read>>) =>
  [...(mail.html?.content.matchAll(/base64,([\w+/=]+)/g) ?? [])].map(([, data = ""]) =>
    Buffer.from(data, "base64").toString("latin1").slice("\x89PNG\r\n".length),
  );
const told = (mail: Awaited<ReturnType<typeof read>>) => mail.notes.map(({ kind }) => kind);

describe("a file that is shown within the mail", () => {
  test("replaces no text, and can be saved", async () => {
    const form = multipart("mixed", html("one"), plain("NOTES", inline("notes.txt")), html("two"));
    const mail = await read(multipart("alternative", plain("BODY"), form));
    expect([mail.text, shown(mail), names(mail)]).toEqual(["BODY", "one NOTES two", ["notes.txt"]]);
  });

  test.each([
    ["before the text", multipart("mixed", plain("log", inline("log.txt")), plain("body"))],
    [
      "as a page in a form",
      multipart(
        "alternative",
        plain("text"),
        multipart("mixed", html("x"), html("log", inline("log.txt"))),
      ),
    ],
    [
      "as a mail",
      multipart(
        "mixed",
        plain("x"),
        `Content-Type: message/rfc822; name=log.txt\r\n\r\n${plain("in")}`,
      ),
    ],
  ])("can be saved: %s", async (_, source) => {
    expect(names(await read(source))).toEqual(["log.txt"]);
  });

  test("is no file where it is the whole mail", async () => {
    expect(names(await read(plain("x", inline("x.txt"))))).toEqual([]);
  });
});

test.each(["cid:logo", "http://x.example/logo.png"])(
  "a picture that is too large to be shown is an ordinary file, and reported: %s",
  async (address) => {
    const large = picture("x".repeat(19 * 1024 * 1024)).replace(
      "\r\n\r\n",
      "\r\nContent-Location: http://x.example/logo.png\r\n\r\n",
    );
    const page = `<img src="${address}"><object data="${address}"></object><p style="background:url(${address})">x`;
    const mail = await read(multipart("related", html(page), large));
    expect(mail.attachments.map((file) => file.inline)).toEqual([false]);
    expect(mail.blocked).toEqual([]);
    expect(mail.notes).toEqual([
      { kind: "left-out", text: "A picture that would make the page too large is not shown." },
    ]);
  },
);

test("a footer after an alternative is shown in both its forms", async () => {
  const inner = multipart("alternative", plain("text"), html("page"));
  const mail = await read(multipart("mixed", inner, plain("footer")));
  expect([mail.text, shown(mail)]).toEqual(["text\nfooter", "page footer"]);
});

test("a text beside a page is the same text in it", async () => {
  const mail = await read(multipart("mixed", plain("A & B <i> &lt;"), html("<p>x</p>")));
  expect(mail.text).toBe("A & B <i> &lt;\nx");
  expect(mail.html?.content).toContain("A &amp; B &lt;i&gt; &amp;lt;</pre>");
});

test("a page of text without elements is separated from the next one", async () => {
  const mail = await read(multipart("mixed", html("Hello Bob"), picture("x"), html("Bye")));
  expect(mail.html?.content).toBe("Hello Bob<section></section>Bye");
});

describe("a page with an unclosed element", () => {
  test.each(
    `<!-- open|<!--[if mso]>|<title>|<script>|<style>|<template>|<select>|<textarea>|<noframes>|<plaintext>|<a href='x
    |<div style="display:none">`.split(/\s*\|/),
  )("does not swallow the parts after it: %s", async (open) => {
    const third = multipart("alternative", plain("third"), html("<p>third</p>"));
    const mail = await read(
      multipart("mixed", html(`<p>first</p>${open}`), plain("SECOND"), third),
    );
    expect(mail.html?.content).toMatch(
      /^<p>first<\/p>.*(?<!display:none">)<pre[^>]*>SECOND<\/pre><section><\/section><p>third<\/p>/s,
    );
    expect(mail.text).toMatch(/^first\b.*\nSECOND\nthird$/s);
  });

  test("keeps its styles, and its language and background, behind an earlier part", async () => {
    const page = "<html lang=fr><head><style>p{color:red}</style></head><body bgcolor=red><p>a";
    const mail = await read(multipart("mixed", plain("first"), html(page)));
    expect(mail.html?.opening).toMatch(/<html lang="fr">.*<body bgcolor="red">$/s);
    expect(mail.html?.content).toMatch(
      /first<\/pre><section><\/section><style>.*<\/style><p>a<\/p>/s,
    );
  });

  test("does not hide the text after it where it is a frameset", async () => {
    const mail = await read(multipart("mixed", html("<frameset><frame></frameset>"), plain("x")));
    expect(shown(mail)).toBe("x");
  });
});

describe("an empty page says so", () => {
  test.each([
    "<html><body></body></html>",
    "<script>document.write('all')</script>",
    "<!--[if mso]>all<![endif]-->",
    "<div hidden>x</div><p>&nbsp;</p>",
    "<img src=http://x.example/p.gif width=1 height=1>",
  ])("%s", async (page) => {
    expect(told(await read(html(page)))).toContain("left-out");
    const mail = await read(multipart("alternative", plain("words"), html(page)));
    expect(mail.notes).toContainEqual({
      kind: "left-out",
      text: "Its html shows nothing: the text beside it does.",
    });
  });

  test.each(["<p>x</p>", "<img src=http://x.example/p.gif width=90 height=90>", "<hr>"])(
    "and no other page does: %s",
    async (page) => {
      expect(told(await read(html(page)))).toEqual([]);
    },
  );
});

test("a mail that is cut off is reported", async () => {
  const source = multipart("mixed", plain("x"), plain("y"));
  expect(told(await read(source))).toEqual([]);
  expect(told(await read(source.slice(0, -12)))).toEqual(["boundary"]);
});

test.each([
  ["Subject: caf\xE9", ["charset"]],
  ["Subject: =?klingon?Q?caf=E9?=", ["charset"]],
  ["Subject: caf\xC3\xA9", []],
])("a guessed charset of a header is reported once: %s", async (field, kinds) => {
  expect(told(await read(`${field}\r\nX-${field}\r\n\r\nx`))).toEqual(kinds);
});

describe("a guessed charset is reported:", () => {
  test.each([
    ['name="caf\xE9.pdf"', "café.pdf", ["charset"]],
    ["name==?klingon?Q?caf=E9.pdf?=", "café.pdf", ["charset"]],
    ["name*0=caf\xE9; name*1=.pdf", "café.pdf", ["charset"]],
    ["name*=klingon''caf%E9.pdf", "café.pdf", ["charset"]],
    ["name*=iso-8859-1''caf%E9.pdf", "café.pdf", []],
    ["name*=''cafe.pdf", "cafe.pdf", []],
    ['name="caf\xC3\xA9.pdf"', "café.pdf", []],
  ])("in a file's %s", async (parameter, name, kinds) => {
    for (const [field, sent] of [
      ["Content-Type: a/b", parameter],
      ["Content-Disposition: attachment", parameter.replaceAll("name", "filename")],
    ] as const) {
      const mail = await read(multipart("mixed", plain("x"), `${field}; ${sent}\r\n\r\nx`));
      expect([names(mail), told(mail)]).toEqual([[name], kinds]);
    }
  });

  test.each([
    ["From: Caf\xE9 <a@b.c>", ["charset"]],
    ["Subject: =?klingon?Q?caf=E9?=", ["charset"]],
    ["Subject: caf\xC3\xA9", []],
    ["To: =?iso-8859-1?Q?caf=E9?= <a@b.c>", []],
  ])("in the heading of a mail within the mail: %s", async (field, kinds) => {
    const inner = `Content-Type: message/rfc822\r\n\r\n${field}\r\n${plain("y")}`;
    expect(told(await read(multipart("mixed", plain("x"), inner)))).toEqual(kinds);
  });
});

test.each([
  ["cid:caf%C3%A9", "Content-ID: <caf\xC3\xA9>"],
  ["cid:caf&eacute;", "Content-ID: <=?utf-8?Q?caf=C3=A9?=>"],
  ["cid:=?utf-8?Q?caf=C3=A9?=", "Content-ID: <=?utf-8?Q?caf=C3=A9?=>"],
  ["caf&eacute;.png", "Content-Location: =?utf-8?Q?caf=C3=A9.png?="],
])("a picture may have a name with any letters: %s %s", async (address, field) => {
  const file = picture("one").replace("Content-ID: <logo>", field);
  const mail = await read(multipart("related", html(`<img src="${address}">`), file));
  expect(picturesIn(mail)).toEqual(["one"]);
});

test.each(["", "Content-Type: image\r\n", "Content-Type: jpeg\r\n"])(
  "bytes that are no text are a file even where their type is invalid: %j",
  async (type) => {
    const fields = `${type}Content-ID: <logo>\r\nContent-Transfer-Encoding: base64\r\n\r\n`;
    const [bytes, text] = ["\x89PNG\r\n\0one", "\xFF\xFEx\0"].map((sent) =>
      Buffer.from(sent, "latin1").toString("base64"),
    );
    const page = html("<img src=cid:logo>");
    const mail = await read(multipart("related", page, fields + bytes, fields + text));
    expect([mail.text, names(mail), picturesIn(mail)]).toEqual(["\nx", ["part-1"], ["\0one"]]);
  },
);

test("the location of a page may have any letters, too", async () => {
  const page = html("<img src=a.png>", "Content-Location: http://a.b/caf\xC3\xA9/\r\n");
  const file = picture("one").replace(
    "Content-ID: <logo>",
    "Content-Location: http://a.b/caf\xC3\xA9/a.png",
  );
  expect(picturesIn(await read(multipart("related", page, file)))).toEqual(["one"]);
});

test.each([
  ["Content-Type: ; charset=utf-16le\r\n", "x\0y\0"],
  ["", "xy\0"],
])("a text without a type stays a text: %j %j", async (type, sent) => {
  const body = Buffer.from(sent, "latin1").toString("base64");
  const mail = await read(
    multipart("mixed", `${type}Content-Transfer-Encoding: base64\r\n\r\n${body}`),
  );
  expect([mail.text.replace("\0", ""), names(mail)]).toEqual(["xy", []]);
});

test("a page with only a background picture is not reported as empty", async () => {
  const page = html("<img style='background:url(cid:logo)'>");
  const mail = await read(multipart("related", page, picture("one")));
  expect(told(mail)).toEqual([]);
});

describe("with two pictures of the same id", () => {
  const page = html("<img src=cid:logo><p style='background:url(cid:logo)'>");
  const withPicture = (bytes: string) => multipart("related", page, picture(bytes));

  test("each page shows the one that came with it", async () => {
    const forms = multipart("alternative", plain("x"), withPicture("two"));
    const mail = await read(multipart("mixed", withPicture("one"), forms));
    expect(picturesIn(mail)).toEqual(["one", "one", "two", "two"]);
    expect(mail.attachments.map((file) => file.inline)).toEqual([true, true]);
  });

  test("a mail within the mail shows its own", async () => {
    const inner = `Content-Type: message/rfc822\r\n\r\n${multipart("alternative", page, picture("in"))}`;
    const mail = await read(multipart("mixed", page, picture("out"), inner));
    expect(picturesIn(mail)).toEqual(["out", "out", "in", "in"]);
  });

  test("each of many pages finds its own among many", async () => {
    const parts = Array.from({ length: 480 }, (_, at) => [
      html(`<img src=cid:${at}>`),
      picture(`${at}`).replace(
        "<logo>",
        `<${at}>\r\nContent-Location: http://x/${"a".repeat(1800)}`,
      ),
    ]);
    const mail = await read(
      multipart("mixed", multipart("related", ...parts.flat()), picture("x")),
    );
    expect(picturesIn(mail)).toEqual(parts.map((_, at) => `${at}`));
  });

  test("a page that has none of its own shows the first", async () => {
    const mail = await read(multipart("mixed", withPicture("one"), withPicture("two"), page));
    expect(picturesIn(mail)).toEqual(["one", "one", "two", "two", "one", "one"]);
  });
});

test("an attached mail without a name gets the extension .eml", async () => {
  const attached = `Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n${plain("x")}`;
  const [file] = (await read(multipart("mixed", plain("x"), attached))).attachments;
  expect(file).toMatchObject({ name: "part-1.eml", safeName: "part-1.eml" });
});

test.each(["ms-tnef; name=winmail.dat", "x; name=Winmail.DAT", "ms-tnef", "vnd.ms-tnef; name=a.b"])(
  "files in a winmail.dat are reported as left out: %s",
  async (type) => {
    const packed = `Content-Type: application/${type}\r\n\r\nx`;
    const mail = await read(multipart("mixed", plain("x"), packed));
    expect([names(mail), told(mail)]).toEqual([
      [/name=(.*)/.exec(type)?.[1] ?? "part-1"],
      ["left-out"],
    ]);
  },
);

test.each([
  "application/pkcs7-mime; smime-type=enveloped-data",
  "application/x-pkcs7-mime",
  "application/pgp-encrypted",
  "message/external-body; access-type=url",
  "message/partial; number=1",
])("content inside a file, or outside the mail, is reported as left out: %s", async (type) => {
  const mail = await read(multipart("mixed", plain("x"), `Content-Type: ${type}\r\n\r\nx`));
  expect([mail.text, names(mail), told(mail)]).toEqual(["x", ["part-1"], ["left-out"]]);
});
