/**
 * Milliseconds to wait after a 429, at least what the server asks for: `Retry-After` (RFC 9110, section 10.2.3), else
 * `X-RateLimit-Reset`, else 1 s, doubled with each try.
 *
 * The vendor does not say whether the reset is a delay or an instant: a value above ten years is taken as an instant.
 */
export function retryWait(headers: Headers, attempt: number, now: number): number {
  const backoff = 1000 * 2 ** (attempt - 1);
  const asked = headers.get("retry-after") ?? headers.get("x-ratelimit-reset");
  return Math.max(backoff, asked === null ? 0 : delayOf(asked.trim(), now));
}

function delayOf(text: string, now: number): number {
  if (/^\d+$/.test(text)) {
    const seconds = Number(text);
    return seconds > 315_360_000 ? seconds * 1000 - now : seconds * 1000;
  }
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? 0 : instant - now;
}
