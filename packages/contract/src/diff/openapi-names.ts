import { pointerKeys } from "../json-pointer.ts";

/**
 * Keys whose value is a map from names that somebody chose: `description` in `properties` is a property, not prose. The
 * keys of such a map have no meaning, but those of its values do. `paths` is not one of these: its names begin with a
 * slash, and a key that begins with `x-` beside them is an extension.
 */
const MAPS = new Set([
  "$defs",
  "callbacks",
  "content",
  "definitions",
  "dependentRequired",
  "dependentSchemas",
  "encoding",
  "examples",
  "headers",
  "links",
  "mapping",
  "pathItems",
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

/** Keys whose value is data: what looks like a reference in there is none. */
const DATA = new Set(["const", "default", "enum", "example", "value"]);

/** Keys of text that only explains: it changes nothing of what goes over the wire. */
const PROSE = new Set([
  "$comment",
  "contact",
  "description",
  "example",
  "examples",
  "externalDocs",
  "license",
  "links",
  "summary",
  "termsOfService",
  "title",
]);

/** Whether a keyword (not a chosen name) only explains. */
export function isProse(key: string): boolean {
  return PROSE.has(key) || key.startsWith("x-");
}

/** Whether a place, given as a JSON pointer, only explains, or is within one that does. */
export function isWithinProse(place: string): boolean {
  return keywords(place).some((key) => isProse(key));
}

/** The keys of a JSON pointer that are keywords, not chosen names. */
export function keywords(place: string): string[] {
  let isName = false;
  return pointerKeys(place).filter((key, i, keys) => {
    // An extension beside the statuses of an operation.
    const isExtension =
      key.startsWith("x-") && keys[i - 1] === "responses" && keys[i - 2] !== "components";
    const isKeyword = !isName || isExtension;
    isName = isKeyword && (MAPS.has(key) || key === "parameters");
    return isKeyword;
  });
}

/** Whether the value at a key is a map from chosen names. `parameters` is one in `components`, and a list elsewhere. */
export function isMap(key: string, value: unknown): boolean {
  return !Array.isArray(value) && (MAPS.has(key) || key === "parameters");
}

/** Whether a place, given as a JSON pointer, is a value in a discriminator's mapping. */
export function isMapped(place: string): boolean {
  return /\/discriminator\/mapping\/[^/]+$/.test(place);
}

/** Whether the value at a key is data, not part of the description. `examples` of a schema is a list of data. */
export function isData(key: string, value: unknown): boolean {
  return DATA.has(key) || key.startsWith("x-") || (key === "examples" && Array.isArray(value));
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
