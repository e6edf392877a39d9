import { isDeepStrictEqual } from "node:util";
import { isMap, pointerKeys, valueAt } from "./openapi-names.ts";

type Node = Record<string, unknown>;

/** Keys that only explain: what they say changes nothing of what goes over the wire. */
const PROSE = new Set([
  "contact",
  "description",
  "example",
  "examples",
  "externalDocs",
  "license",
  "summary",
  "termsOfService",
  "title",
]);

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

  const walk = (before: unknown, after: unknown, pointer: string, isNames: boolean): void => {
    const [left, right] = [referred(oldSpec, before), referred(newSpec, after)];
    if (!isObject(left) || !isObject(right)) return;
    // What many refer to is told once, and a schema may hold itself.
    const partners = seen.get(left) ?? new Set();
    if (partners.has(right)) return;
    seen.set(left, partners.add(right));
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const place = `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      const isProse = !isNames && !Array.isArray(left) && (PROSE.has(key) || key.startsWith("x-"));
      const partner = key === "parameters" ? inOrderOf(right[key], left[key]) : left[key];
      if (!isProse) walk(partner, right[key], place, !isNames && isMap(key, left[key]));
      else if (!isDeepStrictEqual(whole(oldSpec, left[key]), whole(newSpec, right[key]))) {
        found.push(place);
      }
    }
  };
  walk(oldSpec, newSpec, "#", false);
  return found;
}

function parameterKey(document: Node, parameter: unknown): string {
  const { in: where, name } = (referred(document, parameter) ?? {}) as Node;
  return `${String(where)} ${String(name)}`;
}

function isObject(value: unknown): value is Node {
  return typeof value === "object" && value !== null;
}

function referred(document: Node, value: unknown): unknown {
  const reference = isObject(value) ? value["$ref"] : undefined;
  if (typeof reference !== "string") return value;
  return referred(document, valueAt(document, pointerKeys(reference.slice(1))));
}

/** Examples by name may be references. */
function whole(document: Node, value: unknown): unknown {
  if (!isObject(value) || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, example]) => [name, referred(document, example)]),
  );
}
