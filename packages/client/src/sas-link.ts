import type { MailArchive } from "@np6-archives/spec";

/** Whether an archive's link can be opened. */
export type LinkState = "usable" | "blank" | "expired";

/** A link this close to its end counts as expired: clocks differ, and a download takes time. Milliseconds. */
const MARGIN = 60_000;

/** What can be said of an archive's link without opening it. `now` is a Date or milliseconds since 1970. */
export function linkState(
  archive: Pick<MailArchive, "url" | "expiresOn">,
  now: Date | number = Date.now(),
): LinkState {
  if (archive.url.trim() === "") return "blank";
  return isLinkExpired(archive, now) ? "expired" : "usable";
}

/**
 * Whether the link has expired, or will within 60 s.
 *
 * The signed end within the link (`se`) is what the storage goes by, so it beats `expiresOn`. Without either the
 * link counts as not expired.
 */
export function isLinkExpired(
  archive: Pick<MailArchive, "url" | "expiresOn">,
  now: Date | number = Date.now(),
): boolean {
  const signedEnd = URL.canParse(archive.url) ? new URL(archive.url).searchParams.get("se") : null;
  const ends = [Date.parse(signedEnd ?? ""), Date.parse(archive.expiresOn)];
  const end = ends.find((instant) => !Number.isNaN(instant));
  return end !== undefined && end - MARGIN <= Number(now);
}
