import { fileURLToPath } from "node:url";
import { prism } from "@np6-archives/mock/bundled-prism";
import { unescaped } from "../json-pointer.ts";
import type { Content, DocumentedResponse, Operation } from "./operation.ts";
import { readableOperation } from "./readable-operation.ts";

/** A request as Prism takes it. */
export interface PrismRequest {
  /** In lower case. */
  method: string;
  /** As sent, percent escapes and all, without the query. */
  path: string;
  query: Record<string, string | string[]>;
  /** With lower-case names. */
  headers: Record<string, string>;
}

/** A parsed body, and what the spec says of it. */
export interface PrismBody {
  content: Content;
  value: unknown;
}

/** One thing that Prism's validators found. */
export interface PrismFinding {
  /** `["query", "startdate"]`, `["body", "0", "url"]`, ...; the name of what is missing is the last. */
  path: readonly string[];
  expected: string;
  /** Whether it is not there at all. */
  isMissing: boolean;
}

/** Why no operation matches the request. */
export type Unrouted = "path" | "method";

/**
 * Prism's router and validators, without its HTTP: callers make the request, and parse bodies.
 *
 * Prism calls its programmatic interface experimental, so this is the one file that uses it. Security, statuses and
 * media types are not checked by Prism: it finds no credentials in a password with a colon, and takes
 * `application/problem+json` for `application/json`.
 */
export class Prism {
  /** The operations of the spec. */
  readonly operations: readonly Operation[];
  /** Each operation as Prism gets to see it. */
  readonly #readable: ReadonlyMap<Operation, Operation>;

  private constructor(operations: readonly Operation[]) {
    this.operations = operations;
    this.#readable = new Map(
      operations.map((operation) => [operation, readableOperation(operation)]),
    );
  }

  /**
   * Reads an OpenAPI file, by default the one of @np6-archives/spec.
   *
   * @throws Error of one line that names the file when it cannot be read.
   */
  static async load(spec?: string | URL): Promise<Prism> {
    const file = spec ?? import.meta.resolve("@np6-archives/spec/openapi.yaml");
    const path = String(file).startsWith("file:") ? fileURLToPath(file) : String(file);
    return new Prism((await prism.readOperations(path)) as Operation[]);
  }

  /** Finds the operation that matches a request. */
  async route(request: PrismRequest): Promise<Operation | Unrouted> {
    let routed: Operation | undefined;
    const result = await ask(request, this.operations, {
      forward: (_input, _upstream, _proxy, operation) => {
        routed = operation;
        return answered({ statusCode: 200 });
      },
      validateInput: pass,
      validateOutput: pass,
    });
    if ("right" in result) return routed!;
    if (result.left.name.endsWith("#NO_PATH_MATCHED_ERROR")) return "path";
    if (result.left.name.endsWith("#NO_METHOD_MATCHED_ERROR")) return "method";
    throw result.left;
  }

  /** What is wrong with the parameters and the body of a request. */
  async requestFindings(
    operation: Operation,
    request: PrismRequest,
    body: PrismBody | undefined,
  ): Promise<PrismFinding[]> {
    const readable = this.#readable.get(operation)!;
    const described = { ...readable.request, body: body && { contents: contentsFor(body) } };
    const told = { ...readable, request: described };
    const input = { ...request, headers: headersFor(request.headers, body), body: body?.value };
    const result = await ask(input, [told], {
      route: () => right(told),
      forward: () => answered({ statusCode: 200 }),
      validateOutput: pass,
    });
    return findings(result, "input");
  }

  /** What is wrong with the headers and the body of a response. */
  async responseFindings(
    operation: Operation,
    documented: DocumentedResponse,
    headers: Record<string, string>,
    body: PrismBody | undefined,
  ): Promise<PrismFinding[]> {
    const readable = this.#readable.get(operation)!;
    const described = readable.responses[operation.responses.indexOf(documented)]!;
    const told = {
      ...readable,
      responses: [{ ...described, code: "200", contents: contentsFor(body) }],
    };
    const answer = { statusCode: 200, headers: headersFor(headers, body), body: body?.value };
    const result = await ask({ method: "get", path: "/", query: {}, headers: {} }, [told], {
      route: () => right(told),
      forward: () => answered(answer),
      validateInput: pass,
    });
    return findings(result, "output");
  }
}

