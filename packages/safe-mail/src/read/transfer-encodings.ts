/** What a body was before it was made fit for the way, and what is doubtful about it. */
export interface DecodedBody {
  readonly content: Buffer;
  readonly doubt?: string;
}

/** How a body was made fit for the way (RFC 2045, section 6), and the old one of Usenet; undefined where it is none. */
export function decodeTransfer(bytes: Buffer, encoding: string): DecodedBody | undefined {
  switch (encoding) {
    case "base64":
      return base64Body(bytes);
    case "quoted-printable":
      return { content: fromQuotedPrintable(bytes) };
    case "x-uuencode":
    case "uuencode":
    case "x-uue":
    case "uue":
      return fromUuencode(bytes);
    case "":
    case "7bit":
    case "8bit":
    case "binary":
      return { content: bytes };
    default:
      return undefined;
  }
}

/** Tolerant: of line ends, and of padding in the middle (several encoded pieces in a row). */
export function fromBase64(text: string): Buffer {
  const padding = text.indexOf("=");
  if (padding === -1 || !/[^=\s]/.test(text.slice(padding))) return Buffer.from(text, "base64");
  const pieces: Buffer[] = [];
  for (const piece of text.split(/=+/)) {
    if (!/^[\w+/\s-]*$/.test(piece)) break;
    pieces.push(Buffer.from(piece, "base64"));
  }
  return Buffer.concat(pieces);
}

/** What base64 does not have: another character, a blank within a line, or a line that parts it from what is below. */
const FOREIGN = /[^\w+/=\s-]|\S[ \t]+\S|^[ \t]*[_-]+[ \t]*\r?$/m;
const RULER = /^[ \t]*[_-]+\s*$/;

/** A line of base64 that a blank came into on its way. */
const PARTED = /^([\w+/-]+)[ \t]+([\w+/-]+={0,2})(?=\r?$)/gm;

/** Two words of prose are shorter, and have no padding. */
function withoutStrayBlanks(text: string): string {
  if (!/[ \t]/.test(text)) return text;
  return text.replaceAll(PARTED, (line, start: string, end: string) => {
    const whole = start + end;
    return whole.length % 4 === 0 && (whole.length >= 40 || end.endsWith("=")) ? whole : line;
  });
}

/** Tolerant of words below it, which a mailing list has put there, too. */
function base64Body(bytes: Buffer): DecodedBody {
  const text = withoutStrayBlanks(bytes.toString("latin1"));
  const foreign = /[^A-Za-z\d+/=\r\n]/.test(text) ? FOREIGN.exec(text) : null;
  const line = foreign === null ? text.length : text.lastIndexOf("\n", foreign.index) + 1;
  const above = foreign === null ? text : withoutFooter(text.slice(0, line), text.slice(line));
  const body = above === undefined ? undefined : withoutWords(above);
  if (body !== undefined && body.length < text.length)
    return {
      content: fromBase64(lettersOf(body)),
      doubt: "What stands below a part in base64 was left out.",
    };
  if (body === undefined && isProse(text.slice(0, 2000)))
    return { content: bytes, doubt: "A part is said to be base64 and is not: taken as it stands." };
  const kept = lettersOf(text.replaceAll(/[^\w+/=\s-]/g, ""));
  const content = fromBase64(kept);
  return kept.length === text.length
    ? { content }
    : { content, doubt: "Characters that are no base64 were skipped." };
}

/** What else is in it is to be ignored (RFC 2045, section 6.8), and Node would read `-` and `_`. */
function lettersOf(text: string): string {
  // It begins as a boundary does, and where these letters are nowhere else, it is one.
  const withoutDashes = text.replaceAll(/^[ \t]*--.*$/gm, "");
  if (!/[_-]/.test(withoutDashes)) return withoutDashes;
  const data = text.replaceAll(/^[ \t]*[_-]+[ \t]*\r?$/gm, "");
  return isOfUrls(data) ? data : data.replaceAll(/[_-]/g, "");
}

/** Whether `-` and `_` are letters, as in urls: the other two are nowhere, and as many letters may be whole. */
function isOfUrls(text: string): boolean {
  return !/[+/]/.test(text) && text.replaceAll(/[=\s]/g, "").length % 4 !== 1;
}

/** A word in a line of its own has the letters of base64, and seldom as many as are a piece of it. */
const WORD = /^[A-Z]?[a-z]{3,}(?:-[A-Za-z]+)*$/;
const MOST_WORDS = 1000;

/** Leaves out such words below an empty line or padding. */
function withoutWords(text: string): string {
  const end = text.slice(-MOST_WORDS);
  const from = Math.max(
    ...["\n\n", "\n\r\n", "=\n", "=\r\n"].map((mark) => end.trimEnd().lastIndexOf(mark)),
  );
  if (from === -1) return text;
  const above = text.slice(0, text.length - end.length + from + 1);
  const words = end
    .slice(from + 1)
    .trim()
    .split(/\s+/);
  const isWhole = !above.trimEnd().endsWith("=") && words.join("").length % 4 === 0;
  return above.trim() !== "" && !isWhole && words.every((word) => WORD.test(word)) ? above : text;
}

/**
 * What stands above a footer.
 *
 * @param above up to the line in which something is not base64.
 * @returns undefined where that is no footer.
 */
