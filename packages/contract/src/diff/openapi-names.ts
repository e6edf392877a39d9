/**
 * Keys whose value is a map from names that somebody chose: `description` in `properties` is a property, not prose. In a
 * map, no key means anything; in what it leads to, all do again.
 */
const MAPS = new Set([
  "$defs",
  "callbacks",
  "content",
  "definitions",
  "dependentSchemas",
  "encoding",
  "examples",
  "headers",
  "links",
  "mapping",
  "pathItems",
  "paths",
  "patternProperties",
  "properties",
  "requestBodies",
  "responses",
  "schemas",
  "scopes",
  "securitySchemes",
  "variables",
  "webhooks",
]);

/** Keys whose value is somebody's data: what looks like a reference in there is none. */
const DATA = new Set(["const", "default", "enum", "example", "value"]);

/** Whether the value at a key is a map from names. `parameters` is one among the components, and a list elsewhere. */
export function isMap(key: string, value: unknown): boolean {
  const isList = Array.isArray(value);
  return !isList && (MAPS.has(key) || key === "parameters");
}

/** Whether the value at a key is data, not part of the description. `examples` of a schema is a list of data. */
export function isData(key: string, value: unknown): boolean {
  return DATA.has(key) || key.startsWith("x-") || (key === "examples" && Array.isArray(value));
}

/** The keys of a JSON pointer, such as `/paths/~1targets`. */
export function pointerKeys(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value that keys lead to; undefined where they lead nowhere. */
export function valueAt(document: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (node, key) =>
      typeof node === "object" && node !== null && Object.hasOwn(node, key)
        ? (node as Record<string, unknown>)[key]
        : undefined,
    document,
  );
}
