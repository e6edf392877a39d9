import type { Kind } from "../checked-options.ts";
import type { Violation } from "../exchange/violation.ts";

/** Every option of `contractFetch`; each has a default. */
export interface ContractFetchOptions {
  /** The fetch that makes the requests. Default: the global one, looked up at each call. */
  fetch?: typeof fetch | undefined;
  /** The OpenAPI file to hold requests and responses to, a path or a file URL. Default: that of @np6-archives/spec. */
  spec?: string | URL | undefined;
  /** The path below which the API is, such as `/v8` where a gateway has one. Default: none, as the vendor's. */
  basePath?: string | undefined;
  /**
   * Called once for each violation; a request that breaks the contract is then sent all the same. If it throws, the
   * fetch rejects with that error. Default: the fetch rejects with a `ContractViolationError`.
   */
  onViolation?: ((violation: Violation) => void) | undefined;
}

const FUNCTION: Kind = ["a function", (value) => typeof value === "function"];

/** What each option has to be. */
export const KINDS: Record<keyof ContractFetchOptions, Kind> = {
  fetch: FUNCTION,
  spec: ["a path or a file URL", isFile],
  basePath: [
    "a path that begins with a slash",
    (value) => typeof value === "string" && (value === "" || /^\/[^?#\s]*$/.test(value)),
  ],
  onViolation: FUNCTION,
};

/** Not `instanceof URL`: jsdom has a class of its own. */
function isFile(value: unknown): boolean {
  return typeof value === "string" ? value !== "" : String(value).startsWith("file:");
}

/** Puts a value into words. */
export function told(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  // Not the whole URL: there may be a password in it.
  if (value instanceof URL) return `a URL of ${value.protocol}`;
  if (Array.isArray(value)) return "an array";
  return value === null ? "null" : typeof value;
}
