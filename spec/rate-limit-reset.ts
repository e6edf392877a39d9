/** A delay in seconds stays far below this for thirty years; an instant in seconds since 1970 is far above. */
const INSTANTS_FROM = 1e9;

/** An instant in seconds stays below this for three thousand years; one in milliseconds is far above. */
const MILLISECONDS_FROM = 1e11;

/** Whether a value of `X-RateLimit-Reset` is an instant, not a delay. The vendor does not say which of the two it is. */
export function isInstant(reset: number): boolean {
  return reset >= INSTANTS_FROM;
}

/**
 * Milliseconds since 1970 at which the period ends, for a value of `X-RateLimit-Reset` that came at `now`: a delay in
 * seconds, or an instant in seconds or milliseconds.
 */
export function resetInstant(reset: number, now: number): number {
  if (!isInstant(reset)) return now + reset * 1000;
  return reset < MILLISECONDS_FROM ? reset * 1000 : reset;
}
