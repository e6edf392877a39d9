import { createInstance, resetJSONSchemaGenerator } from "@stoplight/prism-http";
import type { Violation } from "../server/journal.ts";
import type { OperationShape } from "./operation-shape.ts";
import { shapeOf } from "./operation-shape.ts";
import type { Operation } from "./operations.ts";
import { readOperations } from "./operations.ts";
import type { Preference } from "./prefer.ts";

/** A request as Prism reads it. Header names are in lower case. */
export interface EngineRequest {
  method: string;
  /** The path as it was sent: still percent-encoded, without the query. */
  path: string;
  query: Record<string, string | string[]>;
  headers: Record<string, string>;
  /** Parsed if it was JSON, else text; undefined without one. */
  body: unknown;
}

/** What Prism would answer from the spec alone. */
export interface Verdict {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: unknown;
  violations: Violation[];
}

/** Prism's routing, security, validation and negotiation, for one spec. */
export interface Engine {
  /** Equal for two specs with the same meaning. */
  readonly fingerprint: string;
  readonly operations: readonly OperationShape[];
  /** Judges a request. Throws when Prism itself cannot read it. */
  judge(request: EngineRequest, preference: Preference): Promise<Verdict>;
  /** How an answer of the mock's own breaks the spec; empty where it does not. */
  check(
    request: EngineRequest,
    answer: { status: number; headers: Record<string, string>; body: unknown },
  ): Promise<Violation[]>;
}

type Instance = ReturnType<typeof createInstance>;
type Input = Parameters<Instance["request"]>[0];
type Config = Parameters<typeof createInstance>[0];
type Components = Parameters<typeof createInstance>[1];
type MockComponent = NonNullable<Components["mock"]>;
type Output = { statusCode: number; headers?: Record<string, string>; body?: unknown };
type Diagnostic = {
  path?: (string | number)[];
  severity: number;
  code?: string | number;
  message: string;
};

const SEVERITIES = ["Error", "Warning", "Information", "Hint"] as const;

/**
 * Reads an OpenAPI file and makes an engine of it.
 *
 * Rejects with an Error of one line when the file cannot be read or is no OpenAPI document with operations.
 */
export async function loadEngine(specFile: string): Promise<Engine> {
  const operations = await readOperations(specFile);
  const judging = createInstance(configWith({ dynamic: false }), { logger: silence() });
  const checking = createInstance(configWith({ dynamic: false }), {
    logger: silence(),
    mock: echo,
  });

  return {
    fingerprint: fingerprintOf(operations),
    operations: operations.map(shapeOf),
    async judge(request, preference) {
      const { code, example, dynamic, seed } = preference;
      // Prism writes into this object, so every call needs its own.
      const mock = {
        dynamic: dynamic ?? false,
        ...(code !== undefined && { code }),
        ...(example !== undefined && { exampleKey: example }),
        ...(seed !== undefined && { seed }),
      };
      const result = await judging.request(inputOf(request), operations, configWith(mock))();
      // A seed would stay in Prism's only generator, and later answers would be drawn from it, too.
      if (seed !== undefined) resetJSONSchemaGenerator();
      return "right" in result
        ? verdictOf(result.right)
        : refusal(result.left, request, preference);
    },
    async check(request, { status, headers, body }) {
      const answer: Output = { statusCode: status, headers, body };
      const mock = { dynamic: false, answer };
      // The request was judged before: here it only selects its operation.
      const input = inputOf({ ...request, headers: {}, body: undefined });
      const unjudged = { ...configWith(mock), checkSecurity: false, validateRequest: false };
      const result = await checking.request(input, operations, unjudged)();
      if ("left" in result)
        return [violationOf("response", { severity: 0, message: result.left.message })];
      const differences = result.right.validations.output.map((one) =>
        violationOf("response", one),
      );
      // For Prism an undocumented error status is only a warning.
      return differences.filter((one) => one.severity === "Error");
    },
  };
}

