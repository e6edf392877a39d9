import type { MailArchive } from "@np6-archives/spec";
import { sasLink } from "../storage/azure-sas-link.ts";
import type { Blob } from "../storage/blobs.ts";
import { CONTAINER } from "../storage/blobs.ts";
import { lenientInstant } from "./lenient-instant.ts";
import { linkWindow } from "./link-window.ts";
import type { Mail } from "./mail.ts";
import type { LinkState } from "./own-archive.ts";
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
  /** The exact instant, instead of `age`. */
  sendingDate?: Date | string | undefined;
  /** Undefined for an archive with a blank link. */
  mail: Mail | undefined;
  /** Default: a new one. */
  stamp?: string | undefined;
  /** The state of the link, whenever it was sent. Default: what follows from its age. */
  link?: LinkState | undefined;
}

/** A date-time of the contract's form, which is listed as it was given. */
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * Makes archives, and puts their mails into `blobs`, each under its path. Ages count back from `now`; `clock` decides
 * whether a link has expired.
 */
export function archiveMaker(options: {
  now: number;
  clock: number;
  blobUrl: string;
  blobs: Map<string, Blob>;
}): (draw: Random, sent: Sending) => DatasetArchive {
  const { now, clock, blobUrl, blobs } = options;
  return (draw, sent) => {
    // The vendor's fractions have three digits, or two when the third would be 0. Here the second is never 0.
    const third = draw.integer(3) === 0 ? 0 : 1 + draw.integer(9);
    const fraction = 100 * draw.integer(10) + 10 * (1 + draw.integer(9)) + third;
    const drawn = Math.floor((now - sent.age) / 1000) * 1000 + fraction - 1000;
    const instant =
      sent.sendingDate === undefined ? drawn : Math.floor(lenientInstant(sent.sendingDate));
    const id = draw.uuid();
    // Drawn before the stamp, which is not always drawn: the first mail of a folder has a fixed stamp, whichever mail
    // that is, and its path must not depend on that.
    const path = `/${CONTAINER}/${draw.uuid()}.eml`;
    const stamp = sent.stamp ?? draw.uuid();
    const { start, expiry } = linkWindow(instant, sent.link, clock);
    const mail = sent.link === "blank" ? undefined : sent.mail;
    if (mail !== undefined && sent.link !== "missing") {
      blobs.set(path, { mail, modified: new Date(instant) });
    }
    return {
      id,
      action: sent.action,
      target: sent.target,
      sendingDate:
        typeof sent.sendingDate === "string" && RFC_3339.test(sent.sendingDate)
          ? sent.sendingDate
          : isoDate(new Date(instant)),
      url: mail === undefined ? "    " : sasLink(blobUrl, path, new Date(start), new Date(expiry)),
      expiresOn: isoDate(new Date(expiry)),
      stamp,
      mail: mail?.name,
    };
  };
}

/** ISO 8601 without trailing zeros in the fraction, as the vendor writes it. */
function isoDate(instant: Date): string {
  return instant.toISOString().replace(/\.?0+Z$/, "Z");
}
