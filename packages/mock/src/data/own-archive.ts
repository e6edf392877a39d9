import { entriesOf, shown } from "../server/checked-object.ts";
import { lenientInstant } from "./lenient-instant.ts";

/** The state of an archive's link: it opens, it is blank, it has expired, or its mail is missing (404). */
export type LinkState = "usable" | "blank" | "expired" | "missing";

/** The mail of an archive of your own. */
export type OwnMail =
  | {
      /** The text of a mail that the mock writes. */
      text: string;
    }
  | {
      /** The HTML of a mail that the mock writes. */
      html: string;
    }
  | {
      /** The path of a file that is served byte for byte; from the folder of the archives file, or the working folder. */
      file: string;
    };

/** An archive of your own. What is left out is filled in. */
export interface OwnArchive {
  /** The id of the target that received it. */
  target: string;
  /** The id of the action that sent it. Default `00000A`. */
  action?: string | undefined;
  /** The stamp of the activation that sent it; several archives may have one. Default: one of its own. */
  stamp?: string | undefined;
  /** When it was sent, a Date or an ISO 8601 instant with its zone. Default: within the last 31 days, or before them if it has expired. */
  sendingDate?: Date | string | undefined;
  /** What its link is good for. Default: it opens for 32 days after the sending. */
  link?: LinkState | undefined;
  /** Its mail. Default: one of the mock's. */
  mail?: OwnMail | undefined;
}

/** Archives of your own, and whether the seeded ones are there as well. */
export interface OwnArchives {
  archives: readonly OwnArchive[];
  /** False: nothing but these archives. Default: as it was, true at the start. */
  seeded?: boolean | undefined;
}

const LINK_STATES = ["usable", "blank", "expired", "missing"] as const;
const FIELDS = ["target", "action", "stamp", "sendingDate", "link", "mail"] as const;
const MAIL_FIELDS = ["text", "html", "file"] as const;

/**
 * Checks archives that may come from anywhere: an array, or `{ archives, seeded? }`.
 *
 * @throws TypeError when something is wrong; it says where, with the index from 0 and the field.
 */
export function checkedArchives(value: unknown): OwnArchives {
  const { archives, seeded }: Record<string, unknown> = Array.isArray(value)
    ? { archives: value }
    : entriesOf(value, "archives", ["archives", "seeded"], "an array or an object");
  if (!Array.isArray(archives)) {
    throw new TypeError(`archives: expected an array, got ${shown(archives)}.`);
  }
  if (seeded !== undefined && typeof seeded !== "boolean") {
    throw new TypeError(`seeded: expected true or false, got ${shown(seeded)}.`);
  }
  // Not forEach, which skips holes in an array.
  for (const [index, one] of archives.entries()) check(one, `archives[${index}]`);
  return { archives: archives as OwnArchive[], seeded };
}

function check(value: unknown, place: string): void {
  const { target, action, stamp, sendingDate, link, mail } = entriesOf(value, place, FIELDS);
  checkId(target, `${place}.target`);
  if (action !== undefined) checkId(action, `${place}.action`);
  if (stamp !== undefined) checkId(stamp, `${place}.stamp`);
  if (sendingDate !== undefined) {
    const isDate = sendingDate instanceof Date || typeof sendingDate === "string";
    const instant = isDate ? lenientInstant(sendingDate) : Number.NaN;
    if (!(instant >= EARLIEST && instant <= LATEST)) {
      throw new TypeError(
        `${place}.sendingDate: expected an ISO 8601 instant of the years 1900 to 9997 such as 2026-02-01T09:00:00Z, got ${shown(sendingDate)}.`,
      );
    }
  }
  if (link !== undefined && !LINK_STATES.includes(link as LinkState)) {
    const states = LINK_STATES.map((state) => `"${state}"`).join(", ");
    throw new TypeError(`${place}.link: expected one of ${states}, got ${shown(link)}.`);
  }
  if (mail !== undefined) checkMail(mail, `${place}.mail`);
}

/** The years in which a link's dates can be written. */
const EARLIEST = Date.UTC(1900, 0);
const LATEST = Date.UTC(9998, 0);

function checkMail(value: unknown, place: string): void {
  const given = Object.entries(entriesOf(value, place, MAIL_FIELDS));
  const [only] = given;
  if (only === undefined || given.length > 1) {
    throw new TypeError(`${place}: expected one of text, html or file, got ${shown(value)}.`);
  }
  const [name, content] = only;
  if (typeof content !== "string" || (name === "file" && content === "")) {
    throw new TypeError(`${place}.${name}: expected text, got ${shown(content)}.`);
  }
}

function checkId(value: unknown, place: string): void {
  if (typeof value === "string" && value.trim() !== "") {
    // Clients resolve segments of dots within a path, and a lone surrogate has no percent escape.
    if (!/^\.\.?$|\p{Cs}/u.test(value)) return;
    throw new TypeError(
      `${place}: expected an id that a URL's path can hold, got ${shown(value)}.`,
    );
  }
  const hint = typeof value === "number" ? " (an id of digits needs quotes)" : "";
  throw new TypeError(`${place}: expected an id as text, got ${shown(value)}${hint}.`);
}
