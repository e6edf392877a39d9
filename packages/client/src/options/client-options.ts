import { invalid } from "../errors/invalid.ts";
import type { Hooks } from "./hooks.ts";
import type { Logger, LogLevel } from "./logger.ts";
import { checkedHeaderValue } from "./request-headers.ts";
import type { RequestHeaders } from "./request-headers.ts";
import { parsedUrl } from "./url.ts";

/**
 * Your own `fetch`, for a proxy or a keep-alive agent. It is called with a URL string and an init object, never with a
 * `Request`. The body of its response is a web stream or a Node stream, else `arrayBuffer()` or `text()` is read.
 */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Every option of {@link ArchivesClient}; each has a default. */
export interface ClientOptions {
  /** The value of `X-Key`. Default: the environment's `NP6_API_KEY`. */
  apiKey?: string | undefined;
  /** Where the API is. Default: the environment's `NP6_BASE_URL`, else `https://api-cm.np6.com`. */
  baseUrl?: string | undefined;
  /** What sends the requests. Default: the global `fetch` at the time of each call. */
  fetch?: Fetch | undefined;
  /** Headers for every API request. `null` removes one that would be sent. Default: none. */
  headers?: RequestHeaders | undefined;
  /** Milliseconds for one attempt, its body included. Default 30 000. */
  timeout?: number | undefined;
  /** Milliseconds for a call with its retries and waits. Default 120 000. */
  totalTimeout?: number | undefined;
  /** How often a call is tried again after a failure that may pass. Default 2. */
  maxRetries?: number | undefined;
  /** The longest wait, in milliseconds, that a server may ask for; a call that would have to wait longer fails at once. Default 60 000, at most 2 147 483 646, which is 24.8 days. */
  maxRetryDelay?: number | undefined;
  /** The most bytes that the body of a success may have, decoded; a longer one is a ResponseValidationError. Default 67 108 864 (64 MiB). */
  maxBodyBytes?: number | undefined;
  /** Whether each archive of an answer is held to the contract. That the answer is a list is always checked. Default true. */
  validate?: boolean | undefined;
  /** Where log lines go. Default `console`. */
  logger?: Logger | undefined;
  /** The least severe level that is logged. Default: the environment's `NP6_LOG`, else `off`. */
  logLevel?: LogLevel | undefined;
  /** Called around each attempt, with secrets redacted. Default: none. */
  hooks?: Hooks | undefined;
  /** Allow construction in a browser, where everybody can read the key. Default false. */
  dangerouslyAllowBrowser?: boolean | undefined;
}

/** The options of one call. What is left out comes from the client's options. */
export interface RequestOptions {
  /** Ends the call when it aborts, also while it waits; the call rejects with the signal's reason. Default: none. */
  signal?: AbortSignal | undefined;
  /** Milliseconds for one attempt, its body included. */
  timeout?: number | undefined;
  /** Milliseconds for the call with its retries and waits. */
  totalTimeout?: number | undefined;
  /** How often the call is tried again after a failure that may pass. */
  maxRetries?: number | undefined;
  /** The most bytes that the body of a success may have, decoded. A mail has `maxBytes` instead. */
  maxBodyBytes?: number | undefined;
  /** Override the client's headers of the same name. `null` removes one. */
  headers?: RequestHeaders | undefined;
}

/** A variable of the environment, where the runtime has one; a blank one counts as not set. */
export function environment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name]?.trim() || undefined;
}

/**
 * The key to send.
 *
 * @throws TypeError when there is none, or it is no valid header value. The message does not show it.
 */
export function checkedKey(option: string | undefined): string {
  const key = option ?? environment("NP6_API_KEY");
  if (!key) throw invalid("apiKey (or the environment's NP6_API_KEY)", "an API key", key);
  return checkedHeaderValue("apiKey", key);
}

/**
 * The base URL without a slash at its end.
 *
 * @throws TypeError for what is no URL of an API.
 */
export function checkedBaseUrl(option: string | undefined): string {
  const text = option ?? environment("NP6_BASE_URL") ?? "https://api-cm.np6.com";
  const url = parsedUrl(text);
  const plain = `${url?.origin}${url?.pathname}`;
  // Unequal when there is a user, a query or a fragment, or a scheme that has no origin.
  if (plain !== url?.href || !plain.startsWith("http")) {
    throw invalid("baseUrl", "an http or https URL without user, query or fragment", text);
  }
  return plain.replace(/\/+$/, "");
}

/** @throws TypeError for what is no function. */
export function checkedFunction<T>(name: string, option: T): T {
  if (typeof option !== "function") throw invalid(name, "a function", option);
  return option;
}

/** @throws TypeError where everybody can read the key. */
export function refuseBrowser(allowed: boolean | undefined): void {
  const { window } = globalThis as { window?: { document?: unknown } };
  if (!window?.document || allowed) return;
  throw new TypeError(
    "In a browser everybody can read the API key. Call the API from a server, or pass dangerouslyAllowBrowser.",
  );
}
