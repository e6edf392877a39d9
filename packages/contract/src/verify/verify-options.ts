import { createRedact } from "@np6-archives/spec/redact";
import type { Kind } from "../checked-options.ts";

/** Every option of verify; each has a default. */
export interface VerifyOptions {
  /** The server to verify. Default: a mock, started for it and closed again. */
  baseUrl?: string | undefined;
  /** The key to ask with. Default: the environment variable `NP6_API_KEY`; for the mock, one of its own. */
  apiKey?: string | undefined;
  /** A target that the server knows. Default: the example of the spec. */
  target?: string | undefined;
  /** An action that sent something to the target. Default: that of the target's first archive. */
  action?: string | undefined;
  /** A stamp that the server knows. Default: the example of the spec. */
  stamp?: string | undefined;
  /** Whether to try to answer the open questions too, with some ten requests more. Default false. */
  observe?: boolean | undefined;
  /** Whether it fails too when something was not seen; headers that a server may leave out do not count. Default false. */
  require?: boolean | undefined;
  /** Milliseconds that a request may take, its whole body included. Default 10,000. */
  deadline?: number | undefined;
  /** How often a request is tried again after a broken connection, a missed deadline or a 5xx. Default 2. */
  retries?: number | undefined;
  /** The fetch that makes the requests. Default: the global one. */
  fetch?: typeof fetch | undefined;
}

export const IDS = ["target", "action", "stamp"] as const;
export const DEFAULT_DEADLINE = 10_000;
export const DEFAULT_RETRIES = 2;
/** The longest time that a timer takes. */
const LONGEST_DEADLINE = 2 ** 31 - 1;

const TEXT: Kind = ["a text", (value) => typeof value === "string"];
// In a path, a segment of dots means another path.
const ID: Kind = ["an id", (value) => typeof value === "string" && !/^\s*\.{0,2}\s*$/.test(value)];
const YES_OR_NO: Kind = ["true or false", (value) => typeof value === "boolean"];
const wholeNumber = (of: string, least: number, most: number): Kind => [
  `a whole number${of} from ${least} to ${most}`,
  (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
];

/** What each option has to be. */
export const KINDS: Readonly<Record<keyof VerifyOptions, Kind>> = {
  baseUrl: TEXT,
  apiKey: TEXT,
  target: ID,
  action: ID,
  stamp: ID,
  observe: YES_OR_NO,
  require: YES_OR_NO,
  deadline: wholeNumber(" of milliseconds", 1, LONGEST_DEADLINE),
  retries: wholeNumber("", 0, 100),
  fetch: ["a function", (value) => typeof value === "function"],
};

/** Puts a value of an option into words. */
export function told(value: unknown, option?: string): string {
  // A key is secret whatever its type.
  if (option === "apiKey") return `a value of type ${typeof value}`;
  if (typeof value === "string") return JSON.stringify(createRedact()(value.trim()));
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
