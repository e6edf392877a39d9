import type { Operation } from "./operations.ts";

/** The parts of a request on which an operation's verdict can depend. */
export interface OperationShape {
  method: string;
  /** The template, such as `/targets/{id}/archives`. */
  path: string;
  /** Whether each path parameter may be any string. */
  anyPath: boolean;
  /** The keys and parameters in the query, in lower case, as Prism compares them; true where any date-time is valid. */
  query: Map<string, boolean>;
  /** Whether a parameter may consist of other names in the query, such as `filter[year]`. */
  anyName: boolean;
  /** The headers that security or parameters look at, in lower case. */
  headers: string[];
}

/** What is known of an operation before any request comes. */
export function shapeOf({ method, path, request = {}, security = [] }: Operation): OperationShape {
  const schemes = security.flat().map((scheme) => {
    if (scheme.type !== "apiKey") return { in: "header", name: "authorization" };
    return scheme.in === "cookie" ? { in: "header", name: "cookie" } : scheme;
  });
  const keys = (place: string): string[] =>
    schemes.flatMap((scheme) => (scheme.in === place ? [scheme.name.toLowerCase()] : []));
  const parameters = request.query ?? [];
  return {
    method,
    path,
    anyPath: (request.path ?? []).every(({ schema }) => isAny(schema, undefined)),
    query: new Map([
      ...parameters.map(({ name, schema }): [string, boolean] => [
        name.toLowerCase(),
        isAny(schema, "date-time"),
      ]),
      ...keys("query").map((name): [string, boolean] => [name, false]),
    ]),
    anyName: parameters.some(
      ({ style, schema }) =>
        (style as string) === "deepObject" || [schema?.type].flat().includes("object"),
    ),
    headers: [...keys("header"), ...(request.headers ?? []).map(({ name }) => name.toLowerCase())],
  };
}

const HARMLESS = new Set([
  "$schema",
  "type",
  "format",
  "example",
  "examples",
  "description",
  "title",
]);

/** Whether a schema accepts every string of a format, or every string at all: no keyword in it can reject one. */
function isAny(
  schema: { type?: unknown; format?: string | undefined } | undefined,
  format: string | undefined,
): boolean {
  return (
    [schema?.type].flat().includes("string") &&
    schema?.format === format &&
    Object.keys(schema ?? {}).every((key) => HARMLESS.has(key) || key.startsWith("x-"))
  );
}
