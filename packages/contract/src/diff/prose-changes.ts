import { isDeepStrictEqual } from "node:util";
import { escaped } from "../json-pointer.ts";
import { isMap, isObject, isProse } from "./openapi-names.ts";
import { parameterKey, referred } from "./references.ts";

type Node = Record<string, unknown>;

/** The places, as JSON pointers, where the explanations of two specs differ; references are followed. */
export function proseChanges(oldSpec: Node, newSpec: Node): string[] {
  const found: string[] = [];
  const seen = new Map<unknown, Set<unknown>>();

  /** The order of parameters means nothing, so each is compared with the old one of the same place and name. */
  const inOrderOf = (after: unknown, before: unknown): unknown => {
    if (!Array.isArray(before) || !Array.isArray(after)) return before;
    const old = new Map(before.map((parameter) => [parameterKey(oldSpec, parameter), parameter]));
    return after.map((parameter) => old.get(parameterKey(newSpec, parameter)));
  };

  // A list instead of recursion: chains of references may be deeper than the stack.
  const waiting = [
    { before: oldSpec as unknown, after: newSpec as unknown, pointer: "#", isNames: false },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { pointer, isNames } = next;
    const [left, right] = [referred(oldSpec, next.before), referred(newSpec, next.after)];
    if (!isObject(left) || !isObject(right)) continue;
    // What several places refer to is reported once, and a schema may contain itself.
    const partners = seen.get(left) ?? new Set();
    if (partners.has(right)) continue;
    seen.set(left, partners.add(right));
    const within: typeof waiting = [];
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const place = `${pointer}/${escaped(key)}`;
      const explains = !isNames && !Array.isArray(left) && isProse(key);
      const before = key === "parameters" ? inOrderOf(right[key], left[key]) : left[key];
      const after = right[key];
      if (!explains) {
        within.push({ before, after, pointer: place, isNames: !isNames && isMap(key, left[key]) });
      } else if (!isDeepStrictEqual(whole(oldSpec, before), whole(newSpec, after))) {
        found.push(place);
      }
    }
    waiting.push(...within.toReversed());
  }
  return found;
}

/** Resolves references in a map of named examples. */
function whole(document: Node, value: unknown): unknown {
  if (!isObject(value) || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, example]) => [name, referred(document, example)]),
  );
}
