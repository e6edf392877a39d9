import { isDeepStrictEqual } from "node:util";
import { parseMediaType } from "../../exchange/json-body.ts";
import { escaped } from "../../json-pointer.ts";
import { isData, isMap, isProse } from "../openapi-names.ts";
import { holdersOfReferred } from "../references.ts";
import type { Pair } from "./said-above.ts";

type Node = Record<string, unknown>;

/** A reference through one of these names: respelling the name would break it. */
const REFERENCE_TO_NAMED =
  /"\$ref":"#\/(?!components\/(?:headers|responses)\/[^/"]*")[^"]*\/(?:content\/|headers\/|responses\/\d[Xx]{2}[/"])/;

/** Keys of maps whose names may be spelled in several ways. */
const SPELLED_AT_WILL = new Set(["content", "headers", "responses"]);

/** Keywords with a list of schemas. */
const COMBINING = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);

/**
 * Gives names in the old spec the spelling of the new one where both mean the same: names of headers and media types,
 * whose case does not matter (RFC 9110, sections 5.1 and 8.3.1), authentication schemes (section 11.1), the URLs of
 * servers, ranges of statuses (`5XX`, which others write in lower case), a schema alone in an `allOf`, and what may
 * be null.
 */
export function inOneSpelling([before, after]: Pair): Pair {
  if (REFERENCE_TO_NAMED.test(JSON.stringify(before))) return [before, after];
  return [respelled(before, after, holdersOfReferred(before), "#") as Node, after];
}

/**
 * @param beside what is at the same place in the new spec.
 * @param fixed the places in the old spec that have to keep their form.
 * @param holder the key of the part, or of the map or list that contains it.
 */
function respelled(
  part: unknown,
  beside: unknown,
  fixed: ReadonlySet<string>,
  place: string,
  holder = "",
  isNames = false,
): unknown {
  if (Array.isArray(part)) {
    const others = Array.isArray(beside) ? beside : [];
    const [own, theirs] = [changedItems(part, others), changedItems(others, part)];
    return part.map((item, i) => {
      const same = COMBINING.has(holder)
        ? theirs[own.indexOf(item)]
        : others.find((other) => meansTheSame(item, other, holder));
      return respelled(item, same, fixed, `${place}/${i}`, holder);
    });
  }
  if (!isNode(part)) return part;
  const other = isNode(beside) ? beside : {};
  const isSame = meansTheSame(part, other, holder);
  const node = isNames || fixed.has(place) ? part : wrappedAs(other, withNullAs(other, part));
  const pairs = Object.entries(node).map(([key, value]) => {
    const within = `${place}/${escaped(key)}`;
    if (isNames) {
      const name = SPELLED_AT_WILL.has(holder) ? nameIn(other, key, part) : key;
      return [name, respelled(value, other[name], fixed, within)];
    }
    if (isData(key, value)) return [key, value];
    if (typeof value === "string") return [key, isSame && SPELLED.has(key) ? other[key] : value];
    // The names of headers and responses in `components` are for types and references; they do not go over the wire.
    const at = holder === "components" ? "" : key;
    return [key, respelled(value, other[key], fixed, within, at, isMap(key, value))];
  });
  return Object.fromEntries(pairs);
}

/** The items of a list that another one has not: with the others they are paired by their places among these. */
export function changedItems(list: readonly unknown[], others: unknown): unknown[] {
  const same = new Set((Array.isArray(others) ? others : []).map((item) => JSON.stringify(item)));
  return list.filter((item) => !same.has(JSON.stringify(item)));
}

/** A schema that may be null, written in the new spec's way. */
function withNullAs(other: Node, part: Node): Node {
  const [own, wanted] = [orNull(part), orNull(other)];
  return own && wanted ? { ...own.words, ...wanted.said(own.schema) } : part;
}

/** The parts of a schema that may be null: by `nullable` in 3.0, as one of two alternatives in 3.1. */
function orNull(
  node: Node,
): { schema: unknown; words: Node; said: (schema: unknown) => Node } | undefined {
  const key = ["allOf", "anyOf", "oneOf"].find((each) => each in node) ?? "";
  const { [key]: kinds, nullable, ...words } = node;
  if (!Array.isArray(kinds) || kinds.length !== (key === "allOf" ? 1 : 2)) return undefined;
  if (key === "allOf" && nullable !== true) return undefined;
  const [schema, ...more] = kinds.filter((kind) => !isDeepStrictEqual(kind, NULL)) as unknown[];
  if (schema === undefined || more.length > 0) return undefined;
  const said = (own: unknown) => ({
    ...(key === "allOf" && { nullable }),
    [key]: kinds.map((kind: unknown) => (kind === schema ? own : kind)),
  });
  return { schema, words, said };
}

export const NULL = { type: "null" };

/** A schema alone in an `allOf` or not, as in the new spec. */
function wrappedAs(other: Node, part: Node): Node {
  if (!("allOf" in other)) return unwrapped(part) ?? part;
  if ("allOf" in part || unwrapped(other) === undefined) return part;
  const { $ref, ...words } = part;
  if ($ref !== undefined) return { ...words, allOf: [{ $ref }] };
  const [notes, own] = apart(part);
  return Object.keys(own).length === 0 ? part : { ...notes, allOf: [own] };
}

/** The only item of an `allOf`, with what is noted around it: in 3.0 only this let a reference have a description. */
function unwrapped({ allOf, ...words }: Node): Node | undefined {
  const [one, ...more] = Array.isArray(allOf) ? (allOf as unknown[]) : [];
  const isAlone = more.length === 0 && isNode(one);
  return isAlone && Object.keys(words).every(isNote) ? { ...one, ...words } : undefined;
}

/** Keywords that allow neither more nor less. */
const NOTES = new Set(["default", "deprecated", "readOnly", "writeOnly"]);

function isNote(key: string): boolean {
  return isProse(key) || NOTES.has(key);
}

/** What is said of a schema, and what it allows. */
export function apart(schema: unknown): [notes: Node, own: Node] {
  const entries = Object.entries(schema ?? {});
  return [
    Object.fromEntries(entries.filter(([key]) => isNote(key))),
    Object.fromEntries(entries.filter(([key]) => !isNote(key))),
  ];
}

/** The keys with the text that {@link meaning} compares. */
const SPELLED = new Set(["name", "scheme", "url"]);

/** Whether both have the same meaning. */
function meansTheSame(one: unknown, other: unknown, holder: string): boolean {
  const meant = meaning(one, holder);
  return meant !== undefined && meant === meaning(other, holder);
}

/** What a parameter, a key, a scheme or a server means, however it is spelled; undefined for any other part. */
function meaning(part: unknown, holder: string): string | undefined {
  if (!isNode(part)) return undefined;
  const { in: place, name, type, scheme, url } = part;
  if (type === "http" && typeof scheme === "string") return `http ${scheme.toLowerCase()}`;
  if (place === "header" && typeof name === "string") return `header ${name.toLowerCase()}`;
  if (typeof place === "string" && typeof name === "string") return `${place} ${name}`;
  return holder === "servers" && typeof url === "string" ? `server ${hrefOf(url)}` : undefined;
}

/** The one name in the map that means the same; the name itself where there is none, or more than one. */
function nameIn(map: Node, name: string, own: Node): string {
  if (name in map) return name;
  const isSame = (each: string) => bare(each) === bare(name);
  const [same = name, ...more] = Object.keys(map).filter(isSame);
  const isOne = more.length === 0 && Object.keys(own).filter(isSame).length === 1;
  return isOne ? same : name;
}

/** A name in lower case; of a media type without quotes and blanks, its parameters sorted, their values unchanged. */
function bare(name: string): string {
  const mediaType = parseMediaType(name);
  if (mediaType === undefined) return name.toLowerCase();
  const parameters = [...mediaType.parameters].map(([key, value]) =>
    key === "charset" ? `${key}=${value.toLowerCase()}` : `${key}=${value}`,
  );
  return [mediaType.essence, ...parameters.toSorted()].join(";");
}

/** Without what makes no difference: capitals in the host, the default port, a slash at the end. */
function hrefOf(url: string): string {
  const { href } = URL.canParse(url) ? new URL(url) : { href: url };
  return href.replace(/^([^?#]*)\/$/, "$1");
}

function isNode(part: unknown): part is Node {
  return typeof part === "object" && part !== null && !Array.isArray(part);
}
