import { join } from "node:path";
import { startPostgres } from "@np6-archives/test-servers/postgres";
import { expect, test, vi } from "vitest";
import { textScreen } from "../src/command/screen.ts";
import { keep, retry, work } from "../src/index.ts";
import type { KeepEvent, ProgressEvent } from "../src/index.ts";
import { folder, startServer, worklistOf } from "./store-and-server.ts";

/** How far a run was told to be, as settled and total. */
function watch(until = Infinity) {
  const told: [settled: number, total: number][] = [];
  const stop = new AbortController();
  const onEvent = (event: KeepEvent) => {
    if (event.event !== "progress") return;
    told.push([event.total - event.open, event.total]);
    if (told.length >= until) stop.abort();
  };
  return { told, onEvent, signal: stop.signal };
}

/** Each figure grows to what there is, from where it was. */
function expectGrowth(told: [number, number][], from: number, total: number): void {
  expect(told.length).toBeGreaterThan(1);
  const settled = told.map(([each]) => each);
  expect(settled).toEqual(settled.toSorted((a, b) => a - b));
  expect(settled[0]).toBeGreaterThan(from);
  expect(settled.at(-1)).toBeGreaterThan(settled[0] ?? 0);
  expect(settled.at(-1)).toBeLessThanOrEqual(total);
  expect(new Set(told.map(([, all]) => all))).toEqual(new Set([total]));
}

test("the totals are right after a resume, and a retry tells of what it asks for", async () => {
  const server = await startServer({
    judge: (path) => (/^\/targets\/t\d*[02468]\//.test(path) ? { status: 404 } : undefined),
  });
  const home = await folder();
  const worklist = await worklistOf(home, 100);
  const options = { client: server.client, store: join(home, "store"), rate: 20 };
  const first = watch(1);
  await keep({ ...options, ...first, worklist });
  const resumed = watch();
  const { balance } = await keep({ ...options, ...resumed, worklist });
  expectGrowth(resumed.told, first.told[0]?.[0] ?? 0, 100);
  expect(balance.worklist.unknown).toBe(50);
  const retried = watch();
  await retry({ ...options, ...retried });
  expectGrowth(retried.told, 0, 50);
});

test("the totals are those of all machines", async () => {
  const postgres = await startPostgres();
  try {
    const server = await startServer();
    const home = await folder();
    const worklist = await worklistOf(home, 80);
    const ledger = await postgres.database();
    const options = { client: server.client, store: join(home, "store"), ledger };
    const [run, helper] = [watch(), watch()];
    await Promise.all([
      keep({ ...options, ...run, worklist, rate: 15 }),
      work({ ...options, ...helper }),
    ]);
    expectGrowth(run.told, 0, 80);
    expectGrowth(helper.told, 0, 80);
  } finally {
    await postgres.stop();
  }
});

test("the bar tells the time that is left by what was settled since the total is known", () => {
  const { stderr } = process;
  const { isTTY, columns } = stderr;
  Object.assign(stderr, { isTTY: true, columns: 200 });
  const lines: string[] = [];
  vi.spyOn(stderr, "write").mockImplementation((text) => lines.push(String(text)) > 0);
  const now = vi.spyOn(performance, "now").mockReturnValue(0);
  try {
    const screen = textScreen(false);
    const rest = { items: 0, calls: 0, mails: 0, bytes: 0, gaps: 0, rate: 5 };
    const show = (at: number, total: number, open: number) => {
      now.mockReturnValue(at);
      screen.show({ event: "progress", ...rest, total, open } satisfies ProgressEvent);
    };
    show(1000, 60, 20);
    show(2000, 100, 60);
    show(12_000, 100, 50);
  } finally {
    vi.restoreAllMocks();
    Object.assign(stderr, { isTTY, columns });
  }
  expect(lines.map((line) => /(\d+\/\d+) items .* · (.+?) left/.exec(line)?.slice(1))).toEqual([
    ["40/60", "?"],
    ["40/100", "?"],
    ["50/100", "50 s"],
  ]);
});
