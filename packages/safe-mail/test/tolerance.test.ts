import { mailSource } from "@np6-archives/test-mails/mail-source";
import { describe, expect, test } from "vitest";
import { readMail } from "../src/index.ts";

const HEADING = "From: Shop <shop@example.com>\r\nSubject: s\r\nMIME-Version: 1.0\r\n";
const latin1 = (source: string) => Buffer.from(source, "latin1");
const read = (source: string) => readMail(latin1(source));
const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("latin1");

describe("people", () => {
  test.each([
    ["Acme, Inc. <news@acme.example>", "Acme, Inc. <news@acme.example>"],
    ["O'Neil & Sons, Ltd., Dublin <x@y.z>", "O'Neil & Sons, Ltd., Dublin <x@y.z>"],
    ["Ada <a@b.c>; Bob <b@b.c>", "Ada <a@b.c>, Bob <b@b.c>"],
    ["Friends: Ada <a@x.y>, b@x.y;, c@d.e", "Friends: Ada <a@x.y>, b@x.y, c@d.e"],
    ["a@b.c (Ada (of \\) Acme))", "Ada (of ) Acme) <a@b.c>"],
    ["Ada <a@b.c", "Ada <a@b.c>"],
    ["Ada a@b.c", "Ada <a@b.c>"],
    ["Shop <>", "Shop"],
    ["mailto:a@b.c", "a@b.c"],
    ['"a b"@x.example', '"a b"@x.example'],
    ["\"Shop' <a@b.c>", "Shop' <a@b.c>"],
    ["=?utf-8?Q?Acme:_News?= <a@b.c>", "Acme: News <a@b.c>"],
    ["undisclosed-recipients:;", "undisclosed-recipients:"],
    ["Soci\xE9t\xE9 <a@b.c>", "Société <a@b.c>"],
    ["Acme (UK) <a@b.c>", "Acme (UK) <a@b.c>"],
    ["John (Sales) Doe <j@x.y>", "John (Sales) Doe <j@x.y>"],
    ["(Ada) <a@b.c>", "Ada <a@b.c>"],
    ["Voil\xC3\xA0 <a@b.c>", "Voilà <a@b.c>"],
    ["<<a@b.c>>", "a@b.c"],
    ["<pete(his account)@silly.test(his (own) host)>", "pete@silly.test"],
    ["Mary <@node.test,@node2.test:mary@x.net>", "Mary <mary@x.net>"],
    ["jdoe@test  . example", "jdoe@test.example"],
    ["J <jdoe @ test  . example>", "J <jdoe@test.example>"],
    ["Dr. Max a@b.c", "Dr. Max <a@b.c>"],
    ["Sale :( <n@x.y>", "Sale: ( <n@x.y>"],
    ["Sale :-( <n@x.y>, J <a@b.c>", "Sale: -( <n@x.y>, J <a@b.c>"],
    ["A (B (C) <n@x.y>", "A (B (C) <n@x.y>"],
    ["A ((B (C) D) <n@x.y>", "A ((B (C) D) <n@x.y>"],
    ["n@x.y (Ada", "Ada <n@x.y>"],
    ["n@x.y (Ada @ Home", "Ada @ Home <n@x.y>"],
    ["Ada <n@x.y> (at \\(work", "Ada (at (work) <n@x.y>"],
    ["(none)", "none"],
    ["( =?utf-8?q?=C3=A9?= (b)),", "é (b)"],
    ["List: (none);", "List:"],
    ["a@b.c, (none)", "a@b.c"],
    ["root (Cron Daemon)", "root (Cron Daemon)"],
    ["Friends (all): a@b.c;", "Friends (all): a@b.c"],
    ["<a@b.c> <b@b.c><c@b.c>", "a@b.c, b@b.c, c@b.c"],
    ['A <a@b.c> (x) B <b@b.c> "C, D" <c@b.c> E', "A <a@b.c>, (x) B <b@b.c>, C, D E <c@b.c>"],
    ["G: <a@b.c> <b@b.c>;", "G: a@b.c, b@b.c"],
    ["A <a@b.c>=?utf-8?q?=2C?=\r\n B <b@b.c>", "A <a@b.c>, B <b@b.c>"],
    ["A <a@b.c>\r\n =?utf-8?q?=2C?=\r\n =?utf-8?q?=C3=A9?= <b@b.c>", "A <a@b.c>, é <b@b.c>"],
    ["a@b.c\r\n =?utf-8?q?=2C?= B <b@b.c>", "a@b.c, B <b@b.c>"],
    ["a@b.c at B =?utf-8?q?=2C?= C <b@b.c>", "a@b.c at B , C <b@b.c>"],
    ["B=?utf-8?q?=2C?= A <a@b.c>", "B, A <a@b.c>"],
    ["A <sales> <a@b.c>", "A <sales> <a@b.c>"],
    ["A <3 <a@b.c> <@b>", "A <3 <@b> <a@b.c>"],
    ['"a\\"b"@x.y', '"a\\"b"@x.y'],
    ['"J" "a\\\\\\"b"@x.y', 'J <"a\\\\\\"b"@x.y>'],
    ['"J \\"K\\"" "a b"@x.y', 'J "K" <"a b"@x.y>'],
    ['"J" <"a>b"@c.d>', 'J <"a>b"@c.d>'],
    ['J < "a\\"<b, c"@c.d >, e@f.g', 'J <"a\\"<b, c"@c.d>, e@f.g'],
    ['J <"a@b.c>', 'J <"a@b.c>'],
    ['J <a"b@c.d>, K <e"f@g.h>', 'J <a"b@c.d>, K <e"f@g.h>'],
    ["\x1b$B$4\x1b(B <a@b.c>", "ご <a@b.c>"],
  ])("%s", async (raw, written) => {
    expect((await read(`From: ${raw}\r\n\r\nx`)).from).toBe(written);
  });
});

