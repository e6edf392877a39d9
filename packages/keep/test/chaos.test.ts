import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startPostgres } from "@np6-archives/test-servers/postgres";
import { expect, onTestFinished, test } from "vitest";
import { status, verify } from "../src/index.ts";
import { folder, start, startServer, sum, worklistOf } from "./store-and-server.ts";

/** A factor for how long it goes on: 1 takes some two minutes on an idle machine. */
const AMOUNT = Number(process.env["KEEP_CHAOS"] ?? 1);
const ITEMS = 900 * AMOUNT;
const RATE = 50;
const OUTAGE = 60_000;
const RETRY_AFTER = 3;

/** The only complaint allowed from a process that starts just as the database restarts. */
const AWAY =
  /^[a-z0-9 ]+: Warning: The ledger cannot be reached: .+\. It is waited for, \d+ s at most\.\n$/;

/** Sets a process's clock ten minutes ahead. */
const WRONG_CLOCK = `--import=data:text/javascript,${encodeURIComponent(`
  const ahead = 600_000;
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...values) { if (values.length > 0) super(...values); else super(RealDate.now() + ahead); }
    static now() { return RealDate.now() + ahead; }
  };
`)}`;

test(
  "three workers, kills, restarts of the database, 429s, an outage and a wrong clock: all mails kept once",
  { timeout: 7_200_000 * Math.max(1, AMOUNT) },
  async () => {
    const postgres = await startPostgres();
    onTestFinished(() => postgres.stop());
    const home = await folder();
    const store = join(home, "store");
    const ledger = await postgres.database();
    const worklist = await worklistOf(home, ITEMS);

    let listed = 0;
    let outageUntil = 0;
    let hadOutage = false;
    const refusals: number[] = [];
    const recent: number[] = [];
    const keptAlready: string[] = [];
    const server = await startServer({
      latency: 20,
      judge(path) {
        const now = performance.now();
        if (path.startsWith("/mail/")) {
          const id = /^\/mail\/([^?]+)/.exec(path)?.[1] ?? "";
          if (existsSync(join(store, "mails", id.slice(0, 2), `${id}.eml`))) keptAlready.push(id);
          return undefined;
        }
        if (!hadOutage && listed > ITEMS * 0.4) {
          hadOutage = true;
          outageUntil = now + OUTAGE;
        }
        if (now < outageUntil) return { status: 503 };
        recent.push(now);
        while ((recent[0] ?? now) < now - 1000) recent.shift();
        const isTurn = refusals.length < 4 && listed > (ITEMS / 5) * (refusals.length + 1);
        const isPaused = now < (refusals.at(-1) ?? -Infinity) + RETRY_AFTER * 1000;
        if (isPaused || isTurn || recent.length > RATE * 2) {
          if (!isPaused) refusals.push(now);
          return { status: 429, headers: { "retry-after": String(RETRY_AFTER) } };
        }
        listed += 1;
        return undefined;
      },
    });

    const where = ["--store", store, "--ledger", ledger, "--quiet"];
    const runArgs = ["run", "--worklist", worklist, ...where, "--rate", `${RATE}/s`];
    const processes = new Map<string, ChildProcess>();
    const endings: [string, number | null][] = [];
    const said: string[] = [];
    const begin = (name: string) => {
      const place = { url: server.url, nodeOptions: name === "wrong clock" ? WRONG_CLOCK : "" };
      const child = start(place, ...(name === "run" ? runArgs : ["work", ...where]));
      child.stdin?.end();
      child.stdout?.resume();
      child.stderr?.on("data", (text) => said.push(`${name}: ${String(text)}`));
      child.once("exit", (code, signal) => {
        if (signal === null) endings.push([name, code]);
        processes.delete(name);
      });
      processes.set(name, child);
    };
    const names = ["run", "first", "second", "wrong clock"];
    for (const name of names) begin(name);

    const isOver = () => endings.some(([name]) => name === "run");
    let kills = 0;
    let restarts = 0;
    let kept = 0;
    const log: string[] = [];
    const began = performance.now();
    const note = (text: string) =>
      log.push(`${((performance.now() - began) / 1000).toFixed(0)} s: ${text}`);

    while (!isOver()) {
      await sleep(1000 + Math.random() * 3000);
      if (isOver()) break;
      if (postgres.restart && listed > (ITEMS / 3) * (restarts + 1) && restarts < 2) {
        restarts += 1;
        note(`the database is restarted at ${listed} items`);
        await postgres.restart();
      }
      const found = await status({ store, ledger }).catch(() => undefined);
      if (found) {
        expect(sum(found.worklist)).toBe(found.worklist.total);
        expect(sum(found.archives)).toBe(found.archives.total);
        expect(found.archives.kept).toBeGreaterThanOrEqual(kept);
        kept = found.archives.kept;
      }
      // Mostly a helper is killed, sometimes the run itself, as long as there is something to do.
      if (listed >= ITEMS * 0.95 || kills >= 15 * AMOUNT) continue;
      const name = kills % 6 === 5 ? "run" : names[1 + Math.floor(Math.random() * 3)];
      const child = processes.get(name ?? "");
      if (name === undefined || child === undefined) continue;
      kills += 1;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      begin(name);
    }
    await expect.poll(() => processes.size).toBe(0);
    const seconds = (performance.now() - began) / 1000;

    const { worklist: counts, archives } = await status({ store, ledger });
    const calls = server.seen.filter(({ path }) => path.startsWith("/targets/"));
    const mails = server.seen.filter(({ path }) => path.startsWith("/mail/"));
    const inSecond = calls.map(({ at }, i) => {
      let last = i;
      while ((calls[last]?.at ?? Infinity) < at + 1000) last += 1;
      return last - i;
    });
    const early = refusals.map(
      (at) => calls.filter((call) => call.at > at + 500 && call.at < at + 2500).length,
    );
    console.log(
      [
        ...log,
        `${seconds.toFixed(0)} s, ${kills} kills, ${restarts} restarts, ${refusals.length} pauses after a 429, one outage of ${OUTAGE / 1000} s`,
        `${calls.length} listing calls for ${ITEMS} items, ${mails.length} downloads for ${archives.total} mails`,
        `most calls in a second ${Math.max(...inSecond)}, calls in each pause ${early.join(", ")}`,
        `asked for again though there: ${keptAlready.length}`,
        `endings ${JSON.stringify(endings)}`,
        ...said,
      ].join("\n"),
    );
    expect(hadOutage).toBe(true);
    expect(counts).toMatchObject({ total: ITEMS, listed: ITEMS });
    expect(archives).toMatchObject({ total: ITEMS, kept: ITEMS });
    expect(new Set(endings.map(([, code]) => code))).toEqual(new Set([0]));
    expect(new Set(endings.map(([name]) => name))).toEqual(new Set(names));
    expect(said.filter((text) => !AWAY.test(text))).toEqual([]);
    expect(keptAlready).toEqual([]);
    // Only the mails that were in flight at a kill are fetched again.
    expect(mails.length - ITEMS).toBeLessThanOrEqual(kills * 64);
    expect(calls.length).toBeLessThanOrEqual(seconds * RATE + RATE);
    expect((await verify({ store, ledger })).findings).toEqual([]);
  },
);
