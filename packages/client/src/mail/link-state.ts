import type { MailArchive } from "@np6-archives/spec";
import { invalid } from "../errors/invalid.ts";
import { parsedUrl } from "../options/url.ts";

/** Whether an archive's link can be opened. */
export type LinkState = "usable" | "blank" | "expired";

/** A link this close to its end counts as expired: clocks differ, and a download takes time. Milliseconds. */
const MARGIN = 60_000;

/**
 * What can be said of an archive's link without opening it. `now` is a Date or milliseconds since 1970, by default the
 * current time.
 *
 * @throws TypeError as {@link isLinkExpired}.
 */
export function linkState(
  archive: Pick<MailArchive, "url" | "expiresOn">,
  now: Date | number = Date.now(),
): LinkState {
  const expired = isLinkExpired(archive, now);
  if (archive.url.trim() === "") return "blank";
  return expired ? "expired" : "usable";
}

/**
 * Whether the link has expired, or will within 60 s.
 *
 * The signed end within the link (`se`) is what the storage goes by, so it beats `expiresOn`. Without either the
 * link counts as not expired.
 *
 * `now` is a Date or milliseconds since 1970, by default the current time.
 *
 * @throws TypeError for an archive without a url, such as its link alone, and for an invalid Date.
 */
export function isLinkExpired(
  archive: Pick<MailArchive, "url" | "expiresOn">,
  now: Date | number = Date.now(),
): boolean {
  if (typeof archive?.url !== "string")
    throw invalid("archive", "an archive as listed, with a url", archive);
  if (Number.isNaN(Number(now))) throw invalid("now", "a Date or milliseconds since 1970", now);
  const signedEnd = parsedUrl(archive.url)?.searchParams.get("se");
  const signed = Date.parse(signedEnd ?? "");
  const end = Number.isNaN(signed) ? Date.parse(archive.expiresOn) : signed;
  return end - MARGIN <= Number(now);
}
