import { once } from "node:events";
import { promises } from "node:fs";
import { open, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { basename, join } from "node:path";
import { expect, test, vi } from "vitest";
import {
  erase,
  keep,
  openKept,
  personBag,
  reconcile,
  retry,
  status,
  verify,
  work,
} from "../src/index.ts";
import type { KeepEvent } from "../src/index.ts";
import {
  IS_POSIX,
  KEY,
  command,
  folder,
  idOf,
  mailOf,
  mailsAsked,
  start,
  startServer,
  worklistOf,
} from "./store-and-server.ts";

test("keeps every mail of a worklist, byte for byte", async () => {
  const server = await startServer({ each: 3 });
  const home = await folder();
  const store = join(home, "store");
  const report = await keep({
    client: server.client,
    worklist: await worklistOf(home, 4),
    store,
    rate: 1000,
  });
  expect(report.outcome).toBe("complete");
  expect(report.balance.archives).toMatchObject({ total: 12, kept: 12 });
  const id = idOf("t2", 1);
  expect(await readFile(join(store, "mails", id.slice(0, 2), `${id}.eml`))).toEqual(mailOf(id));
});

test("keeps mails where file handles cannot flush, as under Yarn's Plug'n'Play", async () => {
  const { client } = await startServer();
  const home = await folder();
  const worklist = await worklistOf(home, 1);
  const handle = await open(worklist);
  const methods = Object.getPrototypeOf(handle) as typeof handle;
  await handle.close();
  const spies = (["datasync", "sync"] as const).map((name) =>
    vi.spyOn(methods, name).mockRejectedValue(new Error("Method not implemented.")),
  );
  try {
    const { outcome } = await keep({ client, worklist, store: join(home, "store") });
    expect(outcome).toBe("complete");
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
});

test("makes a store where file modes cannot be set, as on a Windows disk mounted by WSL", async () => {
  const { client } = await startServer();
  const home = await folder();
  const refused = Object.assign(new Error("EPERM: operation not permitted"), { code: "EPERM" });
  const spy = vi.spyOn(promises, "chmod").mockRejectedValue(refused);
  syncBuiltinESMExports();
  try {
    const worklist = await worklistOf(home, 1);
    const { outcome } = await keep({ client, worklist, store: join(home, "store") });
    expect(outcome).toBe("complete");
  } finally {
    spy.mockRestore();
    syncBuiltinESMExports();
  }
});

test("an invalid option is reported by its name", async () => {
  const { client } = await startServer();
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, 1);
  const given = { client, store, worklist };
  const told = async (call: (options: never) => Promise<unknown>, ...own: object[]) =>
    call(Object.assign({}, given, ...own) as never).catch((error: unknown) => String(error));
  for (const [wrong, message] of [
    [{ worklist: undefined }, "--worklist: expected a path, - or a stream, got undefined."],
    [{ worklist: ["t1"] }, "--worklist: expected a path, - or a stream, got t1."],
    [{ client: undefined }, "client: expected an ArchivesClient, got undefined."],
    [{ ledger: 5 }, "--ledger: expected an SQLite file or postgres://..., got 5."],
    [{ rate: "5" }, '--rate: expected a number of more than 0, got "5".'],
    [{ onEvent: "told" }, 'onEvent: expected a function, got "told".'],
    [{ signal: "stop" }, 'signal: expected an AbortSignal, got "stop".'],
    [
      { signal: new AbortController() },
      "signal: expected an AbortSignal, got [object AbortController].",
    ],
  ] as const) {
    expect(await told(keep, wrong)).toBe(`KeepError: ${message}`);
  }
  for (const call of [keep, retry, work, status, verify, reconcile, personBag, erase, openKept]) {
    const bare = call as (options?: unknown) => Promise<unknown>;
    const expected = "options: expected an object, got";
    await expect(bare()).rejects.toThrow(`${expected} undefined.`);
    await expect(bare("store")).rejects.toThrow(`${expected} "store".`);
  }
  expect(await told(retry, { only: "failed" })).toMatch(/^KeepError: --only: .*, got "failed"/);
  for (const call of [personBag, erase]) {
    expect(await told(call, { target: 7 })).toBe("KeepError: --target: expected an id, got 7.");
    expect(await told(call, { target: [] })).toBe(
      'KeepError: --target: expected an id, got "none".',
    );
  }
  expect(await told(personBag, { target: "t1" })).toBe(
    "KeepError: --out: expected a path, got undefined.",
  );
  expect(await told(erase, { target: "t1" })).toMatch(/^KeepError: --reason: .*, got undefined/);
  expect(await readdir(home)).toEqual([basename(worklist)]);
});

test("a run after a completed one requests nothing again, only new rows", async () => {
  const server = await startServer();
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, 20);
  const options = { client: server.client, worklist, store, rate: 1000 };
  await keep(options);
  const before = server.seen.length;
  await keep(options);
  expect(server.seen.length).toBe(before);
  await worklistOf(home, 21);
  await keep(options);
  expect(server.seen.slice(before).map(({ path }) => path.split("?")[0])).toEqual([
    "/targets/t20/archives",
    `/mail/${idOf("t20", 0)}`,
  ]);
});