describe("encoded words in a header", () => {
  test.each([
    ["=?UTF-8?B?Q2Fmww==?=\r\n =?UTF-8?Q?=A9_x?=", "Café x"],
    ["=?utf-8?Q?a?= b =?utf-8?Q?c?=", "a b c"],
    ["=?utf-8?Q?What??=", "What?"],
    ["=?utf-8?q?bad=FFbyte_=C3=A9_=C3=A8?=", "bad\uFFFDbyte é è"],
    ["=?x-unknown?Q?caf=C3=A9?=", "café"],
    ["=?utf-8*fr?Q?caf=C3=A9?=", "café"],
    ["=?utf-8?Q?un fin=C3=A9?=", "un finé"],
    ["=?iso-2022-jp?B?GyRCJDQbKEI=?=", "ご"],
    ["=?ISO-2022-JP?B?GyRCJDQbKEI=?=\r\n =?ISO-2022-JP?B?GyRCJDQbKEI=?=", "ごご"],
    ["=?utf-7?Q?+AOk?= =?utf-7?Q?+AOk?=", "éé"],
    ["=?utf-16?B?/v8A6Q==?= =?utf-16?B?/v8A6Q==?=", "éé"],
    ["=?utf-8?B?R3LDtsOfZ?=\r\n =?utf-8?B?SBhbGxlcw==?=", "Größe alles"],
    ["=?utf-8?B?w6?= =?utf-8?b?k=?=", "é"],
    ["=?utf-8?B?w?= =?utf-8?B?6?= =?utf-8?B?k?=", "é"],
    ["=?utf-16?B?/v8A6?= =?utf-16?B?Q==?=", "é"],
    ["=?utf-8?B?w6k?= =?utf-8?B?w6k?= =?utf-8?B?w6k?= =?utf-8?B?w6k?=", "éééé"],
    ["=?utf-8?B?R3LDtsOfZ?= =?utf-8?B?YWxsZXM=?=", "Größalles"],
    ["=?utf-8?B?w68_IQ?= =?utf-8?B?w68?=", "ï?!ï"],
    ["=?utf-8?B?w7xiZQ ?= =?utf-8?B?cg ?=", "über"],
    ["=?utf-8?B?unfinished", "=?utf-8?B?unfinished"],
    ["=?utf-8?b?w6nDoMO8?\r\n =?utf-8?b?PSDDp8Ox?= x", "éàü= çñ x"],
    ["=?utf-8?q?re=C3=A7u\r\n =?utf-8?q?=3F=3D_cr=C3=A9dit?=", "reçu?= crédit"],
    ["caf\xC3\xA9", "café"],
    ["voil\xC3\xA0", "voilà"],
    ["\xE4\xBD\xA0", "你"],
    ["\x1b$B$4\x1b(B", "ご"],
    ["caf\xE9", "café"],
    ["a\rBcc: b", "a Bcc: b"],
  ])("%s", async (raw, subject) => {
    expect((await read(`Subject: ${raw}\r\n\r\nx`)).subject).toBe(subject);
  });
});

describe("malformed types", () => {
  test.each(
    `text/html, charset=utf-8|text/html: charset=utf-8|text / html ; charset=utf-8|text/html charset=utf-8|html
    |text.html|text-html; charset=utf-8|text html|application/xhtml+xml|"text/html"|: text/html|text\\html|text/html;;charset = utf-8|text/html(c)|TEXT/HTM`.split(
      /\s*\|/,
    ),
  )("are html: %s", async (type) => {
    const mail = await read(`${HEADING}Content-Type: ${type}\r\n\r\n<p>hello \xC3\xA9</p>`);
    expect(mail.html?.content).toContain("<p>hello é</p>");
    expect(mail.attachments).toEqual([]);
  });

  test.each([
    "text/*",
    "text/enriched",
    "text/markdown",
    "text",
    "",
    "text/",
    "plain",
    "charset=utf-8",
    "foo",
    "text;charset=utf-8",
  ])("are text: %s", async (type) => {
    const mail = await read(`${HEADING}Content-Type: ${type}\r\n\r\nhello`);
    expect(mail).toMatchObject({ text: "hello", html: undefined, attachments: [] });
  });
});

