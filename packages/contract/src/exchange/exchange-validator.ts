import { createRedact } from "@np6-archives/spec/redact";
import { isDateTime, mailArchivesIssues } from "@np6-archives/spec/validate";
import { parseJsonBody, parseMediaType } from "./json-body.ts";
import { Prism } from "./prism.ts";
import type { Finding, Operation, PrismRequest } from "./prism.ts";
import { describeValue } from "./violation.ts";
import type { Violation } from "./violation.ts";

/** Characters that are told of what came. */
const MOST_TOLD = 100;

/** A request, as it goes out. */
export interface ExchangeRequest {
  /** In any case. */
  method: string;
  /** Path and query below the API's base URL, such as `/targets/000T123/archives?startDate=...`. */
  target: string;
  headers: Headers;
}

/** A response, as it came in. */
export interface ExchangeResponse {
  status: number;
  headers: Headers;
  /** Whether a redirect was followed on the way. */
  redirected?: boolean;
  /** Reads the body, at most once; undefined when it breaks off, which is the caller's affair, or why it cannot be read. */
  read: () => Promise<Uint8Array | { unreadable: string } | undefined>;
}

/** A violation that still lacks its operation and request. */
type Place = Pick<Violation, "where" | "expected" | "received">;

/** A spec, ready to hold requests and responses to it. */
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

  /** The operations of the spec. */
  get operations(): readonly Operation[] {
    return this.#prism.operations;
  }

  /**
   * Validates a request, hands what is wrong with it to `respond`, and validates the response that comes back.
   *
   * What `respond` throws is thrown on. Returns the violations of the response alone.
   */
  async validate(
    request: ExchangeRequest,
    respond: (requestViolations: Violation[]) => Promise<ExchangeResponse>,
  ): Promise<Violation[]> {
    // Not with a base: two slashes at the beginning would then be followed by a host.
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
        operation: operation?.iid,
        request: label,
        where: redact(where),
        expected,
        // Cut first, what is left of a key would not be known for one.
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

    let answered: { operation: Operation; answer: Answer } | undefined;
    const result = await this.#prism.exchange(input, async (operation, findings) => {
      const response = await respond(
        violations(operation, requestPlaces(operation, input, findings)),
      );
      const answer = await readAnswer(operation, response);
      answered = { operation, answer };
      return { status: response.status, headers: answer.headers, body: answer.body };
    });
    if ("unrouted" in result) {
      await respond(violations(undefined, [this.#unroutedPlace(result.unrouted, input)]));
      return [];
    }
    const { operation, answer } = answered!;
    const places = [
      ...answer.places,
      ...headerPlaces(result.findings, answer),
      ...bodyPlaces(result.findings, answer),
    ];
    const told = new Set(places.map(({ where }) => where));
    const strict = this.#isOurs
      ? [...strictCountPlaces(operation, answer), ...strictDatePlaces(answer)]
      : [];
    return violations(operation, [...places, ...strict.filter(({ where }) => !told.has(where))]);
  }

  #unroutedPlace(unrouted: "path" | "method", input: PrismRequest): Place {
    if (unrouted === "path") {
      const paths = this.operations.map((operation) => operation.path).join(", ");
      return place("request.path", `one of ${paths}`, input.path);
    }
    const methods = [...new Set(this.operations.map(({ method }) => method.toUpperCase()))];
    return place("request.method", methods.join(" or "), input.method.toUpperCase());
  }
}

/** What was read of a response, and what is wrong with it before any schema is asked. */
interface Answer {
  documented: Operation["responses"][number] | undefined;
  /** Without the blanks around their values, which Node hands on and HTTP does not count in (RFC 9110, section 5.5). */
  headers: Record<string, string>;
  /** The parsed body; undefined when there is none to validate. */
  body: unknown;
  places: Place[];
  /** Whether Prism's word on the body counts: it came, under a documented type, and is JSON. */
  isBodyReadable: boolean;
}

async function readAnswer(operation: Operation, response: ExchangeResponse): Promise<Answer> {
  const documented = documentedResponse(operation, response.status);
  const headers = [...response.headers].map(([name, value]) => [name, value.trim()]);
  const answer: Answer = {
    documented,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: undefined,
    places: [],
    isBodyReadable: false,
  };
  // Prism parses this header unguarded, and throws where it is malformed.
  const contentType = answer.headers["content-type"];
  delete answer.headers["content-type"];

  if (response.redirected) {
    answer.places.push(place("response.status", "an answer", "a redirect, which was followed"));
  }
  if (documented === undefined) {
    const codes = operation.responses.map(({ code }) => code).join(", ");
    answer.places.push(place("response.status", `one of ${codes}`, String(response.status)));
    return answer;
  }
  const mediaTypes = (documented.contents ?? []).map(({ mediaType }) => mediaType.toLowerCase());
  if (mediaTypes.length === 0) return answer;

  const mediaType = parseMediaType(contentType);
  if (mediaType === undefined || !mediaTypes.includes(mediaType.essence)) {
    const received = contentType ?? "no content-type";
    answer.places.push(place("response.media-type", mediaTypes.join(" or "), received));
    return answer;
  }
  answer.headers["content-type"] = mediaType.essence;

  const bytes = await response.read();
  if (bytes === undefined) return answer;
  if ("unreadable" in bytes) {
    answer.places.push(place("response.body", "a body that can be checked", bytes.unreadable));
    return answer;
  }
  const parsed = parseJsonBody(bytes, mediaType.charset);
  if ("problem" in parsed) {
    answer.places.push(place("response.body", ...parsed.problem));
    return answer;
  }
  return { ...answer, body: parsed.value, isBodyReadable: true };
}

