import type {
  DocumentedRequest,
  DocumentedResponse,
  Operation,
  Parameter,
  Schema,
} from "./operation.ts";

/**
 * The parts of an operation that Prism reads as they are meant, so that it reports nothing that is right: parameters
 * that are not too complex for it. It knows an object's properties only in lower case, one type per schema, and no
 * `oneOf` for a value that it turned into a number.
 */
export function readableOperation(operation: Operation): Operation {
  return {
    ...operation,
    request: operation.request && readableRequest(operation.request, operation.path),
    responses: operation.responses.map(readableResponse),
  };
}

function readableRequest(
  { query, path, headers, ...request }: DocumentedRequest,
  template: string,
): DocumentedRequest {
  // Of several parameters in one segment, only the server knows where one ends and the next begins.
  const shared = template
    .split("/")
    .filter((part) => part.split("{").length > 2)
    .join();

  return {
    ...request,
    query: query?.filter((parameter) => isText(parameter) || isList(parameter)),
    path: path?.filter((parameter) => isText(parameter) && !shared.includes(`{${parameter.name}}`)),
    headers: headers?.filter(
      (header) => isText(header) && !NOT_THE_CALLERS.has(header.name.toLowerCase()),
    ),
  };
}

function readableResponse({ headers, ...response }: DocumentedResponse): DocumentedResponse {
  return {
    ...response,
    headers: headers?.filter(
      (header) => isText(header) && header.name.toLowerCase() !== "content-type",
    ),
  };
}

/** Headers that OpenAPI describes elsewhere, or that a fetch adds itself. */
const NOT_THE_CALLERS = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "authorization",
  "connection",
  "content-length",
  "content-type",
  "host",
  "user-agent",
]);

/** Whether a parameter is one string, number or boolean, perhaps written as a media type says. */
function isText({ schema, style }: Parameter): boolean {
  if (style !== undefined && style !== "form" && style !== "simple") return false;
  return schema === undefined || isScalar(schema.type);
}

/** Whether a query parameter is an array of these, in the usual style. */
function isList({ schema, style }: Parameter): boolean {
  if (schema?.type !== "array" || (style !== undefined && style !== "form")) return false;
  const items = schema.items as { type?: unknown } | undefined;
  return isScalar(items?.type);
}

function isScalar(type: unknown): boolean {
  const types = [type].flat().filter((name) => name !== "null");
  return types.length === 1 && SCALARS.has(types[0]);
}

const SCALARS = new Set<unknown>(["string", "number", "integer", "boolean"]);

/** The names that a query may have; undefined if a parameter is, or may be, an object, which adds names of its own. */
export function queryNames({ request, security }: Operation): string[] | undefined {
  const parameters = request?.query ?? [];
  const isOpen = parameters.some(
    ({ style, explode, schema }) =>
      style !== "deepObject" && explode !== false && schema !== undefined && mayBeObject(schema),
  );
  if (isOpen) return undefined;
  const keys = (security ?? []).flat().filter((scheme) => scheme.in === "query");
  return [...parameters.map(({ name }) => name), ...new Set(keys.map(({ name }) => name!))];
}

function mayBeObject({ type }: Schema): boolean {
  return type === undefined || [type].flat().includes("object");
}
