import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, freePort, startPostgres } from "@np6-archives/test-servers/postgres";
import type { Postgres } from "@np6-archives/test-servers/postgres";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { erase, keep, personBag, reconcile, retry, status, verify, work } from "../src/index.ts";
import type { KeepEvent } from "../src/index.ts";
import { openPostgresLedger } from "../src/ledger/postgres-ledger.ts";
import { MIGRATIONS, expectLedger, migrate } from "../src/ledger/postgres-schema.ts";
import { openDatabase } from "../src/ledger/postgres.ts";
import { postgresPace } from "../src/pace/postgres-pace.ts";
import { takeLead } from "../src/queue/advisory-locks.ts";
import { openQueue } from "../src/queue/queue.ts";
import { watch } from "../src/status.ts";
import { optionalPackage } from "../src/words/optional-package.ts";
import {
  archiveOf,
  command,
  expectGrowth,
  folder,
  idOf,
  keptIds,
  listing,
  start,
  startServer,
  sum,
  watchTotals,
  worklistOf,
} from "./store-and-server.ts";

/** The name of a package that does not exist. */
const NOT_THERE: string = "not-there";

/** An option that a user may have set. */
const OWN = "statement_timeout=60000";

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

async function setUp(items: number, serverOptions: Parameters<typeof startServer>[0] = {}) {
  const server = await startServer(serverOptions);
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, items);
  const ledger = await postgres.database();
  const where = ["--store", store, "--ledger", ledger, "--quiet"];
  const seen = (kind: "targets" | "mail") =>
    server.seen.filter(({ path, status: code }) => path.startsWith(`/${kind}/`) && code === 200);
  return { server, home, store, ledger, worklist, where, seen };
}

test("every command works on the database as on the file", async () => {
  let isBroken = true;
  const { server, home, store, ledger, worklist } = await setUp(30, {
    each: 2,
    judge: (path) => (isBroken && path.startsWith("/targets/t3/") ? { status: 403 } : undefined),
  });
  const where = { store, ledger };
  const options = { client: server.client, ...where, rate: 1000 };
  await writeFile(worklist, "only,\n,,\n", { flag: "a" });
  const first = await keep({ ...options, worklist });
  expect(first.outcome).toBe("gaps");
  expect(first.balance.worklist).toMatchObject({ total: 32, listed: 29, forbidden: 1, invalid: 2 });
  expect((await verify(where)).findings).toEqual([]);

  isBroken = false;
  const before = server.seen.length;
  const again = await retry({ ...options, only: ["forbidden"] });
  expect(again.balance.worklist).toMatchObject({ total: 32, listed: 30, invalid: 2 });
  expect(server.seen.length).toBe(before + 3);
  expect(await status(where)).toEqual({ ...again.balance, gaps: { "item invalid": 2 } });
  const gaps = await readFile(join(store, "gaps.csv"), "utf8");
  expect(gaps.match(/^item,\d+/gm)).toEqual(["item,32", "item,33"]);

  const sent = join(home, "sent.csv");
  const { sendingDate } = archiveOf(server.url, "t1", 0);
  await writeFile(sent, `target,action,sentAt\nt1,00000A,${sendingDate}\nt9999,,\n`);
  const reconciled = await reconcile({ ...where, sent });
  expect(reconciled.results).toEqual({ kept: 1, "never listed": 1 });
  const bag = join(home, "bag");
  expect(await personBag({ ...where, target: "t1", out: bag })).toMatchObject({
    mails: 2,
    gaps: 0,
  });
  expect(await readFile(join(bag, "data/statement.txt"), "utf8")).toMatch(
    /^Last asked for: \d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z; mails sent later may be missing$/m,
  );

  await erase({ ...where, target: "t1", reason: "request 12" });
  expect(await ask(ledger, "SELECT 1 FROM np6_keep.items WHERE target = 't1'")).toEqual([]);
  expect(await ask(ledger, "SELECT 1 FROM np6_keep.archives WHERE target = 't1'")).toEqual([]);
  expect((await verify(where)).findings).toEqual([]);
  const mails = server.seen.length;
  expect((await keep({ ...options, worklist })).balance.archives).toMatchObject({
    total: 60,
    kept: 58,
    erased: 2,
  });
  expect(server.seen.slice(mails).filter(({ path }) => path.startsWith("/mail/"))).toEqual([]);
  expect((await verify(where)).findings).toEqual([]);
});

test("the totals of a run and of its helpers are those of all machines", async () => {
  const { server, store, ledger, worklist } = await setUp(80);
  const options = { client: server.client, store, ledger };
  const [run, helper] = [watchTotals(), watchTotals()];
  await Promise.all([
    keep({ ...options, ...run, worklist, rate: 15 }),
    work({ ...options, ...helper }),
  ]);
  expectGrowth(run.told, 0, 80);
  expectGrowth(helper.told, 0, 80);
});

