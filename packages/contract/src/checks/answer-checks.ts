import type { Violation } from "../exchange/violation.ts";
import { isInside } from "../survey/date-windows.ts";
import { epochMilliseconds } from "../survey/epoch-milliseconds.ts";
import { isLost, isOurLimit } from "../survey/exchange.ts";
import type { Exchange } from "../survey/exchange.ts";
import type { SpecFacts } from "../survey/spec-facts.ts";
import { dueListings } from "../survey/survey.ts";
import type { Listing, OperationName, Survey, WindowListing } from "../survey/survey.ts";
import { seenIn } from "./check.ts";
import type { Check, Finding } from "./check.ts";

const PATHS = {
  target: "/targets/{id}/archives",
  actionTarget: "/actions/{id}/targets/{target}/archives",
  stamp: "/actions/stamp/{id}/archives",
};

/** Each operation answers, in time, with the documented status, media type and body. */
export const ANSWER_CHECKS: Check[] = [
  {
    id: "answers-in-time",
    holds: "Every request gets a whole answer within its deadline.",
    looksAt: ({ exchanges, links }) => [...exchanges, ...links.map(({ exchange }) => exchange)],
    look: (survey, facts) => [
      ...survey.exchanges.flatMap((exchange) => lostFindings(exchange, survey, facts)),
      ...survey.exchanges.flatMap((exchange) => flakyFindings(exchange)),
      ...survey.links.flatMap(({ exchange }) => flakyFindings(exchange)),
    ],
  },
  listingCheck("target-listing", "target"),
  listingCheck("action-target-listing", "actionTarget"),
  listingCheck("stamp-listing", "stamp"),
];

/** Requests that got no whole answer, however often they were tried. */
function lostFindings(exchange: Exchange, survey: Survey, facts: SpecFacts): Finding[] {
  const { label, failure, status, wasTriedAgain } = exchange;
  if (wasTriedAgain) return [];
  const limited = status === 429 ? "429 and too long a wait" : undefined;
  const received = failure?.reason ?? limited;
  if (received === undefined) return [];
  const finding = { where: label, expected: "a whole answer in time", received };
  const isDue = dueListings(survey).some((listing) => listing.exchange === exchange);
  // How a bad request is refused is only observed, and our own deadline is no documented fact.
  if (!isDue) return [finding];
  const provenance = facts.provenance("paths", PATHS.target, "get");
  return seenIn(exchange, [
    isOurLimit(failure) ? { ...finding, as: "violation" } : { ...finding, provenance },
  ]);
}

function flakyFindings(exchange: Exchange): Finding[] {
  const { label, failedTries, wasTriedAgain } = exchange;
  if (failedTries.length === 0 || wasTriedAgain || isLost(exchange)) return [];
  const reasons = [...new Set(failedTries)].join(", ");
  const received = `one at try ${failedTries.length + 1}: ${failedTries.length} failed (${reasons})`;
  const expected = "an answer at the first try";
  return seenIn(exchange, [{ where: label, expected, received, as: "flaky" }]);
}

function listingCheck(id: string, operation: OperationName): Check {
  return {
    id,
    holds: `GET ${PATHS[operation]} answers with the documented status, media type and body.`,
    source: ["paths", PATHS[operation], "get"],
    look(survey, facts) {
      const listings = dueListings(survey).filter(
        (listing) => listing.operation === operation && listing.exchange.failure === undefined,
      );
      if (listings.length === 0) return undefined;
      return listings.flatMap((listing) =>
        seenIn(listing.exchange, listingFindings(listing, survey, facts)),
      );
    },
    looksAt: (survey) =>
      dueListings(survey)
        .filter((listing) => listing.operation === operation)
        .map(({ exchange }) => exchange),
  };
}

function listingFindings(
  listing: Listing | WindowListing,
  survey: Survey,
  facts: SpecFacts,
): Finding[] {
  const { operation, exchange } = listing;
  const { label, status, violations } = exchange;
  if (status === 200) return contractFindings(label, violations, facts);
  const finding = { where: `${label}: status`, expected: "200", received: String(status) };
  if (status === 404 && !isKnown(operation, survey)) {
    const received = "404: give ids that this server knows, to have more checked";
    return [{ ...finding, received, provenance: "observed" }];
  }
  // It is nowhere documented that dates without any mail give an empty list.
  if (status === 404 && isWithoutMail(listing)) return [{ ...finding, provenance: "assumed" }];
  return [status === 403 ? { ...finding, provenance: "observed" } : finding];
}

/** Whether no archive of the whole list lies within the dates that were asked for. */
function isWithoutMail(listing: Listing | WindowListing): boolean {
  if (!("window" in listing) || listing.whole === undefined) return false;
  const { whole, window } = listing;
  return !whole.some(({ sendingDate }) => isInside(epochMilliseconds(sendingDate), window));
}

/** The violations of an answer as findings, each with the provenance of the element that it violates. */
export function contractFindings(
  label: string,
  violations: readonly Violation[],
  facts: SpecFacts,
): Finding[] {
  return violations.map((violation) => ({
    where: `${label}: ${violation.where.replace("response.", "")}`,
    expected: violation.expected,
    received: violation.received,
    provenance: facts.violated(violation),
  }));
}

/** Whether the id is known to exist: the caller of verify gave it, or the server listed it elsewhere. */
function isKnown(operation: OperationName, { asked, listings }: Survey): boolean {
  if (operation === "stamp") return asked.given.has("stamp");
  if (asked.given.has("target") && (operation === "target" || asked.given.has("action")))
    return true;
  return listings
    .flatMap(({ exchange }) => exchange.archives ?? [])
    .some(
      ({ action, target }) =>
        target === asked.target && (operation === "target" || action === asked.action),
    );
}