/** The documented response for a status: its own, else its range (`5XX`), else the default. */
function documentedResponse(operation: Operation, status: number) {
  return [String(status), `${Math.floor(status / 100)}XX`, "default"]
    .map((code) => operation.responses.find((response) => response.code === code))
    .find((response) => response !== undefined);
}

function requestPlaces(operation: Operation, input: PrismRequest, findings: Finding[]): Place[] {
  const places = findings.map((finding) => {
    const [part, name, ...rest] = finding.path;
    if (part === undefined) {
      const header = (operation.security ?? []).flat().find((scheme) => scheme.type === "apiKey");
      return place("request.security", `a key in header ${header?.name}`, "none");
    }
    // Prism writes the names of parameters in lower case.
    const key = name ?? missingProperty(finding) ?? "";
    const where = [`request.${part === "header" ? "headers" : part}`, named(operation, key)];
    const given = part === "query" ? Object.entries(input.query) : Object.entries(input.headers);
    const value = given.find(([other]) => other.toLowerCase() === key)?.[1];
    return place([...where, ...rest].join("/"), expectation(finding), describeValue(value));
  });
  const told = new Set(places.map(({ where }) => where));
  const query = operation.request?.query ?? [];
  for (const { name, schema } of query.filter(
    (parameter) => !told.has(`request.query/${parameter.name}`),
  )) {
    const value = input.query[name];
    // Prism's date-time lets a space stand for the T, and a zone be `+0100`; RFC 3339 does not.
    if (
      schema?.format === "date-time" &&
      typeof value === "string" &&
      value !== "" &&
      !isDateTime(value)
    ) {
      places.push(place(`request.query/${name}`, "date-time", describeValue(value)));
    }
  }
  // A server ignores a parameter that it does not know: a misspelt startDate would list everything.
  const known = query.map(({ name }) => name);
  for (const name of Object.keys(input.query).filter((other) => !known.includes(other))) {
    const expected = known.length === 0 ? "no query" : `only ${known.join(", ")}`;
    places.push(place(`request.query/${name}`, expected, "an undocumented parameter"));
  }
  return places;
}

function named(operation: Operation, lowerCase: string): string {
  const parameters = [
    ...(operation.request?.query ?? []),
    ...(operation.request?.path ?? []),
    ...(operation.request?.headers ?? []),
  ];
  return parameters.find(({ name }) => name.toLowerCase() === lowerCase)?.name ?? lowerCase;
}

function headerPlaces(findings: Finding[], answer: Answer): Place[] {
  return findings
    .filter(({ path }) => path[0] === "header")
    .map((finding) => {
      const name = finding.path[1] ?? missingProperty(finding) ?? "";
      return headerPlace(answer, name, expectation(finding));
    });
}

/**
 * The headers that are whole numbers to Prism alone, which takes `1e2` and an empty one for such. What is documented of
 * one answer may be sent with any other, and means the same there.
 */
function strictCountPlaces({ responses }: Operation, answer: Answer): Place[] {
  const names = responses
    .flatMap(({ headers = [] }) => headers)
    .filter(({ schema }) => schema?.type === "integer")
    .map(({ name }) => name.toLowerCase());
  return [...new Set(names)]
    .filter((name) => !/^\d+$/.test(answer.headers[name] ?? "0"))
    .map((name) => headerPlace(answer, name, "integer"));
}

function headerPlace(answer: Answer, name: string, expected: string): Place {
  return place(`response.headers/${name}`, expected, answer.headers[name] || "nothing");
}

function bodyPlaces(findings: Finding[], answer: Answer): Place[] {
  if (!answer.isBodyReadable) return [];
  return findings
    .filter(({ path }) => path[0] === "body")
    .map((finding) => {
      const missing = missingProperty(finding);
      const pointer = [...finding.path.slice(1), ...(missing === undefined ? [] : [missing])];
      return bodyPlace(answer, pointer, expectation(finding));
    });
}

/** The dates of a body that are date-times to Prism alone. */
function strictDatePlaces(answer: Answer): Place[] {
  if (!answer.isBodyReadable) return [];
  return mailArchivesIssues(answer.body)
    .filter(({ expected }) => expected === "date-time")
    .map(({ path, expected }) => bodyPlace(answer, path.split("/").slice(1), expected));
}

function bodyPlace(answer: Answer, pointer: readonly string[], expected: string): Place {
  const value = pointer.reduce<unknown>(
    (parent, key) => (parent as Record<string, unknown> | null | undefined)?.[key],
    answer.body,
  );
  return place(["response.body", ...pointer].join("/"), expected, describeValue(value));
}

function missingProperty(finding: Finding): string | undefined {
  if (finding.code !== "required") return undefined;
  return /required property '(.*)'/.exec(finding.message)?.[1];
}

/** `must be string` → `string`, `must match format "date-time"` → `date-time`. */
function expectation(finding: Finding): string {
  if (finding.code === "required") return "a value";
  const format = /must match format "(.*)"/.exec(finding.message)?.[1];
  if (format !== undefined) return format;
  return (/must (.*)$/.exec(finding.message)?.[1] ?? finding.message).replace(/^be /, "");
}

function place(where: string, expected: string, received: string): Place {
  return { where, expected, received };
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