test("erase removes an erased person's stamps, and what was read with them, from the database", async () => {
  const { server, store, ledger, home } = await setUp(1, {
    judge(path) {
      if (path.includes("/s3/")) return { status: 404 };
      if (!path.startsWith("/actions/stamp/")) return undefined;
      return listing([archiveOf(server.url, path.includes("/s1/") ? "t1" : "t2", 0)]);
    },
  });
  const worklist = join(home, "stamps.ndjson");
  const further = `{"stamp":"s3","target":"t1"}\n{"stamp":"s3","name":"Ada"}\n{"stamp":"s1","action":true,"name":"Ada"}\n`;
  await writeFile(
    worklist,
    `{"stamp":"s1","name":"Ada Lovelace"}\n{"stamp":"s2","name":"Grace Hopper"}\n${further}{"stamp":"s14","name":"Alan\n`,
  );
  const options = { client: server.client, worklist, store, ledger, rate: 1000 };
  const sent = join(home, "sent.csv");
  await writeFile(sent, "stamp,email\ns1,ada@example.com\ns2,grace@example.com\n");
  await keep({ ...options, worklist: await worklistOf(home, 0) });
  // It matches nobody's archive yet.
  await reconcile({ store, ledger, sent });
  await keep(options);
  await erase({ store, ledger, target: "t1", reason: "request 12" });
  expect(await readFile(join(store, "reconciliation.csv"), "utf8")).toBe(
    "stamp,email,result,archive\ns2,grace@example.com,never listed,\n",
  );
  expect(await ask(ledger, "SELECT stamp, extra FROM np6_keep.items ORDER BY line")).toEqual([
    { stamp: "s2", extra: '{"name":"Grace Hopper"}' },
    { stamp: "", extra: "" },
    { stamp: "", extra: '{"stamp":"s14","name":"Alan' },
  ]);
  expect(await ask(ledger, "SELECT 1 AS one FROM np6_keep.stamps")).toHaveLength(1);
  expect((await verify({ store, ledger })).findings).toEqual([]);
  expect((await keep(options)).balance.archives).toMatchObject({ total: 2, kept: 1, erased: 1 });
});

test("an erased person is not in the statistics of the database either", async () => {
  const { server, worklist, store, ledger } = await setUp(5);
  await keep({ client: server.client, worklist, store, ledger, rate: 1000 });
  await ask(ledger, "ANALYZE np6_keep.items, np6_keep.archives");
  const valuesWith = (id: string) =>
    ask(
      ledger,
      `SELECT tablename FROM pg_stats WHERE attname = 'target' AND pg_stats::text ~ '\\m${id}\\M'`,
    );
  expect(await valuesWith("t1")).not.toEqual([]);
  await erase({ store, ledger, target: "t1", reason: "request 12" });
  expect(await valuesWith("t1")).toEqual([]);
  expect(await valuesWith("t2")).not.toEqual([]);
});

test.each(["SQLite", "PostgreSQL"])(
  "erase leaves reasons that name longer ids, in %s",
  async (kind) => {
    const { server, home, store, ledger } = await setUp(1, {
      judge: (path) => (path.startsWith("/targets/a.b_c4/") ? { status: 403 } : undefined),
    });
    const worklist = join(home, "longer.csv");
    await writeFile(worklist, "target\na.b_c\na.b_c4\naxb_c\n");
    const where = kind === "SQLite" ? { store } : { store, ledger };
    await keep({ client: server.client, worklist, ...where, rate: 1000 });
    const gaps = () => readFile(join(store, "gaps.csv"), "utf8");
    const before = await gaps();
    expect(before).toMatch(/PermissionDeniedError[^\n]*a\.b/);
    await erase({ ...where, target: "a.b_c", reason: "request 12" });
    expect(await gaps()).toBe(before);
    expect((await verify(where)).findings).toEqual([]);
  },
);

