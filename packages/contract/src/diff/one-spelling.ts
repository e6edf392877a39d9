import { isData, isMap } from "./openapi-names.ts";
import type { Pair } from "./said-above.ts";

type Node = Record<string, unknown>;

/** What is written at one of these names would be at another one then. */
const REFERENCE_TO_NAMED =
  /"\$ref":"#\/(?!components\/headers\/[^/"]*")[^"]*\/(?:content|headers)\//;

/**
 * Gives what HTTP takes for the same one spelling in both specs, that of the new one: names of headers and media types,
 * whose case says nothing (RFC 9110, sections 5.1 and 8.3.1), and the URLs of servers.
 */
export function inOneSpelling([before, after]: Pair): Pair {
  if ([before, after].some((spec) => REFERENCE_TO_NAMED.test(JSON.stringify(spec)))) {
    return [before, after];
  }
  const spellings = new Map<string, string>();

  const spelled = (meant: string, written: string): string => {
    const known = spellings.get(meant) ?? written;
    spellings.set(meant, known);
    return known;
  };
  const named = (name: string): string =>
    spelled(
      name.replace(/^[^;]*/, (essence) => essence.toLowerCase()),
      name,
    );

  /** `holder` is the key that a part, or the map or list that it is in, stands at. */
  const respelled = (part: unknown, holder = "", isNames = false): unknown => {
    if (typeof part !== "object" || part === null) return part;
    if (Array.isArray(part)) return part.map((item) => respelled(item, holder));
    const node = part as Node;
    const pairs = Object.entries(node).map(([key, value]) => {
      if (isNames) return [IN_ANY_CASE.has(holder) ? named(key) : key, respelled(value)];
      if (isData(key, value)) return [key, value];
      if (typeof value === "string") {
        if (key === "name" && node["in"] === "header") return [key, named(value)];
        return [key, key === "url" && holder === "servers" ? spelled(hrefOf(value), value) : value];
      }
      // The headers among the components have names for types and references, not those of the wire.
      return [key, respelled(value, holder === "components" ? "" : key, isMap(key, value))];
    });
    return Object.fromEntries(pairs);
  };

  const next = respelled(after) as Node;
  return [respelled(before) as Node, next];
}

/** Keys of the maps from names that are such. */
const IN_ANY_CASE = new Set(["content", "headers"]);

/** Without what a URL may have or not: capitals in its host, its scheme's own port, a slash at its end. */
function hrefOf(url: string): string {
  return (URL.canParse(url) ? new URL(url).href : url).replace(/\/$/, "");
}
