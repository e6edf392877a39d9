import type { SpecFacts } from "../survey/spec-facts.ts";
import type { Listing, OperationName, Survey } from "../survey/survey.ts";
import type { Check, Finding } from "./check.ts";

const PATHS = {
  target: "/targets/{id}/archives",
  actionTarget: "/actions/{id}/targets/{target}/archives",
  stamp: "/actions/stamp/{id}/archives",
};

/** Each operation answers, in time, with the documented status, media type and body. */
export const answerChecks: Check[] = [
  {
    id: "answers-in-time",
    holds: "Every request gets a whole answer within its deadline.",
    source: ["paths", PATHS.target, "get"],
    look: ({ exchanges }) =>
      exchanges.flatMap(({ label, failure }) =>
        failure === undefined
          ? []
          : [{ where: label, expected: "a whole answer in time", received: failure }],
      ),
  },
  listingCheck("target-listing", "target"),
  listingCheck("action-target-listing", "actionTarget"),
  listingCheck("stamp-listing", "stamp"),
];

function listingCheck(id: string, operation: OperationName): Check {
  return {
    id,
    holds: `GET ${PATHS[operation]} answers with the documented status, media type and body.`,
    source: ["paths", PATHS[operation], "get"],
    look(survey, facts) {
      const listings = [...survey.listings, ...survey.windows].filter(
        (listing) => listing.operation === operation && listing.exchange.failure === undefined,
      );
      if (listings.length === 0) return undefined;
      return listings.flatMap((listing) => listingFindings(listing, survey, facts));
    },
  };
}

function listingFindings(
  { operation, exchange }: Listing,
  survey: Survey,
  facts: SpecFacts,
): Finding[] {
  const { label, status, violations } = exchange;
  if (status === 200) return contractFindings(label, violations, facts);
  const finding = { where: `${label}: status`, expected: "200", received: String(status) };
  if (status === 404 && !isKnown(operation, survey)) {
    const received = "404: give ids that this server knows, to have more checked";
    return [{ ...finding, received, provenance: "observed" }];
  }
  return [status === 403 ? { ...finding, provenance: "observed" } : finding];
}

/** The violations of an answer as findings, each as sure as the element that it violates. */
export function contractFindings(
  label: string,
  violations: Survey["exchanges"][number]["violations"],
  facts: SpecFacts,
): Finding[] {
  return violations.map((violation) => ({
    where: `${label}: ${violation.where.replace("response.", "")}`,
    expected: violation.expected,
    received: violation.received,
    provenance: facts.violated(violation),
  }));
}

/** Whether somebody vouched for what was asked: who called verify, or the server in another listing. */
function isKnown(operation: OperationName, { asked, listings }: Survey): boolean {
  if (operation === "stamp") return asked.given.has("stamp");
  if (operation === "target" && asked.given.has("target")) return true;
  return listings
    .flatMap(({ exchange }) => exchange.archives ?? [])
    .some(
      ({ action, target }) =>
        target === asked.target && (operation === "target" || action === asked.action),
    );
}