test.each(["SQLite", "PostgreSQL"])(
  "erase finds an id in notes and stamps however it is written, in %s",
  async (kind) => {
    const { server, home, store, ledger } = await setUp(1, {
      judge: (path) => (path.startsWith("/actions/stamp/") ? { status: 404 } : undefined),
    });
    const odd = 'q"uo\\te';
    const blanks = "tab\tline\nend";
    const rows = [
      { target: "a1", note: "line\nGONE1\tend" },
      { target: "a2", note: "\u0007GONE1" },
      { target: "a3", note: `of ${odd}.` },
      { target: "a5", note: `of ${blanks}.` },
      { target: "a4", note: "unGONE1" },
      { stamp: "s-GONE1" },
    ];
    const worklist = join(home, "list.ndjson");
    await writeFile(worklist, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const where = kind === "SQLite" ? { store } : { store, ledger };
    await keep({ client: server.client, worklist, ...where, rate: 1000 });
    await erase({ ...where, target: ["GONE1", odd, blanks], reason: "request 12" });
    const all = "SELECT string_agg(extra || stamp, ' ') AS text FROM np6_keep.items";
    const text =
      kind === "SQLite"
        ? await readFile(join(store, "ledger.sqlite"), "latin1")
        : ((await ask<{ text: string }>(ledger, all))[0]?.text ?? "");
    expect(text.match(/\w*(?:GONE1|uo.*te|line.*end)/g)).toEqual(["unGONE1"]);
    expect((await verify(where)).findings).toEqual([]);
  },
);

test("two settlements of one archive at the same time count once, and what is kept stays kept", async () => {
  const { server, store, ledger, worklist } = await setUp(1);
  await keep({ client: server.client, worklist, store, ledger, rate: 1000 });
  await ask(ledger, "UPDATE np6_keep.archives SET state = 'blank'");
  const db = await openDatabase(ledger, {});
  try {
    const rows = await openPostgresLedger(db, { readOnly: true });
    rows.join(await rows.startRun(0));
    const [known] = await rows.find(idOf("t0", 0));
    if (known === undefined) throw new Error("There is no row.");
    const kept = {
      kind: "archive" as const,
      row: known.row,
      archive: known,
      state: "kept" as const,
    };
    const blank = { ...kept, state: "blank" as const };
    expect(await rows.settle([blank, kept, { ...blank }])).toHaveLength(2);
    expect(await rows.settle([blank, { ...blank }])).toHaveLength(2);
    expect((await rows.find(known.id)).map(({ state }) => state)).toEqual(["kept"]);
  } finally {
    await db.close();
  }
});

test.each([
  ["an archive's row changed", "UPDATE np6_keep.archives SET action = 'x' WHERE row = 1"],
  ["an item's row changed", "UPDATE np6_keep.items SET line = 99 WHERE id = 1"],
  ["an extra row of a stamp", "INSERT INTO np6_keep.stamps VALUES ('', '')"],
  ["a missing row of an archive", "DELETE FROM np6_keep.archives WHERE row = 2"],
])("verify finds %s in the database", async (_, text) => {
  const { server, store, ledger, worklist } = await setUp(3);
  await keep({ client: server.client, worklist, store, ledger, rate: 1000 });
  await ask(ledger, text);
  expect((await verify({ store, ledger })).findings.length).toBeGreaterThan(0);
});

test("two machines help a run, each mail is fetched once, and all end with the same result", async () => {
  const { server, store, ledger, worklist, where, seen } = await setUp(200, {
    each: 2,
    latency: 20,
    judge: (path) => (path.startsWith("/targets/t7/") ? { status: 404 } : undefined),
  });
  const helpers = [1, 2].map(() => command(server.url, "work", ...where));
  const run = await command(server.url, "run", "--worklist", worklist, ...where, "--rate", "60/s");
  const all = [run, ...(await Promise.all(helpers))];
  expect(all.map(({ code, stderr }) => [code, stderr])).toEqual([
    [1, ""],
    [1, ""],
    [1, ""],
  ]);
  expect(seen("targets")).toHaveLength(199);
  expect(seen("mail")).toHaveLength(398);
  expect((await verify({ store, ledger })).findings).toEqual([]);
});

test("a killed worker's items are soon taken over, and a killed run is continued", async () => {
  // At this rate they take long enough, even if the other processes are slow to start.
  const { server, store, ledger, worklist, where, seen } = await setUp(1200, { latency: 20 });
  const args = ["run", "--worklist", worklist, ...where, "--rate", "20/s"];
  const run = start(server.url, ...args);
  const ended = once(run, "exit");
  await expect.poll(() => seen("targets").length).toBeGreaterThan(5);
  const worker = start(server.url, "work", ...where);
  const helper = command(server.url, "work", ...where);
  await expect
    .poll(async () => {
      const text = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
      return (await ask(ledger, text)).length;
    })
    .toBe(2);
  await expect.poll(() => seen("targets").length).toBeGreaterThan(30);
  const other = await command(server.url, ...args);
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining("another command") });
  await expect(verify({ store, ledger })).rejects.toThrow("another command");
  worker.kill("SIGKILL");
  run.kill("SIGKILL");
  await ended;
  const { worklist: counts, archives } = await status({ store, ledger });
  expect(sum(counts)).toBe(counts.total);
  expect(sum(archives)).toBe(archives.total);
  expect(counts.open).toBeGreaterThan(0);

  const last = await command(server.url, ...args.with(args.indexOf("20/s"), "500/s"));
  expect(last).toMatchObject({ code: 0, stderr: "" });
  expect(await helper).toMatchObject({ code: 0, stderr: "" });
  expect((await status({ store, ledger })).worklist).toMatchObject({ total: 1200, listed: 1200 });
  expect((await verify({ store, ledger })).findings).toEqual([]);
});

test("helpers cannot join a run while the queue has jobs of the one before, with other dates", async () => {
  const { server, store, ledger, worklist } = await setUp(2);
  const options = { client: server.client, worklist, store, ledger };
  await keep(options);
  const db = await openDatabase(ledger, {});
  const queue = await openQueue(ledger, db);
  await queue.add([{ since: "2026-03-01T00:00:00.000Z", until: null, items: [1], archives: [] }]);
  await queue.close();
  await db.close();
  let found: Promise<unknown[]> | undefined;
  const onEvent = ({ event }: KeepEvent) => {
    if (event === "started") found = ask(ledger, "SELECT data FROM np6_keep_jobs.job");
  };
  await keep({ ...options, onEvent });
  expect(await found).toEqual([]);
});

test("a helper waits for a run that is about to begin, though one has just ended", async () => {
  const { server, store, ledger, worklist } = await setUp(1);
  const options = { client: server.client, store, ledger };
  await keep({ ...options, worklist });
  expect(await work(options)).toMatchObject({ outcome: "complete" });
  const db = await openDatabase(ledger, {});
  const place = await takeLead(db);
  const ended = await work({ ...options, giveUpAfter: 500 });
  expect(ended).toMatchObject({ outcome: "stopped", reason: "No run came that could be helped." });
  await place?.leave();
  await db.close();
});

