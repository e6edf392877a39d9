import type { LinkState } from "./own-archive.ts";

/** How long a link works after the sending: 32 days in every example of the vendor. In milliseconds. */
export const LINK_LIFE = 32 * 86_400_000;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** From when to when a link opens: from the sending for 32 days, unless its state is given. */
export function linkWindow(
  sent: number,
  link: LinkState | undefined,
  clock: number,
): { start: number; expiry: number } {
  const expiry = sent + LINK_LIFE;
  // Rounded, as the clock runs on during a start, but the same `now` has to give the same links.
  const hour = Math.floor(clock / HOUR) * HOUR;
  if (link === "expired" && expiry > hour) {
    // Half way between then and now, so that it worked for a while.
    const early = sent < hour - HOUR ? sent + Math.floor((hour - sent) / 2) : hour - HOUR;
    return { start: Math.min(sent, early), expiry: early };
  }
  if (link === "usable" || link === "missing") {
    // A link that is about to expire is too late, too.
    const late = expiry < hour + DAY;
    return { start: Math.min(sent, hour), expiry: late ? hour + LINK_LIFE : expiry };
  }
  return { start: sent, expiry };
}
