import { resetInstant } from "@np6-archives/spec/rate-limit-reset";
import { headerValue } from "./header-value.ts";

/** What the service said about its rate limit. Each header may be missing. */
export interface RateLimit {
  /** How many calls are allowed in the current period, `X-RateLimit-Limit`. */
  limit: number | undefined;
  /** How many calls are left in it, `X-RateLimit-Remaining`. */
  remaining: number | undefined;
  /** When it ends, `X-RateLimit-Reset`. The vendor does not say whether that is a delay or an instant; both are read. An instant is one of the server's clock. */
  reset: Date | undefined;
}

/** The rate limit in these headers, or undefined when they name none. `now` is in milliseconds since 1970. */
export function rateLimitOf(headers: Headers, now = Date.now()): RateLimit | undefined {
  const count = (name: string) => {
    const text = headerValue(headers, `x-ratelimit-${name}`);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  const limit = count("limit");
  const remaining = count("remaining");
  const end = count("reset");
  if ((limit ?? remaining ?? end) === undefined) return undefined;
  return { limit, remaining, reset: end === undefined ? undefined : resetOf(end, now) };
}

function resetOf(reset: number, now: number): Date | undefined {
  const at = new Date(resetInstant(reset, now));
  return Number.isNaN(at.getTime()) ? undefined : at;
}
