import { resetInstant } from "@np6-archives/spec/rate-limit-reset";
import { headerCount } from "./header-value.ts";

/** What the service said about its rate limit. Each header may be missing. */
export interface RateLimit {
  /** How many calls are allowed in the current period, `X-RateLimit-Limit`. */
  limit: number | undefined;
  /** How many calls are left in it, `X-RateLimit-Remaining`. */
  remaining: number | undefined;
  /**
   * When it ends, `X-RateLimit-Reset`. The vendor does not say whether that is a delay or an instant; both are read. An
   * instant is by the server's clock.
   */
  reset: Date | undefined;
}

/** The rate limit in these headers, or undefined when they name none. `now` is in milliseconds since 1970. */
export function rateLimitOf(headers: Headers, now = Date.now()): RateLimit | undefined {
  const limit = headerCount(headers, "x-ratelimit-limit");
  const remaining = headerCount(headers, "x-ratelimit-remaining");
  const end = headerCount(headers, "x-ratelimit-reset");
  if ((limit ?? remaining ?? end) === undefined) return undefined;
  const reset = new Date(resetInstant(end ?? Number.NaN, now));
  return { limit, remaining, reset: Number.isNaN(reset.getTime()) ? undefined : reset };
}
