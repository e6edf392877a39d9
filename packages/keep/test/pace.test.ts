import { ArchivesClient } from "@np6-archives/client";
import { expect, test } from "vitest";
import { keep } from "../src/index.ts";
import type { KeepEvent, LimitedEvent } from "../src/index.ts";
import type { LastPause, PauseMemory } from "../src/ledger/ledger.ts";
import { localPace } from "../src/pace/local-pace.ts";
import { archiveOf, folder, KEY, listing, startServer, worklistOf } from "./store-and-server.ts";

/** The largest number of calls within any second. */
function mostInASecond(times: readonly number[]): number {
  return Math.max(
    ...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length),
  );
}

/** A client, and the times of its calls: on a busy machine the server would see them late. */
function watchedClient(baseUrl: string) {
  const sent: { at: number; path: string }[] = [];
  const client = new ArchivesClient({
    apiKey: KEY,
    baseUrl,
    fetch: async (url, init) => {
      sent.push({ at: performance.now(), path: new URL(url).pathname });
      return fetch(url, init);
    },
  });
  return { sent, client };
}

test.each([
  { rate: 15, items: 45, latency: 0 },
  { rate: 50, items: 200, latency: 30 },
  // Latency above the interval, so that calls overlap; late calls must not be made up for by a burst.
  { rate: 7.5, items: 20, latency: 400 },
])("at $rate/s no second has more than one call above the rate", async (given) => {
  const { rate, items, latency } = given;
  const server = await startServer({ each: 0, latency });
  const home = await folder();
  const worklist = await worklistOf(home, items);
  const { sent, client } = watchedClient(server.url);
  await keep({ client, worklist, store: `${home}/store`, rate });
  expect(server.seen).toHaveLength(items);
  expect(mostInASecond(sent.map(({ at }) => at))).toBeLessThanOrEqual(rate + 1);
});

test("renewals of links obey the pace as listings do", async () => {
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
  const { sent, client } = watchedClient(server.url);
  await keep({ client, worklist, store: `${home}/store`, rate: 15 });
  const listings = sent.filter(({ path }) => !path.startsWith("/mail/"));
  expect(listings).toHaveLength(30);
  expect(mostInASecond(listings.map(({ at }) => at))).toBeLessThanOrEqual(16);
});

function memory(last?: LastPause): PauseMemory {
  return { lastPause: () => last, setLastPause: (pause) => void (last = pause) };
}

test("a 429 halves the pace, which has recovered a minute after the pause", () => {
  let now = 0;
  const pace = localPace(10, memory(), () => now);
  expect(pace.limited(0, 3000)).toBe(3000);
  expect(pace.rate()).toBe(5);
  now = 3000;
  expect(pace.rate()).toBe(5);
  now += 15_000;
  expect(pace.rate()).toBeCloseTo(7.5);
  now += 60_000;
  expect(pace.rate()).toBe(10);
});

test("calls that were in flight at a 429 do not halve the pace again", () => {
  let now = 100;
  const pace = localPace(10, memory(), () => now);
  void pace.limited(50, 1000);
  void pace.limited(60, 1000);
  void pace.limited(99, 1000);
  expect(pace.rate()).toBe(5);
  now = 1200;
  void pace.limited(1150, 1000);
  expect(pace.rate()).toBeLessThan(3);
});

test("when a 429 does not say how long, the wait grows until an answer succeeds", () => {
  let now = 0;
  const pace = localPace(10, memory(), () => now);
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
  ["half over", -5000, 5000, 5],
  ["dated by a clock that was set back since", 86_400_000, 10_000, 5],
  ["over", -25_000, 0, 7.5],
  ["long over", -3_600_000, 0, 10],
])(
  "a pause of an earlier run that is %s lasts no longer than it was meant to",
  (_, at, left, rate) => {
    const kept = memory({ at: Date.now() + at, wait: 10_000, rate: 5 });
    const pace = localPace(10, kept, () => 0);
    expect(Math.max(0, Number(pace.pauseLeft()))).toBeCloseTo(left, -3);
    expect(pace.rate()).toBeCloseTo(rate, 1);
    expect(kept.lastPause()?.at).toBeLessThanOrEqual(Date.now());
  },
);

test("a pause of an earlier run is limited to a day, and its pace to this run's own", () => {
  const wait = 1e12;
  const pace = localPace(2, memory({ at: Date.now(), wait, rate: 5 }), () => 0);
  expect(pace.pauseLeft()).toBeCloseTo(86_400_000, -3);
  expect(pace.rate()).toBe(2);
});

test("a pause outlasts the run that got it, and the next run reports it", async () => {
  const server = await startServer({
    judge: (path) =>
      path.startsWith("/targets/t2/")
        ? { status: 429, headers: { "retry-after": "600" } }
        : undefined,
  });
  const home = await folder();
  const worklist = await worklistOf(home, 5);
  const limited = async () => {
    const stop = new AbortController();
    const events: LimitedEvent[] = [];
    const onEvent = (event: KeepEvent) => {
      if (event.event === "limited") events.push(event);
      if (event.event === "progress") stop.abort();
    };
    const options = { client: server.client, worklist, store: `${home}/store`, rate: 20 };
    expect((await keep({ ...options, signal: stop.signal, onEvent })).outcome).toBe("stopped");
    return events;
  };
  expect(await limited()).toEqual([{ event: "limited", wait: 600_000, rate: 10 }]);
  const asked = server.seen.length;
  const [told] = await limited();
  expect(told).toMatchObject({ rate: 10, earlier: true });
  expect(told?.wait).toBeGreaterThan(590_000);
  expect(told?.wait).toBeLessThanOrEqual(600_000);
  expect(server.seen).toHaveLength(asked);
});

test.each([
  ["Retry-After", () => ({ "retry-after": "2" })],
  [
    "X-RateLimit-Reset, when Retry-After is missing,",
    () => ({ "x-ratelimit-reset": String(Math.ceil(Date.now() / 1000) + 2) }),
  ],
])("there are no calls for as long as %s says", async (_, headers) => {
  let isLimited = false;
  const server = await startServer({ each: 0 });
  server.options.judge = (path) => {
    if (isLimited || !path.startsWith("/targets/t5/")) return undefined;
    isLimited = true;
    return { status: 429, headers: headers() };
  };
  const home = await folder();
  const worklist = await worklistOf(home, 20);
  const { sent, client } = watchedClient(server.url);
  const pauses: { told: number; wait: number }[] = [];
  const { outcome } = await keep({
    client,
    worklist,
    store: `${home}/store`,
    rate: 20,
    // Calls may be sent until the answer has been read.
    onEvent(event) {
      if (event.event === "limited") pauses.push({ told: performance.now(), wait: event.wait });
    },
  });
  expect(outcome).toBe("complete");
  expect(server.seen).toHaveLength(21);
  expect(pauses).toHaveLength(1);
  const [{ told, wait } = { told: 0, wait: 0 }] = pauses;
  expect(wait).toBeGreaterThan(1000);
  // The pause begins when the answer is read, between these two.
  const answered = server.seen.find(({ status }) => status === 429)?.at ?? Infinity;
  expect(sent.filter(({ at }) => at > told && at < answered + wait)).toEqual([]);
});
