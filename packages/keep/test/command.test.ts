import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { NODES } from "@np6-archives/test-runtimes";
import { expect, test } from "vitest";
import { keep, status } from "../src/index.ts";
import {
  CLI,
  IS_POSIX,
  KEY,
  command,
  folder,
  start,
  startServer,
  worklistOf,
} from "./store-and-server.ts";

const NOBODY = "http://127.0.0.1:9";
/** Always full, on Linux. */
const FULL = "/dev/full";

/** Empty where npm has no such old Node for this platform. */
const OLDER = NODES.filter(([name]) => /^Node 2[02]/.test(name));

test.each(OLDER)("on %s, which is too old, it says so in one line and exits 2", async (_, node) => {
  const { code, stdout, stderr } = await command({ url: NOBODY, node }, "status");
  expect(stderr).toMatch(
    /^np6-archives-keep: Node: expected 24 or newer, got 2[02]\.\d+\.\d+\.\n$/,
  );
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
});

test.each([
  [[], /The command: expected one, got none/],
  [["keep"], /unknown command 'keep'/i],
  [["rnu"], /Did you mean run\?/],
  [["run", "--store", "s"], /--worklist: expected --worklist <file>, got none/],
  [["run", "--worklist", "w.csv"], /--store: expected --store <store>, got none/],
  [["run", "--worklist", "w.csv", "--store", "s", "--key", "x"], /unknown option '--key'/i],
  [["run", "--worklist", "w.csv", "--store", "s", "--rat", "5/s"], /Did you mean --rate\?/],
  [["run", "--worklist", "w.csv", "--store", "s", "--rate", "5"], /--rate: expected .*, got "5"/],
  [
    ["run", "--worklist", "w.csv", "--store", "s", "--rate", "0/s"],
    /--rate: expected .*, got "0\/s"/,
  ],
  [["run", "--worklist", "w.csv", "--store", "s", "--parallel", "0"], /--parallel: expected/],
  [
    ["run", "--worklist", "w.csv", "--store", "s", "--give-up-after", "15"],
    /--give-up-after: expected/,
  ],
  [["run", "--worklist", "w.csv", "--store", "s", "--since", "yesterday"], /--since: expected/],
  [["run", "--worklist", "w.csv", "--store", "s", "--since", "2026-02-30"], /--since: expected/],
  [
    ["run", "--worklist", "w.csv", "--store", "s", "--until", "2026-02-30T10:00:00Z"],
    /--until: expected/,
  ],
  [
    [
      "run",
      "--worklist",
      "w.csv",
      "--store",
      "s",
      "--since",
      "2026-02-02",
      "--until",
      "2026-02-01",
    ],
    /--since: expected before --until/,
  ],
  [["retry", "--store", "s"], /--store: expected a folder with a store/],
  [["retry", "--store", ".", "--only", "kept"], /--only: expected some of failed, .*, got "kept"/],
  [["retry", "--store", ".", "--only", "kept", "--only", "blank, failed"], /got "kept"/],
  [["status", "--store", "s"], /--store: expected a folder with a store/],
  [["verify", "--store", "s"], /--store: expected a folder with a store/],
  [["verify", "--store", ".", "--sample", "0%"], /--sample: expected a share such as 1%/],
  [["person", "--store", "s", "--out", "o"], /--target: expected/],
  [["erase", "--store", "s", "--target", "t"], /--reason: expected/],
  [["reconcile", "--store", "s"], /--sent: expected/],
])("%j is refused with one line and exit 2", async (args, said) => {
  const { code, stdout, stderr } = await command(NOBODY, ...args);
  expect(stderr).toMatch(said);
  expect(stderr).toMatch(/^np6-archives-keep: .*\n$/);
  expect(stdout).toBe("");
  expect(code).toBe(2);
});

