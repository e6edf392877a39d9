import type { Survey } from "../survey/survey.ts";
import type { Check, Finding } from "./check.ts";

const HEADERS = ["components", "headers"];

/** The headers that any answer may carry. */
export const headerChecks: Check[] = [
  {
    id: "rate-limit-headers",
    holds: "X-RateLimit-Limit, -Remaining and -Reset are whole numbers, where they are sent.",
    source: [...HEADERS, "RateLimitLimit"],
    look: ({ exchanges }) => {
      const sent = exchanges.flatMap((exchange) =>
        ["limit", "remaining", "reset"].flatMap((name) => {
          const value = exchange.headers.get(`x-ratelimit-${name}`);
          return value === null ? [] : [{ where: `${exchange.label}: X-RateLimit-${name}`, value }];
        }),
      );
      if (sent.length === 0) return undefined;
      return sent.flatMap(({ where, value }): Finding[] => {
        if (!/^\d+$/.test(value)) {
          return [{ where, expected: "a whole number", received: value.slice(0, 40) || "nothing" }];
        }
        // Ten digits are an instant in seconds; more are milliseconds, or nonsense.
        if (value.length <= 10) return [];
        return [
          { where, expected: "seconds", received: value.slice(0, 40), provenance: "assumed" },
        ];
      });
    },
  },
  {
    id: "retry-after",
    holds: "Retry-After is seconds or an HTTP date, where it is sent.",
    look: ({ exchanges }) => {
      const sent = exchanges.filter((exchange) => exchange.headers.has("retry-after"));
      if (sent.length === 0) return undefined;
      return sent.flatMap((exchange) => {
        const value = exchange.headers.get("retry-after")!;
        if (/^\d+$/.test(value) || !Number.isNaN(Date.parse(value))) return [];
        const where = `${exchange.label}: Retry-After`;
        return [{ where, expected: "seconds or an HTTP date", received: value.slice(0, 40) }];
      });
    },
  },
  {
    id: "request-id",
    holds: "Every answer of an operation has an x-request-id of its own.",
    source: [...HEADERS, "RequestId"],
    look: (survey) => requestIdFindings(survey),
  },
];

function requestIdFindings({ exchanges, head, unknownPath }: Survey): Finding[] {
  const seen = new Set<string>();
  return exchanges.flatMap((exchange) => {
    const isOfAnOperation = exchange.label !== head?.label && exchange.label !== unknownPath?.label;
    if (!isOfAnOperation || exchange.status === undefined) return [];
    const id = exchange.headers.get("x-request-id")?.trim() ?? "";
    const received = id === "" ? "none" : "one that another answer had";
    if (id !== "" && !seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [{ where: exchange.label, expected: "an x-request-id of its own", received }];
  });
}
