/** One of the media ranges that a client takes. */
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

/** A range, or the lone star that Java and others send for all. RFC 9110, section 12.5.1, lets parameters be empty. */
const RANGE = new RegExp(
  `^(${TOKEN}/${TOKEN}|\\*)((?:\\s*;(?:\\s*${TOKEN}\\s*=\\s*(?:${TOKEN}|${QUOTED}))?)*)$`,
);
const PARAMETER = new RegExp(`;\\s*(${TOKEN})\\s*=\\s*(${TOKEN}|${QUOTED})`, "g");
/** Elements between commas, but not those in quotes. */
const ELEMENT = new RegExp(`(?:${QUOTED}|[^,"]|"(?![^"]*"))+`, "g");

/**
 * Reads an `Accept` header (RFC 9110, section 12.5.1). Empty elements are none, and an empty header says nothing: then
 * the list is empty, and everything will do.
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
      // What is in quotes, Prism takes apart at its commas; no type here has such a parameter.
      else if (!value.startsWith('"')) text += `;${name}=${value}`;
    }
    return { type, weight, text };
  });
}

/** A weight as it may be written, `.2` included. What is no number counts as 1. */
function weightOf(value: string): number {
  const weight = Number(value);
  return weight >= 0 && weight <= 1 ? weight : 1;
}

/** The header again, in the plainest form; undefined where everything will do. */
export function plainAccept(ranges: readonly MediaRange[]): string | undefined {
  if (ranges.length === 0) return undefined;
  return ranges.map(({ text, weight }) => (weight === 1 ? text : `${text};q=${weight}`)).join(", ");
}

/** Whether a client takes this type: of the ranges that it is in, the closest says so. Of several of one name, any does. */
export function accepts(ranges: readonly MediaRange[], type: string): boolean {
  const around = [type, type.replace(/[^/]*$/, "*"), "*/*"];
  const closest = around.find((one) => ranges.some((range) => range.type === one));
  return ranges.some((range) => range.type === closest && range.weight > 0);
}
