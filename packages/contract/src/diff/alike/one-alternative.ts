import { isDeepStrictEqual } from "node:util";
import { escaped } from "../../json-pointer.ts";
import { isData, isMap, isObject } from "../openapi-names.ts";
import { holdersOfReferred, parameterKey, referred } from "../references.ts";
import { apart, changedItems, NULL } from "./one-spelling.ts";
import type { Pair } from "./said-above.ts";

type Node = Record<string, unknown>;

/**
 * Writes a schema as an alternative where it is one of several in the other spec, and as two if it may be null:
 * Redocly takes an `anyOf` that comes for a limit, and one that goes for the end of one.
 */
export function withOneAlternative([before, after]: Pair): Pair {
  return [asIn(after, before), asIn(before, after)];
}

function asIn(other: Node, spec: Node): Node {
  const holders = holdersOfReferred(spec);

  const rewritten = (part: unknown, beside: unknown, place: string, isNames = false): unknown => {
    if (!isObject(part) || !isObject(beside)) return part;
    if (Array.isArray(part)) {
      const others = Array.isArray(beside) ? changedItems(beside, part) : [];
      const own = changedItems(part, beside);
      const byKey = new Map(others.map((item, i) => [keyIn(other, item, i), item]));
      const paired = new Map(own.map((item, i) => [item, byKey.get(keyIn(spec, item, i))]));
      return part.map((item, i) => rewritten(item, paired.get(item), `${place}/${i}`));
    }
    const alternatives = isNames ? undefined : asAlternatives(part, referred(other, beside));
    if (alternatives && !holders.has(place)) return alternatives;
    const pairs = Object.entries(part).map(([name, value]) => {
      if (!isNames && isData(name, value)) return [name, value];
      const at = `${place}/${escaped(name)}`;
      return [name, rewritten(value, beside[name], at, !isNames && isMap(name, value))];
    });
    return Object.fromEntries(pairs);
  };

  return rewritten(spec, other, "#") as Node;
}

/** The place of an item in its list; of a parameter its name, as the order of parameters means nothing. */
function keyIn(spec: Node, item: unknown, index: number): unknown {
  const { in: where } = (referred(spec, item) ?? {}) as Node;
  return where === undefined ? index : parameterKey(spec, item);
}

/** A schema as what it is among the alternatives of another one; undefined if that has none, or not this. */
function asAlternatives(schema: Node, other: unknown): Node | undefined {
  const [[key, kinds] = [], ...more] = Object.entries(apart(other)[1]);
  if ((key !== "anyOf" && key !== "oneOf") || !Array.isArray(kinds) || more.length > 0) {
    return undefined;
  }
  // Any other one may overlap with this, and a `oneOf` refuses what fits two.
  const others = kinds.filter((kind) => !isDeepStrictEqual(kind, NULL));
  if (key === "oneOf" && others.length > 1) return undefined;
  const [notes, own] = apart(schema);
  if (Object.keys(own).length === 0) return undefined;
  const parts = withNullApart(own);
  const found = kinds.flatMap((kind: unknown) =>
    parts.filter((part) => isDeepStrictEqual(part, apart(kind)[1])),
  );
  return found.length === parts.length ? { ...notes, [key]: found } : undefined;
}

function withNullApart(schema: Node): Node[] {
  const { type, enum: values } = schema;
  const isLimited = Array.isArray(values) && !values.includes(null);
  if (!Array.isArray(type) || !type.includes("null") || isLimited) return [schema];
  const [kind, ...more] = type.filter((each) => each !== "null");
  const others = Array.isArray(values) && { enum: values.filter((value) => value !== null) };
  return [
    { ...schema, type: more.length > 0 ? [kind, ...more] : kind, ...others },
    { type: "null" },
  ];
}
