import { describe, expect, test } from "vitest";
import { readMail } from "../src/index.ts";

const HEADING = "From: Shop <shop@example.com>\r\nSubject: s\r\nMIME-Version: 1.0\r\n";
const read = (source: string) => readMail(Buffer.from(source, "latin1"));
const mixed = (...parts: string[]) =>
  `${HEADING}Content-Type: multipart/mixed; boundary=e\r\n\r\n${parts.map((part) => `--e\r\n${part}\r\n`).join("")}--e--`;

describe("charsets", () => {
  test.each([
    ["us-ascii", "\xE9t\xE9", "été", true],
    ["us-ascii", "\xC3\xA9", "é", true],
    ["klingon", "\xC3\xA9", "é", true],
    ["klingon", "\xE9", "é", true],
    ["utf-8", "a\xFFb\xC3\xA9\xC3\xA8", "a\uFFFDbéè", true],
    ["utf-8", "\xE9t\xE9", "été", true],
    ["charset=iso-8859-1", "\xE9", "é", false],
    ["'ISO_8859-1'", "\xE9", "é", false],
    ["utf 8", "\xC3\xA9", "é", false],
    ["(a) utf-8", "\xC3\xA9", "é", false],
    ['(a)"utf-8" (b)', "\xC3\xA9", "é", false],
    ["(utf-8)", "\xC3\xA9", "é", false],
    ["iso-8859-1", "\x80", "€", false],
    ["iso8859-15", "\xA4", "€", false],
    ["cp850", "\x82", "é", false],
    ["_iso-2022-jp$ESC", "\x1B$B$4\x1B(B", "ご", false],
    ["hz-gb-2312", "~{VPND~}~~", "中文~", false],
    ["iso-2022-kr", "\x1B$)C\x0E0!\x0F!", "가!", false],
    ["iso-2022-jp", "\x1B$B$4\x1B(B", "ご", false],
    ["utf-16", "\xFE\xFF\x00\xE9\x00a", "éa", false],
    ["utf-16le", "\xE9\x00a\x00", "éa", false],
    ["utf-7", "Hi +AOk-t", "Hi ét", false],
    ["ks_c_5601-1987", "\xB0\xA1", "가", false],
    ["gb2312", "\xC4\xE3", "你", false],
    ["x-sjis", "\x82\xA0", "あ", false],
    ["x-euc-jp", "\xA4\xA2", "あ", false],
    ["x-euc", "\xA4\xA2", "あ", false],
    ["cseucpkdfmtjapanese", "\xA4\xA2", "あ", false],
    ["koi", "\xCD\xC9\xD2", "мир", false],
    ["ms1251", "\xEC\xE8\xF0", "мир", false],
    ["x-mac-ukrainian", "\xEC\xE8\xF0", "мир", false],
    ["x-mac-ce", "\xE4", "š", false],
    ["csiso88598i", "\xF9", "ש", false],
    ["gb18030-2000", "\xC4\xE3", "你", false],
    ["eucgb2312_cn", "\xC4\xE3", "你", false],
    ["big5_tw", "\xA7A", "你", false],
    ["SJIS-win", "\x87\x40", "①", false],
    ["cp51932", "\xAD\xA1", "①", false],
    ["csunicode11utf7", "Hi +AOk-t", "Hi ét", false],
    ["constructor", "\xE9", "é", true],
    ["utf-16", "hello world", "hello world", true],
    ["unicode", "<p>hello world</p>", "<p>hello world</p>", true],
    ["utf-16le", "h\0e\0l\0l\0o\0", "hello", false],
    ["iso2022-jp", "\x1B$B$4\x1B(B", "ご", false],
    ["iso2022_kr", "\x1B$)C\x0E0!\x0F!", "가!", false],
    ["iso_2022_jp", "\x1B$B$4\x1B(B", "ご", false],
    ["macintosh", "5 \xDB", "5 €", false],
    ["x-MacRoman", "5 \xDB", "5 €", false],
    ["x-mac-cyrillic", "5 \xFF", "5 €", false],
    ["ISO2022JP", "\x1B$B$4\x1B(B", "ご", false],
    ["iso-2022-jp", "\x1B$B$4\x1B(B\x1B$B$4\x1B(B", "ごご", false],
    ["euc-jp", "\xE6\x97\xA5\xE6\x9C\xAC", "日本", true],
    ["iso-2022-jp", "\xE6\x97\xA5", "日", true],
    ["iso-2022-jp", "\x82\xA0", "\uFFFD\uFFFD", true],
    ["iso-2022-jp-1", "\x1B$(D0!\x1B(B", "丂", false],
    ["iso-2022-jp-2", "a\x1B$ADc:C\x1B(Bb\x1B$B$4\x1B(B", "a你好bご", false],
    ["iso-2022-jp-2", "\x1B$(C0!\r\nx\x1B$B$4\x1B$(D0!\x1B(B", "가\nxご丂", false],
    ["iso-2022-jp-2", "\x1B$A\x1B$(C0!\x1B(B\x1B$ADc", "가你", false],
    ["iso-2022-jp-2", "\x1B$(D0\x1B(B", "\uFFFD", true],
    ["windows-1251", "\xD0\x9F", "Рџ", true],
  ])("%s", async (charset, bytes, text, told) => {
    const mail = await read(`Content-Type: text/plain; charset=${charset}\r\n\r\n${bytes}`);
    expect(mail.text).toBe(text);
    expect(mail.notes.some(({ kind }) => kind === "charset")).toBe(told);
  });
});

