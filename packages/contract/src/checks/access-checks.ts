import type { Exchange } from "../survey/exchange.ts";
import type { SpecFacts } from "../survey/spec-facts.ts";
import type { Listing } from "../survey/survey.ts";
import { contractFindings } from "./answer-checks.ts";
import { seenIn } from "./check.ts";
import type { Check, Finding } from "./check.ts";

const API_KEY = ["components", "securitySchemes", "apiKey"];
const RESPONSES = ["components", "responses"];

/** Nothing is listed without the right key, for ids that nobody has, or for dates that are not valid. */
export const ACCESS_CHECKS: Check[] = [
  {
    id: "key-required",
    holds: "Without a key, or with a blank one, nothing is listed; the status is 401.",
    source: API_KEY,
    look: ({ keyless }, facts) => refusals(keyless, facts),
    looksAt: ({ keyless }) => keyless.map(({ exchange }) => exchange),
  },
  {
    id: "key-checked",
    holds: "With a wrong key nothing is listed; the status is 401.",
    source: API_KEY,
    look: ({ wrongKey }, facts) => refusals(wrongKey, facts),
    looksAt: ({ wrongKey }) => wrongKey.map(({ exchange }) => exchange),
  },
  {
    id: "unknown-ids",
    holds: "An id that nobody has is a 404.",
    source: [...RESPONSES, "NotFound"],
    look: ({ unknown }, facts) => rejections(unknown, 404, facts),
    looksAt: ({ unknown }) => unknown.map(({ exchange }) => exchange),
  },
  {
    id: "bad-dates",
    holds: "An invalid date is a 400.",
    source: [...RESPONSES, "BadRequest"],
    look: ({ badDate }, facts) => rejections(badDate, 400, facts),
    looksAt: ({ badDate }) => badDate.map(({ exchange }) => exchange),
  },
  {
    id: "head",
    holds: "HEAD is answered or refused, and is no failure.",
    look: ({ head }) => {
      if (head?.status === undefined) return undefined;
      if (head.status < 500 || head.status === 501) return [];
      const received = String(head.status);
      return seenIn(head, [{ where: head.label, expected: "no 5xx", received }]);
    },
    looksAt: ({ head }) => (head === undefined ? [] : [head]),
  },
  {
    id: "unknown-path",
    holds: "A path that is not documented is a 404.",
    look: ({ unknownPath }) => {
      if (unknownPath?.status === undefined) return undefined;
      if (unknownPath.status === 404) return [];
      const received = String(unknownPath.status);
      return seenIn(unknownPath, [{ where: unknownPath.label, expected: "404", received }]);
    },
    looksAt: ({ unknownPath }) => (unknownPath === undefined ? [] : [unknownPath]),
  },
];

/** What `look` finds in the listings that were answered; undefined where none was. */
function ofEachAnswered(
  listings: Listing[],
  look: (exchange: Exchange, status: number) => Finding[],
): Finding[] | undefined {
  const seen = listings.flatMap(({ exchange }) => {
    const { status, failure } = exchange;
    const isAnswered = status !== undefined && status !== 429 && failure === undefined;
    return isAnswered ? [{ exchange, status }] : [];
  });
  if (seen.length === 0) return undefined;
  return seen.flatMap(({ exchange, status }) => seenIn(exchange, look(exchange, status)));
}

function refusals(listings: Listing[], facts: SpecFacts): Finding[] | undefined {
  return ofEachAnswered(listings, ({ label, body }, status) => {
    if (status >= 300 && holdsArchives(body)) return [leak(label)];
    if (status === 401) return [];
    const finding = { where: `${label}: status`, expected: "401", received: String(status) };
    if (status < 300) return [finding];
    return [{ ...finding, provenance: facts.provenance(...RESPONSES, "Unauthorized") }];
  });
}

/**
 * The exact status of an error is only observed. But a success has to be the documented one, and an empty list: nothing
 * exists that was asked for.
 */
function rejections(listings: Listing[], due: number, facts: SpecFacts): Finding[] | undefined {
  return ofEachAnswered(listings, ({ label, body, violations, archives }, status) => {
    if (due === 404 && status >= 300 && holdsArchives(body)) return [leak(label)];
    if (status === due) return [];
    const where = `${label}: status`;
    const expected = String(due);
    if (status === 200 && violations.length > 0) return contractFindings(label, violations, facts);
    if (status < 300 && status !== 200) {
      return [{ where, expected, received: String(status), provenance: "documented" as const }];
    }
    if (due === 404 && archives !== undefined && archives.length > 0) {
      const received = `${archives.length} archives`;
      return [
        { where: label, expected: "no archive", received, provenance: "documented" as const },
      ];
    }
    const list = archives === undefined ? "" : ` and ${archives.length} archives`;
    return [{ where, expected, received: `${status}${list}` }];
  });
}

function leak(label: string): Finding {
  const received = "archives in its body";
  return { where: label, expected: "no archive", received, provenance: "documented" };
}

/** Whether a body lists archives, alone or within something else: no error body has a sendingDate. */
function holdsArchives(body: Uint8Array): boolean {
  return /"sendingDate"\s*:/.test(new TextDecoder().decode(body));
}
