import type {
  DocumentedRequest,
  DocumentedResponse,
  Operation,
  Parameter,
  Schema,
} from "./operation.ts";

/**
 * What Prism can be told of an operation, so that it finds nothing wrong that is right: the parameters that it reads as
 * they are meant. It knows the properties of an object in lower case alone, one type a schema, and no `oneOf` of what it
 * turned into a number.
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
  // Where one ends and the next begins is for their server to say.
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

/** Headers that OpenAPI says elsewhere, or that a fetch adds by itself. */
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

/** Whether a parameter stands for one text, number or truth; its value may also be written as some media type says. */
function isText({ schema, style }: Parameter): boolean {
  if (style !== undefined && style !== "form" && style !== "simple") return false;
  return schema === undefined || isScalar(schema.type);
}

/** Whether a parameter of the query is an array of such, in the usual style. */
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

/** The names that a query may hold; undefined where a parameter is an object, or may be one, and brings names of its own. */
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