test.each(["utf-8, format=flowed", "utf-8 format=flowed", "utf-8,format=flowed;delsp=no"])(
  "a missing semicolon hides no parameter: %s",
  async (parameters) => {
    const mail = await read(
      `Content-Type: text/plain; charset=${parameters}\r\n\r\na \r\n\xC3\xA9`,
    );
    expect(mail.text).toBe("a é");
  },
);

test.each([
  "format=flowed (x); delsp=yes (y)",
  "format=flowed (a \\) (b)) (c);delsp=yes\t(y) ",
  "charset=us-ascii (Plain text) format=flowed (x); delsp=yes",
])("a comment is no part of an unquoted parameter: %s", async (parameters) => {
  const mail = await read(`Content-Type: text/plain; ${parameters}\r\n\r\na \r\nb\r\n`);
  expect(mail).toMatchObject({ text: "ab\n", notes: [] });
});

test("a comment is no part of a boundary", async () => {
  const { text, notes } = await read(
    "Content-Type: multipart/mixed; boundary=ab (c)\r\n\r\n--ab\r\n\r\nhello\r\n--ab--\r\n",
  );
  expect([text, notes]).toEqual(["hello", []]);
});

test("a header's name may have brackets, commas and the like", async () => {
  const { from, headers, html } = await read(
    "Subject: s\r\nX[a]: 1\r\n more\r\nX(b)@c,d: 2\r\nFrom: a@b.c\r\nContent-Type: text/html\r\n\r\n<p>x</p>",
  );
  expect([from, html?.content.trim()]).toEqual(["a@b.c", "<p>x</p>"]);
  expect(headers.slice(1, 3)).toEqual([
    { name: "X[a]", value: "1 more" },
    { name: "X(b)@c,d", value: "2" },
  ]);
});

describe("structure", () => {
  const text = "Content-Type: text/plain; charset=utf-8\r\n\r\nhello";
  test.each([
    ["no boundary", "multipart/mixed", `\r\n--e\r\n${text}\r\n--e--\r\n`, "boundary"],
    ["an empty one", 'multipart/mixed; boundary=""', `\r\n--e\r\n${text}\r\n--e--\r\n`, "boundary"],
    ["another", "multipart/mixed; boundary=other", `\r\n--e\r\n${text}\r\n--e--\r\n`, "boundary"],
    ["parts without one", "multipart/mixed; boundary=e", "\r\nhello", "boundary"],
    [
      "another that has parts",
      "multipart/mixed; boundary=o",
      `\r\n--e\r\n${text}\r\n--e--\r\n--o--\r\n`,
      "boundary",
    ],
    [
      "no blank line before it",
      "multipart/mixed; boundary=e",
      `--e\r\n${text}\r\n--e--\r\n`,
      "header",
    ],
    [
      "a line of blanks before it",
      "multipart/mixed; boundary=e",
      ` \t\r\n--e\r\n${text}\r\n--e--`,
      "header",
    ],
    [
      "one within",
      "multipart/mixed; boundary=e",
      `\r\n--e\r\nContent-Type: multipart/alternative\r\n\r\n--i\r\n${text}\r\n--i--\r\n--e--`,
      "boundary",
    ],
  ])("a multipart with %s is read, and reported", async (_, type, body, kind) => {
    const mail = await read(`${HEADING}Content-Type: ${type}\r\n${body}`);
    expect(mail.text).toBe("hello");
    expect(mail.attachments).toEqual([]);
    expect(mail.notes.map((note) => note.kind)).toContain(kind);
  });

  test.each([
    "\xEF\xBB\xBF",
    "\r\n\r\n",
    ">From x@y Thu Feb  5 09:27:58 2026\r\n",
    "\xEF\xBB\xBFFrom x@y\n",
  ])("may begin with something other than a header: %j", async (mark) => {
    expect(await read(`${mark}${HEADING}\r\nhello`)).toMatchObject({ subject: "s", text: "hello" });
  });

  test.each([
    ["whitespace before the first colon", "From : J <j@x.y>\r\nSubject: s\r\n\r\nhello"],
    ["a line of whitespace within it", "From: J\r\n  \r\n <j@x.y>\r\nSubject: s\r\n\r\nhello"],
  ])("a header may have %s", async (_, source) => {
    expect(await read(source)).toMatchObject({ from: "J <j@x.y>", subject: "s", text: "hello" });
  });

  test("a line of whitespace ends a header where no field follows", async () => {
    expect((await read("Subject: s\r\n \r\n hello\r\n\r\nA: b")).text).toBe(" hello\n\nA: b");
  });
});