test("a bad row is a gap with its line, and a duplicate row is requested once", async () => {
  const server = await startServer();
  const home = await folder();
  const worklist = join(home, "rows.csv");
  await writeFile(
    worklist,
    '\uFEFFaction,target,name\r\n,t1,"a, ""b""\nc"\r\n,t1,again\r\nonly,,\r\n,"t2\r\n,t3,\r\n1,2,3,4\r\n',
  );
  const store = join(home, "store");
  const { balance } = await keep({ client: server.client, worklist, store, rate: 1000 });
  expect(balance.worklist).toMatchObject({ total: 5, listed: 2, invalid: 3, open: 0 });
  const gaps = await readFile(join(store, "gaps.csv"), "utf8");
  expect(gaps.match(/^item,\d+/gm)?.toSorted()).toEqual(["item,5", "item,6", "item,8"]);
});

test("an item that fails while others work is failed, with status and request id; retry repairs it", async () => {
  let isBroken = true;
  const server = await startServer({
    judge: (path) =>
      isBroken && path.startsWith("/targets/t3/")
        ? { status: 503, headers: { "x-request-id": "r-503" } }
        : undefined,
  });
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, 30);
  const options = { client: server.client, store, rate: 100 };
  const { outcome, balance } = await keep({ ...options, worklist });
  expect(outcome).toBe("gaps");
  expect(balance.worklist).toMatchObject({ total: 30, listed: 29, failed: 1 });
  expect(await readFile(join(store, "gaps.csv"), "utf8")).toMatch(
    /t3,.*,failed,ServerError.*,503,r-503,/,
  );
  isBroken = false;
  const before = server.seen.length;
  const again = await retry(options);
  expect(again.outcome).toBe("complete");
  expect(server.seen.slice(before).map(({ path }) => path.split("?")[0])).toEqual([
    "/targets/t3/archives",
    `/mail/${idOf("t3", 0)}`,
  ]);
});

test("an outage leaves items open, and the run gives up in time", async () => {
  let isDown = false;
  let listed = 0;
  const server = await startServer({
    judge: () => {
      listed += 1;
      if (listed > 20) isDown = true;
      return isDown ? { status: 503 } : undefined;
    },
  });
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, 200);
  const args = [
    "run",
    "--worklist",
    worklist,
    "--store",
    store,
    "--rate",
    "100/s",
    "--give-up-after",
    "3s",
  ];
  const { code, stdout, stderr } = await command(server.url, ...args);
  expect(stderr).toContain("does not work, trying now and then");
  expect(code).toBe(3);
  expect(stdout).toContain("Run the same command to go on.");
  const { worklist: counts, archives } = await status({ store });
  expect(counts.failed + archives.failed).toBe(0);
  expect(counts.open).toBeGreaterThan(150);
  expect(server.seen.length).toBeLessThan(150);
});

test("a call that is refused does not disturb the run that has the store", async () => {
  const server = await startServer();
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, 3);
  const mayEnd = Promise.withResolvers<void>();
  async function* rows() {
    yield await readFile(worklist);
    await mayEnd.promise;
  }
  const isStarted = Promise.withResolvers<void>();
  const onEvent = ({ event }: KeepEvent) => {
    if (event === "started") isStarted.resolve();
  };
  const options = { client: server.client, worklist, store, rate: 1000 };
  const running = keep({ ...options, worklist: rows(), onEvent });
  await isStarted.promise;
  const refused = "another command is working on";
  await expect(verify({ store })).rejects.toThrow(refused);
  await expect(keep(options)).rejects.toThrow(refused);
  const other = await command(server.url, "run", "--worklist", worklist, "--store", store);
  expect(other.stderr).toContain(refused);
  expect(other.code).toBe(2);
  mayEnd.resolve();
  expect((await running).balance.archives).toMatchObject({ total: 3, kept: 3 });
});

/** The command, running with 200 items, after so many requests. */
async function underWay(requests: number) {
  const server = await startServer();
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, 200);
  const args = ["run", "--worklist", worklist, "--store", store, "--rate", "10/s", "--quiet"];
  const child = start(server.url, ...args);
  const ended = once(child, "exit");
  await expect.poll(() => server.seen.length).toBeGreaterThan(requests);
  return { server, store, args, child, ended };
}

test.runIf(IS_POSIX)(
  "SIGINT is exit 3, a second run meanwhile is refused, and the same command continues",
  async () => {
    const { server, store, args, child, ended } = await underWay(10);
    const second = await command(server.url, ...args);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain("another command");
    child.kill("SIGINT");
    expect(await ended).toEqual([3, null]);
    const { worklist: counts } = await status({ store });
    expect(counts.total).toBe(200);
    expect(counts.open).toBeGreaterThan(0);
    const on = args.with(args.indexOf("10/s"), "500/s");
    expect((await command(server.url, ...on)).code).toBe(0);
    const mails = server.seen.filter(({ path }) => path.startsWith("/mail/"));
    expect(mails).toHaveLength(200);
  },
);

