/** What the service said about its rate limit. Each header may be missing. */
export interface RateLimit {
  /** How many calls are allowed in the current period, `X-RateLimit-Limit`. */
  limit: number | undefined;
  /** How many calls are left in it, `X-RateLimit-Remaining`. */
  remaining: number | undefined;
  /** When it ends, `X-RateLimit-Reset`. The vendor does not say whether that is a delay or an instant; both are read. */
  reset: Date | undefined;
}

/** A delay in seconds stays far below this for thirty years; an instant in seconds since 1970 is far above. */
const INSTANTS_FROM = 1e9;

/** The rate limit in these headers, or undefined when they name none. `now` is in milliseconds since 1970. */
export function rateLimitOf(headers: Headers, now = Date.now()): RateLimit | undefined {
  const limit = count(headers.get("x-ratelimit-limit"));
  const remaining = count(headers.get("x-ratelimit-remaining"));
  const seconds = count(headers.get("x-ratelimit-reset"));
  if (limit === undefined && remaining === undefined && seconds === undefined) return undefined;
  const at =
    seconds === undefined ? undefined : seconds * 1000 + (seconds < INSTANTS_FROM ? now : 0);
  const reset = at === undefined || Number.isNaN(new Date(at).getTime()) ? undefined : new Date(at);
  return { limit, remaining, reset };
}

function count(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}
