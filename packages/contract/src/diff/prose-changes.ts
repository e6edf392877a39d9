import { isDeepStrictEqual } from "node:util";
import { escaped } from "../json-pointer.ts";
import { isMap, isObject, isProse } from "./openapi-names.ts";
import { parameterKey, referred } from "./references.ts";

type Node = Record<string, unknown>;

/** The places, as JSON pointers, where two specs explain differently; references are followed. */
export function proseChanges(oldSpec: Node, newSpec: Node): string[] {
  const found: string[] = [];
  const seen = new Map<unknown, Set<unknown>>();

  /** The order of a list of parameters says nothing, so each is compared with the one of its place and name. */
  const inOrderOf = (after: unknown, before: unknown): unknown => {
    if (!Array.isArray(before) || !Array.isArray(after)) return before;
    const old = new Map(before.map((parameter) => [parameterKey(oldSpec, parameter), parameter]));
    return after.map((parameter) => old.get(parameterKey(newSpec, parameter)));
  };

  // With a list in place of recursion: references lead deeper than the stack reaches.
  const waiting = [
    { before: oldSpec as unknown, after: newSpec as unknown, pointer: "#", isNames: false },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { pointer, isNames } = next;
    const [left, right] = [referred(oldSpec, next.before), referred(newSpec, next.after)];
    if (!isObject(left) || !isObject(right)) continue;
    // What many refer to is told once, and a schema may hold itself.
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

/** Examples by name may be references. */
function whole(document: Node, value: unknown): unknown {
  if (!isObject(value) || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, example]) => [name, referred(document, example)]),
  );
}
