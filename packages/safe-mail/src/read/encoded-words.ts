import { fromBase64 } from "./base64-body.ts";
import { decodeText, validUtf8 } from "./charsets/charsets.ts";
import { fromQuotedPrintable } from "./transfer-encodings.ts";

const START = /=\?([^?\s]{1,80})\?([bq])\?/giy;

/** Python's mail package cut some words where it broke the line: such a one ends where the next begins. */
const END = /\?=|\??\s(?==\?[^?\s]{1,80}\?[bq]\?)/gi;

interface Word {
  readonly charset: string;
  readonly isBase64: boolean;
  readonly content: string;
}

/**
 * Decodes the encoded words of a header (RFC 2047). Adjacent words are joined before they are decoded, as some programs
 * cut them within a character. What is not encoded is UTF-8, or else in the charset of the mail.
 *
 * @param value each character one byte.
 * @param guessed called where a charset had to be guessed.
 */
export function decodeHeader(value: string, mailCharset: string, guessed = () => {}): string {
  const decode = value.includes("=?") ? decodeWords : plain;
  // Without line breaks, so that it cannot start a new header wherever it is written.
  return decode(value, mailCharset, guessed).replaceAll(/[\r\n]+/g, " ");
}

function decodeWords(value: string, mailCharset: string, guessed: () => void): string {
  let text = "";
  let waiting: Word[] = [];
  let from = 0;
  const flush = () => {
    text += joined(withoutCuts(waiting), guessed);
    waiting = [];
  };
  for (let at = value.indexOf("=?"); at !== -1; at = value.indexOf("=?", at)) {
    START.lastIndex = at;
    const start = START.exec(value);
    if (start === null) {
      at += 2;
      continue;
    }
    END.lastIndex = START.lastIndex;
    const end = END.exec(value);
    if (end === null) break;
    const between = value.slice(from, at);
    if (waiting.length === 0 || between.trim() !== "") {
      flush();
      text += plain(between, mailCharset, guessed);
    }
    const [, charset = "", encoding = ""] = start;
    const sent = value.slice(START.lastIndex, end.index);
    const isBase64 = encoding.toLowerCase() === "b";
    const content = isBase64 ? sent.replaceAll(/\s/g, "") : sent;
    waiting.push({ charset: charset.replace(/\*.*$/, "").toLowerCase(), isBase64, content });
    at = END.lastIndex;
    from = at;
  }
  flush();
  return text + plain(value.slice(from), mailCharset, guessed);
}

/** Joins words that were cut within a group of four base64 characters, as some programs do. */
function withoutCuts(words: readonly Word[]): Word[] {
  const made: Word[] = [];
  for (let first = 0; first < words.length;) {
    let last = words[first] as Word;
    let next = first + 1;
    let { length } = last.content;
    while (length % 4 !== 0 && mayGoOn(last, words[next])) {
      last = words[next++] as Word;
      length += last.content.length;
    }
    const run = words.slice(first, next);
    // Other programs only leave out the padding: each of their words is complete.
    const isCut = run.length > 1 && last.content.length % 4 !== 0 && !run.every(standsAlone);
    if (isCut) made.push({ ...last, content: run.map((word) => word.content).join("") });
    else for (const word of run) made.push(word);
    first = next;
  }
  return made;
}

const mayGoOn = (word: Word, next: Word | undefined) =>
  word.isBase64 && next?.isBase64 && word.charset === next.charset && !word.content.includes("=");

/** Whether it decodes completely, except for missing padding. */
const standsAlone = ({ content }: Word) =>
  fromBase64(content)
    .toString("base64url")
    .startsWith(content.replaceAll("+", "-").replaceAll("/", "_"));

function bytesOf({ isBase64, content }: Word): Buffer {
  return isBase64
    ? fromBase64(content)
    : fromQuotedPrintable(Buffer.from(content.replaceAll("_", " "), "latin1"), true);
}

/** In these charsets each word has its own state, or byte order mark. */
const BEGINS_ANEW = /utf-?(?:7|16|32)/;

function joined(words: readonly Word[], guessed: () => void): string {
  let text = "";
  for (let first = 0; first < words.length;) {
    const { charset } = words[first] as Word;
    let next = first;
    while (words[next]?.charset === charset && (next === first || !BEGINS_ANEW.test(charset)))
      next++;
    const bytes = Buffer.concat(words.slice(first, next).map(bytesOf));
    const read = decodeText(bytes, charset);
    if (read.guess !== undefined) guessed();
    text += read.text;
    first = next;
  }
  return text;
}

function plain(value: string, mailCharset: string, guessed: () => void): string {
  // oxlint-disable-next-line no-control-regex
  if (!/[^\x00-\x7F]/.test(value) && !value.includes("\u001B")) return value;
  const bytes = Buffer.from(value, "latin1");
  if (validUtf8(bytes) === undefined) guessed();
  return decodeText(bytes, "", mailCharset).text;
}
