import iconv from "iconv-lite";

/** What bytes say, and why that had to be guessed, if it had. */
export interface DecodedText {
  readonly text: string;
  readonly guess?: string;
}

/** Charsets of one name that are read as a larger one everywhere, as browsers do, and names that say nothing. */
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
    iso2022jp: "iso-2022-jp",
    "iso2022-jp": "iso-2022-jp",
    "iso2022-kr": "iso-2022-kr",
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

/** No text of some length in two or four bytes a letter has these alone. */
const PRINTABLE = /^[\t\n\r -~]{8,}$/;

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** A charset's name as it is meant: without quotes, comments and what else got into it. Empty where there is none. */
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
    .replace(/^iso-?8859[-_]?(\d+)(?::\d{4}$)?/, "iso-8859-$1");
  const name =
    READ_AS.get(bare) ?? READ_AS.get(usual) ?? nameInBrowsers(bare) ?? nameInBrowsers(usual);
  return name === undefined ? usual : (READ_AS.get(name) ?? name);
}

/** What the Encoding Standard calls it; undefined for a name that it does not know. */
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

/** Mails name the same few, and to ask takes long. */
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

/** As `iconv.encodingExists`, which throws an error for each name that is not known: 100,000 of them take seconds. */
function isInTable(charset: string): boolean {
  // It reads the table when it is asked first.
  if (iconv.encodings === null) iconv.encodingExists("utf-8");
  const name = charset.replaceAll(/:\d{4}$|[^\da-z]/g, "");
  return iconv.encodings !== null && name in iconv.encodings;
}

/**
 * Decodes text, whatever its charset is said to be. Bytes that do not fit are taken for UTF-8 where they are that,
 * and else for `fallback`. Never throws.
 *
 * @param named as the mail has it.
 * @param fallback a charset to try before windows-1252, where the named one tells nothing.
 */
export function decodeText(
  bytes: Uint8Array,
  named: string | undefined,
  fallback = "",
): DecodedText {
  const charset = charsetName(named);
  const marked = byMark(bytes, charset);
  if (marked !== undefined) return { text: marked };
  if (charset === "utf-8") return decodeUtf8(bytes);
  if (charset === "us-ascii" || !isKnownCharset(charset)) return guess(bytes, charset, fallback);
  const single = /^utf-(?:16|32)/.test(charset) ? Buffer.from(bytes).toString("latin1") : "";
  if (PRINTABLE.test(single))
    return {
      text: single,
      guess: `The charset is said to be ${charset} and is not: read as utf-8.`,
    };
  const text = decodeKnown(bytes, charset);
  const isWrong = text.includes("\uFFFD");
  const utf8 = charset.startsWith("utf") ? undefined : validUtf8(bytes);
  if (utf8 !== undefined && utf8.length < bytes.length)
    return isWrong
      ? { text: utf8, guess: `The charset is said to be ${charset} and is not: read as utf-8.` }
      : { text, guess: `Read as ${charset} as the mail says, though it could be utf-8.` };
  return isWrong
    ? { text, guess: `Some bytes are not of the charset ${charset} that is named.` }
    : { text };
}

/** Charsets in which the second byte of a letter may be a quotation mark's or a backslash's. */
const WITH_ASCII_WITHIN = /^(?:shift|sjis|windows-31j|cp932|big5|cp950|gb|cp936|cp949|johab)/;

/**
 * A header's value in UTF-8, where its charset has letters in which marks of a header could stand.
 *
 * @param raw each character one byte, as in what is returned.
 */
export function withoutMarksWithin(raw: string, mailCharset: string): string {
  // oxlint-disable-next-line no-control-regex
  if (!/[^\x00-\x7F]/.test(raw) || !WITH_ASCII_WITHIN.test(charsetName(mailCharset))) return raw;
  const bytes = Buffer.from(raw, "latin1");
  if (validUtf8(bytes) !== undefined) return raw;
  return Buffer.from(decodeText(bytes, mailCharset).text).toString("latin1");
}

/**
 * ISO-2022-JP, told by the escape before its Japanese, which no other text has; undefined without one.
 *
 * @param raw each character one byte.
 */
export function byEscapes(raw: string): string | undefined {
  // oxlint-disable-next-line no-control-regex
  if (!/\u001B\$[@B]/.test(raw)) return undefined;
  return japanese(raw);
}

/** A byte order mark tells more than a name. */
function byMark(bytes: Uint8Array, charset: string): string | undefined {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return new TextDecoder().decode(bytes);
  if (charset !== "" && !/^(?:utf|us-ascii)/.test(charset)) return undefined;
  // UTF-32 begins with the mark of UTF-16.
  if (charset.startsWith("utf-32")) return undefined;
  if (first === 0xff && second === 0xfe) return iconv.decode(Buffer.from(bytes), "utf-16le");
  if (first === 0xfe && second === 0xff) return iconv.decode(Buffer.from(bytes), "utf-16be");
  return undefined;
}