test("a run that is stopped stops its helpers, and all continue later", async () => {
  const { server, store, ledger, worklist, where, seen } = await setUp(200);
  const args = ["run", "--worklist", worklist, ...where, "--rate", "20/s"];
  const run = start(server.url, ...args);
  const helper = command(server.url, "work", ...where);
  const ended = once(run, "exit");
  await expect.poll(() => seen("targets").length).toBeGreaterThan(10);
  run.kill("SIGTERM");
  expect(await ended).toEqual([3, null]);
  expect((await helper).code).toBe(3);
  expect((await verify({ store, ledger })).findings).toEqual([]);
  const on = args.with(args.indexOf("20/s"), "500/s");
  expect(await command(server.url, ...on)).toMatchObject({ code: 0 });
  expect(seen("mail")).toHaveLength(200);
});

test("helpers are told of a stop at once, not when the mails in flight are done", async () => {
  const { server, ledger, worklist, where, seen } = await setUp(2, {
    latency: (path) => (path.startsWith("/mail/") ? 7000 : 0),
  });
  const run = start(server.url, "run", "--worklist", worklist, ...where, "--rate", "500/s");
  const ended = once(run, "exit");
  await expect.poll(() => seen("mail").length).toBe(2);
  run.kill("SIGTERM");
  const closing = async () =>
    (await ask(ledger, "SELECT 1 FROM np6_keep.runs WHERE closing")).length;
  await expect.poll(closing).toBe(1);
  expect(run.exitCode).toBe(null);
  expect(await ended).toEqual([3, null]);
  expect((await status({ store: where[1] ?? "", ledger })).archives.kept).toBe(2);
});

test("the queue may lose everything: the ledger knows what is open", async () => {
  const { server, ledger, worklist, where, seen } = await setUp(120);
  const args = ["run", "--worklist", worklist, ...where, "--rate", "30/s"];
  const run = command(server.url, ...args);
  await expect.poll(() => seen("targets").length).toBeGreaterThan(10);
  const [limits] = await ask<Record<string, number>>(
    ledger,
    "SELECT retention_seconds, expire_seconds FROM np6_keep_jobs.queue WHERE name = 'askings'",
  );
  // The queue's defaults would drop waiting jobs after 14 days, and active ones after 15 minutes.
  expect(limits).toEqual({ retention_seconds: 10 * 365 * 86_400, expire_seconds: 86_400 });
  await ask(ledger, "DELETE FROM np6_keep_jobs.job");
  const helper = command(server.url, "work", ...where, "--rate", "9999/s");
  expect(await run).toMatchObject({ code: 0, stderr: "" });
  expect(await helper).toMatchObject({ code: 0, stderr: "" });
  expect(new Set(seen("mail").map(({ path }) => path)).size).toBe(120);
});

test("metrics for those on call are at /metrics, of all machines and of this one", async () => {
  // It goes on for a minute, even if the other processes are slow to start.
  const { server, worklist, where, seen } = await setUp(600, {
    judge: (path) => (path.startsWith("/targets/t7/") ? { status: 403 } : undefined),
  });
  const port = await freePort();
  const args = ["run", "--worklist", worklist, ...where, "--rate", "10/s"];
  const run = start(server.url, ...args, "--metrics", String(port));
  const ended = once(run, "exit");
  const scrape = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
    return answer?.status === 200 ? answer.text() : "";
  };
  await expect.poll(() => seen("mail").length).toBeGreaterThan(9);
  await expect.poll(scrape).toMatch(/^np6_keep_calls_total [1-9]\d*$/m);
  const text = await scrape();
  expect(text).toMatch(/^np6_keep_items\{state="open"\} [1-9]\d*$/m);
  expect(text).toMatch(/^np6_keep_archives\{state="kept"\} \d+$/m);
  expect(text).toMatch(/^np6_keep_oldest_open_item_seconds [\d.]+$/m);
  expect(text).toMatch(/^np6_keep_dying_links 0$/m);
  expect(text).toMatch(/^np6_keep_refusals_total 0$/m);
  for (const line of text.trimEnd().split("\n")) {
    expect(line).toMatch(
      /^(# (HELP|TYPE) np6_keep_\w+ .+|np6_keep_\w+(\{state="\w+"\})? [\d.e+-]+)$/,
    );
  }
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
  const other = await command(server.url, "work", ...where, "--metrics", String(port));
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining("--metrics: expected") });
  run.kill("SIGTERM");
  expect(await ended).toEqual([3, null]);
});

test.each([
  ["a file", () => Promise.resolve(undefined)],
  ["a database", () => postgres.database()],
])(
  "links that expire within a day and whose mails are not kept are counted in %s",
  async (_, make) => {
    const lives = [-1, 1, 23, 25];
    const server = await startServer({
      judge: (path) => {
        if (path.startsWith("/mail/")) return { status: 404 };
        const archives = lives.map((hours, n) => {
          const expiresOn = new Date(Date.now() + hours * 3_600_000).toISOString();
          return Object.assign(archiveOf(server.url, "t0", n), { expiresOn });
        });
        return listing(archives);
      },
    });
    const home = await folder();
    const where = { store: join(home, "store"), ledger: await make() };
    await keep({ ...where, client: server.client, worklist: await worklistOf(home, 1) });
    expect((await watch(where)).dyingLinks).toBe(2);
  },
);

