import { entriesOf, shown } from "./checked-object.ts";

/**
 * One way to fail. Durations are milliseconds in `latency`, seconds in `rate-limit`, bytes per second in `dribble`.
 *
 * - `latency=MS`: the usual answer, later.
 * - `status=CODE`: this status, no body (as the service commonly does).
 * - `rate-limit[=SECONDS][;HEADER...]`: 429. With SECONDS it names all four headers unless some are chosen:
 *   `retry-after`, `limit`, `remaining`, `reset` (a delay), `reset-epoch` (an instant), or `none`.
 * - `reset`: the socket is destroyed before a byte of the answer.
 * - `hang`: the headers, then nothing.
 * - `truncate`: half the body, then the connection closes.
 * - `dribble=BYTES`: the usual answer at so many bytes per second.
 * - `html`: a proxy's 502 page.
 * - `empty`: 200 without a body.
 * - `wrong-type`: the usual body under a media type that is not the contract's.
 * - `malformed-json`: 200 with a body that stops being JSON half way.
 */
export type Fault =
  | `latency=${number}`
  | `status=${number}`
  | "rate-limit"
  | `rate-limit=${string}`
  | `rate-limit;${string}`
  | "reset"
  | "hang"
  | "truncate"
  | `dribble=${number}`
  | "html"
  | "empty"
  | "wrong-type"
  | "malformed-json";

/** Which requests an injected fault meets. What is left out matches everything. */
export interface FaultMatch {
  /** A prefix of the path, such as `/targets/000T123`. */
  path?: string | undefined;
  /** Such as `GET`, in any case. */
  method?: string | undefined;
  /** `api` for the archive operations, `blob` for the links. */
  origin?: "api" | "blob" | undefined;
}

/** A fault for the next matching requests. */
export interface InjectedFault {
  /** Which requests meet it. Default: the next ones, whatever they are. */
  match?: FaultMatch | undefined;
  /** How they fail. */
  fault: Fault;
  /** How many matching requests meet it. Default 1. */
  times?: number | undefined;
}

/** A fault with its numbers read, and as it was written. */
export type FaultPlan = Way & { written: Fault };

type Way =
  | { kind: "latency"; ms: number }
  | { kind: "status"; status: number }
  | { kind: "rate-limit"; seconds: number | undefined; headers: readonly RateLimitHeader[] }
  | { kind: "dribble"; bytesPerSecond: number }
  | { kind: "reset" | "hang" | "truncate" | "html" | "empty" | "wrong-type" | "malformed-json" };

const RATE_LIMIT_HEADERS = ["retry-after", "limit", "remaining", "reset", "reset-epoch"] as const;
type RateLimitHeader = (typeof RATE_LIMIT_HEADERS)[number];

const PLAIN = [
  "reset",
  "hang",
  "truncate",
  "html",
  "empty",
  "wrong-type",
  "malformed-json",
] as const;

const FORMS =
  "latency=MS, status=CODE, rate-limit[=SECONDS][;HEADER...], reset, hang, truncate, dribble=BYTES, html, empty, wrong-type or malformed-json";

/** Longer waits than this are refused: a timer holds no more than 2^31 ms, and no test waits a day. */
export const LONGEST_LATENCY = 86_400_000;

/**
 * Reads a fault as it is written in a header or in an injected object.
 *
 * @throws TypeError when it is none of the forms; it says which there are.
 */
export function planOf(fault: unknown): FaultPlan {
  const way = typeof fault === "string" ? wayOf(fault) : undefined;
  if (way === undefined) throw new TypeError(`Expected a fault (${FORMS}), got ${shown(fault)}.`);
  return { ...way, written: fault as Fault };
}

function wayOf(fault: string): Way | undefined {
  const [first = "", ...options] = fault.split(";").map((part) => part.trim());
  const [, name = "", value] = /^([^=]*)(?:=(.*))?$/s.exec(first) ?? [];
  const number = value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
  if (name === "rate-limit" && (value === undefined || number !== undefined)) {
    const headers = chosenHeaders(options, number);
    return headers && { kind: "rate-limit", seconds: number, headers };
  }
  if (options.length > 0) return undefined;
  if (value === undefined) {
    const kind = PLAIN.find((one) => one === name);
    return kind && { kind };
  }
  if (number === undefined) return undefined;
  if (name === "latency" && number <= LONGEST_LATENCY) return { kind: "latency", ms: number };
  if (name === "status" && number >= 200 && number <= 599) {
    return { kind: "status", status: number };
  }
  return name === "dribble" && number > 0 ? { kind: "dribble", bytesPerSecond: number } : undefined;
}

/** Which headers a 429 carries: with seconds, all that say when to try again, unless some are chosen. */
function chosenHeaders(
  options: readonly string[],
  seconds: number | undefined,
): RateLimitHeader[] | undefined {
  if (options.length === 0) {
    return seconds === undefined ? [] : ["retry-after", "limit", "remaining", "reset"];
  }
  if (options.length === 1 && options[0] === "none") return [];
  const chosen = RATE_LIMIT_HEADERS.filter((header) => options.includes(header));
  return chosen.length === options.length ? chosen : undefined;
}

/**
 * Checks an injected fault that may come from anywhere, such as the body of a control request.
 *
 * @throws TypeError when it is no such object; it says what was expected and what came.
 */
export function checkedInjection(value: unknown): {
  match: FaultMatch;
  times: number;
  plan: FaultPlan;
} {
  const { match, fault, times } = entriesOf(value, "fault", ["match", "fault", "times"]);
  const matched = entriesOf(match ?? {}, "match", ["path", "method", "origin"]);
  const { path, method, origin } = matched;
  if (times !== undefined && !(Number.isInteger(times) && (times as number) > 0)) {
    throw new TypeError(`times: expected a whole number above 0, got ${shown(times)}.`);
  }
  // Any other beginning, such as that of a whole URL, would never match, and nobody would know why.
  if (path !== undefined && !(typeof path === "string" && /^(?:\/|$)/.test(path))) {
    throw new TypeError(
      `match.path: expected the beginning of a path, such as /targets, got ${shown(path)}.`,
    );
  }
  if (method !== undefined && typeof method !== "string") {
    throw new TypeError(`match.method: expected text, got ${shown(method)}.`);
  }
  if (origin !== undefined && origin !== "api" && origin !== "blob") {
    throw new TypeError(`match.origin: expected "api" or "blob", got ${shown(origin)}.`);
  }
  return {
    plan: planOf(fault),
    times: (times as number | undefined) ?? 1,
    // A copy, as the caller may change its own later.
    match: { ...matched },
  };
}