/** The steps of Prism that are replaced; the others are its own. */
interface Steps {
  route?: () => object;
  validateInput?: typeof pass;
  validateOutput?: typeof pass;
  forward: (input: unknown, upstream: unknown, proxy: unknown, operation: Operation) => unknown;
}

type Result =
  | { right: { validations: Record<"input" | "output", Diagnostic[]> } }
  | { left: Error };

interface Diagnostic {
  /** Only from a schema: the segments are escaped as in a JSON pointer. */
  path?: string[];
  code?: string | number;
  message: string;
  /** 0 is an error; a warning is about a deprecated parameter, or a schema that cannot be read. */
  severity: number;
}

async function ask(
  { path, query, ...request }: PrismRequest & { body?: unknown },
  operations: readonly Operation[],
  steps: Steps,
): Promise<Result> {
  const instance = prism.createInstance(CONFIG, { logger: SILENT, ...steps });
  return (await instance.request({ ...request, url: { path, query } }, operations)()) as Result;
}

// With `errors`, Prism rejects a request that no operation matches.
const CONFIG = {
  isProxy: true,
  upstream: new URL("http://localhost"),
  upstreamProxy: undefined,
  checkSecurity: false,
  validateRequest: true,
  validateResponse: true,
  errors: true,
  mock: { dynamic: false },
};

const SILENT = {
  info() {},
  debug() {},
  warn() {},
  error() {},
  success() {},
  trace() {},
  fatal() {},
  child: (): object => SILENT,
};

/** A right Either of fp-ts. */
function right<T>(value: T): { _tag: "Right"; right: T } {
  return { _tag: "Right", right: value };
}

function answered(response: object) {
  return () => async () => right(response);
}

function pass({ element }: { element: unknown }) {
  return right(element);
}

const JSON_TYPE = "application/json";

/** A parsed body is passed to Prism as JSON, whatever its media type. */
function contentsFor(body: PrismBody | undefined): Content[] {
  return body === undefined ? [] : [{ ...body.content, mediaType: JSON_TYPE }];
}

/**
 * Without the original headers of the body: Prism throws for a malformed `content-type`, and expects a body where there
 * is a `content-length`.
 */
function headersFor(
  headers: Record<string, string>,
  body: PrismBody | undefined,
): Record<string, string> {
  const { "content-type": _type, "content-length": _length, ...rest } = headers;
  return body === undefined ? rest : { ...rest, "content-type": JSON_TYPE };
}

function findings(result: Result, direction: "input" | "output"): PrismFinding[] {
  if ("left" in result) throw result.left;
  return result.right.validations[direction]
    .filter(({ severity, code }) => severity === 0 || code === "unreadable")
    .map(finding);
}

function finding({ path = [], code, message }: Diagnostic): PrismFinding {
  const isMissing = code === "required";
  const missing = /required property '(.*)'/s.exec(message)?.[1];
  const place = path.map((segment) => unescaped(segment));
  return {
    path: isMissing && missing !== undefined ? [...place, missing] : place,
    expected: expectation(code, message),
    isMissing,
  };
}

/** `must be string` → `string`, `must match format "date-time"` → `date-time`. */
function expectation(code: Diagnostic["code"], message: string): string {
  if (code === "required") return "a value";
  const format = /must match format "(.*)"/.exec(message)?.[1];
  if (format !== undefined) return format;
  return (/must (.*)$/.exec(message)?.[1] ?? message).replace(/^be /, "");
}