test.each([
  ["a key that is refused", 2, { status: 401 }, /the key in NP6_API_KEY was refused/],
  ["an API that is away", 3, { status: 503 }, /Nothing worked for 1 s/],
])("%s ends a run, even one with a single item, with exit %i", async (_, code, answer, told) => {
  const { server, where, worklist } = await setUp(1, { judge: () => answer });
  const args = ["run", "--worklist", worklist, ...where, "--give-up-after", "1s"];
  const ended = await command(server.url, ...args);
  expect(ended.code).toBe(code);
  expect(ended.stdout + ended.stderr).toMatch(told);
});

test("a call that is stopped while it waits for its turn uses none, and the next run starts with its own pace", async () => {
  const db = await openDatabase(await postgres.database(), {});
  try {
    await migrate(db);
    const stop = new AbortController();
    const slow = await postgresPace(db, 0.01);
    await slow.turn(stop.signal);
    const waiting = Promise.allSettled(Array.from({ length: 5 }, () => slow.turn(stop.signal)));
    const taken = async () => {
      const [found] = await db.query<{ taken: number }>(
        "SELECT round(extract(epoch FROM tat - clock_timestamp()) / 100)::int AS taken FROM np6_keep.pace",
      );
      return found?.taken;
    };
    // The turn that it had, and the one that it is waiting for.
    await expect.poll(taken).toBe(2);
    stop.abort();
    expect((await waiting).map(({ status: end }) => end)).toEqual(Array(5).fill("rejected"));
    expect(await taken()).toBe(2);
    await postgresPace(db, 50);
    expect(await taken()).toBe(0);
  } finally {
    await db.close();
  }
});

test("a pause that a 429 asked for outlasts a run, and the next run reports it", async () => {
  const { server, store, ledger, worklist } = await setUp(5, {
    judge: () => ({ status: 429, headers: { "retry-after": "3600" } }),
  });
  const runToPause = async () => {
    const stop = new AbortController();
    const events: KeepEvent[] = [];
    const onEvent = (event: KeepEvent) => {
      events.push(event);
      if (event.event === "limited") stop.abort();
    };
    const options = { client: server.client, worklist, store, ledger, rate: 1000 };
    expect((await keep({ ...options, signal: stop.signal, onEvent })).outcome).toBe("stopped");
    return events.find((event) => event.event === "limited");
  };
  expect(await runToPause()).toMatchObject({ wait: 3_600_000 });
  const calls = server.seen.length;
  const again = await runToPause();
  expect(again).toMatchObject({ earlier: true });
  expect(again?.wait).toBeGreaterThan(3_000_000);
  expect(server.seen).toHaveLength(calls);
});

test.each(["SQLite", "PostgreSQL"])(
  "a 429 that asks for an endless wait is tried again after a day, in %s",
  async (kind) => {
    const { server, store, ledger, worklist } = await setUp(1, {
      judge: () => ({ status: 429, headers: { "retry-after": "99999999999999" } }),
    });
    const where = kind === "SQLite" ? { store } : { store, ledger };
    const stop = new AbortController();
    const waits: number[] = [];
    const onEvent = (event: KeepEvent) => {
      if (event.event !== "limited") return;
      waits.push(event.wait);
      stop.abort();
    };
    const options = { client: server.client, worklist, ...where, rate: 1000 };
    const { outcome } = await keep({ ...options, signal: stop.signal, onEvent });
    expect([outcome, waits]).toEqual(["stopped", [86_400_000]]);
  },
);

/** A role's part of an address that is no valid URL, as its password has a bare percent sign. */
async function roleWithPercent(ledger: string): Promise<string> {
  const role = `${new URL(ledger).pathname.slice(1)}_percent`;
  await ask(ledger, `CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD '5%-o'`);
  onTestFinished(async () => {
    await ask(ledger, `DROP ROLE ${role}`);
  });
  return `${role}:5%-o`;
}

test("settings of a database or in its address do not change the evidence", async () => {
  const { server, store, ledger, worklist } = await setUp(3);
  await keep({ client: server.client, worklist, store, ledger, rate: 1000 });
  const archives = await readFile(join(store, "archives.csv"), "utf8");
  const name = new URL(ledger).pathname.slice(1);
  for (const setting of [
    "datestyle = 'German'",
    "bytea_output = 'escape'",
    "timezone = 'Asia/Tokyo'",
  ])
    await ask(ledger, `ALTER DATABASE "${name}" SET ${setting}`);
  const address = new URL(ledger);
  address.searchParams.set("options", "-c statement_timeout=60000 -c datestyle=SQL");
  const bare = ledger.replace(/\/\/.*@/, `//${await roleWithPercent(ledger)}@`);
  for (const each of [ledger, address.href, bare]) {
    expect((await verify({ store, ledger: each })).findings).toEqual([]);
    await keep({ client: server.client, worklist, store, ledger: each, rate: 1000 });
    expect(await readFile(join(store, "archives.csv"), "utf8")).toBe(archives);
  }
});

/** The parts of a database's address. */
type Parts = Record<"ledger" | "user" | "host" | "hostname" | "port" | "path", string>;

