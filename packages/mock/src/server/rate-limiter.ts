import type { Answer } from "./answer.ts";

/** Counts calls in periods of one second; undefined while there are some left. */
export interface RateLimit {
  refusal(now: Date): Answer | undefined;
  reset(): void;
}

/** Answers 429 to every call above `limit` in the same second. */
export function rateLimit(limit: number): RateLimit {
  let second = 0;
  let count = 0;
  return {
    refusal(now) {
      const current = Math.floor(now.getTime() / 1000);
      if (current !== second) [second, count] = [current, 0];
      count += 1;
      if (count <= limit) return undefined;
      const message = `More than ${limit} calls in this second.`;
      return {
        status: 429,
        headers: {
          "retry-after": "1",
          "x-ratelimit-limit": String(limit),
          "x-ratelimit-remaining": "0",
          "x-ratelimit-reset": "1",
        },
        violations: [{ location: ["request"], severity: "Error", code: 429, message }],
      };
    },
    reset() {
      count = 0;
    },
  };
}