test("a continued parameter may lack the whitespace before its line", async () => {
  const mail = await read(
    `${HEADING}Content-Type: multipart/mixed;\r\nboundary="b"\r\nTo: b@c.d\r\n\r\n--b\r\nContent-Type: text/plain; \r\ncharset=koi8-r\r\n\r\n\xF0\r\n--b\r\nContent-Type: a/b\r\nContent-Disposition: attachment;\r\nfilename*=utf-8''a.pdf;\r\nsize=2\r\n\r\nx=\r\n--b--`,
  );
  expect(mail).toMatchObject({ to: "b@c.d", text: "П" });
  expect(mail.attachments).toMatchObject([{ name: "a.pdf", size: 2 }]);
  expect(mail.notes.map(({ kind }) => kind)).toEqual(["header"]);
});

test.each([
  " (envelope-from x)",
  "+OK 123 octets",
  "garbage",
  "Received from x by y",
  "Bad Name X: y",
])("a foreign line before the header is skipped: %s", async (line) => {
  const mail = await read(`${line}\r\n${HEADING}Content-Type: text/html\r\n\r\n<p>hi`);
  expect(mail).toMatchObject({ subject: "s", from: "Shop <shop@example.com>" });
  expect(mail.html?.content).toContain("<p>hi");
  expect(mail.notes.map(({ kind }) => kind)).toContain("header");
});

test.each([" ", "\t"])("a mail's first field may have whitespace before it: %j", async (blank) => {
  const mail = await read(`${blank}Subject: s\r\n t\r\nFrom: a@b.c\r\n\r\nhello`);
  expect(mail).toMatchObject({ subject: "s t", from: "a@b.c", text: "hello" });
  expect(mail.notes.map(({ kind }) => kind)).toEqual(["header"]);
});

test.each([
  "Dear all,\nplease\n\nFrom: me",
  "I agree.\n-----Original Message-----\nFrom: b@c.d\nTo: e\n\nold words",
  "Hello,\nour shop is open\nDate: Monday 3 May\nbring money",
])("a header ends where text begins, whatever fields it quotes: %j", async (words) => {
  const mail = await read(`Subject: s\r\nFrom: a@b.c\r\n${words.replaceAll("\n", "\r\n")}`);
  expect(mail).toMatchObject({ subject: "s", from: "a@b.c", date: "", text: words });
});

test.each([
  ["two lines", "wrapped\r\nby hand"],
  ["a line that is folded", "wrapped\r\n by hand"],
])("before the type, a field may be wrapped without whitespace, to %s", async (_, rest) => {
  const mail = await read(
    `From: a@b.c\r\nSubject: s\r\n${rest}\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<p>hi`,
  );
  expect(mail).toMatchObject({
    from: "a@b.c",
    html: { content: expect.stringContaining("<p>hi") },
  });
  expect(mail.notes.map(({ kind }) => kind)).toContain("header");
});

test("a text with something like a field in it is no mail", async () => {
  expect((await read("Dear all,\r\n\r\nFrom: next week on\r\n")).text).toContain("Dear all,");
});

test("a boundary may end in spaces, even on its last line", async () => {
  const { attachments, notes } = await read(
    `${HEADING}Content-Type: multipart/mixed; boundary="A "\r\n\r\n--A \r\n\r\nt\r\n--A \r\nContent-Type: a/b\r\n\r\nx\r\n--A --\r\n`,
  );
  expect([attachments.map(({ content }) => hex(content)), notes]).toEqual([["x"], []]);
});

describe("parts after the end of a multipart are read", () => {
  const pdf = "Content-Type: application/pdf; name=a.pdf\r\n\r\nx";
  test.each([
    [
      "the boundary of the one around",
      `--A\r\nContent-Type: multipart/alternative; boundary=A\r\n\r\n--A\r\n\r\nt\r\n--A--\r\n\r\n--A\r\n${pdf}\r\n--A--`,
    ],
    ["one end too many", `--A\r\n\r\nt\r\n--A--\r\n--A\r\n${pdf}\r\n--A--`],
  ])("%s", async (_, body) => {
    const mail = await read(`${HEADING}Content-Type: multipart/mixed; boundary=A\r\n\r\n${body}`);
    expect(mail.text).toContain("t");
    expect(mail.attachments.map(({ name }) => name)).toEqual(["a.pdf"]);
    expect(mail.notes.map(({ kind }) => kind)).toContain("boundary");
  });

  test("but a text there is not", async () => {
    const mail = await read(
      `${HEADING}Content-Type: multipart/mixed; boundary=A\r\n\r\n--A\r\n\r\nt\r\n--A--\r\nbelow`,
    );
    expect(mail).toMatchObject({ text: "t", notes: [] });
  });
});

describe("a multipart without parts", () => {
  const inner = "Content-Type: multipart/mixed; boundary=i\r\n\r\n";
  test.each([
    ["", ""],
    ["--i--\r\n", ""],
    ["--i", ""],
    ["\r\n--i-- \r\n\r\n", ""],
    ["hello\r\n--i--\r\n", "hello\n"],
    ["--i--\r\n\r\nhello", "\nhello"],
  ])("does not show its boundary: %j", async (body, text) => {
    const alone = await read(`${inner}${body}`);
    const nested = await read(mixed("\r\nbefore", `${inner}${body}`));
    expect([alone.text, nested.text]).toEqual([text, `before${text && `\n${text}`}`]);
    for (const { notes } of [alone, nested])
      expect(notes.map(({ kind }) => kind)).toContain("boundary");
  });
});