test.each<[string, (parts: Parts) => string | Promise<string>]>([
  ["in the address", ({ user, host, path }) => `${user}@${host}${path}?options=-c%20${OWN}`],
  ["with a bare space", ({ user, host, path }) => `${user}@${host}${path}?options=-c ${OWN}`],
  [
    "beside a bare %",
    async ({ ledger, host, path }) =>
      `${await roleWithPercent(ledger)}@${host}${path}?options=-c+${OWN}`,
  ],
  [
    "beside a host",
    ({ user, hostname, port, path }) =>
      `${user}@${path}?host=${hostname}&port=${port}&options=-c+${OWN}`,
  ],
  ["in the environment", ({ user, host, path }) => `${user}@${host}${path}`],
])("the user's options %s apply, but not over those that a ledger needs", async (_, addressAt) => {
  const { PGOPTIONS } = process.env;
  process.env["PGOPTIONS"] = `-c ${OWN} -c TimeZone=Asia/Tokyo`;
  onTestFinished(() => {
    if (PGOPTIONS === undefined) delete process.env["PGOPTIONS"];
    else process.env["PGOPTIONS"] = PGOPTIONS;
  });
  const ledger = await postgres.database();
  const { host, hostname, port, pathname: path } = new URL(ledger);
  const [, user = ""] = /\/\/(.*)@/.exec(ledger) ?? [];
  const address = await addressAt({ ledger, user, host, hostname, port, path });
  const db = await openDatabase(`postgres://${address}`, {});
  try {
    const names = ["statement_timeout", "TimeZone", "DateStyle", "bytea_output"];
    const settings = names.map((name) => `current_setting('${name}')`).join(", ");
    const [found] = await db.query<{ all: string[] }>(`SELECT ARRAY[${settings}] AS all`);
    expect(found?.all).toEqual(["1min", "UTC", expect.stringMatching(/^ISO/), "hex"]);
  } finally {
    await db.close();
  }
});

/** The database's address through a network that is down until it is brought back. */
async function takenAway(ledger: string) {
  const away = new URL(ledger);
  const { port } = away;
  away.port = String(await freePort());
  const network = createServer((socket) => {
    const far = connect(Number(port), "127.0.0.1");
    pipeline(socket, far, socket, () => {});
  });
  onTestFinished(() => void network.close());
  return {
    away: away.href,
    bringBack: () => void network.listen(Number(away.port), "127.0.0.1"),
  };
}

test("a run and its helper wait for a database that is away when they begin, and say so", async () => {
  const { server, store, ledger, worklist } = await setUp(5);
  const { away, bringBack } = await takenAway(ledger);
  const warnings: string[] = [];
  const told = Promise.withResolvers<void>();
  const onEvent = (event: KeepEvent) => {
    if (event.event === "warning") warnings.push(event.message);
    if (warnings.length === 2) told.resolve();
  };
  const options = { client: server.client, store, ledger: away, giveUpAfter: 60_000, onEvent };
  const both = Promise.all([keep({ ...options, worklist, rate: 1000 }), work(options)]);
  await Promise.race([told.promise, both]);
  bringBack();
  expect((await both).map(({ outcome }) => outcome)).toEqual(["complete", "complete"]);
  const sentence =
    /^The ledger cannot be reached: .*ECONNREFUSED.* It is waited for, 60 s at most\.$/;
  expect(warnings).toEqual([expect.stringMatching(sentence), expect.stringMatching(sentence)]);
});

test("a queue waits for a database that goes away while the queue is opened", async () => {
  const { ledger } = await setUp(1);
  const { away, bringBack } = await takenAway(ledger);
  const db = await openDatabase(ledger, { giveUpAfter: 60_000 });
  const opening = openQueue(away, db);
  await sleep(300);
  bringBack();
  const queue = await opening;
  expect(await queue.isEmpty()).toBe(true);
  await queue.close();
  await db.close();
});

test.each(["run", "retry", "work"])(
  "%s is exit 3 when its database stays away, or on a signal meanwhile",
  async (name) => {
    const { server, home, worklist } = await setUp(1);
    const silent = createServer();
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    onTestFinished(() => void silent.close());
    const args = (port: number, time: string) => {
      const ledger = `postgres://someone:hush@127.0.0.1:${port}/x`;
      const list = name === "run" ? ["--worklist", worklist] : [];
      return [name, ...list, "--store", home, "--ledger", ledger, "--give-up-after", time];
    };
    const { code, stderr } = await command(server.url, ...args(await freePort(), "200ms"));
    expect(code).toBe(3);
    expect(stderr).toMatch(/^np6-archives-keep: The ledger cannot be reached: .*REFUSED.*$/m);
    expect(stderr).not.toContain("hush");

    const told = start(server.url, ...args(await freePort(), "10m"), "--quiet");
    const toldEnd = once(told, "exit");
    await Promise.race([once(told.stderr ?? told, "data"), toldEnd]);
    told.kill("SIGTERM");
    expect(await toldEnd).toEqual([3, null]);

    const { port } = silent.address() as AddressInfo;
    const unanswered = start(server.url, ...args(port, "10m"));
    const unansweredEnd = once(unanswered, "exit");
    await Promise.race([once(silent, "connection"), unansweredEnd]);
    unanswered.kill("SIGTERM");
    expect(await unansweredEnd).toEqual([3, null]);
  },
);