test("encoded words in very many unknown charsets are read", async () => {
  const words = Array.from({ length: 5000 }, (_, at) => `=?klingon-${at}?q?=C3=A9?=`);
  expect((await read(`Subject: ${words.join(" ")}\r\n\r\nx`)).subject).toBe("é".repeat(5000));
});

test("a charset after nested comments is found", async () => {
  const type = "text/plain (a (b)); (c (d)) charset=iso-8859-1";
  expect((await read(`Content-Type: ${type}\r\n\r\n\xC3\xA9`)).text).toBe("Ã©");
});

test.each([
  [
    "windows-1252",
    "iso8859-1 latin-1 l1 iso88591 iso_8859-1:1987 iso-ir-100 cp819 ibm819 csisolatin1",
  ],
  ["windows-1254", "iso8859-9 latin5 l5 csisolatin5 iso-ir-148"],
  ["windows-874", "iso8859-11 tis-620"],
])("is read as %s, as browsers do: %s", async (_, names) => {
  for (const name of names.split(" ")) {
    const { text } = await read(`Content-Type: text/plain; charset=${name}\r\n\r\n\x80 \x85`);
    expect([name, text]).toEqual([name, "€ …"]);
  }
});

test.each([
  ['<?xml version="1.0" encoding="windows-1251"?><p>\xCF', "П"],
  ["<!-- <meta charset=windows-1251> --><p>\xE9", "é"],
  ['<meta name=x content="charset=windows-1251"><p>\xE9', "é"],
  ['<meta http-equiv=content-type content="text/html; charset=windows-1251"><p>\xCF', "П"],
])("a page's charset is found where browsers look for it: %s", async (page, text) => {
  const { html } = await read(`Content-Type: text/html\r\n\r\n${page}`);
  expect(html?.content).toContain(`<p>${text}</p>`);
});

test.each([
  ["big5", "\xB3\\\xA5\\\xBB\\", "許功蓋"],
  ["gbk", "\xD5\\\xD5~", "誠諂"],
  ["shift_jis", "\x95\\\x8E\xA6", "表示"],
])("bytes of letters in %s are not taken for syntax in a header", async (charset, raw, text) => {
  const body = `Content-Type: text/plain; charset=${charset}\r\n\r\n${raw}`;
  const file = `Content-Type: a/b; name="${raw}"\r\n\r\nx`;
  const mail = await read(`To: ${raw} <a@b.tw>, "${raw}" <c@d.tw>\r\n${mixed(body, file)}`);
  expect(mail.to).toBe(`${text} <a@b.tw>, ${text} <c@d.tw>`);
  expect(mail.attachments[0]?.name).toBe(text);
  expect(mail.notes.map(({ kind }) => kind)).toEqual(["charset"]);
});

describe("base64", () => {
  const footer = "____________\r\nlist mailing list\r\n";
  const prose = "This is plain text really, not base64!\r\n";
  const full = "SGVs".repeat(15);
  test.each([
    ["a list's footer", `SGVsbG8h\r\n\r\n${footer}`, "Hello!", true],
    ["a footer directly below", `SGVsbG8h\r\n${footer}`, "Hello!", true],
    ["a footer below padding", `SGVsbG8=\r\n${footer}`, "Hello", true],
    ["a footer without a line above", "SGVsbG8h\r\nSent by a list", "Hello!", true],
    ["words", prose, prose.replace("\r", ""), true],
    ["a page", "<p>x</p>", "<p>x</p>", true],
    ["other characters", "SGV!!!###sbG8h", "Hello!", true],
    ["an empty line", `${full}\r\n\r\n${full}\r\nSGV!sbG8h`, `${"Hel".repeat(30)}Hello!`, true],
    ["one and a footer", `${full}\r\n\r\n${full}\r\n\r\n${footer}`, "Hel".repeat(30), true],
    ["a footer as long", "aGkgdGhlcmU=\r\n\r\nConfidential\r\nTo you only", "hi there", true],
    ["blanks within a line", "SGVs bG8h", "Hello!", false],
    ["blanks around lines", " SGVs \r\n bG8h ", "Hello!", false],
    ["the letters of urls", "fn5-fn5_\r\nfn5-fn4\r\n", "~~~~~\x7F~~~~~", false],
    ["a line in the letters of urls, without padding", "Pz8_IQ\r\n", "???!", false],
    ["the letters of urls in the last line alone", "aGVsbG8h\r\naD8_aA==\r\n", "hello!h??h", false],
    ["capital letters below padding", "QUI=\r\nQUJD\r\n", "ABABC", false],
    ["the letters of urls and a ruler", "fn5-fn5_\r\n______\r\n", "~~~~~\x7F", true],
    ["a ruler and a word", "R3LDtsOfZQ==\r\n--\r\nlist\r\n", "Größe", true],
    ["a word below padding", "R3LDtsOfZQ==\r\n\r\nUnsubscribe\r\n", "Größe", true],
    ["a short word below padding", "R3LDtsOfZQ==\r\n\r\nlist\r\n", "Größe", true],
    ["more of it, which could be a word", "SGVsbG8h\r\n\r\najcw\r\n", "Hello!j70", false],
    ["a word below", "R3LDtsOf\r\n\r\nUnsubscribe\r\n", "Größ", true],
    ["pieces", "aGk=\r\n\r\naGk=\r\n\r\naGVsbG8h", "hihihello!", false],
  ])("with %s is read, and what was left out is reported", async (_, body, text, told) => {
    const fields = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64";
    const mail = await read(`${HEADING}${fields}\r\n\r\n${body}`);
    expect(mail.text).toBe(text);
    expect(mail.notes.some(({ kind }) => kind === "encoding")).toBe(told);
  });
});

