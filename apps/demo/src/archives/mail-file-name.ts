import type { MailArchive } from "@np6-archives/client";
import { instantOf } from "../words/formats.ts";
import { plainText } from "../words/plain-text.ts";
import { dayOf } from "../words/zone.ts";

/** Long enough to recognise a mail, and short enough for every file system, in characters. */
const MOST_CHARACTERS = 80;

/**
 * The file name of a mail, `YYYY-MM-DD subject.eml`, with the day of its sending in a zone, and its id if it has no
 * subject.
 */
export function mailFileName(archive: MailArchive, subject: string, zone: string): string {
  const words = Array.from(plainText(subject.replaceAll(/["*/:<>?\\|]/g, " ")))
    .slice(0, MOST_CHARACTERS)
    .join("")
    .replaceAll(/^[. ]+|[. ]+$/g, "");
  const sent = instantOf(archive.sendingDate);
  const day = sent === undefined ? [] : [dayOf(sent.getTime(), zone)];
  return `${[...day, words || archive.id].join(" ")}.eml`;
}
