import { pointerKeys } from "../json-pointer.ts";

/**
 * Keys whose value is a map from names that somebody chose: `description` in `properties` is a property, not prose. In a
 * map, no key means anything; in what it leads to, all do again. `paths` is none: its names begin with a slash, and what
 * begins with `x-` beside them is an extension.
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

/** Keys whose value is somebody's data: what looks like a reference in there is none. */
const DATA = new Set(["const", "default", "enum", "example", "value"]);

/** Keys that only explain: what they say changes nothing of what goes over the wire. */
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

/** Whether a key that nobody chose as a name only explains. */
export function isProse(key: string): boolean {
  return PROSE.has(key) || key.startsWith("x-");
}

/** Whether a place, given as a JSON pointer, is one that only explains, or is within one. */
export function isWithinProse(place: string): boolean {
  return keywords(place).some((key) => isProse(key));
}

/** The keys of a JSON pointer that nobody chose as a name. */
export function keywords(place: string): string[] {
  let isName = false;
  return pointerKeys(place).filter((key, i, keys) => {
    // Beside the statuses of an operation, which are no free names either.
    const isExtension =
      key.startsWith("x-") && keys[i - 1] === "responses" && keys[i - 2] !== "components";
    const isKeyword = !isName || isExtension;
    isName = isKeyword && (MAPS.has(key) || key === "parameters");
    return isKeyword;
  });
}

/** Whether the value at a key is a map from names. `parameters` is one among the components, and a list elsewhere. */
export function isMap(key: string, value: unknown): boolean {
  return !Array.isArray(value) && (MAPS.has(key) || key === "parameters");
}

/** Whether a place, given as a JSON pointer, is what a discriminator maps a value to. */
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
