import type { LinkState } from "./own-archive.ts";

/** How long a link works after the sending: 32 days in every example of the vendor. In milliseconds. */
export const LINK_LIFE = 32 * 86_400_000;

const HOUR = 3_600_000;

/** From when to when a link opens: from the sending for 32 days, unless it must be good for something else. */
export function linkWindow(
  sent: number,
  link: LinkState | undefined,
  clock: number,
): { start: number; expiry: number } {
  const expiry = sent + LINK_LIFE;
  if (link === "expired" && expiry > clock) {
    // Half way since then, so that it was good for a while.
    const early = sent < clock - HOUR ? sent + Math.floor((clock - sent) / 2) : clock - HOUR;
    return { start: Math.min(sent, early), expiry: early };
  }
  if (link === "usable" || link === "missing") {
    return { start: Math.min(sent, clock), expiry: expiry > clock ? expiry : clock + LINK_LIFE };
  }
  return { start: sent, expiry };
}
