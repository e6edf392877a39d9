import { createRedact } from "@np6-archives/spec/redact";
import { checkOptions } from "../checked-options.ts";
import { ExchangeValidator } from "../exchange/exchange-validator.ts";
import { ContractViolationError, describeValue } from "../exchange/violation.ts";
import type { Violation } from "../exchange/violation.ts";
import { belowBasePath, readBasePath } from "./base-path.ts";
import { KINDS, told } from "./contract-fetch-options.ts";
import type { ContractFetchOptions } from "./contract-fetch-options.ts";
import { requestBody } from "./given-body.ts";
import { readResponse } from "./response-body.ts";

/**
 * A fetch that checks every request and response against the contract, for any client that takes a fetch.
 *
 * That fetch rejects with a {@link ContractViolationError}: before anything is sent where the request is at fault,
 * after the answer where the response is. Undocumented paths, methods, query parameters, statuses and media types are
 * violations, and so is what cannot be checked: a body that was read already, is locked, or of a response without
 * `clone`, and a body or parameters whose schema cannot be read. The links in `url` are not part of the API: they pass,
 * unless they carry `X-Key`. Network failures of a response (a reset, a body that breaks off, an abort) are left for
 * the caller to see. Where `fetch` gives no response, it rejects with a TypeError.
 *
 * @throws Error when `spec` cannot be read.
 * @throws TypeError for an unknown option, and for a value that the option cannot have.
 */
export async function contractFetch(options: ContractFetchOptions = {}): Promise<typeof fetch> {
  checkOptions("contractFetch", options, KINDS, told);
  const basePath = readBasePath(options.basePath);
  const validator = await loadOnce(options.spec);
  const report = (violations: Violation[]): void => {
    if (violations.length === 0) return;
    if (options.onViolation === undefined) throw new ContractViolationError(violations);
    for (const violation of violations) options.onViolation(violation);
  };

  return async (input, init) => {
    const send = options.fetch ?? globalThis.fetch;
    // Not `instanceof Request`: it may be of another copy of undici.
    const request = typeof input === "string" || input instanceof URL ? undefined : input;
    // The base is for a path alone, which some fetches can resolve: in a browser, or that of an app under test.
    const url = new URL(request?.url ?? input, "http://localhost");
    const method = init?.method ?? request?.method ?? "GET";
    const headers = new Headers(init?.headers ?? request?.headers);
    const signal = init?.signal ?? request?.signal;
    const path = belowBasePath(url.pathname, basePath);
    // The link of an archive is an Azure SAS: it goes elsewhere, and its signature is all that opens it.
    if (url.searchParams.has("sig") && (path === undefined || !validator.hasPath(path))) {
      report(leaks(method, url, headers));
      return send(input, init);
    }
    if (path === undefined) {
      report([outside(method, url, headers, basePath)]);
      return send(input, init);
    }

    const body = requestBody(request, init);
    if (body?.contentType && !headers.has("content-type"))
      headers.set("content-type", body.contentType);
    let response: Response | undefined;
    const target = path + url.search;
    const exchange = { method, target, headers, readBody: body?.read };
    const violations = await validator.validate(exchange, async (wrong) => {
      report(wrong);
      const answer = await send(input, init);
      assertResponse(answer);
      response = answer;
      const read = async () => {
        const came = await readResponse(answer);
        response = came.response;
        // Node before 24 would report the aborted body as one that was read already.
        if (came.body === undefined) signal?.throwIfAborted();
        return came.body;
      };
      return {
        status: answer.status,
        headers: answer.headers,
        redirected: answer.redirected,
        read,
      };
    });
    report(violations);
    return response!;
  };
}

/** Test doubles often lack what a Response has. */
function assertResponse(answer: Response | undefined): void {
  const expected = "fetch: expected a response whose headers are a Headers";
  if (typeof answer !== "object" || answer === null)
    throw new TypeError(`${expected}, got ${describeValue(answer)}.`);
  const headers: unknown = answer.headers;
  if (typeof (headers as Headers | undefined)?.[Symbol.iterator] !== "function")
    throw new TypeError(`${expected}, got one whose headers are ${describeValue(headers)}.`);
}

const validators = new Map<string, Promise<ExchangeValidator>>();

/**
 * Caches what was read: reading a spec takes a while, and a test suite asks for the same one in every file. A failure
 * is not kept.
 */
function loadOnce(spec: string | URL | undefined): Promise<ExchangeValidator> {
  const key = String(spec ?? "");
  const known = validators.get(key);
  if (known !== undefined) return known;
  const validator = ExchangeValidator.load(spec);
  validators.set(key, validator);
  validator.catch(() => validators.delete(key));
  return validator;
}

function leaks(method: string, url: URL, headers: Headers): Violation[] {
  if (!headers.has("x-key")) return [];
  const request = `${method.toUpperCase()} ${createRedact(headers.get("x-key"))(url.href)}`;
  const where = "request.headers/x-key";
  return [
    { operation: undefined, request, where, expected: "no key on a link", received: "a key" },
  ];
}

function outside(method: string, url: URL, headers: Headers, basePath: string): Violation {
  const path = createRedact(headers.get("x-key"))(url.pathname);
  const request = `${method.toUpperCase()} ${path}`;
  const expected = `a path below ${basePath}`;
  return { operation: undefined, request, where: "request.path", expected, received: path };
}