/** Circular schemas are in one bundle for all operations: written once per operation, it would fill the memory. */
function fingerprintOf(operations: Operation[]): string {
  const { __bundled__: bundle } = operations[0] as Operation & { __bundled__?: unknown };
  const own = operations.map((operation) => ({ ...operation, __bundled__: undefined }));
  return JSON.stringify([own, bundle]);
}

/** Answers with the answer in the config. It is shared by all calls, so it keeps no state. */
const echo: MockComponent = ({ config }) => {
  const { answer } = config as unknown as { answer: Output };
  return () => ({ _tag: "Right", right: answer });
};

function inputOf({ method, path, query, headers, body }: EngineRequest): Input {
  return { method: method.toLowerCase() as Input["method"], url: { path, query }, headers, body };
}

function configWith(mock: { dynamic: boolean }): Config {
  return {
    isProxy: false,
    checkSecurity: true,
    validateRequest: true,
    validateResponse: true,
    errors: false,
    upstreamProxy: undefined,
    mock,
  };
}

type Right = Extract<
  Awaited<ReturnType<ReturnType<Instance["request"]>>>,
  { _tag: "Right" }
>["right"];

function verdictOf({ output, validations }: Right): Verdict {
  return {
    status: output.statusCode,
    headers: ownHeaders(output.headers ?? {}),
    body: output.body,
    violations: [
      ...validations.input.map((one) => violationOf("request", one)),
      ...validations.output.map((one) => violationOf("response", one)),
    ],
  };
}

/** `additional` is set when the spec has no answer for a refusal: why, or how to ask. */
type PrismError = Error & {
  status?: number;
  detail?: string;
  additional?: {
    headers?: Record<string, string>;
    /** Without a location when the body is missing. */
    validation?: (Omit<Violation, "location"> & { location?: string[] })[];
  };
};

/**
 * Prism's refusal in its own words. An error without a status means that the spec has nothing for this `Prefer`;
 * Prism's own server would answer 500.
 */
function refusal(error: PrismError, request: EngineRequest, preference: Preference): Verdict {
  const known = error.status !== undefined;
  const status = error.status ?? 404;
  const type = known ? error.name : "NOT_FOUND";
  const title = known ? error.message : "The spec has no such answer";
  const asked = Object.entries(preference)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");
  const preferred = asked === "" ? "" : ` Prefer: ${asked}`;
  const { accept = "*/*" } = request.headers;
  const fitting = accept === "*/*" ? "" : ` with Accept: ${accept}`;
  const detail = known
    ? (error.detail ?? error.message)
    : `Nothing in the spec answers this${preferred}${fitting}.`;
  const { headers = {}, validation = [] } = error.additional ?? {};
  const violations: Violation[] = [
    { location: ["request"], severity: "Error", code: status, message: detail },
  ];
  for (const one of validation) {
    violations.push({ ...one, location: ["request", ...(one.location ?? [])] });
  }
  return {
    status,
    headers: { ...ownHeaders(headers), "content-type": "application/problem+json" },
    body: { type, title, status, detail, ...error.additional },
    violations,
  };
}

function violationOf(side: "request" | "response", diagnostic: Diagnostic): Violation {
  const { path = [], severity, code, message } = diagnostic;
  return {
    location: [side, ...path.map(String)],
    severity: SEVERITIES[severity] ?? "Error",
    ...(code !== undefined && { code }),
    message,
  };
}

/** In lower case, without the spec's example of a request id: every answer gets a real one. */
function ownHeaders(headers: Record<string, unknown>): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    // A header without an example is null.
    const isText = ["string", "number"].includes(typeof value) || Array.isArray(value);
    if (lower === "x-request-id" || !isText) continue;
    own[lower] = String(value);
  }
  return own;
}

function nothing(): void {}

function silence(): Components["logger"] {
  const logger = {
    info: nothing,
    debug: nothing,
    warn: nothing,
    error: nothing,
    success: nothing,
    child: () => logger,
  };
  return logger as Components["logger"];
}