function decodeUtf8(bytes: Uint8Array): DecodedText {
  const text = validUtf8(bytes);
  if (text !== undefined) return { text };
  const tolerant = new TextDecoder().decode(bytes);
  const wrong = tolerant.match(/\uFFFD/g)?.length ?? 0;
  // oxlint-disable-next-line no-control-regex
  const right = tolerant.match(/[^\x00-\x7F\uFFFD]/g)?.length ?? 0;
  if (right >= wrong)
    return { text: tolerant, guess: "Some bytes are not of the charset utf-8 that is named." };
  return {
    text: iconv.decode(Buffer.from(bytes), "windows-1252"),
    guess: "The charset is said to be utf-8 and is not: read as windows-1252.",
  };
}

function guess(bytes: Uint8Array, charset: string, fallback: string): DecodedText {
  const utf8 = validUtf8(bytes);
  const plain = utf8 !== undefined && utf8.length === bytes.length;
  const known = charset === "us-ascii" || charset === "";
  if (plain && known) {
    const text = byEscapes(utf8);
    if (text === undefined) return { text: utf8 };
    return {
      text,
      guess: "No charset is named, or us-ascii: read as iso-2022-jp, whose escapes it has.",
    };
  }
  const other = charsetName(fallback);
  const single = isKnownCharset(other) && !/^(?:utf|us-ascii)/.test(other) ? other : "windows-1252";
  const text = utf8 ?? decodeKnown(bytes, single);
  const why =
    charset === ""
      ? "No charset is named"
      : known
        ? "The charset is said to be us-ascii and is not"
        : `The charset ${JSON.stringify(charset.slice(0, 40))} is not known`;
  return { text, guess: `${why}: read as ${utf8 === undefined ? single : "utf-8"}.` };
}

/** The text that bytes are in UTF-8; undefined where they are none. */
export function validUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

function decodeKnown(bytes: Uint8Array, charset: string): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (charset === "iso-2022-jp") return japanese(buffer.toString("latin1"));
  if (charset === "iso-2022-kr") return iconv.decode(shifted(buffer), "euc-kr");
  if (charset === "hz-gb-2312") return iconv.decode(tilded(buffer), "gb18030");
  return iconv.decode(buffer, charset);
}

// oxlint-disable-next-line no-control-regex
const IDLE_ESCAPE = /\u001B(?:\([BIJ]|\$[@AB]|\$\([ACD])(?=\u001B(?:\([BIJ]|\$[@AB]|\$\([ACD]))/g;

/** The sets of ISO-2022-JP-1 and -2 (RFC 2237 and 1554) beside those of ISO-2022-JP, each up to the end of its line. */
// oxlint-disable-next-line no-control-regex
const OTHER_SET = /\u001B\$(\(?A|\([CD])([^\u001B\r\n]*)/g;

const JAPANESE = new TextDecoder("iso-2022-jp");

/** ISO-2022-JP. An escape right before another is no error: it is where two encoded words met. */
function japanese(raw: string): string {
  const sent = raw.replaceAll(IDLE_ESCAPE, "");
  let text = "";
  let from = 0;
  for (const { index, 0: all, 1: set, 2: codes = "" } of sent.matchAll(OTHER_SET)) {
    if (index > from) text += JAPANESE.decode(Buffer.from(sent.slice(from, index), "latin1"));
    text += ofOtherSet(set, codes);
    from = index + all.length;
  }
  return text + JAPANESE.decode(Buffer.from(sent.slice(from), "latin1"));
}

/** The same codes, with eight bits, are those of EUC. */
function ofOtherSet(set: string | undefined, codes: string): string {
  const made = new Uint8Array(codes.length * 2);
  let length = 0;
  for (let at = 0; at < codes.length; at++) {
    const code = codes.charCodeAt(at);
    if (set === "(D" && at % 2 === 0) made[length++] = 0x8f;
    made[length++] = code > 0x20 ? code | 0x80 : code;
  }
  const decoder = set === "(C" ? KOREAN : set === "(D" ? RARER_JAPANESE : CHINESE;
  return decoder.decode(made.subarray(0, length));
}

const CHINESE = new TextDecoder("gb18030");
const KOREAN = new TextDecoder("euc-kr");
const RARER_JAPANESE = new TextDecoder("euc-jp");

/** ISO-2022-KR (RFC 1557) as EUC-KR: between SO and SI stand the same codes, with seven bits. */
function shifted(bytes: Buffer): Buffer {
  const made = Buffer.alloc(bytes.length);
  let length = 0;
  let inKorean = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === 0x1b && bytes.toString("latin1", at + 1, at + 4) === "$)C") at += 3;
    else if (byte === 0x0e || byte === 0x0f) inKorean = byte === 0x0e;
    else made[length++] = inKorean && byte > 0x20 ? byte | 0x80 : byte;
  }
  return made.subarray(0, length);
}

/** HZ (RFC 1843) as GB 2312: between `~{` and `~}` stand the same codes, with seven bits. */
function tilded(bytes: Buffer): Buffer {
  const made = Buffer.alloc(bytes.length);
  let length = 0;
  let inChinese = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    const next = byte === 0x7e ? bytes[at + 1] : undefined;
    if (next === 0x7b || next === 0x7d) {
      inChinese = next === 0x7b;
      at++;
    } else if (next === 0x7e && !inChinese) {
      made[length++] = 0x7e;
      at++;
    } else if (next === 0x0a && !inChinese) at++;
    else {
      if (byte === 0x0a) inChinese = false;
      made[length++] = inChinese && byte > 0x20 ? byte | 0x80 : byte;
    }
  }
  return made.subarray(0, length);
}