test("a signal ends a run at once while another connection waits for a silent server", async () => {
  const { server, home, worklist } = await setUp(1);
  const connections = Promise.withResolvers<void>();
  let count = 0;
  const silent = createServer(() => (count += 1) === 2 && connections.resolve());
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  onTestFinished(() => void silent.close());
  const ledger = `postgres://someone@127.0.0.1:${(silent.address() as AddressInfo).port}/x`;
  const args = ["run", "--worklist", worklist, "--store", home, "--ledger", ledger];
  const run = start(server.url, ...args);
  const ended = once(run, "exit");
  await Promise.race([connections.promise, ended]);
  const asked = performance.now();
  run.kill("SIGTERM");
  expect(await ended).toEqual([3, null]);
  // Without a signal it would wait 10 s.
  expect(performance.now() - asked).toBeLessThan(8000);
});

test("a database server, user or name that does not exist is not waited for", async () => {
  const { server, store, worklist, ledger } = await setUp(1);
  const other = new URL(ledger);
  other.pathname = "/not-there";
  const where = ["--store", store, "--worklist", worklist];
  for (const each of [other.href, "postgres://no-such-host.invalid/x", "postgres://host:port/x"]) {
    const { code, stderr } = await command(server.url, "run", ...where, "--ledger", each);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^np6-archives-keep: --ledger: .+\n$/),
    ]);
  }
});

test("a second store is refused for a run and for a helper, and nothing is kept there", async () => {
  const { server, home, store, ledger, worklist } = await setUp(4);
  const options = { client: server.client, ledger, rate: 1000 };
  await keep({ ...options, store, worklist });
  const other = join(home, "not-mounted");
  const refused = "--store: expected the store that --ledger is of, got one that is empty";
  await worklistOf(home, 8);
  for (const begin of [keep, verify, status]) {
    await expect(begin({ ...options, store: other, worklist })).rejects.toThrow(refused);
  }
  const started = Promise.withResolvers<void>();
  const onEvent = ({ event }: KeepEvent) => void (event === "started" && started.resolve());
  const run = keep({ ...options, store, worklist, rate: 1, onEvent });
  await Promise.race([started.promise, run]);
  await expect(work({ ...options, store: other })).rejects.toThrow(refused);
  expect(await run).toMatchObject({ outcome: "complete", balance: { archives: { kept: 8 } } });
  expect((await verify({ store, ledger })).findings).toEqual([]);
});

test("a database that lost its store's id works only with the store of its last run", async () => {
  const { server, home, store, ledger, worklist } = await setUp(3);
  const options = { client: server.client, worklist, ledger, rate: 1000 };
  await keep({ ...options, store });
  await ask(ledger, "DELETE FROM np6_keep.store");
  const other = join(home, "other");
  const refused = "--store: expected the store that --ledger is of, got one without its last run's";
  await expect(keep({ ...options, store: other })).rejects.toThrow(refused);
  await expect(status({ ledger, store: other })).rejects.toThrow(refused);
  expect(await keep({ ...options, store })).toMatchObject({ outcome: "complete" });
  expect((await verify({ ledger, store })).findings).toEqual([]);
});

test("a helper without a run, or without a database, says so", async () => {
  const { server, store, ledger } = await setUp(0);
  const options = { client: server.client, store, ledger };
  const report = await work({ ...options, giveUpAfter: 500 });
  expect(report).toMatchObject({ outcome: "stopped", reason: expect.stringContaining("No run") });
  await expect(work({ ...options, ledger: "x.sqlite" })).rejects.toThrow("--ledger: expected");
  const away = { store, ledger: "postgres://someone:hush@127.0.0.1:9/x" };
  await expect(status(away)).rejects.toThrow("--ledger: expected a PostgreSQL that answers");
  await expect(status(away)).rejects.not.toThrow("hush");
  const missing = optionalPackage("--ledger", "not-there", () => import(NOT_THERE));
  await expect(missing).rejects.toThrow("--ledger: expected the package not-there");
});

test("ids of any length and characters are distinguished, and a duplicate is requested once", async () => {
  const long = "x".repeat(9000);
  const { server, home, store, ledger } = await setUp(0);
  const worklist = join(home, "odd.ndjson");
  const targets = [long, `${long}y`, "a\u0000b", "a\uFFFDc", "ä", "Ä", long];
  await writeFile(worklist, targets.map((target) => `${JSON.stringify({ target })}\n`).join(""));
  server.options.judge = (path) => (path.startsWith("/targets/") ? listing([]) : undefined);
  const { balance } = await keep({ client: server.client, worklist, store, ledger, rate: 1000 });
  expect(balance.worklist).toMatchObject({ total: 6, open: 0 });
});