test("the balance is the same on the screen, in status, in the last event and in the run file", async () => {
  const server = await startServer({
    judge: (path) => (path.startsWith("/targets/t1/") ? { status: 404 } : undefined),
  });
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, 3);
  const args = ["run", "--worklist", worklist, "--store", store, "--rate", "100/s"];
  const run = await command(server.url, ...args);
  expect(run.code).toBe(1);
  const lines = [
    "worklist 3 = 2 listed + 1 unknown + 0 forbidden + 0 invalid + 0 failed + 0 open",
    "archives 2 = 2 kept + 0 blank + 0 expired + 0 missing + 0 damaged + 0 conflict + 0 failed + 0 erased",
    "gaps:",
    "  1 item unknown",
  ];
  expect(run.stdout.split("\n").slice(0, 4)).toEqual(lines);
  const shown = await command(server.url, "status", "--store", store);
  expect(shown).toMatchObject({ code: 0, stdout: `${lines.join("\n")}\n` });
  const balance = {
    worklist: { total: 3, listed: 2, unknown: 1, forbidden: 0, invalid: 0, failed: 0, open: 0 },
    archives: {
      total: 2,
      kept: 2,
      blank: 0,
      expired: 0,
      missing: 0,
      damaged: 0,
      conflict: 0,
      failed: 0,
      erased: 0,
    },
  };
  const json = await command(server.url, "status", "--store", store, "--json");
  expect(JSON.parse(json.stdout)).toMatchObject(balance);
  const events = await command(server.url, ...args, "--json", "--quiet");
  expect(JSON.parse(events.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject(balance);
  expect(events.stdout).not.toContain('"progress"');
  const file = JSON.parse(await readFile(join(store, "runs/0002.json"), "utf8"));
  expect(file).toMatchObject({ run: 2, command: "run", outcome: "gaps", ...balance });
  expect(file.runBefore).toMatchObject({ run: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
});

test.runIf(existsSync(FULL))("output that does not fit on a full disk is exit 3", async () => {
  const { url, client } = await startServer();
  const home = await folder();
  const store = join(home, "store");
  await keep({ client, worklist: await worklistOf(home, 1), store });
  const script = `exec "$@" > ${FULL}`;
  const words = ["-c", script, "sh", process.execPath, CLI, "status", "--store", store];
  const child = spawn("sh", words, { env: { NP6_API_KEY: KEY, NP6_BASE_URL: url } });
  let stderr = "";
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  expect(await once(child, "close")).toEqual([3, null]);
  expect(stderr).toMatch(/^np6-archives-keep: The standard output cannot be written: ENOSPC.*\n$/);
});

test.runIf(IS_POSIX)("a second signal ends the run at once with exit 3", async () => {
  let isAsked = false;
  const server = await startServer({
    latency: 3_600_000,
    judge: (path) => {
      isAsked ||= path.startsWith("/targets/");
      return undefined;
    },
  });
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, 3);
  const child = start(server.url, "run", "--worklist", worklist, "--store", store);
  const ended = once(child, "close");
  let stderr = "";
  child.stderr?.on("data", (chunk) => (stderr += String(chunk)));
  await expect.poll(() => isAsked).toBe(true);
  child.kill("SIGTERM");
  child.kill("SIGTERM");
  // Two signals of one kind that arrive together count as one.
  const again = setInterval(() => child.kill("SIGINT"), 50);
  expect(await ended).toEqual([3, null]);
  clearInterval(again);
  expect(stderr).toContain("Stopping: mails in flight finish, 10 s at most. Once more ends it");
  expect((await status({ store })).worklist).toMatchObject({ total: 3, open: 3 });
});

test.runIf(IS_POSIX)(
  "an uncaught error is one line and exit 2, not exit 1 as for gaps",
  async () => {
    const server = await startServer({ latency: 60_000 });
    const home = await folder();
    const worklist = await worklistOf(home, 1);
    const nodeOptions = `--import data:text/javascript,process.on('SIGUSR2',()=>{throw(Error('mine'))})`;
    const args = ["run", "--worklist", worklist, "--store", join(home, "store"), "--quiet"];
    const child = start({ url: server.url, nodeOptions }, ...args);
    let stderr = "";
    child.stderr?.on("data", (chunk) => (stderr += String(chunk)));
    const ended = once(child, "close");
    await expect.poll(() => server.seen.length).toBe(1);
    child.kill("SIGUSR2");
    expect(await ended).toEqual([2, null]);
    expect(stderr).toBe("np6-archives-keep: mine\n");
  },
);

test("a run without a key is exit 2, and makes no store", async () => {
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, 1);
  const child = start({ url: NOBODY, key: "" }, "run", "--worklist", worklist, "--store", store);
  let stderr = "";
  child.stderr?.on("data", (chunk) => (stderr += String(chunk)));
  expect(await once(child, "close")).toEqual([2, null]);
  expect(stderr).toMatch(/^np6-archives-keep: .*NP6_API_KEY.*\n$/);
  await expect(status({ store })).rejects.toThrow("--store");
});

test.each([
  ["--worklist", ".", '--worklist: expected a file that can be read (EISDIR), got ".".'],
  ["--store", "s3://bucket", "--store: expected a folder or azure://CONTAINER[/PREFIX], got"],
  ["--ledger", "", "--ledger: expected an SQLite file or postgres://..., got"],
  ["--ledger", tmpdir(), "--ledger: expected an SQLite file or postgres://..., got"],
  ["--ledger", "not/there.sqlite", "--ledger: expected a file in a folder that is there, got"],
])("%s %s is refused with one line and exit 2", async (name, value, line) => {
  const home = await folder();
  const options = { "--worklist": await worklistOf(home, 1), "--store": join(home, "store") };
  const args = Object.entries({ ...options, [name]: value }).flat();
  const { code, stderr } = await command("http://127.0.0.1:9", "run", ...args);
  expect(code).toBe(2);
  expect(stderr).toContain(line);
  expect(stderr.trimEnd()).not.toContain("\n");
});

test.each([
  " postgres://u:pass@h/db",
  '"postgres://u:pass@h/db"',
  "postgres:/u:pass@h/db",
  "jdbc:postgresql://u:pass@h/db",
  "mysql://u:pass@h/db",
])("the ledger %j is refused without its password, also as a store", async (ledger) => {
  const { code, stderr } = await command(NOBODY, "status", "--store", tmpdir(), "--ledger", ledger);
  expect(code).toBe(2);
  expect(stderr).toBe(
    "np6-archives-keep: --ledger: expected an SQLite file or postgres://..., got another address.\n",
  );
  const asStore = await command(NOBODY, "status", "--store", ledger);
  expect(asStore.code).toBe(2);
  expect(asStore.stderr).toBe(
    "np6-archives-keep: --store: expected a folder or azure://CONTAINER[/PREFIX], got another address.\n",
  );
});

test("a worker without a ledger is exit 2, and says what it needs", async () => {
  const { code, stderr } = await command("http://127.0.0.1:9", "work", "--store", await folder());
  expect(code).toBe(2);
  expect(stderr).toBe(
    "np6-archives-keep: --ledger: expected --ledger <ledger>, got none. --help lists the options.\n",
  );
});

test.each(["archives.csv", "reconciliation.csv", "mails", "Runs/own.sqlite", ".lock", ".store-id"])(
  "a ledger at the store's own %s is exit 2",
  async (name) => {
    const home = await folder();
    const store = join(home, "store");
    const places = ["--store", store, "--ledger", join(store, name)];
    const worklist = await worklistOf(home, 1);
    const args = ["run", "--worklist", worklist, ...places];
    const { code, stderr } = await command("http://127.0.0.1:9", ...args);
    expect(code).toBe(2);
    expect(stderr).toContain("--ledger: expected a file that is none of the store's own, got");
    expect(await readdir(home)).toEqual([basename(worklist)]);
  },
);

test("a ledger at the store's own archives.csv is refused, whatever the path to it", async () => {
  const home = await folder();
  const store = join(home, "store");
  await mkdir(store);
  await symlink(store, join(home, "link"), "junction");
  const ledger = join(home, "link", "archives.csv");
  await expect(status({ store, ledger })).rejects.toThrow("a file that is none of the store's own");
});
