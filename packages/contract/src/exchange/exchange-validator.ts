import { createRedact } from "@np6-archives/spec/redact";
import type { Operation } from "./operation.ts";
import { pathValues } from "./path-template.ts";
import { place } from "./place.ts";
import type { Place } from "./place.ts";
import { Prism } from "./prism.ts";
import type { PrismRequest, Unrouted } from "./prism.ts";
import { requestPlaces } from "./request-places.ts";
import type { ReadRequestBody } from "./request-places.ts";
import { responsePlaces } from "./response-places.ts";
import type { ExchangeResponse } from "./response-places.ts";
import type { Violation } from "./violation.ts";

/** How many characters of a received value are shown. */
const MOST_TOLD = 100;

/** A request, as it goes out. */
export interface ExchangeRequest {
  /** In any case. */
  method: string;
  /** Path and query below the API's base URL, such as `/targets/000T123/archives?startDate=...`. */
  target: string;
  headers: Headers;
  /** Reads the body; left out where there is none. */
  readBody?: ReadRequestBody | undefined;
}

/** A spec, ready to check requests and responses against it. */
export class ExchangeValidator {
  readonly #prism: Prism;
  readonly #isOurs: boolean;

  private constructor(prism: Prism, isOurs: boolean) {
    this.#prism = prism;
    this.#isOurs = isOurs;
  }

  /**
   * Reads an OpenAPI file, by default the one of @np6-archives/spec.
   *
   * @throws Error of one line that names the file when it cannot be read.
   */
  static async load(spec?: string | URL): Promise<ExchangeValidator> {
    return new ExchangeValidator(await Prism.load(spec), spec === undefined);
  }

  /**
   * Validates a request, passes its violations to `respond`, and validates the response that it gives.
   *
   * An error of `respond` is passed on. Returns only the violations of the response.
   */
  async validate(
    request: ExchangeRequest,
    respond: (requestViolations: Violation[]) => Promise<ExchangeResponse>,
  ): Promise<Violation[]> {
    // Not with a base: after it, two leading slashes would begin a host.
    const url = new URL(`http://localhost${request.target}`);
    const redact = createRedact(request.headers.get("x-key"));
    const input: PrismRequest = {
      method: request.method.toLowerCase(),
      path: url.pathname,
      query: queryRecord(url.searchParams),
      headers: Object.fromEntries(request.headers),
    };
    const label = `${request.method.toUpperCase()} ${redact(url.pathname)}`;
    const violations = (operation: Operation | undefined, places: Place[]): Violation[] =>
      places.map(({ where, expected, received }) => ({
        operation: operation && nameOf(operation),
        request: label,
        where: redact(where),
        expected,
        // Redacted before it is cut: part of a key would not be recognised.
        received: redact(received).slice(0, MOST_TOLD),
      }));

    if (!isDecodable(url.pathname)) {
      await respond(
        violations(undefined, [
          place("request.path", "valid percent escapes", "a malformed escape"),
        ]),
      );
      return [];
    }

    const operation = await this.#prism.route(input);
    if (typeof operation === "string") {
      await respond(violations(undefined, [this.#unroutedPlace(operation, input)]));
      return [];
    }
    const wrong = await requestPlaces(this.#prism, operation, input, request.readBody);
    const response = await respond(violations(operation, wrong));
    return violations(
      operation,
      await responsePlaces(this.#prism, operation, response, this.#isOurs),
    );
  }

  /** Whether the spec has a path, as sent, for any method. */
  hasPath(path: string): boolean {
    const { operations } = this.#prism;
    return isDecodable(path) && operations.some((each) => pathValues(each.path, path));
  }

  #unroutedPlace(unrouted: Unrouted, input: PrismRequest): Place {
    const all = this.#prism.operations;
    if (unrouted === "path") {
      const paths = all.map(({ path }) => path).join(", ");
      return place("request.path", `one of ${paths}`, input.path);
    }
    const there = all.filter(({ path }) => pathValues(path, input.path) !== undefined);
    // Only Prism matches a template whose characters are escaped in the path.
    const operations = there.length === 0 ? all : there;
    const methods = [...new Set(operations.map(({ method }) => method.toUpperCase()))];
    return place("request.method", methods.join(" or "), input.method.toUpperCase());
  }
}

/** The operationId, or what else tells it from others. */
function nameOf({ iid, method, path }: Operation): string {
  return iid ?? `${method.toUpperCase()} ${path}`;
}

function queryRecord(parameters: URLSearchParams): Record<string, string | string[]> {
  const names = [...new Set(parameters.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = parameters.getAll(name);
      return [name, values.length === 1 ? values[0]! : values];
    }),
  );
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
