import { isDeepStrictEqual } from "node:util";
import { escaped, valueAt } from "../json-pointer.ts";
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

/** A spec with an `anyOf` or a `oneOf` wherever the other has one. */
function asIn(other: Node, spec: Node): Node {
  const references = [...JSON.stringify(spec).matchAll(/"\$ref":"([^"]*)"/g)].map(([, to]) => to!);

  const rewritten = (part: unknown, beside: unknown, place: string, isNames = false): unknown => {
    if (!isObject(part) || !isObject(beside)) return part;
    if (Array.isArray(part)) {
      const others = new Map((Array.isArray(beside) ? beside : []).map(inList(other)));
      const own = part.map(inList(spec));
      return own.map(([key, item], i) => rewritten(item, others.get(key), `${place}/${i}`));
    }
    // What both refer to is rewritten itself.
    if ("$ref" in part && part["$ref"] === beside["$ref"]) return part;
    const wanted = isNames ? undefined : onlyAlternatives(referred(other, beside));
    if (wanted !== undefined && isWithout(referred(spec, part))) {
      // A reference into what is moved would lead to nothing.
      if (references.some((to) => to.startsWith(`${place}/`))) return part;
      const moved = inOne(wanted, part);
      return "$ref" in part ? moved : rewritten(moved, wanted, place);
    }
    const pairs = Object.entries(part).map(([name, value]) => {
      if (!isNames && isData(name, value)) return [name, value];
      const at = `${place}/${escaped(name)}`;
      return [name, rewritten(value, beside[name], at, !isNames && isMap(name, value))];
    });
    return Object.fromEntries(pairs);
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

/** The alternatives of a schema, if nothing else in it limits anything. */
function onlyAlternatives(schema: unknown): Record<string, unknown[]> | undefined {
  const limits = Object.entries(schema ?? {}).filter(([key]) => !isNote(key));
  const [[key, kinds] = [], ...more] = limits as [string, unknown][];
  const isOnly = more.length === 0 && (key === "anyOf" || key === "oneOf") && Array.isArray(kinds);
  return isOnly ? { [key]: kinds } : undefined;
}

function isWithout(schema: unknown): boolean {
  return isObject(schema) && !["allOf", "anyOf", "nullable", "oneOf"].some((key) => key in schema);
}

function inOne(wanted: Record<string, unknown[]>, schema: Node): Node {
  const entries = Object.entries(schema);
  const notes = entries.filter(([each]) => isNote(each));
  const own = alternatives(Object.fromEntries(entries.filter(([each]) => !isNote(each))));
  const inOrder = Object.entries(wanted).map(([key, [first]]) => [
    key,
    isDeepStrictEqual(first, NULL) ? own.toReversed() : own,
  ]);
  return { ...Object.fromEntries(notes), ...Object.fromEntries(inOrder) };
}

function alternatives(schema: Node): Node[] {
  const { type, enum: values } = schema;
  const isLimited = Array.isArray(values) && !values.includes(null);
  if (!Array.isArray(type) || !type.includes("null") || isLimited) return [schema];
  const kinds = type.filter((kind) => kind !== "null");
  const others = Array.isArray(values) && { enum: values.filter((value) => value !== null) };
  return [{ ...schema, type: kinds.length === 1 ? kinds[0] : kinds, ...others }, { type: "null" }];
}

function isNote(key: string): boolean {
  return isProse(key) || NOTES.has(key);
}
