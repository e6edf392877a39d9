import type { Answer } from "./answer.ts";

/** Counts calls in periods of one second. */
export interface RateLimit {
  /** The usual answer with the remaining calls in its headers, or 429 when none is left. */
  answer(now: Date, usual: () => Promise<Answer>): Promise<Answer>;
  reset(): void;
}

/** Answers 429 to every call above `limit` in the same second. */
export function rateLimit(limit: number): RateLimit {
  let second = 0;
  let count = 0;
  return {
    async answer(now, usual) {
      const current = Math.floor(now.getTime() / 1000);
      if (current !== second) [second, count] = [current, 0];
      count += 1;
      const told = {
        "x-ratelimit-limit": String(limit),
        "x-ratelimit-remaining": String(Math.max(0, limit - count)),
        "x-ratelimit-reset": "1",
      };
      if (count > limit) {
        const message = `More than ${limit} calls in this second.`;
        return {
          status: 429,
          headers: { "retry-after": "1", ...told },
          violations: [{ location: ["request"], severity: "Error", code: 429, message }],
        };
      }
      const answer = await usual();
      // A 429 by `Prefer` has headers of its own.
      return { ...answer, headers: { ...told, ...answer.headers } };
    },
    reset() {
      count = 0;
    },
  };
}
