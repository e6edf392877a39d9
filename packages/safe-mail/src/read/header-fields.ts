import { byEscapes } from "./charsets/escaped-charsets.ts";

/** A header field as it was sent. */
export interface HeaderField {
  readonly name: string;
  /** Unfolded, each character one byte. */
  readonly value: string;
}

export interface HeaderBlock {
  readonly fields: readonly HeaderField[];
  /** Where the body begins. */
  readonly end: number;
  /** Whether a line in it was no header, or its end had to be guessed. */
  readonly broken: boolean;
}

/** Any name that RFC 5322 allows (section 3.6.8), except those with characters of html, style sheets and JSON. */
const FIELD = /^[\w!#$%&'*+.^`|~/()[\]@,?=\\-]+[ \t]*:(?!\/\/)/;
const PARAMETER = /^[\w*-]+[ \t]*=/;

/** How large a header may be, in bytes. */
const MOST_HEADER = 1024 * 1024;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Reads the header of a mail or of a part. Like mail programs, it tolerates a byte order mark, an mbox `From ` line and
 * empty lines before it, a line of blanks in place of the empty one at its end, and a boundary without one.
 *
 * @returns undefined when it is too large.
 */
export function readHeader(bytes: Buffer, isMail: boolean): HeaderBlock | undefined {
  const fields: { name: string; lines: string[] }[] = [];
  let at = isMail ? beforeHeader(bytes) : 0;
  let broken = false;
  const begin = (line: string) => {
    const colon = line.indexOf(":");
    fields.push({ name: line.slice(0, colon).trimEnd(), lines: [trimmed(line.slice(colon + 1))] });
  };
  const done = (end: number): HeaderBlock => ({ fields: fields.map(unfolded), end, broken });
  while (at < bytes.length) {
    if (at > MOST_HEADER) return undefined;
    const next = afterLine(bytes, at);
    const line = lineAt(bytes, at, Math.min(next, at + MOST_HEADER + 1));
    if (line === "") return done(next);
    if (line.trim() === "") {
      if (!headerGoesOn(bytes, next)) {
        broken = true;
        return done(next);
      }
    } else if (/^[ \t]/.test(line) && fields.length > 0) {
      fields.at(-1)?.lines.push(trimmed(line));
    } else if (FIELD.test(line)) {
      begin(line);
    } else if (PARAMETER.test(line) && fields.at(-1)?.lines.at(-1)?.endsWith(";")) {
      // A continuation without its leading blank.
      broken = true;
      fields.at(-1)?.lines.push(line);
    } else if (fields.length === 0 && isMail) {
      // The first line may begin with a blank.
      const bare = trimmed(line);
      // A line that does not belong to the mail, such as a server's answer.
      if (!OF_MAILS.test(bare) && !isAhead(OF_MAILS, bytes, next, NEAR)) return done(at);
      broken = true;
      if (FIELD.test(bare)) begin(bare);
    } else {
      broken = true;
      // What is between here and the mail's type, which has not come, belongs to a wrongly wrapped field. A text has no
      // such field, even if it quotes others.
      const goesOn =
        isHeaderLine(bytes, next) ||
        (isMail && !fields.some(isType) && isAhead(TYPE, bytes, next, WRAPPED));
      if (line.startsWith("--") || !goesOn) return done(at);
    }
    at = next;
  }
  return at > MOST_HEADER ? undefined : done(bytes.length);
}

function unfolded({ name, lines }: { name: string; lines: string[] }): HeaderField {
  const value = trimmed(lines.join(" "));
  // ISO-2022-JP consists of ASCII characters, among which may be a header's delimiters.
  const japanese = byEscapes(value);
  return { name, value: japanese === undefined ? value : Buffer.from(japanese).toString("latin1") };
}

/** Comments may be nested. */
export function withoutComments(text: string): string {
  let depth = 0;
  let bare = "";
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? "";
    if (letter === "(") depth++;
    else if (letter === ")" && depth > 0) depth--;
    else if (letter === "\\" && depth > 0) at++;
    else if (depth === 0) bare += letter;
  }
  return bare;
}

/** Trims ASCII blanks. The usual trim would also remove U+00A0, which may be the last byte of an à. */
export function trimmed(text: string): string {
  let from = 0;
  let to = text.length;
  while (from < to && BLANKS.has(text[from] ?? "")) from++;
  while (to > from && BLANKS.has(text[to - 1] ?? "")) to--;
  return text.slice(from, to);
}

const BLANKS = new Set([" ", "\t", "\r", "\n"]);

/** Skips what may come before the first header line. */
function beforeHeader(bytes: Buffer): number {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  for (;;) {
    const next = afterLine(bytes, at);
    const line = next - at > 2000 ? "x" : lineAt(bytes, at, next);
    const isMailbox = /^>?From (?!\s*:)/.test(line) && isHeaderLine(bytes, next);
    const isBlank = line.trim() === "" && isHeaderLine(bytes, skipBlank(bytes, next));
    if (next >= bytes.length || !(isMailbox || isBlank)) return at;
    at = isBlank ? skipBlank(bytes, next) : next;
  }
}

function skipBlank(bytes: Buffer, from: number): number {
  let at = from;
  while (
    at < bytes.length &&
    lineAt(bytes, at, Math.min(afterLine(bytes, at), at + 200)).trim() === ""
  )
    at = afterLine(bytes, at);
  return at;
}

/** Fields that a mail has near its beginning, and other text does not. */
const OF_MAILS =
  /^(?:from|to|subject|date|received|return-path|delivered-to|mime-version|message-id|content-type)[ \t]*:/i;
const NEAR = 5;

const TYPE = /^content-type[ \t]*:/i;
/** How far a wrongly wrapped field may reach, in lines. */
const WRAPPED = 20;

function isType({ name }: { readonly name: string }): boolean {
  return name.toLowerCase() === "content-type";
}

/** Whether such a field is among the next lines, in the same block. */
function isAhead(field: RegExp, bytes: Buffer, from: number, most: number): boolean {
  for (const line of nextLines(bytes, from, most)) {
    if (field.test(line)) return true;
    if (line.trim() === "") return false;
  }
  return false;
}

/**
 * Whether header lines follow after a line of blanks, up to an empty line: with a field among them, not continuations
 * alone.
 */
function headerGoesOn(bytes: Buffer, from: number): boolean {
  let hasField = false;
  for (const line of nextLines(bytes, from, 200)) {
    if (line.trim() === "") return hasField && line === "";
    if (FIELD.test(line)) hasField = true;
    else if (!/^[ \t]/.test(line)) return false;
  }
  return false;
}

function isHeaderLine(bytes: Buffer, at: number): boolean {
  const [line = ""] = nextLines(bytes, at, 1);
  return FIELD.test(line) || /^>?From /.test(line);
}

/** At most `most` lines, each only as far as is needed to recognise it. */
function* nextLines(bytes: Buffer, from: number, most: number): Generator<string> {
  let at = from;
  for (let count = 0; count < most && at < bytes.length; count++) {
    const next = afterLine(bytes, at);
    yield lineAt(bytes, at, Math.min(next, at + 1000));
    at = next;
  }
}

function afterLine(bytes: Buffer, at: number): number {
  const end = bytes.indexOf(LINE_FEED, at);
  return end === -1 ? bytes.length : end + 1;
}

function lineAt(bytes: Buffer, at: number, next: number): string {
  let end = next;
  if (bytes[end - 1] === LINE_FEED) end--;
  while (end > at && bytes[end - 1] === CARRIAGE_RETURN) end--;
  return bytes.toString("latin1", at, end);
}
