import { isObject, pointerKeys, valueAt } from "./openapi-names.ts";

/** What a value of a document is, or refers to. */
export function referred(document: unknown, value: unknown): unknown {
  const reference = isObject(value) ? value["$ref"] : undefined;
  if (typeof reference !== "string") return value;
  return referred(document, valueAt(document, pointerKeys(reference.slice(1))));
}

/** What tells a parameter from the others of an operation. */
export function parameterKey(document: unknown, parameter: unknown): string {
  const { in: where, name } = (referred(document, parameter) ?? {}) as Record<string, unknown>;
  return `${String(where)} ${String(name)}`;
}
