import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { status, verify } from "../src/index.ts";
import {
  checkSums,
  command,
  folder,
  keptIds,
  mailsAsked,
  start,
  startServer,
  sum,
  worklistOf,
} from "./store-and-server.ts";

const KILLS = Number(process.env["KEEP_KILLS"] ?? 100);

/** Each kill starts a process: on a machine that is busy with other tests they take minutes. */
const PATIENCE = 3_600_000;

const EACH = 3;

/**
 * A store, a server, and what must hold after each kill and at the end, according to the server's log and the files.
 */
async function setUp() {
  const server = await startServer({ each: EACH });
  const home = await folder();
  const store = join(home, "store");
  const worklist = join(home, "worklist.csv");
  const args = ["run", "--worklist", worklist, "--store", store, "--rate", "200/s", "--quiet"];
  let before = 0;
  let kept = new Set<string>();

  /** No mail that was complete in the folder when the run began was requested again. */
  async function judgeRun(): Promise<void> {
    const again = mailsAsked(server.seen.slice(before)).filter((id) => kept.has(id));
    expect(again).toEqual([]);
    before = server.seen.length;
    kept = await keptIds(store);
  }

  async function judgeBalance(): Promise<void> {
    // A run that is killed at once has not made its ledger yet.
    if (server.seen.length === 0) return;
    const { worklist: counts, archives } = await status({ store });
    expect(sum(counts)).toBe(counts.total);
    expect(sum(archives)).toBe(archives.total);
    expect(kept.size).toBeGreaterThanOrEqual(archives.kept);
  }

  async function judgeEnd(items: number): Promise<void> {
    const last = await command(server.url, ...args);
    expect(last).toMatchObject({ code: 0, stderr: "" });
    await judgeRun();
    const { worklist: counts, archives } = await status({ store });
    expect(counts).toMatchObject({ total: items, listed: items, open: 0 });
    expect(archives).toMatchObject({ total: items * EACH, kept: items * EACH });
    expect(kept.size).toBe(items * EACH);
    expect((await verify({ store })).findings).toEqual([]);
    await checkSums(store);
    expect(await readdir(join(store, "mails"))).not.toContain(".part");
    expect(new Set(mailsAsked(server.seen)).size).toBe(items * EACH);
  }

  return { server, home, store, args, judgeRun, judgeBalance, judgeEnd };
}

test(
  "survives SIGKILL at any moment: nothing lost, nothing twice, the balance always right",
  { timeout: PATIENCE },
  async () => {
    const { server, home, args, judgeRun, judgeBalance, judgeEnd } = await setUp();
    // Each item takes four requests, so some are left for the last run.
    const items = 12 * KILLS;
    await worklistOf(home, items);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = server.seen.length;
      const child = start(server.url, ...args);
      const ended = once(child, "exit");
      // The moment is counted in requests, so that a busy machine only takes longer. Some kills come before the first
      // one.
      const moment = kill % 10 === 5 ? before : before + 1 + Math.floor(Math.random() * 60);
      if (moment === before) await sleep(Math.random() * 500);
      while (server.seen.length < moment && child.exitCode === null) await sleep(1);
      child.kill("SIGKILL");
      await ended;
      expect(child.signalCode).toBe("SIGKILL");
      await judgeRun();
      await judgeBalance();
    }
    await judgeEnd(items);
    const again = mailsAsked(server.seen).length - items * EACH;
    console.log(
      `${KILLS} kills, ${items} items, ${items * EACH} mails kept, 0 lost, 0 kept ones asked again, ${again} of those in flight`,
    );
  },
);

test("survives SIGKILL while it writes its tables", { timeout: PATIENCE }, async () => {
  const { server, home, store, args, judgeRun, judgeBalance, judgeEnd } = await setUp();
  const rounds = Math.ceil(KILLS / 10);
  for (let round = 1; round <= rounds; round += 1) {
    await worklistOf(home, round * 5);
    const child = start(server.url, ...args);
    const ended = once(child, "exit");
    while (server.seen.length < round * 5 * (1 + EACH) && child.exitCode === null) await sleep(1);
    await sleep(Math.random() * 150);
    child.kill("SIGKILL");
    await ended;
    await judgeRun();
    await judgeBalance();
    expect(
      (await verify({ store })).findings.filter(({ path }) => !path.startsWith("mails/")),
    ).toEqual([]);
  }
  await judgeEnd(rounds * 5);
});