test.each([
  ["see\r\nbegin 644 a.txt\r\n%:&5L;&\\\r\n`\r\nend\r\n", ["left-out"]],
  [
    "=ybegin line=128 size=3 name=a.bin\r\n\x8B\x8C\x8D\r\n=yend size=3\r\n",
    ["charset", "left-out"],
  ],
  ["begin 100 things\r\nand end none", []],
])("a file within a text is reported: %j", async (text, kinds) => {
  const { notes } = await read(`${HEADING}\r\n${text}`);
  expect(notes.map(({ kind }) => kind)).toEqual(kinds);
});

test("a disposition in one encoded word keeps its file name", async () => {
  const word = Buffer.from('attachment; filename="rapport été.txt"').toString("base64");
  const mail = await read(
    `${HEADING}Content-Type: text/plain\r\nContent-Disposition: =?utf-8?b?${word}?=\r\n\r\nx`,
  );
  expect(mail.attachments.map(({ name }) => name)).toEqual(["rapport été.txt"]);
});

test("whitespace at the end of the last line in quoted-printable is removed, too", async () => {
  const head = `${HEADING}Content-Transfer-Encoding: quoted-printable\r\n\r\n`;
  expect((await read(`${head}a  \r\nc;d  `)).text).toBe("a\nc;d");
  expect((await read(`${head}50% =20 =`)).text).toContain("50%   ");
});

test("an internationalised bounce is shown like any other", async () => {
  const mail = await read(
    `${HEADING}Content-Type: multipart/report; boundary=A\r\n\r\n--A\r\n\r\nnot delivered\r\n--A\r\nContent-Type: message/global-delivery-status\r\n\r\nStatus: 5.1.1\r\n--A\r\nContent-Type: message/global-headers\r\n\r\nSubject: \xC3\xA9\r\n--A--`,
  );
  expect(mail.text).toContain("Status: 5.1.1");
  expect(mail.text).toContain("Subject: é");
});

test("a mail whose lines end in a bare CR is read, and reported", async () => {
  const mail = await read(`${HEADING}\r\nhello\r\nthere`.replaceAll("\r\n", "\r"));
  expect(mail).toMatchObject({ subject: "s", text: "hello\nthere" });
  expect(mail.notes.map(({ kind }) => kind)).toEqual(["header"]);
});

test.each([
  ["multipart/mixed; boundary=e", "\r\n--e--\r\n", "boundary"],
  ["multipart/mixed; boundary=e", "", "boundary"],
  ["application/pkcs7-mime; name=smime.p7m", "MIAG", "left-out"],
  ["text/plain", "", "left-out"],
  ["text/html", " ", "left-out"],
  ["text/html", "<p>&nbsp;&#8203;&zwnj;&shy;&#847;</p>", "left-out"],
  ["text/html", "<img><img src=''>", "left-out"],
  ["text/html", "<img src=https://a.b/c width=1 height=1 alt=x>", "left-out"],
  ["text/plain; charset=utf-8", "\xE2\x80\x8B", "left-out"],
])("a mail without a text is reported: %s %j", async (type, body, kind) => {
  const mail = await read(`${HEADING}Content-Type: ${type}\r\n\r\n${body}`);
  expect(mail.notes.map((note) => note.kind)).toContain(kind);
});

test.each([
  "8 bit",
  "8BIT",
  "8bit;",
  "8bit charset=utf-8",
  "base 64",
  "base64 charset=utf-8",
  "base64; x",
  "base64 (a (b)) c",
  "Quoted Printable",
  "quoted-printable quoted-printable",
])("a transfer encoding may be misspelt, or followed by something: %s", async (encoding) => {
  const body = encoding.startsWith("8")
    ? "a\xC3\xA9"
    : encoding.startsWith("b")
      ? "YcOp"
      : "a=C3=A9";
  const mail = await read(
    `${HEADING}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}`,
  );
  expect(mail).toMatchObject({ text: "aé", notes: [] });
});

test("an encoded word cannot contain a line break", async () => {
  expect((await read("Subject: =?utf-8?Q?a=0D=0ABcc:_x?=\r\n\r\nx")).subject).toBe("a Bcc: x");
});

