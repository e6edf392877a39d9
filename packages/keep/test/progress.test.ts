import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { textScreen } from "../src/command/screen.ts";
import { keep, retry } from "../src/index.ts";
import type { ProgressEvent } from "../src/index.ts";
import {
  archiveOf,
  expectGrowth,
  folder,
  listing,
  startServer,
  watchTotals,
  worklistOf,
} from "./store-and-server.ts";

test("the totals are right after a resume, and a retry reports what it asks for", async () => {
  const server = await startServer({
    judge: (path) => (/^\/targets\/t\d*[02468]\//.test(path) ? { status: 404 } : undefined),
  });
  const home = await folder();
  const worklist = await worklistOf(home, 100);
  const options = { client: server.client, store: join(home, "store"), rate: 20 };
  const first = watchTotals(1);
  await keep({ ...options, ...first, worklist });
  const resumed = watchTotals();
  const { balance } = await keep({ ...options, ...resumed, worklist });
  expectGrowth(resumed.told, first.told[0]?.[0] ?? 0, 100);
  expect(balance.worklist.unknown).toBe(50);
  const retried = watchTotals();
  await retry({ ...options, ...retried });
  expectGrowth(retried.told, 0, 50);
});

test("a retry's total does not count archives that its dates exclude", async () => {
  let isBlank = true;
  const server = await startServer({
    each: 3,
    latency: (path) => (isBlank || path.startsWith("/mail/") ? 0 : 2500),
    judge: (path) =>
      isBlank && path.startsWith("/targets/")
        ? listing([0, 1, 2].map((n) => Object.assign(archiveOf(server.url, "t0", n), { url: "" })))
        : undefined,
  });
  const home = await folder();
  const options = { client: server.client, store: join(home, "store"), rate: 1000 };
  await keep({ ...options, worklist: await worklistOf(home, 1) });
  isBlank = false;
  const { told, onEvent } = watchTotals();
  await retry({ ...options, onEvent, since: "2026-01-01T02:00Z" });
  expect(told[0]).toEqual([0, 1]);
});

test("the time left on the bar is estimated from what was settled since the total is known", () => {
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
