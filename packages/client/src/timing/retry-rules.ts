import { httpDate } from "@np6-archives/spec/http-date";
import { headerValue } from "../headers/header-value.ts";
import { rateLimitOf } from "../headers/rate-limit-headers.ts";

/** Whether a retry after this status may succeed. Every operation is a read, so each may be sent again. */
export function mayPass(status: number): boolean {
  return [408, 429, 500, 502, 503, 504].includes(status);
}

/**
 * Milliseconds that the server asks to wait, or undefined when it asks for nothing that can be followed.
 *
 * `Retry-After` (RFC 9110, section 10.2.3) comes first: even a malformed one shows that the server does not mean
 * `X-RateLimit-Reset`, which counts only when no call remains. An instant is by the server's clock, so the wait counts
 * from the answer's `Date`, or from `localNow` without one. An instant that has passed asks for nothing.
 */
export function serverDelay(headers: Headers, localNow = Date.now()): number | undefined {
  const now = httpDate(headerValue(headers, "date") ?? "", localNow) ?? localNow;
  const retryAfter = headerValue(headers, "retry-after");
  const { remaining, reset } = rateLimitOf(headers, now) ?? {};
  const end = remaining === 0 ? reset?.getTime() : undefined;
  const at = retryAfter === undefined ? end : instantOf(retryAfter, now);
  const delay = (at ?? now) - now;
  return delay > 0 ? delay : undefined;
}

/** `Retry-After` as an instant. */
function instantOf(retryAfter: string, now: number): number | undefined {
  return /^\d+$/.test(retryAfter) ? now + Number(retryAfter) * 1000 : httpDate(retryAfter, now);
}

/**
 * Milliseconds before retry number `retry` (from 0): 0.5 s doubled each time, at most 8 s, less a random part of up to
 * half of it.
 */
export function backoff(retry: number, random = Math.random): number {
  return Math.min(8000, 500 * 2 ** retry) * (1 - random() / 2);
}