describe("an attachment is what was sent", () => {
  test.each([
    ["7bit", "a;b\r\n1;2\r\n", "a;b\r\n1;2\r\n"],
    ["7bit", "a\nb\n", "a\nb\n"],
    ["binary", "\r\r\n\x00\xFF\r", "\r\r\n\x00\xFF\r"],
    ["quoted-printable", "a=C3=A9  \r\nx= \r\ny=\r\n=0D\rz\r\n", "a\xC3\xA9\r\nxy\r\rz\r\n"],
    ["quoted-printable", "50% =xy =", "50% =xy "],
    ["quoted-printable", "=C=\r\n3==\r\nA9 =0= \nA ==\nx =0=", "\xC3\xA9 \n =x =0"],
    ["base64", "aGk=\r\naGk=\r\n", "hihi"],
    ["base64", "aGk=\r\n-- \r\nSent by a list\r\n", "hi"],
    ["x-uuencode", "begin 644 a\r\n%:&5L;&\\\r\n`\r\nend\r\n", "hello"],
    ["x-uuencode", "begin 644 a\r\n%:&5L;&\\\r\n`\r\nend \r\n", "hello"],
    ["x-uuencode", "begin 644 a\r\n$\r\n%:&5L;&\\\r\n`\r\nend\r\n", "\0\0\0\0hello"],
    ["x-uuencode", "begin 644 a\r\n'`/^`?ZI5_0``\r\n`\r\nend\r\n", "\0\xFF\x80\x7F\xAAU\xFD"],
    ["x-uuencode", "begin-base64 644 a\r\naGVs\r\nbG8=\r\n====\r\n", "hello"],
  ])("in %s: %j", async (encoding, body, content) => {
    const mail = await readMail(
      mailSource("x", [
        { headers: ["Content-Type: text/plain"], body: "x" },
        {
          headers: [
            "Content-Type: text/calendar; charset=iso-8859-1",
            `Content-Transfer-Encoding: ${encoding}`,
            "Content-Disposition: attachment",
          ],
          body: latin1(body),
        },
      ]),
    );
    expect(hex(mail.attachments[0]?.content)).toBe(content);
    expect(mail.attachments[0]?.size).toBe(content.length);
  });

  test.each(["hi\r\n%", "%\r\nhi\r\n", "%\r\n%"])(
    "in uuencode, and what is around the file is reported as left out: %j",
    async (body) => {
      const file = "begin 644 a\r\n%:&5L;&\\\r\n`\r\nend\r\n";
      const { attachments, notes } = await read(
        `Content-Type: a/b\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n${body.replaceAll("%", () => file)}`,
      );
      expect(attachments.map(({ content }) => hex(content))).toEqual(["hello"]);
      expect(notes.map(({ kind }) => kind)).toContain("encoding");
    },
  );

  test("with its last line break where it is a mail, and reported where its encoding is unknown", async () => {
    const inner = "Subject: in\r\n\r\nbody\r\n";
    const mail = await readMail(
      mailSource("x", [
        {
          headers: ["Content-Type: message/rfc822", "Content-Disposition: attachment"],
          body: inner,
        },
        { headers: ["Content-Type: a/b", "Content-Transfer-Encoding: rot13"], body: "uryyb" },
      ]),
    );
    expect(mail.attachments.map(({ content }) => hex(content))).toEqual([inner, "uryyb"]);
    expect(mail.notes.map(({ kind }) => kind)).toEqual(["encoding", "left-out"]);
  });

  test.each([
    ['filename="a/b\\\\c.pdf"', "a/b\\c.pdf", "c.pdf"],
    ["filename*=utf-8''x%E2%80%AEfdp.exe", "x\u202Efdp.exe", "xfdp.exe"],
    ["filename*=utf-8''a%2F..%2Fb.txt%20.", "a/../b.txt .", "b.txt"],
    ['filename=".."', "..", "part-1"],
    ['filename=""a; b.txt""; size=1', "a; b.txt", "a; b.txt"],
    ['filename=""; name="a.txt"', "a.txt", "a.txt"],
    ['filename="" (x); name="a.txt"', "a.txt", "a.txt"],
    ['filename="", name="a.txt"', "a.txt", "a.txt"],
    ['filename="a<b>|c?.txt"', "a<b>|c?.txt", "a_b__c_.txt"],
    ['name="n.txt"', "n.txt", "n.txt"],
    ["name=a.pdf (my file)", "a.pdf", "a.pdf"],
    ["filename=a.pdf (my (own) file) (x)", "a.pdf", "a.pdf"],
    ["filename=foo (1).txt", "foo (1).txt", "foo (1).txt"],
    ["filename=foo(1)", "foo(1)", "foo(1)"],
    ["filename=Foto (1) (2)", "Foto (1) (2)", "Foto (1) (2)"],
    ["filename*0=Report (1); filename*1=.pdf", "Report (1).pdf", "Report (1).pdf"],
    ['filename="foo (1)"', "foo (1)", "foo (1)"],
    ['filename="con.txt"', "con.txt", "_con.txt"],
    ['filename="con .txt"', "con .txt", "_con .txt"],
    ['filename="CONIN$"', "CONIN$", "_CONIN$"],
    ['filename="conout$.a.b"', "conout$.a.b", "_conout$.a.b"],
    ["filename*=utf-8''com%C2%B9.txt", "com¹.txt", "_com¹.txt"],
    ["filename*=utf-8''LPT%C2%B3", "LPT³", "_LPT³"],
    ['filename="console.txt"', "console.txt", "console.txt"],
    ['filename=".pdf"', ".pdf", "_.pdf"],
    ['filename="a/ ..pdf "', "a/ ..pdf ", "_.pdf"],
    ['filename=".tar.gz"', ".tar.gz", "tar.gz"],
    ['filename="... and the rest"', "... and the rest", "and the rest"],
    ["filename*0*=utf-8''a%20; filename*1=b.txt; filename=c.txt", "a b.txt", "a b.txt"],
    ["filename*0=a; filename*1=b.txt; filename*=utf-8''%C3%A9.txt", "é.txt", "é.txt"],
    ["filename*0*=utf-8''a; filename*=b.txt; filename*1*=b.txt", "b.txt", "b.txt"],
    ["filename*0=x; filename*0*=utf-8''a; filename*1=b.txt", "ab.txt", "ab.txt"],
    ["filename*=utf-8''; filename*0=a; filename*1=b.txt", "ab.txt", "ab.txt"],
    ["filename=a.txt; filename*=utf-8''", "a.txt", "a.txt"],
    [`filename="${"é".repeat(300)}.pdf"`, `${"é".repeat(300)}.pdf`, `${"é".repeat(125)}.pdf`],
    [
      `filename="${"a".repeat(254)} ${"b".repeat(70)}"`,
      `${"a".repeat(254)} ${"b".repeat(70)}`,
      "a".repeat(254),
    ],
    [
      `filename="${"a".repeat(252)}. .${"b".repeat(70)}"`,
      `${"a".repeat(252)}. .${"b".repeat(70)}`,
      "a".repeat(252),
    ],
    ["filename=caf\xE9 b.pdf", "café b.pdf", "café b.pdf"],
    ["filename*=caf%C3%A9.txt", "café.txt", "café.txt"],
    ['filename="=?utf-8?Q?caf=C3=A9?= =?utf-8?Q?_b.pdf?="', "café b.pdf", "café b.pdf"],
  ])("with a name to save it under: %s", async (parameter, name, safeName) => {
    const raw = parameter.replaceAll("é", "\xC3\xA9");
    const source = `${HEADING}Content-Type: a/b\r\nContent-Disposition: attachment; ${raw.includes("caf") ? parameter : raw}\r\n\r\nx`;
    expect((await read(source)).attachments).toMatchObject([{ name, safeName }]);
  });

  test.each([
    "Content-Disposition: filename=abc.bin",
    "Content-Disposition: filename*=utf-8''abc.bin",
    "Content-Disposition: filename*0=a; filename*1=bc.bin",
    "Content-Disposition: filename*0*=utf-8''a; filename*1*=bc.bin",
    "Content-Type: name*0=a; name*1=bc.bin",
  ])("with its whole name where that begins a header: %s", async (field) => {
    const { attachments } = await read(`${HEADING}${field}\r\n\r\nx`);
    expect(attachments).toMatchObject([{ name: "abc.bin" }]);
  });
});

