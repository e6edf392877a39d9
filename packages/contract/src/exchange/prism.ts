import { fileURLToPath } from "node:url";
import { prism } from "@np6-archives/mock/bundled-prism";
import type {
  createInstance as CreateInstance,
  getHttpOperationsFromSpec,
  IHttpResponse,
  PrismHttpComponents,
} from "@stoplight/prism-http";

/**
 * What is used of one operation of the spec, as Prism reads it. Written out, because Prism's own declarations do not stand
 * alone and must not be reached from those of this package.
 */
export interface Operation {
  /** The operationId. */
  iid?: string;
  method: string;
  path: string;
  security?: { type: string; name?: string }[][];
  request?: { query?: Parameter[]; path?: { name: string }[]; headers?: { name: string }[] };
  /** `code` is `200`, `5XX` or `default`. */
  responses: { code: string; contents?: { mediaType: string }[]; headers?: Header[] }[];
}

/** A parameter of the query. */
interface Parameter {
  name: string;
  schema?: { format?: string | undefined };
}

/** A header of a response. */
interface Header {
  name: string;
  schema?: { type?: unknown };
}

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

/** A response as Prism takes it: a body of a JSON type is parsed already. */
export interface PrismResponse {
  status: number;
  /** With lower-case names. */
  headers: Record<string, string>;
  body?: unknown;
}

/** One thing that Prism's validators found. */
export interface Finding {
  /** `["query", "startdate"]`, `["body", "0", "url"]`, ...; empty for security, status and media type. */
  path: readonly string[];
  /** The keyword that failed (`type`, `required`, `format`), or 401 for security. */
  code: string;
  message: string;
}

/** Why no operation takes the request. */
export type Unrouted = "path" | "method";

/**
 * Prism's router and validators, without its HTTP: whoever calls makes the request and parses the response.
 *
 * Prism calls its programmatic interface experimental, so this is the one file that knows it.
 */
export class Prism {
  readonly #operations: PrismOperation[];

  private constructor(operations: PrismOperation[]) {
    this.#operations = operations;
  }

  /** The operations of the spec. */
  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /**
   * Reads an OpenAPI file, by default the one of @np6-archives/spec.
   *
   * @throws Error of one line that names the file when it cannot be read.
   */
  static async load(spec?: string | URL): Promise<Prism> {
    const file = spec ?? import.meta.resolve("@np6-archives/spec/openapi.yaml");
    const path = String(file).startsWith("file:") ? fileURLToPath(file) : String(file);
    return new Prism((await prism.readOperations(path)) as PrismOperation[]);
  }

  /**
   * Finds the operation, validates the request, asks `respond` for the response, and validates that.
   *
   * What `respond` throws is thrown on. When no operation takes the request, `respond` is not called.
   */
  async exchange(
    request: PrismRequest,
    respond: (operation: Operation, requestFindings: Finding[]) => Promise<PrismResponse>,
  ): Promise<{ unrouted: Unrouted } | { findings: Finding[] }> {
    const forward: PrismHttpComponents["forward"] =
      ({ validations }, _upstream, _proxy, operation) =>
      () =>
      async () => {
        const { status, headers, body } = await respond(operation!, validations.map(finding));
        return right({ statusCode: status, headers, body });
      };
    const instance = prism.createInstance(CONFIG, { logger: SILENT, forward });
    const input = {
      method: request.method as "get",
      url: { path: request.path, query: request.query },
      headers: request.headers,
    };
    const result = (await instance.request(input, this.#operations)()) as Result;
    if ("right" in result) return { findings: result.right.validations.output.map(finding) };
    if (result.left.name.endsWith("#NO_PATH_MATCHED_ERROR")) return { unrouted: "path" };
    if (result.left.name.endsWith("#NO_METHOD_MATCHED_ERROR")) return { unrouted: "method" };
    throw result.left;
  }
}

type Result = Awaited<ReturnType<ReturnType<ReturnType<typeof CreateInstance>["request"]>>>;

type PrismOperation = Awaited<ReturnType<typeof getHttpOperationsFromSpec>>[number];

// With `errors`, Prism hands the findings of the request to `forward`, and refuses what no operation takes.
const CONFIG = {
  isProxy: true as const,
  upstream: new URL("http://localhost"),
  upstreamProxy: undefined,
  checkSecurity: true,
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
  child: () => SILENT,
} as unknown as PrismHttpComponents["logger"];

/** What fp-ts calls a right Either. */
function right(value: IHttpResponse): { _tag: "Right"; right: IHttpResponse } {
  return { _tag: "Right", right: value };
}

function finding(diagnostic: {
  path?: string[];
  code?: string | number;
  message: string;
}): Finding {
  return {
    path: diagnostic.path ?? [],
    code: String(diagnostic.code ?? ""),
    message: diagnostic.message,
  };
}
