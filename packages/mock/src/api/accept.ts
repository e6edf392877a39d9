/** One of the media ranges that a client accepts. */
export interface MediaRange {
  /** In lower case, such as `application/json`; wildcards as they are. */
  type: string;
  /** From 0 (not at all) to 1. */
  weight: number;
  /** As it was sent, without its weight. */
  text: string;
}

const TOKEN = String.raw`[\w!#$%&'*+.^\x60|~-]+`;
const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;

/**
 * A range, or the lone star that Java and others send for any type. RFC 9110, section 12.5.1, allows empty parameters.
 */
const RANGE = new RegExp(
  `^(${TOKEN}/${TOKEN}|\\*)((?:\\s*;(?:\\s*${TOKEN}\\s*=\\s*(?:${TOKEN}|${QUOTED}))?)*)$`,
);
const PARAMETER = new RegExp(`;\\s*(${TOKEN})\\s*=\\s*(${TOKEN}|${QUOTED})`, "g");
/** The elements between commas that are not in quotes. */
const ELEMENT = new RegExp(`(?:${QUOTED}|[^,"]|"(?![^"]*"))+`, "g");

/**
 * Reads an `Accept` header (RFC 9110, section 12.5.1). Empty elements are skipped. For an empty header the list is
 * empty, and any type will do.
 *
 * @throws TypeError when an element is no media range.
 */
export function parseAccept(header: string): MediaRange[] {
  const elements = (header.match(ELEMENT) ?? []).map((one) => one.trim());
  return elements.filter(Boolean).map((element) => {
    const [, range, parameters = ""] = RANGE.exec(element) ?? [];
    if (range === undefined) {
      throw new TypeError(
        `Accept: expected media ranges such as application/vnd.np6.cm.mail.archive or */*, got ${JSON.stringify(element.slice(0, 100))}.`,
      );
    }
    const type = range === "*" ? "*/*" : range.toLowerCase();
    let weight = 1;
    let text = type;
    for (const [, name = "", value = ""] of parameters.matchAll(PARAMETER)) {
      if (name.toLowerCase() === "q") weight = weightOf(value);
      // Quoted parameters are left out, as Prism would split them at their commas; no type here has one.
      else if (!value.startsWith('"')) text += `;${name}=${value}`;
    }
    return { type, weight, text };
  });
}

/** A weight as clients write it, `.2` included. Anything that is no number counts as 1. */
function weightOf(value: string): number {
  const weight = Number(value);
  return weight >= 0 && weight <= 1 ? weight : 1;
}

/** The header in its plainest form; undefined if any type will do. */
export function plainAccept(ranges: readonly MediaRange[]): string | undefined {
  if (ranges.length === 0) return undefined;
  return ranges.map(({ text, weight }) => (weight === 1 ? text : `${text};q=${weight}`)).join(", ");
}

/**
 * Whether a client accepts this type: the closest matching range decides. Of several for the same type, one is enough.
 */
export function accepts(ranges: readonly MediaRange[], type: string): boolean {
  const around = [type, type.replace(/[^/]*$/, "*"), "*/*"];
  const closest = around.find((one) => ranges.some((range) => range.type === one));
  return ranges.some((range) => range.type === closest && range.weight > 0);
}