describe("headers made to take long", () => {
  const pieces = [
    '"',
    "(",
    "<",
    "=?a?q?",
    "=",
    "\r",
    "@",
    " ",
    ",",
    ".",
    "a=;",
    "(x)",
    "<>",
    ":",
    "\\",
    "'",
    " (x)",
    ")",
    '<"',
    '<\\"',
    '\\"',
    '"\\',
    '"@',
    "(<",
    "(\\",
    "<a> ",
    "<a@b> ",
    "<(x)@b> ",
  ];
  // In linear time: quadratic time would be hours here.
  test.each(pieces)("are read fast all the same: %j", async (piece) => {
    const value = `${piece.repeat(900_000 / piece.length)}x`;
    for (const name of ["From", "Content-Type", "Content-ID", "List-Unsubscribe"])
      expect((await read(`${name}: ${value}\r\n\r\nhello`)).problem).toBeUndefined();
    expect((await read(`Content-Type: a/b; name=${value}\r\n\r\nx`)).problem).toBeUndefined();
    const disposition = `Content-Disposition: attachment; filename="${value}`;
    expect((await read(`${disposition}\r\n\r\n${value}`)).problem).toBeUndefined();
  });
});

const mixed = (...parts: string[]) =>
  `${HEADING}Content-Type: multipart/mixed; boundary=e\r\n\r\n${parts.map((part) => `--e\r\n${part}\r\n`).join("")}--e--`;

describe("files", () => {
  test.each([
    ["Content-Type: text/plain; name=log.txt\r\nContent-Disposition: inline", "text/plain"],
    ["Content-Disposition: inline; filename=log.txt", "application/octet-stream"],
    ["Content-Type: pdf; name=log.txt", "application/octet-stream"],
    ["Content-Type: ; name=log.txt", "application/octet-stream"],
  ])("with a name can be saved: %s", async (fields, type) => {
    const { attachments } = await read(mixed("\r\nhello", `${fields}\r\n\r\nlog`));
    expect(attachments.map((file) => [file.name, file.type, hex(file.content)])).toEqual([
      ["log.txt", type, "log"],
    ]);
  });

  test("have their names in the charset of the mail", async () => {
    const body = "Content-Type: text/plain; charset=windows-1251\r\n\r\n\xCF";
    const file = 'Content-Type: application/pdf; name="\xCF\xF0.pdf"\r\n\r\nx';
    expect((await read(mixed(body, file))).attachments[0]?.name).toBe("Пр.pdf");
  });
});

