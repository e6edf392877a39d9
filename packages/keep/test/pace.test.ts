import { expect, test } from "vitest";
import { keep } from "../src/index.ts";
import { localPace } from "../src/pace/local-pace.ts";
import { archiveOf, folder, listing, startServer, worklistOf } from "./store-and-server.ts";

/** The most calls that any second has. */
function mostInASecond(times: readonly number[]): number {
  return Math.max(
    ...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length),
  );
}

test.each([
  { rate: 15, items: 45, latency: 0 },
  { rate: 50, items: 200, latency: 30 },
  // More than an interval: calls overlap, and one that was late is not made good by a burst.
  { rate: 7.5, items: 20, latency: 400 },
])("at $rate/s no second has more than one call above it, by the server's log", async (given) => {
  const { rate, items, latency } = given;
  const server = await startServer({ each: 0, latency });
  const home = await folder();
  const worklist = await worklistOf(home, items);
  await keep({ client: server.client, worklist, store: `${home}/store`, rate });
  expect(server.seen).toHaveLength(items);
  expect(mostInASecond(server.seen.map(({ at }) => at))).toBeLessThanOrEqual(rate + 1);
});

test("renewals of links keep to the pace as listings do", async () => {
  const server = await startServer();
  const judge = (path: string) => {
    if (!path.startsWith("/targets/")) return undefined;
    const target = path.split("/")[2] ?? "";
    const expiresOn = new Date(Date.now() - 86_400_000).toISOString();
    return listing([{ ...archiveOf(server.url, target, 0), expiresOn }]);
  };
  server.options.judge = judge;
  const home = await folder();
  const worklist = await worklistOf(home, 15);
  await keep({ client: server.client, worklist, store: `${home}/store`, rate: 15 });
  const listings = server.seen.filter(({ path }) => !path.startsWith("/mail/"));
  expect(listings).toHaveLength(30);
  expect(mostInASecond(listings.map(({ at }) => at))).toBeLessThanOrEqual(16);
});

test("a 429 halves the pace, and it has grown back a minute after the pause", () => {
  let now = 0;
  const pace = localPace(10, () => now);
  expect(pace.limited(0, 3000)).toBe(3000);
  expect(pace.rate()).toBe(5);
  now = 3000;
  expect(pace.rate()).toBe(5);
  now += 15_000;
  expect(pace.rate()).toBeCloseTo(7.5);
  now += 60_000;
  expect(pace.rate()).toBe(10);
});

test("calls that were on their way at a 429 do not halve the pace again", () => {
  let now = 100;
  const pace = localPace(10, () => now);
  void pace.limited(50, 1000);
  void pace.limited(60, 1000);
  void pace.limited(99, 1000);
  expect(pace.rate()).toBe(5);
  now = 1200;
  void pace.limited(1150, 1000);
  expect(pace.rate()).toBeLessThan(3);
});

test("where a 429 does not say how long, the wait grows until an answer comes", () => {
  let now = 0;
  const pace = localPace(10, () => now);
  const waits = [1, 2, 3].map((n) => {
    now = n * 100_000;
    return pace.limited(now, undefined);
  });
  expect(waits).toEqual([1000, 2000, 4000]);
  pace.answered();
  now += 100_000;
  expect(pace.limited(now, undefined)).toBe(1000);
});

test.each([
  ["Retry-After", () => ({ "retry-after": "2" })],
  [
    "the reset where that is missing",
    () => ({ "x-ratelimit-reset": String(Math.ceil(Date.now() / 1000) + 2) }),
  ],
])("nobody calls for as long as %s says", async (_, headers) => {
  let limitedAt = 0;
  const server = await startServer({ each: 0 });
  server.options.judge = (path) => {
    if (limitedAt > 0 || !path.startsWith("/targets/t5/")) return undefined;
    limitedAt = performance.now();
    return { status: 429, headers: headers() };
  };
  const home = await folder();
  const worklist = await worklistOf(home, 20);
  const { outcome } = await keep({
    client: server.client,
    worklist,
    store: `${home}/store`,
    rate: 20,
  });
  expect(outcome).toBe("complete");
  expect(server.seen).toHaveLength(21);
  // One call may be on its way when the answer comes.
  const early = server.seen.filter(({ at }) => at > limitedAt + 50 && at < limitedAt + 950);
  expect(early).toEqual([]);
});
