import type { MailArchive } from "@np6-archives/spec";
import { isInside, ON_BOUND } from "../survey/date-windows.ts";
import { epochMilliseconds } from "../survey/epoch-milliseconds.ts";
import type { Survey, WindowListing } from "../survey/survey.ts";
import { lookingAt, seenIn } from "./check.ts";
import type { Check, Finding } from "./check.ts";

const PARAMETERS = ["components", "parameters"];

/** A listing within dates holds what was sent within them, all of it and nothing else. */
export const WINDOW_CHECKS: Check[] = lookingAt(
  ({ windows }) => windows.map(({ exchange }) => exchange),
  [
    {
      id: "window-start",
      holds: "Nothing is listed that was sent before startDate.",
      source: [...PARAMETERS, "StartDate"],
      look: (survey) =>
        ofEachWindow(survey, ({ window, exchange }) =>
          strays(exchange, (sent) => sent < (window.start ?? -Infinity) - ON_BOUND),
        ),
    },
    {
      id: "window-end",
      holds: "Nothing is listed that was sent after endDate.",
      source: [...PARAMETERS, "EndDate"],
      look: (survey) =>
        ofEachWindow(survey, ({ window, exchange }) =>
          strays(exchange, (sent) => sent > (window.end ?? Infinity) + ON_BOUND),
        ),
    },
    {
      id: "window-whole",
      holds: "Everything is listed that was sent between startDate and endDate.",
      source: [...PARAMETERS, "StartDate"],
      look: (survey) =>
        ofEachWindow(survey, ({ window, exchange, whole }) => {
          const found = new Set(exchange.archives?.map(({ id }) => id));
          const lost = whole.filter(({ id, sendingDate }) => {
            const sent = epochMilliseconds(sendingDate);
            return isInside(sent, window) && !found.has(id) && isStable(id, survey);
          });
          const expected = "all archives within the dates";
          return lost.length === 0
            ? []
            : [{ where: exchange.label, expected, received: `${lost.length} less` }];
        }),
    },
    {
      id: "no-limit",
      holds: "A list without dates holds all that a list with dates holds.",
      look: (survey) =>
        ofEachWindow(survey, ({ exchange, whole }) => {
          const known = new Set(whole.map(({ id }) => id));
          const more = (exchange.archives ?? []).filter(({ id }) => !known.has(id));
          if (more.length === 0) return [];
          const expected = "no archive that the list without dates lacks";
          return [{ where: exchange.label, expected, received: String(more.length) }];
        }),
    },
    {
      id: "window-bounds",
      holds: "startDate is inclusive and endDate is exclusive.",
      look: (survey) =>
        ofEachWindow(survey, ({ window, exchange, whole }) => {
          const found = new Set(exchange.archives?.map(({ id }) => id));
          const sentAt = (bound: number | undefined) =>
            whole.filter(({ sendingDate }) => epochMilliseconds(sendingDate) === bound);
          const findings: Finding[] = [];
          if (sentAt(window.start).some(({ id }) => !found.has(id))) {
            const received = "without the mail sent at that instant";
            findings.push({ where: exchange.label, expected: "startDate inclusive", received });
          }
          if (sentAt(window.end).some(({ id }) => found.has(id))) {
            const received = "with the mail sent at that instant";
            findings.push({ where: exchange.label, expected: "endDate exclusive", received });
          }
          return findings;
        }),
    },
  ],
);

/** A window that was answered, beside the whole list. */
type SeenWindow = WindowListing & { whole: MailArchive[] };

function ofEachWindow(
  survey: Survey,
  look: (listing: SeenWindow) => Finding[],
): Finding[] | undefined {
  // If the whole list is empty, dates have nothing to leave out.
  const seen = survey.windows.filter(
    (listing): listing is SeenWindow =>
      listing.exchange.archives !== undefined &&
      listing.whole !== undefined &&
      (listing.whole.length > 0 || listing.exchange.archives.length > 0),
  );
  const findings = seen.flatMap((listing) => seenIn(listing.exchange, look(listing)));
  // A lost answer may have been wrong, so without it nothing can pass.
  const isUnseen = seen.length === 0 || (findings.length === 0 && survey.isWindowLost);
  return isUnseen ? undefined : findings;
}

function strays(
  { label, archives }: WindowListing["exchange"],
  isStray: (sent: number) => boolean,
): Finding[] {
  return (archives ?? []).flatMap(({ sendingDate }, index) =>
    isStray(epochMilliseconds(sendingDate))
      ? [
          {
            where: `${label}: body/${index}/sendingDate`,
            expected: "within the dates",
            received: sendingDate,
          },
        ]
      : [],
  );
}

/** Whether the target's last list still has it, so that its absence in between is no coincidence. */
function isStable(id: string, { listings }: Survey): boolean {
  const last = listings.findLast(({ operation }) => operation === "target");
  return last?.exchange.archives?.some((archive) => archive.id === id) ?? true;
}