const forms = (...parts: string[]) => read(mixed(...parts).replace("mixed", "alternative"));

describe("with several alternatives", () => {
  const plain = "Content-Type: text/plain\r\n\r\nplain";

  test("of html the last is shown, and the others are reported", async () => {
    const { html, text, notes } = await forms(
      plain,
      "Content-Type: text/html\r\n\r\n<p>one</p>",
      "Content-Type: text/html\r\n\r\n<p>two</p>",
    );
    expect([html?.content, text]).toEqual([expect.stringMatching(/^<p>two<\/p>/), "plain"]);
    expect(notes).toContainEqual({ kind: "left-out", text: expect.stringContaining("html") });
  });

  test.each([
    ["html", ""],
    ["html", "<!DOCTYPE html><html lang=en><head></head>\r\n<body class=x></body></html>"],
    ["plain", "\r\n"],
  ])("an empty one does not replace another: %s %j", async (kind, empty) => {
    const full = `Content-Type: text/${kind}\r\n\r\n<p>full</p>`;
    const { html, text, notes } = await forms(full, `Content-Type: text/${kind}\r\n\r\n${empty}`);
    expect(html?.content ?? text).toContain("<p>full</p>");
    expect(notes).toEqual([]);
  });

  test("of text an enriched one does not replace the plain one", async () => {
    const enriched = "Content-Type: text/enriched\r\n\r\n<bold>plain</bold>";
    expect((await forms(plain, enriched)).text).toBe("plain");
  });
});

test("lines that end in CR CR LF are lines", async () => {
  const source = `${HEADING}Content-Type: text/html\r\n\r\n<p>x</p>\r\n`;
  const { subject, html, notes } = await read(source.replaceAll("\r\n", "\r\r\n"));
  expect([subject, html?.content, notes.length]).toEqual(["s", expect.stringContaining("<p>x"), 1]);
});

describe("line ends of CR CR LF after a header with CR LF are recognised", () => {
  test("between parts", async () => {
    const source = mixed("\r\nhello", "Content-Type: a/b\r\n\r\n1\r\n2");
    const [header = "", ...body] = source.split(/(?<=\r\n\r\n)/);
    const { text, attachments, notes } = await read(
      header + body.join("").replaceAll("\r\n", "\r\r\n"),
    );
    expect([text, hex(attachments[0]?.content)]).toEqual(["hello", "1\r\n2"]);
    expect(notes).toMatchObject([{ kind: "header" }]);
  });

  test("but not where only one line has such an end, as a file may contain these bytes", async () => {
    const source = mixed("\r\nhello", "Content-Type: a/b\r\n\r\n1\r\r\n2");
    const { attachments } = await read(source.replace("--", "preamble\r\r\n--"));
    expect(hex(attachments[0]?.content)).toBe("1\r\r\n2");
  });

  test.each(["7bit", "quoted-printable"])("in a page in %s", async (encoding) => {
    const fields = `Content-Type: text/html\r\nContent-Transfer-Encoding: ${encoding}`;
    const soft = encoding === "7bit" ? "" : "=\r\r\n";
    const { html } = await read(`${fields}\r\n\r\n<pre>a\r\r\nb${soft}c</pre>`);
    expect(html?.content).toBe("<pre>a\nbc</pre>");
  });
});

test.each([
  ["colons", `From: a@${":".repeat(200_000)}`],
  ["blanks before a bracket", `From: <a${" ".repeat(100_000)}x>`],
  ["a boundary", `Content-Type: multipart/mixed; boundary="${"-".repeat(80_000)}"`],
])("is read in linear time: %s", async (_, field) => {
  // In quadratic time each would take minutes.
  const { problem } = await read(`${field}\r\n\r\n${"-".repeat(160_000)}`);
  expect(problem).toBeUndefined();
});

test("making the text of a long page takes no longer than the page", async () => {
  const page = `Content-Type: text/html\r\n\r\n${"<p>eighty letters or so</p>".repeat(20_000)}`;
  const { text } = await read(mixed("Content-Type: text/plain\r\n\r\nhello", page));
  expect(text.length).toBeGreaterThan(400_000);
});

test.each(["<font>x</font>", "<!-- a comment --><p>x</p>", "<b>x</b>"])(
  "a multipart without a boundary that contains a page is shown as one: %s",
  async (page) => {
    const { html } = await read(`${HEADING}Content-Type: multipart/mixed\r\n\r\n${page}\r\n`);
    expect(html?.content).toContain("x</");
  },
);