describe("a file in base64 ends before other lines, and dashes are ignored", () => {
  const full = "QUJD".repeat(19);
  test.each([
    ["QUJD\r\n--\r\n", "ABC"],
    ["QUJD\r\n____\r\n", "ABC"],
    ["QUI=\r\n-- \r\n", "AB"],
    ["QUJD\r\n\r\n--\r\n", "ABC"],
    ["QU-JD", "ABC"],
    ["QUJD\r\nQU_JD\r\n", "ABCABC"],
    [`${full}\r\n${full}\r\n\r\n--\r\n`, "ABC".repeat(38)],
    [`${full}\r\n--\r\n${full}\r\n`, "ABC".repeat(38)],
    [`${full}\r\n_${full}\r\n`, "ABC".repeat(38)],
    [`--\r\n${full}\r\n`, "ABC".repeat(19)],
  ])("%j", async (body, content) => {
    const fields = "Content-Type: a/b; name=a\r\nContent-Transfer-Encoding: base64";
    const { attachments, notes } = await read(`${fields}\r\n\r\n${body}`);
    expect(Buffer.from(attachments[0]?.content ?? []).toString("latin1")).toBe(content);
    expect(notes.map(({ kind }) => kind)).toContain("encoding");
  });

  test.each(["-", "--", "--e", "--e-"])("a boundary cut off: %s", async (cut) => {
    const file = "Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\nQUJD";
    const { attachments } = await read(mixed(file).replace("--e--", cut));
    expect(Buffer.from(attachments[0]?.content ?? []).toString("latin1")).toBe("ABC");
  });
});

test("a space within a line of base64 loses no byte of a file", async () => {
  const content = Buffer.from(Array.from({ length: 250 }, (_, index) => index));
  const lines: string[] = content.toString("base64").match(/.{1,76}/g) ?? [];
  for (const [number, line] of lines.entries()) {
    const body = lines.with(number, `${line.slice(0, 9)} ${line.slice(9)}`).join("\r\n");
    const fields = "Content-Type: a/b\r\nContent-Transfer-Encoding: base64";
    const { attachments, notes } = await read(`${HEADING}${fields}\r\n\r\n${body}`);
    expect(Buffer.from(attachments[0]?.content ?? [])).toEqual(content);
    expect(notes.filter(({ kind }) => kind === "encoding")).toEqual([]);
  }
});

test.each(["us_ascii", "csASCII", "cp367"])(
  "%s is us-ascii, and UTF-8 is still read",
  async (charset) => {
    const { text, notes } = await read(
      `${HEADING}Content-Type: text/plain; charset=${charset}\r\n\r\n\xC3\xA9`,
    );
    expect([text, notes.map(({ kind }) => kind)]).toEqual(["é", ["charset"]]);
  },
);

describe("a line of many megabytes is read", () => {
  const line = "QUJD".repeat(2_500_000);
  test.each([
    ["text said to be utf-16", "Content-Type: text/plain; charset=utf-16", line, line],
    [
      "base64 with a footer",
      "Content-Transfer-Encoding: base64",
      `${line}\r\nA footer, in words.\r\n`,
      "ABC".repeat(2_500_000),
    ],
    [
      "base64 that was broken on its way",
      "Content-Transfer-Encoding: base64",
      `QUJD\r\nQUJD!\r\n${line}`,
      "ABC".repeat(2_500_002),
    ],
  ])("%s", async (_, header, body, text) => {
    const mail = await read(`${header}\r\n\r\n${body}`);
    expect([mail.problem, mail.text === text]).toEqual([undefined, true]);
  });
});
