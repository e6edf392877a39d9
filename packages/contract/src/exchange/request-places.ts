import { isDateTime } from "@np6-archives/spec/validate";
import { readDocumentedBody } from "./documented-body.ts";
import type { DocumentedBody } from "./documented-body.ts";
import type { Operation } from "./operation.ts";
import { pathValues } from "./path-template.ts";
import { bodyPlace, place } from "./place.ts";
import type { Place } from "./place.ts";
import type { Prism, PrismFinding, PrismRequest } from "./prism.ts";
import { queryNames } from "./readable-operation.ts";
import { securityPlace } from "./security-place.ts";
import { describeValue } from "./violation.ts";

/** Reads the body of a request; undefined where reading would take it from the fetch that sends it. */
export type ReadRequestBody = () => Promise<Uint8Array | undefined>;

/** What is wrong with a request, and with its body where it has one. */
export async function requestPlaces(
  prism: Prism,
  operation: Operation,
  request: PrismRequest,
  readBody: ReadRequestBody | undefined,
): Promise<Place[]> {
  const body = await documentedBody(operation, request, readBody);
  const parsed = body !== undefined && "content" in body ? body : undefined;
  const findings = await prism.requestFindings(operation, request, parsed);
  const lacking = securityPlace(operation, request);
  const wrong = findings
    .filter((finding) => !isThere(operation, request, finding))
    .map((finding) =>
      finding.path[0] === "body"
        ? bodyPlace(parsed?.value, "request.body", finding.path.slice(1), finding.expected)
        : parameterPlace(operation, request, finding),
    );
  const told = new Set(wrong.map(({ where }) => where));
  return [
    ...(lacking === undefined ? [] : [lacking]),
    ...wrong,
    ...emptyPlaces(operation, request),
    ...strictDatePlaces(operation, request).filter(({ where }) => !told.has(where)),
    ...unknownNamePlaces(operation, request),
    ...(body !== undefined && "wrong" in body ? [body.wrong] : []),
  ];
}

/** Methods with which every fetch refuses to send a body. */
const BODILESS = new Set(["get", "head"]);

async function documentedBody(
  { request: described }: Operation,
  { method, headers }: PrismRequest,
  readBody: ReadRequestBody | undefined,
): Promise<DocumentedBody> {
  if (BODILESS.has(method)) return undefined;
  const bytes = readBody === undefined ? new Uint8Array() : await readBody();
  const documented = described?.body;
  if (bytes?.length === 0) {
    if (documented?.required !== true) return undefined;
    return { wrong: place("request.body", "a body", "nothing") };
  }
  const contentType = headers["content-type"];
  if (bytes === undefined && contentType === undefined) return undefined;
  const contents = documented?.contents ?? [];
  if (documented === undefined) {
    return bytes && { wrong: place("request.body", "no body", "a body") };
  }
  if (contents.length === 0) return undefined;
  // A compressed body is for the server to unpack.
  const isPacked = headers["content-encoding"] !== undefined;
  return readDocumentedBody("request", contents, contentType, async () =>
    isPacked ? undefined : bytes,
  );
}

/** Whether a parameter was sent that Prism reports as missing, as it does for an empty text. */
function isThere(operation: Operation, request: PrismRequest, finding: PrismFinding): boolean {
  const [part, name] = finding.path;
  if (!finding.isMissing || part === "body") return false;
  return givenValue(operation, request, part!, name!) !== undefined;
}

function parameterPlace(operation: Operation, request: PrismRequest, finding: PrismFinding): Place {
  const [part, name, ...rest] = finding.path;
  const where = `request.${part === "header" ? "headers" : part}`;
  if (name === undefined) return place(where, finding.expected, "one that cannot");
  const value = givenValue(operation, request, part!, name);
  const path = [where, named(operation, name), ...rest];
  return place(path.join("/"), finding.expected, describeValue(value));
}

/** Prism writes the names of parameters in lower case. */
function givenValue(operation: Operation, request: PrismRequest, part: string, lowerCase: string) {
  const path = [...(pathValues(operation.path, request.path) ?? [])];
  const given = {
    // An empty segment is no value.
    path: path.filter(([, value]) => value !== ""),
    query: Object.entries(request.query),
    header: Object.entries(request.headers),
  }[part];
  return given?.find(([name]) => name.toLowerCase() === lowerCase)?.[1];
}

function named({ request }: Operation, lowerCase: string): string {
  const parameters = [
    ...(request?.query ?? []),
    ...(request?.path ?? []),
    ...(request?.headers ?? []),
  ];
  return parameters.find(({ name }) => name.toLowerCase() === lowerCase)?.name ?? lowerCase;
}

const NEVER_EMPTY = new Set<unknown>(["boolean", "integer", "number"]);

/** Empty values where none is allowed: Prism does not check an empty text, which is no number and no boolean. */
function emptyPlaces({ request: described = {} }: Operation, request: PrismRequest): Place[] {
  const { query = [], headers = [] } = described;
  const inQuery = query.filter(({ name }) => request.query[name] === "");
  const inHeaders = headers.filter(({ name }) => request.headers[name.toLowerCase()] === "");
  return [
    ...inQuery.map((parameter) => ({ where: "request.query", parameter })),
    ...inHeaders.map((parameter) => ({ where: "request.headers", parameter })),
  ].flatMap(({ where, parameter: { name, schema, allowEmptyValue } }) => {
    const types = [schema?.type].flat();
    if (allowEmptyValue || !types.every((type) => NEVER_EMPTY.has(type))) return [];
    return [place(`${where}/${name}`, types.join(" or "), describeValue(""))];
  });
}

/** Prism's date-time allows a space for the T, and a zone such as `+0100`; RFC 3339 does not. */
function strictDatePlaces(operation: Operation, { query }: PrismRequest): Place[] {
  return (operation.request?.query ?? []).flatMap(({ name, schema }) => {
    const value = query[name];
    const isGiven = schema?.format === "date-time" && typeof value === "string" && value !== "";
    return isGiven && !isDateTime(value)
      ? [place(`request.query/${name}`, "date-time", describeValue(value))]
      : [];
  });
}

/** Undocumented parameters: a server ignores them, so a misspelt startDate would list everything. */
function unknownNamePlaces(operation: Operation, { query }: PrismRequest): Place[] {
  const names = queryNames(operation);
  if (names === undefined) return [];
  const deep = (operation.request?.query ?? []).filter(({ style }) => style === "deepObject");
  const expected = names.length === 0 ? "no query" : `only ${names.join(", ")}`;
  return Object.keys(query)
    .filter((key) => !names.includes(key) && !deep.some(({ name }) => key.startsWith(`${name}[`)))
    .map((key) => place(`request.query/${key}`, expected, "an undocumented parameter"));
}
