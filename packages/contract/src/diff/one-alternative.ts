import { escaped } from "../json-pointer.ts";
import { isData, isMap, isObject, isProse } from "./openapi-names.ts";
import { referred } from "./references.ts";
import type { Pair } from "./said-above.ts";

type Node = Record<string, unknown>;

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
      return part.map((item, i) => rewritten(item, beside[i], `${place}/${i}`));
    }
    // What both refer to is rewritten itself.
    if ("$ref" in part && part["$ref"] === beside["$ref"]) return part;
    const key = isNames ? undefined : onlyAlternatives(referred(other, beside));
    if (key !== undefined && isWithout(referred(spec, part))) {
      // A reference into it would lead to nothing.
      return references.some((to) => to.startsWith(`${place}/`)) ? part : inOne(key, part);
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

/** The key of a schema's alternatives, if nothing else in it limits anything. */
function onlyAlternatives(schema: unknown): "anyOf" | "oneOf" | undefined {
  if (!isObject(schema)) return undefined;
  const [key, ...more] = Object.keys(schema).filter((each) => !isNote(each));
  const isOnly = more.length === 0 && (key === "anyOf" || key === "oneOf");
  return isOnly && Array.isArray(schema[key]) ? key : undefined;
}

function isWithout(schema: unknown): boolean {
  return isObject(schema) && !["anyOf", "oneOf", "nullable"].some((key) => key in schema);
}

function inOne(key: string, schema: Node): Node {
  const entries = Object.entries(schema);
  const notes = entries.filter(([each]) => isNote(each));
  const own = entries.filter(([each]) => !isNote(each));
  return { ...Object.fromEntries(notes), [key]: alternatives(Object.fromEntries(own)) };
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