test.runIf(IS_POSIX)("closing the terminal is exit 3, like a signal", async () => {
  const { store, child, ended } = await underWay(2);
  child.kill("SIGHUP");
  expect(await ended).toEqual([3, null]);
  expect(await readdir(join(store, "runs"))).toEqual(["0001.json"]);
});

test("on a stop the mails of a long listing that are in flight are completed", async () => {
  let asked = 0;
  const server = await startServer({ each: 40, latency: () => 100 * (asked++ % 8) });
  const home = await folder();
  const store = join(home, "store");
  const stop = new AbortController();
  const options = {
    client: server.client,
    worklist: await worklistOf(home, 1),
    store,
    parallel: 8,
    rate: 1000,
  };
  const stopped = await keep({
    ...options,
    signal: stop.signal,
    onEvent({ event }) {
      if (event === "archive") stop.abort();
    },
  });
  expect(stopped.outcome).toBe("stopped");
  expect(stopped.balance.archives.kept).toBe(mailsAsked(server.seen).length);
  expect((await verify({ store })).findings).toEqual([]);
  expect((await keep(options)).balance.archives).toMatchObject({ total: 40, kept: 40 });
  expect(mailsAsked(server.seen)).toHaveLength(40);
});

test("an AbortSignal of another realm stops a run, as in jsdom or with a polyfill", async () => {
  const { client } = await startServer();
  const home = await folder();
  const foreign = Object.assign(new EventTarget(), { aborted: false, reason: undefined });
  const options = {
    client,
    worklist: await worklistOf(home, 20),
    store: join(home, "store"),
    rate: 10,
    signal: foreign as unknown as AbortSignal,
    onEvent({ event }: KeepEvent) {
      if (event !== "item" || foreign.aborted) return;
      foreign.aborted = true;
      foreign.dispatchEvent(new Event("abort"));
    },
  };
  const { outcome, balance } = await keep(options);
  expect(outcome).toBe("stopped");
  expect(balance.worklist.open).toBeGreaterThan(0);
  // It is already aborted.
  expect((await keep(options)).balance).toEqual(balance);
});

test("a mail that the storage does not have is missing, and the others are kept", async () => {
  const server = await startServer({
    judge: (path) => (path.startsWith(`/mail/${idOf("t1", 0)}`) ? { status: 404 } : undefined),
  });
  const home = await folder();
  const worklist = await worklistOf(home, 3);
  const { balance } = await keep({
    client: server.client,
    worklist,
    store: join(home, "s"),
    rate: 100,
  });
  expect(balance.archives).toMatchObject({ total: 3, kept: 2, missing: 1 });
});

test("warns when the worklist takes longer than links live", async () => {
  const server = await startServer({ each: 0 });
  const home = await folder();
  const worklist = await worklistOf(home, 3000);
  const stop = new AbortController();
  const events: KeepEvent[] = [];
  await keep({
    client: server.client,
    worklist,
    store: join(home, "store"),
    rate: 0.001,
    signal: stop.signal,
    onEvent(event) {
      events.push(event);
      if (event.event === "warning") stop.abort();
    },
  });
  expect(events.find(({ event }) => event === "warning")).toMatchObject({
    message: expect.stringMatching(/3000 items at 0\.001\/s take 34\.7 days, and a link lives 32/),
  });
});

test("no key and no signature is in any file or event, and only the owner can read the files", async () => {
  const server = await startServer();
  const home = await folder();
  const store = join(home, "store");
  const { stdout, stderr } = await command(
    server.url,
    "run",
    "--worklist",
    await worklistOf(home, 5),
    "--store",
    store,
    "--rate",
    "100/s",
    "--json",
  );
  if (IS_POSIX) expect((await stat(store)).mode & 0o777).toBe(0o700);
  const texts = [stdout, stderr];
  for (const entry of await readdir(store, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (IS_POSIX) expect((await stat(path)).mode & 0o077, path).toBe(0);
    if (entry.isFile()) texts.push(await readFile(path, "latin1"));
  }
  for (const text of texts) expect(text).not.toMatch(new RegExp(`${KEY}|c2VjcmV0|sig=`));
  expect(stdout.trim().split("\n").at(-1)).toContain('"event":"finished"');
});

test.runIf(IS_POSIX)(
  "a store that cannot grow is exit 3, and no item counts as failed",
  async () => {
    const server = await startServer({ size: 600_000 });
    const home = await folder();
    const store = join(home, "store");
    const worklist = await worklistOf(home, 3);
    const { code, stdout, stderr } = await command(
      { url: server.url, fileKilobytes: 500 },
      "run",
      "--worklist",
      worklist,
      "--store",
      store,
      "--quiet",
    );
    expect(stderr + stdout).toContain("The store cannot be written: EFBIG");
    expect(code).toBe(3);
    const { worklist: counts, archives } = await status({ store });
    expect(counts).toMatchObject({ total: 3, open: 3, failed: 0 });
    expect(archives.total).toBe(0);
    expect(await readdir(join(store, "mails"))).not.toContain(".part");
  },
);