test.each(["file", "database"])(
  "odd ids are found and erased in a %s, and nobody else's",
  async (kind) => {
    const { server, home, store, ...rest } = await setUp(0);
    const ledger = kind === "file" ? join(home, "own.sqlite") : rest.ledger;
    const [odd, uuid] = ['x"y', "d52055cd-e854-4177-8ef5-b10fd8d568a7"];
    const of = (target: string, id: string) => ({ ...archiveOf(server.url, target, 0), id });
    server.options.judge = (path) => {
      if (path.startsWith("/actions/stamp/")) return { status: 404 };
      if (path.startsWith("/targets/x%22y/")) return listing([of(odd, "nul\0x")]);
      return path.startsWith("/targets/4177/") ? listing([of("4177", "other")]) : undefined;
    };
    const worklist = join(home, "odd.csv");
    const quoted = '"x""y"';
    await writeFile(
      worklist,
      `target,stamp\n${quoted},\n${quoted},,surplus\n${quoted},s1\n4177,\n,${uuid}\n`,
    );
    const sent = join(home, "sent.csv");
    await writeFile(
      sent,
      `target,action,sentAt,stamp\n${quoted},,,\n${quoted},,,s1\n4177,,,\nt9,4177,,\nt9,,2026-11-20T09:27:58Z,\n`,
    );
    const where = { store, ledger };
    await keep({ client: server.client, worklist, ...where, rate: 1000 });
    expect((await verify(where)).findings).toEqual([]);
    const { results } = await reconcile({ ...where, sent });
    expect(results).toEqual({ kept: 2, unknown: 1, "never listed": 2 });
    const bag = await personBag({ ...where, target: odd, out: join(home, "bag") });
    expect(bag).toMatchObject({ mails: 1, gaps: 1 });

    const { archives, balance } = await erase({ ...where, target: [odd, "11"], reason: "odd" });
    expect(archives).toBe(1);
    expect(balance.worklist).toMatchObject({ total: 3, listed: 1, unknown: 1, invalid: 1 });
    const events = async () =>
      (await readFile(join(store, "reconciliation.csv"), "utf8")).split("\n");
    expect(await events()).toHaveLength(5);
    if (kind === "file") expect((await readFile(ledger)).includes('x""y')).toBe(false);
    else
      expect(await ask(ledger, "SELECT extra FROM np6_keep.items WHERE extra <> ''")).toEqual([]);
    await erase({ ...where, target: "4177", reason: "its turn" });
    expect((await status(where)).worklist).toMatchObject({ total: 2, unknown: 1, invalid: 1 });
    expect(await events()).toEqual([
      "target,action,sentAt,stamp,result,archive",
      "t9,4177,,,never listed,",
      "t9,,2026-11-20T09:27:58Z,,never listed,",
      "",
    ]);
    expect([...(await keptIds(store))]).toEqual([]);
    expect((await verify(where)).findings).toEqual([]);
  },
);

test("an id with different bytes is one conflict, however many list it, and the first mail stays", async () => {
  const { server, store, ledger, worklist } = await setUp(6);
  const id = idOf("same", 0);
  server.options.judge = (path) => {
    const [, target = ""] = /^\/targets\/(\w+)\//.exec(path) ?? [];
    if (target !== "") return listing([{ ...archiveOf(server.url, target, 0), id }]);
    const [, other = ""] = /^\/mail\/[0-9a-f]+-(\w+)-/.exec(path) ?? [];
    return { status: 200, body: other };
  };
  const where = { client: server.client, store, ledger, rate: 1000 };
  const [run, helped] = await Promise.all([
    keep({ ...where, worklist }),
    work({ ...where, giveUpAfter: 60_000 }),
  ]);
  expect(helped.outcome).toBe(run.outcome);
  expect(run.balance.archives).toMatchObject({ total: 6, kept: 1, conflict: 5 });
  await erase({ store, ledger, target: ["t0", "t1", "t2", "t3", "t4", "t5"], reason: "all" });
  expect((await status({ store, ledger })).archives).toMatchObject({ total: 6, erased: 6 });
});

test("a second version of the schema keeps the data, and the older tool refuses it", async () => {
  const { server, store, ledger, worklist, where } = await setUp(4);
  const options = { client: server.client, worklist, store, ledger, rate: 1000 };
  await keep(options);
  const before = await status({ store, ledger });
  const db = await openDatabase(ledger, {});
  const second = [
    ...MIGRATIONS,
    "ALTER TABLE archives ADD COLUMN note text; UPDATE archives SET note = id;",
  ];
  // Two machines that start at the same time migrate it once.
  await Promise.all([migrate(db, second), migrate(db, second)]);
  const rows = await ask<{ id: string; note: string }>(ledger, "SELECT * FROM np6_keep.archives");
  expect(rows.map(({ id, note }) => note === id)).toEqual([true, true, true, true]);
  await expect(expectLedger(db)).rejects.toThrow("a newer np6-archives-keep made it");
  await expect(status({ store, ledger })).rejects.toThrow("a newer np6-archives-keep made it");
  await expect(keep(options)).rejects.toThrow("a newer np6-archives-keep made it");
  // The process ends by itself, so it left nothing open.
  const refused = await command(server.url, "run", "--worklist", worklist, ...where);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("a newer") });
  await ask(ledger, "ALTER TABLE np6_keep.archives DROP COLUMN note");
  await ask(ledger, `UPDATE np6_keep.version SET version = ${MIGRATIONS.length}`);
  expect(await status({ store, ledger })).toEqual(before);
  // An older ledger is migrated by the next run, and until then only reported.
  await expect(migrate(db, [])).rejects.toThrow("a newer np6-archives-keep made it");
  await db.close();
});
