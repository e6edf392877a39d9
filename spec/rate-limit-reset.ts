/** A delay in seconds stays far below this for thirty years; an instant in seconds since 1970 is far above. */
const INSTANTS_FROM = 1e9;

/** Whether a value of `X-RateLimit-Reset` is an instant, not a delay. The vendor does not say which of the two it is. */
export function isInstant(reset: number): boolean {
  return reset >= INSTANTS_FROM;
}

/** Milliseconds since 1970 at which the period ends, for a value of `X-RateLimit-Reset` that came at `now`. */
export function resetInstant(reset: number, now = Date.now()): number {
  return reset * 1000 + (isInstant(reset) ? 0 : now);
}
