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
 * A spec, or a part of it, in one of the writings that mean the same: with lists in one order where none is meant, a list
 * of one type as that type, and without what holds anyway. `holder` is the key that a part, or the map or list that it is
 * in, stands at.
 */
export function inOneWriting(part: unknown, holder = "", isNames = false): unknown {
  if (typeof part !== "object" || part === null) return part;
  if (Array.isArray(part)) return part.map((item) => inOneWriting(item, holder));
  const node = part as Node;
  const pairs = Object.entries(node)
    .filter(([key]) => isNames || !holdsAnyway(node, key, holder))
    .map(([key, value]) => {
      if (isNames) return [key, inOneWriting(value, holder)];
      if (isData(key, value)) return [key, value];
      if (SETS.has(key) && Array.isArray(value)) return [key, setInOneWriting(key, value)];
      return [key, inOneWriting(value, key, isMap(key, value))];
    });
  return Object.fromEntries(pairs);
}

function setInOneWriting(key: string, set: unknown[]): unknown {
  if (key === "type" && set.length === 1) return set[0];
  return set.toSorted((one, other) => String(one).localeCompare(String(other)));
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
