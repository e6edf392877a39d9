import { pointerKeys, valueAt, withHolders } from "../json-pointer.ts";
import { isObject } from "./openapi-names.ts";

/** A value of a document, or what it refers to by a JSON pointer. */
export function referred(document: unknown, value: unknown): unknown {
  const reference = isObject(value) ? value["$ref"] : undefined;
  if (typeof reference !== "string" || !reference.startsWith("#/")) return value;
  return referred(document, valueAt(document, pointerKeys(reference.slice(1))));
}

/** The value that keys lead to, through references on the way. */
export function valueThrough(document: unknown, keys: readonly string[]): unknown {
  return keys.reduce((value, key) => referred(document, valueAt(value, [key])), document);
}

/** The key that is unique among the parameters of an operation. */
export function parameterKey(document: unknown, parameter: unknown): string {
  const { in: where, name } = (referred(document, parameter) ?? {}) as Record<string, unknown>;
  return `${String(where)} ${String(name)}`;
}

/** The places that contain something to which a document refers: what is moved out of these would not be found. */
export function holdersOfReferred(document: unknown): ReadonlySet<string> {
  const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g);
  return new Set([...references].flatMap(([, to]) => withHolders(to!).slice(0, -1)));
}
