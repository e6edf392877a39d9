import { expect, test } from "vitest";
import { verify } from "../src/index.ts";
import { failureWait, rateLimitWait } from "../src/survey/retry-wait.ts";
import { answeringServer } from "./answering-server.ts";

const now = Date.parse("2026-02-05T09:27:58Z");

const waits: [name: string, headers: Record<string, string>, attempt: number, wait: number][] = [
  ["nothing, the first time", {}, 1, 1000],
  ["nothing, the third time", {}, 3, 4000],
  ["seconds", { "retry-after": "7" }, 1, 7000],
  ["an HTTP date", { "retry-after": "Thu, 05 Feb 2026 09:28:08 GMT" }, 1, 10_000],
  ["a date in the past", { "retry-after": "Thu, 05 Feb 2026 09:00:00 GMT" }, 2, 2000],
  ["zero seconds", { "retry-after": "0" }, 1, 1000],
  [
    "an HTTP date in the obsolete form",
    { "retry-after": "Thursday, 05-Feb-26 09:28:08 GMT" },
    1,
    10_000,
  ],
  ["a date that is no HTTP date", { "retry-after": "2026-02-06" }, 1, 1000],
  ["words", { "retry-after": "soon" }, 1, 1000],
  ["a reset as a delay", { "x-ratelimit-reset": "30" }, 1, 30_000],
  ["a reset as an instant", { "x-ratelimit-reset": String(now / 1000 + 12) }, 1, 12_000],
  [
    "an HTTP date, by a clock that is years behind",
    { "retry-after": "Thu, 05 Feb 2015 09:28:08 GMT", date: "Thu, 05 Feb 2015 09:27:58 GMT" },
    1,
    10_000,
  ],
  [
    "a reset as an instant, by a clock that is ahead",
    { "x-ratelimit-reset": String(now / 1000 + 3612), date: "Thu, 05 Feb 2026 10:27:58 GMT" },
    1,
    12_000,
  ],
  [
    "an HTTP date, with an invalid Date header",
    { "retry-after": "Thu, 05 Feb 2026 09:28:08 GMT", date: "today" },
    1,
    10_000,
  ],
  [
    "Retry-After, in preference to the reset",
    { "retry-after": "3", "x-ratelimit-reset": "60" },
    1,
    3000,
  ],
];

test.each(waits)("waits the right time after %s", (_name, headers, attempt, wait) => {
  expect(rateLimitWait(new Headers(headers), attempt, now)).toBe(wait);
});

test("a failing server's Retry-After date is read by its own clock", () => {
  const headers = new Headers({
    "retry-after": "Thu, 05 Feb 2015 09:28:08 GMT",
    date: "Thu, 05 Feb 2015 09:27:58 GMT",
  });
  expect(failureWait(headers, 1, now)).toBe(10_000);
});

test("verify does not ask again before a server's Retry-After is over", async () => {
  const times: number[] = [];
  const server = await answeringServer((_request, response) => {
    times.push(performance.now());
    const isFirst = times.length === 1;
    response.writeHead(isFirst ? 429 : 401, isFirst ? { "retry-after": "2" } : {});
    response.end();
  });
  await expect(verify({ baseUrl: server.url, apiKey: "any" })).rejects.toThrow(
    "key: expected one that the server takes, got status",
  );
  await server.close();
  // Timers may fire a millisecond early.
  expect(times[1]! - times[0]!).toBeGreaterThan(1990);
});
