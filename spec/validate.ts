import { validateMailArchives, validateMailArchivesShape } from "./validate.gen.ts";

export { isDateTime } from "./date-time.ts";

/** One place where a body differs from the contract. It names types, never values: a body is somebody's data. */
export interface BodyIssue {
  /** Where, as a JSON pointer: `/0/sendingDate`. The whole body is `""`. */
  path: string;
  /** What the contract asks for there: `string`, `date-time`, ... */
  expected: string;
  /** What is there: `string`, `null`, `nothing`, ... */
  received: string;
}

/** A compiled validator, and the part of its errors that is read here. It stops reading a list at `most` errors. */
interface Validator {
  (body: unknown, limits: { most: number }): boolean;
  errors?: {
    instancePath: string;
    keyword: string;
    /**
     * Those of the keyword that failed: `{ type: "string" }`, `{ format: "date-time" }`, `{ missingProperty: "url" }`.
     */
    params: Record<string, string>;
  }[];
}

/**
 * Everything that keeps a parsed 200 body from being the documented list of archives, or the first `most` of it; empty
 * when it is one.
 *
 * Properties that are not documented are no issue: the vendor may add some at any time.
 */
export function mailArchivesIssues(body: unknown, most = Infinity): BodyIssue[] {
  return issuesOf(validateMailArchives, body, most);
}

/**
 * The same, but any text is accepted as a date. Reading the characters of two dates per archive takes several times as
 * long as all other checks together, so this is for clients that check each answer as it comes.
 */
export function mailArchivesShapeIssues(body: unknown, most = Infinity): BodyIssue[] {
  return issuesOf(validateMailArchivesShape, body, most);
}

function issuesOf(validate: Validator, body: unknown, most: number): BodyIssue[] {
  if (validate(body, { most })) return [];
  return (validate.errors ?? []).slice(0, most).map(({ instancePath, keyword, params }) => {
    const missing = params["missingProperty"];
    const path = missing === undefined ? instancePath : `${instancePath}/${missing}`;
    const expected = missing === undefined ? (params[keyword] ?? keyword) : "a value";
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
