import { httpDate } from "@np6-archives/spec/http-date";
import { resetInstant } from "@np6-archives/spec/rate-limit-reset";

/**
 * Milliseconds to wait after a 429, at least what the server asks for: `Retry-After` (RFC 9110, section 10.2.3), else
 * `X-RateLimit-Reset`, else 1 s, doubled with each try. `attempt` counts from 1, `localNow` is in milliseconds since
 * 1970. An instant is by the server's clock, so the wait counts from the answer's `Date`, where it has one.
 */
export function rateLimitWait(headers: Headers, attempt: number, localNow: number): number {
  const now = serverNow(headers, localNow);
  const reset = headers.get("x-ratelimit-reset")?.trim() ?? "";
  const asked = headers.has("retry-after")
    ? retryAfter(headers, now)
    : /^\d+$/.test(reset)
      ? resetInstant(Number(reset), now) - now
      : 0;
  return Math.max(1000 * 2 ** (attempt - 1), asked);
}

/** Milliseconds to wait after a failure, at least what `Retry-After` asks for, else 0.5 s, doubled with each try. */
export function failureWait(headers: Headers, attempt: number, localNow: number): number {
  const now = serverNow(headers, localNow);
  return Math.max(500 * 2 ** (attempt - 1), retryAfter(headers, now));
}

function serverNow(headers: Headers, localNow: number): number {
  return httpDate(headers.get("date")?.trim() ?? "", localNow) ?? localNow;
}

function retryAfter(headers: Headers, now: number): number {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  return (httpDate(text, now) ?? now) - now;
}
