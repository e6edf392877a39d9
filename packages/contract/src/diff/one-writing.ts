import { isDeepStrictEqual } from "node:util";
import { isData, isMap } from "./openapi-names.ts";

type Node = Record<string, unknown>;

/** Keywords of a schema whose list is a set: its order says nothing. */
const SETS = new Set(["required", "type"]);

/** Keys that say no more than to leave them out where they are false. */
const FALSE_BY_DEFAULT = new Set([
  "deprecated",
  "nullable",
  "readOnly",
  "required",
  "uniqueItems",
  "writeOnly",
]);

/** Limits of a schema, and what each is where none is told. */
const LEAST: Readonly<Record<string, number>> = {
  minContains: 1,
  minItems: 0,
  minLength: 0,
  minProperties: 0,
};

/** Keywords of a schema that take anything where they are left out. */
const ANYTHING_BY_DEFAULT = new Set([
  "additionalProperties",
  "items",
  "unevaluatedItems",
  "unevaluatedProperties",
]);

/** To take anything says something where another schema forbids what none has taken, or refers to it. */
const SAYS_SOMETHING =
  /"unevaluated(?:Items|Properties)":(?!true|\{\})|"\$ref":"[^"]*\/(?:additionalProperties|items|unevaluated\w+)"/;

/** Those of parameters and headers; in an encoding, to write one out says something. */
const FALSE_IN_PARAMETERS = new Set(["allowEmptyValue", "allowReserved"]);

/** How a parameter is written by default, by where it is. */
const STYLES: Readonly<Record<string, string>> = {
  cookie: "form",
  header: "simple",
  path: "simple",
  query: "form",
};

/**
 * A spec in one of the writings that mean the same: with lists in one order where none is meant, a list of one type as
 * that type, and without what holds anyway.
 */
export function inOneWriting(spec: unknown): unknown {
  return written(spec, !SAYS_SOMETHING.test(JSON.stringify(spec)));
}

/** `holder` is the key that a part, or the map or list that it is in, stands at. */
function written(part: unknown, isOpen: boolean, holder = "", isNames = false): unknown {
  if (typeof part !== "object" || part === null) return part;
  if (Array.isArray(part)) return part.map((item) => written(item, isOpen, holder));
  const pairs = Object.entries(part).map(([key, value]) => {
    if (isNames) return [key, written(value, isOpen, holder)];
    if (isData(key, value)) return [key, value];
    if (SETS.has(key) && Array.isArray(value)) return [key, setInOneWriting(key, value)];
    return [key, written(value, isOpen, key, isMap(key, value))];
  });
  const node = Object.fromEntries(pairs) as Node;
  if (isNames) return node;
  return Object.fromEntries(
    Object.entries(node).filter(
      ([key, value]) =>
        !holdsAnyway(node, key, holder) &&
        !(isOpen && ANYTHING_BY_DEFAULT.has(key) && isAnything(value)),
    ),
  );
}

function setInOneWriting(key: string, set: unknown[]): unknown {
  if (key === "type" && set.length === 1) return set[0];
  return set.toSorted((one, other) => String(one).localeCompare(String(other)));
}

function isAnything(schema: unknown): boolean {
  return schema === true || isDeepStrictEqual(schema, {});
}

function holdsAnyway(node: Node, key: string, holder: string): boolean {
  if (key === "required" && isDeepStrictEqual(node[key], [])) return holder !== "security";
  if (Object.hasOwn(LEAST, key)) return node[key] === LEAST[key];
  if (FALSE_BY_DEFAULT.has(key)) return node[key] === false;
  if (holder !== "parameters" && holder !== "headers") return false;
  if (FALSE_IN_PARAMETERS.has(key)) return node[key] === false;
  const usual = STYLES[holder === "headers" ? "header" : String(node["in"])];
  if (key === "style") return node[key] === usual;
  return key === "explode" && node[key] === ((node["style"] ?? usual) === "form");
}
