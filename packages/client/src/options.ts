import type { Hooks } from "./hooks.ts";
import type { Logger, LogLevel } from "./log.ts";
import type { RequestHeaders } from "./request-headers.ts";
import { isHeaderValue } from "./request-headers.ts";

/** A `fetch` of one's own, for a proxy or a keep-alive agent. It gets a plain URL and a plain init, no `Request`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Every option of {@link ArchivesClient}; each has a default. */
export interface ClientOptions {
  /** The value of `X-Key`. Default: the environment's `NP6_API_KEY`. */
  apiKey?: string | undefined;
  /** Where the API is. Default: the environment's `NP6_BASE_URL`, else `https://api-cm.np6.com`. */
  baseUrl?: string | undefined;
  /** What sends the requests. Default: the global `fetch` at the time of each call. */
  fetch?: Fetch | undefined;
  /** Headers for every API request. `null` removes one that would be sent. */
  headers?: RequestHeaders | undefined;
  /** Milliseconds for one attempt, its body included. Default 30 000. */
  timeout?: number | undefined;
  /** Milliseconds for a call with its retries and waits. Default 120 000. */
  totalTimeout?: number | undefined;
  /** How often a call is tried again after a failure that may pass. Default 2. */
  maxRetries?: number | undefined;
  /** The longest wait, in milliseconds, that a server may ask for; a call that would have to wait longer fails at once. Default 60 000. */
  maxRetryDelay?: number | undefined;
  /** Whether each archive of an answer is held to the contract. That the answer is a list is always checked. Default true. */
  validate?: boolean | undefined;
  /** Where log lines go. Default `console`. */
  logger?: Logger | undefined;
  /** The least severe level that is logged. Default: the environment's `NP6_LOG`, else `off`. */
  logLevel?: LogLevel | undefined;
  /** Called around each attempt, with secrets redacted. */
  hooks?: Hooks | undefined;
  /** Allow construction in a browser, where everybody can read the key. Default false. */
  dangerouslyAllowBrowser?: boolean | undefined;
}

/** What one call may set for itself. What is left out comes from the client's options. */
export interface RequestOptions {
  /** Ends the call when it aborts, also while it waits; the call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Milliseconds for one attempt, its body included. */
  timeout?: number | undefined;
  /** Milliseconds for the call with its retries and waits. */
  totalTimeout?: number | undefined;
  /** How often the call is tried again after a failure that may pass. */
  maxRetries?: number | undefined;
  /** Beat the client's headers of the same name. `null` removes one. */
  headers?: RequestHeaders | undefined;
}

/** The limits of a call. */
export interface Limits {
  timeout: number;
  totalTimeout: number;
  maxRetries: number;
}

/** The limits that `options` sets, over those of `defaults`. */
export function limitsOf(
  options: Partial<Record<keyof Limits, unknown>>,
  defaults: Limits,
): Limits {
  return {
    timeout: duration("timeout", options.timeout ?? defaults.timeout),
    totalTimeout: duration("totalTimeout", options.totalTimeout ?? defaults.totalTimeout),
    maxRetries: count("maxRetries", options.maxRetries ?? defaults.maxRetries),
  };
}

/** A number of milliseconds above 0, or TypeError. Infinity is one. */
export function duration(name: string, value: unknown): number {
  if (typeof value === "number" && value > 0) return value;
  throw new TypeError(
    `${name} must be a number of milliseconds above 0, and ${shown(value)} came.`,
  );
}

function count(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && (Number.isInteger(value) || value === Infinity)) {
    return value;
  }
  throw new TypeError(`${name} must be a whole number from 0, and ${shown(value)} came.`);
}

function shown(value: unknown): string {
  return typeof value === "number" ? String(value) : `a ${typeof value}`;
}

/** A variable of the environment, where the runtime has one; a blank one counts as not set. */
export function environment(name: string): string | undefined {
  const process = (globalThis as { process?: { env?: Record<string, string | undefined> } })
    .process;
  return process?.env?.[name]?.trim() || undefined;
}

/** The key to send. */
export function checkedKey(option: unknown): string {
  const key = option ?? environment("NP6_API_KEY");
  if (key === undefined || key === "") {
    throw new TypeError("No API key: pass `apiKey`, or set the environment variable NP6_API_KEY.");
  }
  if (!isHeaderValue(key)) {
    throw new TypeError(
      "The API key is not a valid header value. Does it hold a line break, or a space at an end?",
    );
  }
  return key as string;
}

/** The base URL without a slash at its end. */
export function checkedBaseUrl(option: unknown): string {
  const text = option ?? environment("NP6_BASE_URL") ?? "https://api-cm.np6.com";
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError("baseUrl must be an http or https URL, such as https://api-cm.np6.com.");
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new TypeError("baseUrl must have no user, query or fragment.");
  }
  return url.href.replace(/\/+$/, "");
}

/** Throws where everybody can read the key. */
export function refuseBrowser(allowed: boolean | undefined): void {
  const { window } = globalThis as { window?: { document?: unknown } };
  if (window?.document === undefined || allowed === true) return;
  throw new TypeError(
    "This is a browser: whoever opens the page can read the API key. Call the API from a server, or pass `dangerouslyAllowBrowser: true` if the page is yours alone.",
  );
}
