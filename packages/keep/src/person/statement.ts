import { VERSION } from "../report/version.ts";
import type { BagContents } from "./bag-contents.ts";

/** What no list can prove. */
export const NO_PROOF =
  "This is what the archives listed. An empty list does not prove that nothing was sent: archiving may have been off, the rights may have been missing, or the mail may lie outside the dates that were asked for. Only the sender's own records can tell that (np6-archives-keep reconcile).";

/** The lines of statement.txt: who, when, period, counts, and what could not be had and why. */
export function statement({ targets, mails, gaps, asked, without }: BagContents): string[] {
  const dates = mails.map(({ sendingDate }) => sendingDate).filter((date) => date !== "");
  const [first] = dates;
  const period =
    mails.length === 0 ? "no mail" : first ? `${first} to ${dates.at(-1)}` : "no mail has a date";
  const reasons = gaps.map(({ kind, archive, sendingDate, target, action, state, reason }) => {
    const what = archive
      ? `${archive}, sent ${sendingDate} by action ${action}`
      : `${target} ${action}`.trim();
    const why = reason === null ? "" : ` (${reason})`;
    return `- ${kind} ${what}: ${state}${why}`.replaceAll(/\s+/g, " ");
  });
  return [
    "The archived mails of one person",
    "",
    `Targets: ${targets.join(", ")}`,
    `Made: ${new Date().toISOString()}, by np6-archives-keep ${VERSION}`,
    ...(asked ? [`Last asked for: ${asked}; mails sent later may be missing`] : []),
    `Period: ${period}`,
    `Mails: ${mails.length}`,
    `Could not be had: ${gaps.length}`,
    ...reasons,
    ...without.map(
      ({ target, isAsked }) =>
        `Nothing of ${target}: ${isAsked ? "it was asked for, and no mail is known under it: none was listed, or none is left after an erasure" : "no row of the store has it"}`,
    ),
    "",
    NO_PROOF,
  ];
}