function withoutFooter(above: string, below: string): string | undefined {
  const begins = above.search(/\S/);
  if (begins === -1 || /^[A-Za-z\d+/]{60,}={0,2}[ \t\r]*$/m.test(below)) return undefined;
  const body = above.slice(begins).trimEnd();
  if (RULER.test(firstLine(below))) return body;
  const full = lastFullLine(body);
  const empty = /\n[ \t]*\r?\n/.exec(above.slice(begins + full));
  if (empty !== null) return body.slice(0, full + empty.index);
  return /\S[ \t]+\S/.test(below) && /^[\w+/-]{4,}={0,2}\r?$/.test(firstLine(body))
    ? body
    : undefined;
}

const firstLine = (text: string) => text.slice(0, `${text}\n`.indexOf("\n"));

/** Where the last line begins that is as long as the first: an empty one above it is in the middle of the part. */
function lastFullLine(body: string): number {
  const { length } = firstLine(body).trimEnd();
  // Words are short lines, too.
  if (length < 60) return 0;
  for (let end = body.length; end > 0;) {
    const begin = body.lastIndexOf("\n", end - 1) + 1;
    const line = body.slice(begin, end).trimEnd();
    if (line.length === length && /[A-Za-z\d]/.test(line)) return begin;
    end = begin - 1;
  }
  return 0;
}

/** Whether this is a text or a page, and not base64 that was damaged. */
function isProse(start: string): boolean {
  const bare = start.trim();
  const foreign = bare.match(/[^\w+/=\s-]/g)?.length ?? 0;
  if (bare.startsWith("<") || foreign * 2 > bare.length) return true;
  // All pieces of base64 but the last have a multiple of four letters.
  const odd = bare.split(/\s+/).filter((word) => word.length % 4 !== 0);
  return odd.length > 1 && /\S[ \t]+\S/.test(bare);
}

const EQUALS = 61;

/** Bytes stay as they are, each CR included, but for blanks at the end of a line, which came on the way. */
export function fromQuotedPrintable(bytes: Buffer, isWord = false): Buffer {
  const made = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let blanks = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === EQUALS) {
      const high = hexDigit(bytes[at + 1]);
      const low = hexDigit(bytes[at + 2]);
      const next = high < 0 || low < 0 ? afterSoftBreak(bytes, at + 1) : -1;
      if (high >= 0 && low >= 0) {
        made[length++] = high * 16 + low;
        at += 2;
      } else if (next !== -1 && !isWord) at = next - 1;
      else made[length++] = byte;
      blanks = 0;
      continue;
    }
    if (byte === 10 && !isWord) {
      const hasReturn = blanks === 0 ? false : bytes[at - 1] === 13;
      length -= hasReturn ? 1 + blanks : blanks;
      if (hasReturn) made[length++] = 13;
      blanks = 0;
    } else if (byte === 32 || byte === 9) blanks++;
    else if (byte !== 13 || bytes[at + 1] !== 10) blanks = 0;
    made[length++] = byte;
  }
  return made.subarray(0, isWord ? length : length - blanks);
}

/** Where the next line begins, if nothing but blanks is left of this one; else -1. */
function afterSoftBreak(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 32 || bytes[at] === 9) at++;
  // Some programs end lines with a CR too many.
  while (bytes[at] === 13) at++;
  if (at >= bytes.length) return at;
  return bytes[at] === 10 ? at + 1 : -1;
}

function hexDigit(byte = 0): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const upper = byte & 0xdf;
  return upper >= 65 && upper <= 70 ? upper - 55 : -1;
}

function fromUuencode(bytes: Buffer): DecodedBody | undefined {
  const lines = bytes.toString("latin1").split(/\r?\n/);
  const begin = lines.findIndex((line) => /^begin(?:-base64)? [0-7]{3,4} /.test(line));
  if (begin === -1) return undefined;
  const isBase64 = lines[begin]?.startsWith("begin-base64");
  const below = lines.slice(begin + 1);
  const end = below.findIndex((line) => line.trimEnd() === (isBase64 ? "====" : "end"));
  const body = end === -1 ? below : below.slice(0, end);
  const content = isBase64 ? Buffer.from(body.join(""), "base64") : fromUuencodedLines(body);
  const around = [...lines.slice(0, begin), ...below.slice(body.length + 1)];
  return around.every((line) => line.trim() === "")
    ? { content }
    : { content, doubt: "What stands around a file in uuencode was left out." };
}

function fromUuencodedLines(lines: readonly string[]): Buffer {
  const made = Buffer.alloc(lines.reduce((sum, line) => sum + six(line, 0), 0));
  let length = 0;
  for (const line of lines) {
    const to = length + six(line, 0);
    for (let at = 1; length < to; at += 4) {
      const [a, b, c, d] = [six(line, at), six(line, at + 1), six(line, at + 2), six(line, at + 3)];
      // Those behind the end of a line are written over by the next one.
      made[length] = (a << 2) | (b >> 4);
      made[length + 1] = (b << 4) | (c >> 2);
      made[length + 2] = (c << 6) | d;
      length = Math.min(to, length + 3);
    }
  }
  return made;
}

/** Six bits of a uuencoded line. */
function six(line: string, at: number): number {
  return ((line.charCodeAt(at) || 32) - 32) & 63;
}
