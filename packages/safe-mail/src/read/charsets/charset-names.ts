// Imported, as Jest's jsdom has no global one.
import { TextDecoder } from "node:util";
import iconv from "iconv-lite";

/** Charset names that are read as a larger charset, as browsers do, and other names for known charsets. */
const READ_AS = new Map(
  Object.entries({
    "iso-8859-1": "windows-1252",
    latin1: "windows-1252",
    "iso-8859-9": "windows-1254",
    "iso-8859-11": "windows-874",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-6-e": "iso-8859-6",
    gb2312: "gb18030",
    gbk: "gb18030",
    "gb_2312-80": "gb18030",
    utf8: "utf-8",
    utf8mb4: "utf-8",
    utf8mb3: "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    utf7: "utf-7",
    unicode: "utf-16",
    "iso-10646-ucs-2": "utf-16",
    "ucs-2": "utf-16",
    utf16: "utf-16",
    hz: "hz-gb-2312",
    csiso2022kr: "iso-2022-kr",
    csiso2022jp: "iso-2022-jp",
    "iso-2022-jp-1": "iso-2022-jp",
    "iso-2022-jp-2": "iso-2022-jp",
    "iso-2022-jp-3": "iso-2022-jp",
    "iso-2022-jp-ms": "iso-2022-jp",
    cp50220: "iso-2022-jp",
    ascii: "us-ascii",
    "ansi_x3.4-1968": "us-ascii",
    "iso646-us": "us-ascii",
    "iso-646-us": "us-ascii",
    iso646us: "us-ascii",
    us_ascii: "us-ascii",
    usascii: "us-ascii",
    csascii: "us-ascii",
    cp367: "us-ascii",
    ibm367: "us-ascii",
    us: "us-ascii",
    "ansi_x3.4-1986": "us-ascii",
    "iso-ir-6": "us-ascii",
    jis: "iso-2022-jp",
    koi8: "koi8-r",
    cswindows31j: "cp932",
    "x-ms-cp932": "cp932",
    euc: "euc-jp",
    "eucjp-ms": "euc-jp",
    "eucjp-win": "euc-jp",
    ujis: "euc-jp",
    "cn-gb": "gb18030",
    "gb18030-2000": "gb18030",
    // As Python's mail package writes two of them, and PHP's the others.
    eucgb2312_cn: "gb18030",
    big5_tw: "big5",
    "sjis-win": "cp932",
    cp51932: "euc-jp",
    "mac-ce": "maccenteuro",
    "mac-ukrainian": "maccyrillic",
    "latin-1": "windows-1252",
    csunicode11utf7: "utf-7",
    "us-ascii": "us-ascii",
    "utf-16": "utf-16",
    uhc: "cp949",
    csisolatin9: "iso-8859-15",
    ibm00858: "cp858",
  }),
);

/** A charset's usual name: without quotes, comments and other noise. Empty where there is none. */
export function charsetName(named: string | undefined): string {
  const bare = (named ?? "")
    .slice(0, 200)
    .toLowerCase()
    .replace(/^[\s"']*\([^()]*\)(?=\s*[\w"'])/, "")
    .replace(/^[\s"'(<=_]*(?:charset\s*=\s*)?[\s"'(<]*/, "")
    .replace(/^(utf|iso|windows|cp|ibm)[\s_]+(?=\d)/, "$1-")
    .replace(/[\s"'();,<>*$].*$/s, "")
    .replace(/^x-(?=(?:utf|iso|windows|cp|sjis|euc|gbk|big5|mac))/, "");
  const usual = bare
    .replace(/^(cp|ibm|ms)-?(?=\d)/, "cp")
    .replace(/^iso[-_]?2022[-_]?(?=jp|kr)/, "iso-2022-")
    .replace(/^iso-?8859[-_]?(\d+)(?::\d{4}$)?/, "iso-8859-$1");
  const name =
    READ_AS.get(bare) ?? READ_AS.get(usual) ?? nameInBrowsers(bare) ?? nameInBrowsers(usual);
  return name === undefined ? usual : (READ_AS.get(name) ?? name);
}

/** The Encoding Standard's name; undefined for a label that it does not know. */
function nameInBrowsers(label: string): string | undefined {
  if (BROWSER_NAMES.has(label)) return BROWSER_NAMES.get(label);
  let encoding: string | undefined;
  try {
    ({ encoding } = new TextDecoder(label));
  } catch {
    // Not known.
  }
  if (BROWSER_NAMES.size === MOST_NAMES) BROWSER_NAMES.clear();
  BROWSER_NAMES.set(label, encoding);
  return encoding;
}

/** A cache: mails name the same few, and the look-up is slow. */
const BROWSER_NAMES = new Map<string, string | undefined>();
const MOST_NAMES = 1000;

/** Whether text in this charset can be read. */
export function isKnownCharset(charset: string): boolean {
  return (
    ["hz-gb-2312", "iso-2022-kr", "iso-2022-jp", "utf-16", "us-ascii"].includes(charset) ||
    (charset !== "" &&
      /^[\w.:-]+$/.test(charset) &&
      !/^(?:base64|hex|binary|internal)/.test(charset) &&
      isInTable(charset))
  );
}

/** Like `iconv.encodingExists`, which throws internally for each unknown name: 100,000 of them would take seconds. */
function isInTable(charset: string): boolean {
  // The table is loaded on the first call.
  if (iconv.encodings === null) iconv.encodingExists("utf-8");
  const name = charset.replaceAll(/:\d{4}$|[^\da-z]/g, "");
  return iconv.encodings !== null && name in iconv.encodings;
}
