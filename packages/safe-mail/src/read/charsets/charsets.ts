// Imported, as Jest's jsdom has no global one.
import { TextDecoder } from "node:util";
import iconv from "iconv-lite";
import { charsetName, isKnownCharset } from "./charset-names.ts";
import { byEscapes, decodeHz, decodeIso2022Jp, decodeIso2022Kr } from "./escaped-charsets.ts";

/** Decoded text, and why its charset had to be guessed, if it had. */
export interface DecodedText {
  readonly text: string;
  readonly guess?: string;
}

/**
 * Text in UTF-16 or UTF-32 never consists of these bytes alone. Not `{8,}`, for which the engine would remember each.
 */
const PRINTABLE = /^[\t\n\r -~]{8}[\t\n\r -~]*$/;

const UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Decodes text, whatever its charset is said to be. Bytes that do not fit it are read as UTF-8 if they are valid UTF-8,
 * and otherwise as `fallback`. Never throws.
 *
 * @param named as the mail has it.
 * @param fallback a charset to try before windows-1252, if the named one is of no use.
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
  const inUtf8 = `The charset is said to be ${charset} and is not: read as utf-8.`;
  if (PRINTABLE.test(single)) return { text: single, guess: inUtf8 };
  const text = decodeKnown(bytes, charset);
  const isWrong = text.includes("\uFFFD");
  const utf8 = charset.startsWith("utf") ? undefined : validUtf8(bytes);
  if (utf8 !== undefined && utf8.length < bytes.length)
    return isWrong
      ? { text: utf8, guess: inUtf8 }
      : { text, guess: `Read as ${charset} as the mail says, though it could be utf-8.` };
  return isWrong
    ? { text, guess: `Some bytes are not of the charset ${charset} that is named.` }
    : { text };
}

/** Charsets in which the second byte of a character may be that of a quotation mark or a backslash. */
const WITH_ASCII_WITHIN = /^(?:shift|sjis|windows-31j|cp932|big5|cp950|gb|cp936|cp949|johab)/;

/**
 * A header's value converted to UTF-8 if its charset has characters with bytes that look like a header's delimiters.
 *
 * @param raw each character one byte, as in the result.
 * @param guessed called where a charset had to be guessed.
 */
export function withoutMarksWithin(raw: string, mailCharset: string, guessed: () => void): string {
  // oxlint-disable-next-line no-control-regex
  if (!/[^\x00-\x7F]/.test(raw) || !WITH_ASCII_WITHIN.test(charsetName(mailCharset))) return raw;
  const bytes = Buffer.from(raw, "latin1");
  if (validUtf8(bytes) !== undefined) return raw;
  guessed();
  return Buffer.from(decodeText(bytes, mailCharset).text).toString("latin1");
}

/** Decodes by the byte order mark, which is more reliable than a name. */
function byMark(bytes: Uint8Array, charset: string): string | undefined {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) return new TextDecoder().decode(bytes);
  if (charset !== "" && !/^(?:utf|us-ascii)/.test(charset)) return undefined;
  // UTF-32's mark begins with that of UTF-16.
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
  const saysNothing = charset === "us-ascii" || charset === "";
  if (plain && saysNothing) {
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
      : saysNothing
        ? "The charset is said to be us-ascii and is not"
        : `The charset ${JSON.stringify(charset.slice(0, 40))} is not known`;
  return { text, guess: `${why}: read as ${utf8 === undefined ? single : "utf-8"}.` };
}

/** The text of bytes that are valid UTF-8; undefined for any others. */
export function validUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** iconv-lite's tables for these are from before the euro. */
const OF_MACS: ReadonlyMap<string, TextDecoder> = new Map([
  ["macintosh", new TextDecoder("macintosh")],
  ["macroman", new TextDecoder("macintosh")],
  ["maccyrillic", new TextDecoder("x-mac-cyrillic")],
]);

function decodeKnown(bytes: Uint8Array, charset: string): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (charset === "iso-2022-jp") return decodeIso2022Jp(buffer.toString("latin1"));
  if (charset === "iso-2022-kr") return decodeIso2022Kr(buffer);
  if (charset === "hz-gb-2312") return decodeHz(buffer);
  const ofMac = OF_MACS.get(charset.replaceAll(/[_-]/g, ""));
  if (ofMac !== undefined) return ofMac.decode(buffer);
  return iconv.decode(buffer, charset);
}
