import { isDeepStrictEqual } from "node:util";
import { escaped, pointerKeys, valueAt, withHolders } from "../json-pointer.ts";
import { changedItems } from "./one-spelling.ts";
import { isData, isMap, isObject, isProse } from "./openapi-names.ts";
import { parameterKey, referred } from "./references.ts";
import type { Pair } from "./said-above.ts";

type Node = Record<string, unknown>;

const NULL = { type: "null" };

/** Keywords beside alternatives that allow neither more nor less. */
const NOTES = new Set(["default", "deprecated", "readOnly", "writeOnly"]);

/**
 * Writes a schema as the only alternative (as the two that it is, if it may be null) where the other spec has several:
 * Redocly takes an `anyOf` that comes for a limit, and one that goes for the end of one.
 */
export function withOneAlternative([before, after]: Pair): Pair {
  return [asIn(after, before), asIn(before, after)];
}

/** The place in a spec as it was, where {@link withOneAlternative} has written more keys. */
export function ownPlace(place: string, spec: Node): string {
  let part: unknown = spec;
  let isIndex = false;
  const [root, ...keys] = place.split("/");
  const own = keys.filter((key) => {
    if (isIndex) return (isIndex = false);
    isIndex = (key === "anyOf" || key === "oneOf") && isObject(part) && !(key in part);
    if (!isIndex) part = valueAt(part, pointerKeys(`/${key}`));
    return !isIndex;
  });
  return [root, ...own].join("/");
}

/** A spec with an `anyOf` or a `oneOf` wherever the other has one. */
function asIn(other: Node, spec: Node): Node {
  const references = JSON.stringify(spec).matchAll(/"\$ref":"([^"]*)"/g);
  const referredTo = new Set([...references].map(([, to]) => to!));
  const holders = new Set([...referredTo].flatMap((to) => withHolders(to).slice(0, -1)));

  const rewritten = (part: unknown, beside: unknown, place: string, isNames = false): unknown => {
    if (!isObject(part) || !isObject(beside)) return part;
    if (Array.isArray(part)) {
      const others = new Map(
        (Array.isArray(beside) ? changedItems(beside, part) : []).map(inList(other)),
      );
      const own = changedItems(part, beside).map(inList(spec));
      const paired = new Map(own.map(([key, item]) => [item, others.get(key)]));
      return part.map((item, i) => rewritten(item, paired.get(item), `${place}/${i}`));
    }
    // What both refer to is rewritten itself.
    if ("$ref" in part && part["$ref"] === beside["$ref"]) return part;
    const [key, kinds] = (!isNames && onlyAlternatives(referred(other, beside))) || [];
    if (key === undefined || !isOnlyOne(referred(spec, part))) {
      return within(part, beside, place, isNames);
    }
    // A reference into what is moved would lead to nothing.
    if (holders.has(place)) return part;
    const [notes, own] = apart(part);
    const moved = alternatives(own);
    if (isDeepStrictEqual(kinds![0], NULL)) moved.reverse();
    return {
      ...notes,
      [key]: moved.map((one, i) => within(one, kinds![i], `${place}/${key}/${i}`)),
    };
  };

  const within = (part: Node, beside: unknown, place: string, isNames = false): Node => {
    const pairs = Object.entries(part).map(([name, value]) => {
      if (!isNames && isData(name, value)) return [name, value];
      const at = `${place}/${escaped(name)}`;
      const same = valueAt(beside, [name]);
      return [name, rewritten(value, same, at, !isNames && isMap(name, value))];
    });
    return Object.fromEntries(pairs) as Node;
  };

  return rewritten(spec, other, "#") as Node;
}

/** An item of a list by its place; a parameter by its name, as the order of parameters means nothing. */
function inList(spec: Node): (item: unknown, index: number) => [unknown, unknown] {
  return (item, index) => {
    const isParameter = valueAt(referred(spec, item), ["in"]) !== undefined;
    return [isParameter ? parameterKey(spec, item) : index, item];
  };
}

/** The alternatives of a schema with their key, if nothing else in it limits anything. */
function onlyAlternatives(schema: unknown): [key: string, kinds: unknown[]] | undefined {
  const [[key, kinds] = [], ...more] = Object.entries(apart(schema)[1]);
  const isOnly = more.length === 0 && (key === "anyOf" || key === "oneOf") && Array.isArray(kinds);
  return isOnly ? [key, kinds] : undefined;
}

/** Whether a schema limits something, without alternatives. */
function isOnlyOne(schema: unknown): boolean {
  const limits = Object.keys(apart(schema)[1]);
  return limits.length > 0 && !limits.some((key) => COMBINED.has(key));
}

const COMBINED = new Set(["allOf", "anyOf", "nullable", "oneOf"]);

/** What is said of a schema, and what it is. */
function apart(schema: unknown): [notes: Node, own: Node] {
  const entries = Object.entries(schema ?? {});
  const notes = entries.filter(([key]) => isNote(key));
  const own = entries.filter(([key]) => !isNote(key));
  return [Object.fromEntries(notes), Object.fromEntries(own)];
}

function alternatives(schema: Node): Node[] {
  const { type, enum: values } = schema;
  const isLimited = Array.isArray(values) && !values.includes(null);
  if (!Array.isArray(type) || !type.includes("null") || isLimited) return [schema];
  const kinds = type.filter((kind) => kind !== "null");
  const others = Array.isArray(values) && { enum: values.filter((value) => value !== null) };
  return [{ ...schema, type: kinds.length === 1 ? kinds[0] : kinds, ...others }, NULL];
}

function isNote(key: string): boolean {
  return isProse(key) || NOTES.has(key);
}
