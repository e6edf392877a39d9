import type { MailArchive } from "@np6-archives/spec";
import { sasLink } from "../storage/azure-sas-link.ts";
import type { Blob } from "../storage/blobs.ts";
import type { Mail } from "./mail.ts";
import type { Random } from "./random.ts";

/** An archive as the API lists it, with what the mock knows besides. */
export interface DatasetArchive extends MailArchive {
  /** The activation that sent the mail; `GET /actions/stamp/{stamp}/archives` finds it. */
  stamp: string;
  /** The file name of the mail behind `url`, such as `plain-text.eml`. Undefined where the link is blank. */
  mail: string | undefined;
}

/** What was sent, to whom, and when. */
export interface Sending {
  action: string;
  target: string;
  /** Milliseconds before the dataset's `now`. */
  age: number;
  /** Undefined for an archive with a blank link. */
  mail: Mail | undefined;
  /** Default: one of its own. */
  stamp?: string;
}

const CONTAINER = "mcom032";
/** How long a link works after the sending: 32 days in every example of the vendor. */
const LINK_LIFE = 32 * 86_400_000;

/** Makes archives that were sent before `now`, and puts their mails into `blobs`, each under its path. */
export function archiveMaker(
  now: number,
  blobUrl: string,
  blobs: Map<string, Blob>,
): (draw: Random, sent: Sending) => DatasetArchive {
  return (draw, sent) => {
    // The vendor's fractions have three digits, or two when the third would be 0. The second is never 0 here.
    const third = draw.integer(3) === 0 ? 0 : 1 + draw.integer(9);
    const fraction = 100 * draw.integer(10) + 10 * (1 + draw.integer(9)) + third;
    const instant = Math.floor((now - sent.age) / 1000) * 1000 + fraction - 1000;
    const id = draw.uuid();
    const stamp = sent.stamp ?? draw.uuid();
    const path = `/${CONTAINER}/${draw.uuid()}.eml`;
    const modified = new Date(instant);
    const expiry = new Date(instant + LINK_LIFE);
    if (sent.mail !== undefined) blobs.set(path, { mail: sent.mail, modified });
    return {
      id,
      action: sent.action,
      target: sent.target,
      sendingDate: isoDate(modified),
      url: sent.mail === undefined ? "    " : sasLink(blobUrl, path, modified, expiry),
      expiresOn: isoDate(expiry),
      stamp,
      mail: sent.mail?.name,
    };
  };
}

/** ISO 8601 without trailing zeros in the fraction, as the vendor writes it. */
function isoDate(instant: Date): string {
  return instant.toISOString().replace(/0+Z$/, "Z");
}
