/** A decoded body, and what is doubtful about it. */
export interface DecodedBody {
  readonly content: Buffer;
  readonly doubt?: string;
}

/** Tolerates line ends, and padding in the middle (several encoded pieces in a row). */
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

/**
 * What does not belong to base64: another character, a blank within a line, or a line that separates it from a footer.
 */
const FOREIGN = /[^\w+/=\s-]|\S[ \t]+\S|^[ \t]*[_-]+[ \t]*\r?$/m;
const RULER = /^[ \t]*[_-]+\s*$/;

/** A line of base64 into which a blank got on the way. */
const PARTED = /^([\w+/-]+)[ \t]+([\w+/-]+={0,2})(?=\r?$)/gm;

/** Removes such blanks, but not between two words of prose, which are shorter and have no padding. */
function withoutStrayBlanks(text: string): string {
  if (!/[ \t]/.test(text)) return text;
  return text.replaceAll(PARTED, (line, start: string, end: string) => {
    const whole = start + end;
    return whole.length % 4 === 0 && (whole.length >= 40 || end.endsWith("=")) ? whole : line;
  });
}

/** Decodes base64, and tolerates text below it, such as a mailing list's footer. */
export function base64Body(bytes: Buffer): DecodedBody {
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

/** The characters of base64. Others must be ignored (RFC 2045, section 6.8), but Node would decode `-` and `_`. */
function lettersOf(text: string): string {
  // A line that begins with `--` is a boundary, if there are no such characters anywhere else.
  const withoutDashes = text.replaceAll(/^[ \t]*--.*$/gm, "");
  if (!/[_-]/.test(withoutDashes)) return withoutDashes;
  const data = text.replaceAll(/^[ \t]*[_-]+[ \t]*\r?$/gm, "");
  return isOfUrls(data) ? data : data.replaceAll(/[_-]/g, "");
}

/** Whether it is base64url, with `-` and `_`: without `+` and `/`, and with a possible number of characters. */
function isOfUrls(text: string): boolean {
  return !/[+/]/.test(text) && text.replaceAll(/[=\s]/g, "").length % 4 !== 1;
}

/** A word on a line of its own: its letters could be base64, but are seldom as many as a piece of it has. */
const WORD = /^[A-Z]?[a-z]{3,}(?:-[A-Za-z]+)*$/;
const MOST_WORDS = 1000;

/** Removes such words after an empty line or padding. */
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

/** Not `{60,}`: a line may have megabytes, and the engine would run out of memory as it remembers each letter. */
const LONG_LINE = /^[A-Za-z\d+/]{60}[A-Za-z\d+/]*={0,2}[ \t\r]*$/m;
const LETTERS = /^[\w+/-]{4}[\w+/-]*={0,2}\r?$/;

/**
 * The text above a footer.
 *
 * @param above up to the line in which something is not base64.
 * @returns undefined where that is no footer.
 */
function withoutFooter(above: string, below: string): string | undefined {
  const begins = above.search(/\S/);
  if (begins === -1 || LONG_LINE.test(below)) return undefined;
  const body = above.slice(begins).trimEnd();
  if (RULER.test(firstLine(below))) return body;
  const full = lastFullLine(body);
  const empty = /\n[ \t]*\r?\n/.exec(above.slice(begins + full));
  if (empty !== null) return body.slice(0, full + empty.index);
  return /\S[ \t]+\S/.test(below) && LETTERS.test(firstLine(body)) ? body : undefined;
}

const firstLine = (text: string) => text.slice(0, `${text}\n`.indexOf("\n"));

/** Where the last line begins that is as long as the first: an empty line above it is in the middle of the part. */
function lastFullLine(body: string): number {
  const { length } = firstLine(body).trimEnd();
  // Short lines may be words.
  if (length < 60) return 0;
  for (let end = body.length; end > 0;) {
    const begin = body.lastIndexOf("\n", end - 1) + 1;
    const line = body.slice(begin, end).trimEnd();
    if (line.length === length && /[A-Za-z\d]/.test(line)) return begin;
    end = begin - 1;
  }
  return 0;
}

/** Whether this is text or html, and not damaged base64. */
function isProse(start: string): boolean {
  const bare = start.trim();
  const foreign = bare.match(/[^\w+/=\s-]/g)?.length ?? 0;
  if (bare.startsWith("<") || foreign * 2 > bare.length) return true;
  // Every piece of base64 but the last has a multiple of four characters.
  const odd = bare.split(/\s+/).filter((word) => word.length % 4 !== 0);
  return odd.length > 1 && /\S[ \t]+\S/.test(bare);
}
