import type { MailArchive } from "@np6-archives/spec";
import { epochMilliseconds } from "../survey/epoch-milliseconds.ts";
import type { Exchange } from "../survey/exchange.ts";
import { dueListings } from "../survey/survey.ts";
import { lookingAt, seenIn } from "./check.ts";
import type { Check, Finding } from "./check.ts";
import { ARCHIVE, lists, ofEach, property } from "./listed-archives.ts";
import type { List } from "./listed-archives.ts";

const STAMP = ["stamp"] as const;
const DAY = 86_400_000;

/** What an archive says of itself, and whether listings say the same of it. */
export const ARCHIVE_CHECKS: Check[] = lookingAt(
  (survey) => dueListings(survey).map(({ exchange }) => exchange),
  [
    {
      id: "ids-asked",
      holds: "Every archive is of the target, and of the action, that was asked for.",
      source: property("target"),
      look: (survey) => {
        const { action, target, given } = survey.asked;
        // If both were given, the stamp is expected to be one of the target's, though it is nowhere documented.
        const isBothNamed = given.has("target") && given.has("stamp");
        const compared = lists(survey, "target", "actionTarget", ...(isBothNamed ? STAMP : []));
        return ofEach(compared, (item, at, { operation }) => {
          const findings: Finding[] = [];
          if (item.target !== target) {
            const finding = { where: `${at}/target`, expected: target, received: "another id" };
            findings.push(operation === "stamp" ? { ...finding, provenance: "assumed" } : finding);
          }
          if (operation === "actionTarget" && item.action !== action) {
            findings.push({ where: `${at}/action`, expected: action, received: "another id" });
          }
          return findings;
        });
      },
    },
    {
      id: "ids-present",
      holds: "The ids of an archive, its action and its target are not blank.",
      source: property("id"),
      look: (survey) =>
        ofEach(lists(survey), (item, at) =>
          (["id", "action", "target"] as const).flatMap((name) =>
            item[name].trim() === ""
              ? [{ where: `${at}/${name}`, expected: "an id", received: "a blank" }]
              : [],
          ),
        ),
    },
    {
      id: "ids-unique",
      holds: "No archive is listed twice in one list.",
      source: property("id"),
      look: (survey) => {
        const firsts = new Map<List, Map<string, number>>();
        return ofEach(lists(survey), (item, at, list, index) => {
          const known = firsts.get(list) ?? new Map<string, number>();
          firsts.set(list, known);
          const first = known.get(item.id) ?? index;
          known.set(item.id, first);
          return first === index
            ? []
            : [{ where: `${at}/id`, expected: "an id of its own", received: `the id of ${first}` }];
        });
      },
    },
    {
      id: "ids-uuid",
      holds: "The id of an archive is a uuid, as in every example.",
      look: (survey) =>
        ofEach(lists(survey), ({ id }, at) =>
          /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
            ? []
            : [{ where: `${at}/id`, expected: "a uuid", received: "another string" }],
        ),
    },
    {
      id: "listings-agree",
      holds:
        "Two lists say the same of an archive: its action, its target, the instant of its sendingDate.",
      source: ARCHIVE,
      look: (survey) => {
        const known = new Map<string, MailArchive>();
        return ofEach(lists(survey), (item, at) => {
          const before = known.get(item.id);
          known.set(item.id, before ?? item);
          if (before === undefined) return [];
          const expected = "what another list says";
          return (["action", "target", "sendingDate"] as const).flatMap((name) => {
            const isSame =
              name === "sendingDate"
                ? Math.abs(epochMilliseconds(before[name]) - epochMilliseconds(item[name])) <= 1000
                : before[name] === item[name];
            return isSame ? [] : [{ where: `${at}/${name}`, expected, received: "something else" }];
          });
        });
      },
    },
    {
      id: "listing-stable",
      holds: "An archive that was listed is still listed a moment later.",
      source: ["paths", "/targets/{id}/archives", "get"],
      look: ({ listings }) => {
        const [first, again] = listings.filter(({ operation }) => operation === "target");
        if (!first?.exchange.archives?.length || again?.exchange.archives === undefined)
          return undefined;
        return missing(again.exchange, first.exchange.archives, again.exchange.archives);
      },
    },
    {
      id: "listings-whole",
      holds: "The target's list and the action's list hold the same archives of that action.",
      look: (survey) => {
        const ofTarget = lists(survey, "target").at(0);
        const ofAction = lists(survey, "actionTarget").at(0);
        if (ofTarget === undefined || ofAction === undefined) return undefined;
        const same = ofTarget.archives.filter(({ action }) => action === survey.asked.action);
        // An empty list may only mean that the key's user may not read it.
        if (same.length === 0 || ofAction.archives.length === 0) return undefined;
        return [
          ...missing(ofAction.exchange, same, ofAction.archives),
          ...missing(ofTarget.exchange, ofAction.archives, same),
        ];
      },
    },
    {
      id: "stamp-single",
      holds: "A stamp has one archive at most.",
      source: ["paths", "/actions/stamp/{id}/archives", "get"],
      look: (survey) => {
        const found = lists(survey, "stamp");
        if (found.every(({ archives }) => archives.length === 0)) return undefined;
        return found.flatMap(({ exchange, archives }) => {
          const received = String(archives.length);
          return archives.length <= 1
            ? []
            : seenIn(exchange, [{ where: exchange.label, expected: "one archive", received }]);
        });
      },
    },
    {
      id: "dates-plausible",
      holds: "A mail was sent in this century, and not in the future.",
      source: property("sendingDate"),
      look: (survey) =>
        ofEach(lists(survey), ({ sendingDate }, at) => {
          const isPlausible =
            epochMilliseconds(sendingDate) < survey.startedAt + DAY && sendingDate >= "2000";
          const expected = "a date between 2000 and now";
          return isPlausible
            ? []
            : [{ where: `${at}/sendingDate`, expected, received: sendingDate }];
        }),
    },
    {
      id: "expires-later",
      holds: "expiresOn is after sendingDate.",
      source: property("expiresOn"),
      look: (survey) =>
        ofEach(lists(survey), ({ sendingDate, expiresOn }, at) =>
          epochMilliseconds(expiresOn) <= epochMilliseconds(sendingDate)
            ? [{ where: `${at}/expiresOn`, expected: `after ${sendingDate}`, received: expiresOn }]
            : [],
        ),
    },
    {
      id: "lifetime",
      holds: "A link lives 32 days from sendingDate on, as in every example.",
      look: (survey) =>
        ofEach(lists(survey), ({ sendingDate, expiresOn }, at) => {
          const days = (epochMilliseconds(expiresOn) - epochMilliseconds(sendingDate)) / DAY;
          if (Math.abs(days - 32) <= 1 / 1440) return [];
          return [
            {
              where: `${at}/expiresOn`,
              expected: "32 days later",
              received: `${days.toFixed(3)} days`,
            },
          ];
        }),
    },
    {
      id: "order",
      holds: "The newest archive comes first.",
      look: (survey) => {
        const ordered = lists(survey, "target", "actionTarget").filter(
          ({ archives }) => archives.length > 1,
        );
        return ofEach(ordered, (item, at, { archives }, index) => {
          const before = archives[index - 1];
          if (
            before === undefined ||
            epochMilliseconds(before.sendingDate) >= epochMilliseconds(item.sendingDate)
          )
            return [];
          return [
            {
              where: `${at}/sendingDate`,
              expected: "no later than the one before",
              received: "later",
            },
          ];
        });
      },
    },
  ],
);

function missing(exchange: Exchange, due: MailArchive[], found: MailArchive[]): Finding[] {
  const ids = new Set(found.map(({ id }) => id));
  const count = due.filter(({ id }) => !ids.has(id)).length;
  if (count === 0) return [];
  const expected = `${due.length} archives`;
  return seenIn(exchange, [{ where: exchange.label, expected, received: `all but ${count}` }]);
}
