import { httpDate } from "@np6-archives/spec/http-date";
import { requestIdOf } from "../survey/exchange.ts";
import type { Survey } from "../survey/survey.ts";
import { lookingAt } from "./check.ts";
import type { Check, Finding } from "./check.ts";

const HEADERS = ["components", "headers"];

/** The headers that any answer may carry. */
export const HEADER_CHECKS: Check[] = lookingAt(
  ({ exchanges }) => exchanges,
  [
    {
      id: "rate-limit-headers",
      holds: "X-RateLimit-Limit, -Remaining and -Reset are whole numbers, where they are sent.",
      source: [...HEADERS, "RateLimitLimit"],
      isOptional: true,
      look: ({ exchanges }) => {
        const sent = exchanges.flatMap((exchange) =>
          ["limit", "remaining", "reset"].flatMap((name) => {
            const value = exchange.headers.get(`x-ratelimit-${name}`);
            if (value === null) return [];
            const where = `${exchange.label}: X-RateLimit-${name}`;
            return [{ where, value, requestId: requestIdOf(exchange) }];
          }),
        );
        if (sent.length === 0) return undefined;
        return sent.flatMap(({ where, value, requestId }): Finding[] => {
          if (!/^\d+$/.test(value)) {
            const received = value || "nothing";
            return [{ where, expected: "a whole number", received, requestId }];
          }
          // Ten digits may be an instant in seconds; more are milliseconds, or nonsense.
          if (value.length <= 10) return [];
          const odd: Finding = { where, expected: "seconds", received: value, requestId };
          return [{ ...odd, provenance: "assumed" }];
        });
      },
    },
    {
      id: "retry-after",
      holds: "Retry-After is seconds or an HTTP date, where it is sent.",
      isOptional: true,
      look: ({ exchanges }) => {
        const sent = exchanges.filter((exchange) => exchange.headers.has("retry-after"));
        if (sent.length === 0) return undefined;
        return sent.flatMap((exchange) => {
          const value = exchange.headers.get("retry-after")!;
          if (/^\d+$/.test(value) || httpDate(value, Date.now()) !== undefined) return [];
          const where = `${exchange.label}: Retry-After`;
          const requestId = requestIdOf(exchange);
          return [{ where, expected: "seconds or an HTTP date", received: value, requestId }];
        });
      },
    },
    {
      id: "request-id",
      holds: "Every answer of an operation has an x-request-id of its own.",
      source: [...HEADERS, "RequestId"],
      look: (survey) => requestIdFindings(survey),
    },
  ],
);

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
    const expected = "an x-request-id of its own";
    return [{ where: exchange.label, expected, received, requestId: id || undefined }];
  });
}
