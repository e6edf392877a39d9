import { validateMailArchives } from "./validate.gen.ts";

/** One place where a body differs from the contract. It names types, never values: a body is somebody's data. */
export interface BodyIssue {
  /** Where, as a JSON pointer: `/0/sendingDate`. The whole body is `""`. */
  path: string;
  /** What the contract asks for there: `string`, `date-time`, ... */
  expected: string;
  /** What is there: `string`, `null`, `nothing`, ... */
  received: string;
}

/** The part of Ajv's error object that is read here. */
interface CompiledError {
  instancePath: string;
  keyword: string;
  /** Of the keyword that failed: `{ type: "string" }`, `{ format: "date-time" }`, `{ missingProperty: "url" }`. */
  params: Record<string, string>;
}

/**
 * Everything that keeps a parsed 200 body from being the documented list of archives; empty when it is one.
 *
 * Properties that are not documented are no issue: the vendor may add some at any time.
 */
export function mailArchivesIssues(body: unknown): BodyIssue[] {
  if (validateMailArchives(body)) return [];
  return ((validateMailArchives as { errors?: CompiledError[] }).errors ?? []).map((error) => {
    const missing = error.keyword === "required";
    const path = error.instancePath + (missing ? `/${error.params["missingProperty"]}` : "");
    const expected = missing ? "a value" : (error.params[error.keyword] ?? error.keyword);
    return { path, expected, received: typeName(valueAt(body, path)) };
  });
}

function valueAt(body: unknown, pointer: string): unknown {
  return pointer
    .split("/")
    .slice(1)
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], body);
}

function typeName(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
