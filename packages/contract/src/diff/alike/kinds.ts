import { pointerTo, valueAt } from "../../json-pointer.ts";
import { isObject } from "../openapi-names.ts";
import type { Pair } from "./said-above.ts";

type Node = Record<string, unknown>;

/**
 * Adds to each discriminator of a named schema the kinds that a mapping need not name: the schemas that have that one
 * in an `allOf`. Otherwise a change of these would seem to concern nobody. Only those of both specs, as a kind that
 * comes or goes is a component that does.
 */
export function withKinds([before, after]: Pair): Pair {
  return [withKindsOfBoth(before, after), withKindsOfBoth(after, before)];
}

function withKindsOfBoth(spec: Node, otherSpec: Node): Node {
  const [own, other] = [schemasOf(spec), schemasOf(otherSpec)];
  const all = kindsByReference(own);
  const schemas = Object.entries(own).map(([name, schema]) => {
    const isInBoth = [schema, other[name]].every((each) => isObject(valueAt(each, DISCRIMINATOR)));
    const kinds = isInBoth ? kindsOf(name, all).filter((kind) => Object.hasOwn(other, kind)) : [];
    return [name, kinds.length === 0 ? schema : withMapping(schema as Node, kinds)];
  });
  if (schemas.length === 0) return spec;
  const components = { ...(spec["components"] as Node), schemas: Object.fromEntries(schemas) };
  return { ...spec, components };
}

const DISCRIMINATOR = ["discriminator"];

function schemasOf(spec: Node): Node {
  const schemas = valueAt(spec, ["components", "schemas"]);
  return isObject(schemas) ? schemas : {};
}

/** For each reference, the names of the schemas that have it in an `allOf`. */
function kindsByReference(schemas: Node): ReadonlyMap<unknown, string[]> {
  const found = new Map<unknown, string[]>();
  for (const [kind, schema] of Object.entries(schemas)) {
    const parts = valueAt(schema, ["allOf"]);
    for (const part of Array.isArray(parts) ? (parts as unknown[]) : []) {
      const reference = valueAt(part, ["$ref"]);
      found.set(reference, [...(found.get(reference) ?? []), kind]);
    }
  }
  return found;
}

/** The names of all kinds of a schema, and of the kinds of these. */
function kindsOf(name: string, kinds: ReadonlyMap<unknown, string[]>): string[] {
  const found = new Set([name]);
  for (const base of found) {
    for (const kind of kinds.get(pointerTo(["components", "schemas", base])) ?? []) found.add(kind);
  }
  return [...found].slice(1);
}

function withMapping(schema: Node, kinds: readonly string[]): Node {
  const discriminator = schema["discriminator"] as Node;
  const own = Object.fromEntries(
    kinds.map((kind) => [kind, pointerTo(["components", "schemas", kind])]),
  );
  const mapping = { ...own, ...(discriminator["mapping"] as Node | undefined) };
  return { ...schema, discriminator: { ...discriminator, mapping } };
}
