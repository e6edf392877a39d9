import { decodeText, withoutMarksWithin } from "./charsets/charsets.ts";
import { decodeHeader } from "./encoded-words.ts";
import { trimmed } from "./header-fields.ts";

/** A header of a value and parameters (RFC 2045 and 2231), as `Content-Type` is. */
export interface ParameterizedHeader {
  /** In lower case. */
  readonly value: string;
  /** By their names in lower case, decoded. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * An unquoted value ends at the next semicolon, or at a known parameter if the semicolon is missing. Some programs
 * quote twice.
 */
const PARAMETER =
  /([\w!#$%&'+.^`|~-]+(?:\*\d*)?\*?)[ \t]*=[ \t]*(?:"(?:"(?=[^\s";,:(]))?((?:[^"\\]|\\.)*)(?:"|$)|([^;]*?)(?=;|$|(?<![\s,])[\s,]+(?:charset|format|delsp|boundary|name|filename|type)\*?\d*\*?=))/giy;

/**
 * Reads such a header.
 *
 * @param raw each character one byte.
 * @param valueEnd matches its value, up to where the parameters begin.
 */
function readParameters(
  raw: string,
  valueEnd: RegExp,
  mailCharset: string,
  guessed: () => void,
): ParameterizedHeader {
  const [value = ""] = valueEnd.exec(raw) ?? [];
  const found = new Map<string, string>();
  const separator = /(?:[\s;,:]|\((?:[^()]|\([^()]*\))*\))*/y;
  for (let at = value.length; at < raw.length;) {
    separator.lastIndex = at;
    separator.exec(raw);
    PARAMETER.lastIndex = separator.lastIndex;
    const match = PARAMETER.exec(raw);
    if (match === null) {
      const next = raw.indexOf(";", separator.lastIndex);
      if (next === -1) break;
      at = next + 1;
      continue;
    }
    const [, name = "", quoted, bare = ""] = match;
    const key = name.toLowerCase();
    const text =
      quoted === undefined
        ? withoutComment(key, trimmed(bare))
        : quoted.replaceAll(/\\(["\\])/g, "$1");
    if (!found.has(key)) found.set(key, text);
    at = PARAMETER.lastIndex;
  }
  return { value: value.trim().toLowerCase(), parameters: decoded(found, mailCharset, guessed) };
}

const COMMENTED = /^([^\s()]+)(?:\s+\((?:\\.|[^()\\]|\((?:\\.|[^()\\])*\))*\))+$/;

/**
 * An unquoted value without comments after it. A file name counts as complete before them only if it has an extension.
 */
function withoutComment(key: string, value: string): string {
  const [, bare] = COMMENTED.exec(value) ?? [];
  if (bare === undefined || key.includes("*")) return value;
  return key.endsWith("name") && !/\.\w+$/.test(bare) ? value : bare;
}

/** The order of a value that is not continued. */
const WHOLE = -1;

/** Joins continued values, and decodes. An extended value wins over a plain one. */
function decoded(
  raw: ReadonlyMap<string, string>,
  mailCharset: string,
  guessed: () => void,
): Map<string, string> {
  const made = new Map<string, string>();
  const pieces = new Map<string, { order: number; extended: boolean; text: string }[]>();
  for (const [key, text] of raw) {
    const [, name = key, order = "", mark = ""] = /^(.+?)(?:\*(\d+))?(\*)?$/.exec(key) ?? [];
    if (order === "" && mark === "") made.set(name, decodeHeader(text, mailCharset, guessed));
    else {
      const list = pieces.get(name) ?? [];
      list.push({ order: Number(order || WHOLE), extended: mark !== "", text });
      pieces.set(name, list);
    }
  }
  for (const [name, list] of pieces) {
    list.sort((a, b) => a.order - b.order || Number(b.extended) - Number(a.extended));
    const once = list.filter(({ order }, at) => order !== list[at - 1]?.order);
    const whole = once.filter(({ order }) => order === WHOLE);
    const value = continued(whole, guessed) || continued(once.slice(whole.length), guessed);
    if (value !== "") made.set(name, value);
  }
  return made;
}

function continued(
  list: readonly { extended: boolean; text: string }[],
  guessed: () => void,
): string {
  let charset = "";
  const bytes = list.map(({ extended, text }, index) => {
    if (!extended) return Buffer.from(text, "latin1");
    let rest = text;
    const heading = index === 0 ? /^([^']*)'[^']*'/.exec(text) : null;
    if (heading !== null) {
      charset = heading[1] ?? "";
      rest = text.slice(heading[0].length);
    }
    const unescaped = rest.replaceAll(/%([\da-f]{2})/gi, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
    return Buffer.from(unescaped, "latin1");
  });
  const joined = Buffer.concat(bytes);
  // Some programs use encoded words in continued values.
  if (!list.some(({ extended }) => extended))
    return decodeHeader(joined.toString("latin1"), "", guessed);
  const read = decodeText(joined, charset);
  if (read.guess !== undefined) guessed();
  return read.text;
}

/** Some programs leave out the value. */
const NO_VALUE = /^(?=[\s;,:]*[\w*-]+\s*=)/;
const TYPE_END = /^[\s"';,:<]*(?:[\w!#$&.+^*-]+(?:\s*[/\\]\s*[\w!#$&.+^*-]*)?)?["']*/;

/** What some programs write in place of a media type. */
const MEANT: Readonly<Record<string, string>> = {
  text: "text/plain",
  plain: "text/plain",
  "text/": "text/plain",
  html: "text/html",
  "text/htm": "text/html",
  "html/text": "text/html",
  "plain/text": "text/plain",
  "plain/html": "text/html",
  "application/html": "text/html",
  "message/html": "text/html",
  "text/x-html": "text/html",
  "*/*": "text/plain",
  "text/text": "text/plain",
  "text/unknown": "text/plain",
  multipart: "multipart/mixed",
  "multipart/": "multipart/mixed",
};

/** `text.html`, `text html` and the like. */
const SLASHLESS = /^[\s"']*text[\s.:;,_-]+(?=(?:html|plain)\b)/i;

/**
 * Reads a `Content-Type`. An invalid type becomes the one that was meant, or empty where that cannot be told.
 *
 * @param mailCharset the charset of names that are neither ASCII nor UTF-8.
 * @param guessed called where a charset had to be guessed.
 */
export function readContentType(
  sent: string,
  mailCharset: string,
  guessed: () => void,
): ParameterizedHeader {
  const raw = withoutMarksWithin(sent, mailCharset, guessed);
  const slashed = raw.replace(/^\s*\([^()]*\)/, "").replace(SLASHLESS, "text/");
  const valueEnd = NO_VALUE.test(slashed) ? NO_VALUE : TYPE_END;
  const header = readParameters(slashed, valueEnd, mailCharset, guessed);
  const bare = header.value.replaceAll(/[\s"';,:<]+/g, "").replace("\\", "/");
  const meant = Object.hasOwn(MEANT, bare) ? MEANT[bare] : undefined;
  const isType = meant === undefined && /^[^/]+\/[^/]+$/.test(bare);
  return { ...header, value: meant ?? (isType ? bare : "") };
}

/** Reads a `Content-Disposition`, its names as those of a `Content-Type`. */
export function readDisposition(
  sent: string,
  mailCharset: string,
  guessed: () => void,
): ParameterizedHeader {
  // Some programs encode the whole header once a name is not ASCII.
  const whole = sent.trimStart().startsWith("=?")
    ? Buffer.from(decodeHeader(sent, mailCharset, guessed)).toString("latin1")
    : sent;
  const raw = withoutMarksWithin(whole, mailCharset, guessed);
  const valueEnd = NO_VALUE.test(raw) ? NO_VALUE : /^[\s"]*[\w-]*"?/;
  return readParameters(raw, valueEnd, mailCharset, guessed);
}
