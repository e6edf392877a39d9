import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  appendFile,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { erase, keep, reconcile, retry, status, verify } from "../src/index.ts";
import {
  IS_POSIX,
  archiveOf,
  checkSums,
  command,
  folder,
  idOf,
  listing,
  mailsAsked,
  startServer,
  worklistOf,
} from "./store-and-server.ts";

/** A store with kept mails, a gap of each kind, a stamp, an erased person, and more than one run. */
async function keptStore() {
  const server = await startServer({
    each: 2,
    judge(path) {
      if (path.startsWith("/targets/t3/")) return { status: 404 };
      if (path.startsWith("/targets/t4/")) {
        return listing([{ ...archiveOf(server.url, "t4", 0), url: "" }]);
      }
      return path.startsWith("/actions/stamp/")
        ? listing([archiveOf(server.url, "t6", 0)])
        : undefined;
    },
  });
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, 6);
  const options = { client: server.client, store, rate: 1000 };
  await keep({ ...options, worklist });
  const stamps = join(home, "stamps.csv");
  await writeFile(stamps, "stamp\ns1\n,\n");
  await keep({ ...options, worklist: stamps });
  await erase({ store, target: "t5", reason: "request 12" });
  const id = idOf("t1", 0);
  const mail = join(store, "mails", id.slice(0, 2), `${id}.eml`);
  const sql = (text: string, rows = 1) => {
    const db = new DatabaseSync(join(store, "ledger.sqlite"));
    expect(db.prepare(text).run().changes).toBe(rows);
    db.close();
  };
  return { server, home, store, options, worklist, mail, sql };
}

type Kept = Awaited<ReturnType<typeof keptStore>>;

/** Replaces the first match, which must exist. */
async function swap(path: string, from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(path, "utf8");
  expect(text.replace(from, to)).not.toBe(text);
  await writeFile(path, text.replace(from, to));
}

/** Moves a file or folder elsewhere, and leaves a link to it. */
async function linkTo(path: string, elsewhere: string): Promise<void> {
  await rename(path, elsewhere);
  const isFolder = (await stat(elsewhere)).isDirectory();
  await symlink(elsewhere, path, isFolder ? "junction" : "file");
}

const UUID = randomUUID();

type Tampering = [string, string, (kept: Kept) => unknown];

const TAMPERINGS: Tampering[] = [
  [
    "a byte changed",
    "mails/",
    async ({ mail }) => writeFile(mail, (await readFile(mail)).fill(65, 3, 4)),
  ],
  ["an extra byte", "mails/", ({ mail }) => appendFile(mail, "x")],
  ["an empty mail", "mails/", ({ mail }) => writeFile(mail, "")],
  ["a missing mail", "mails/", ({ mail }) => rm(mail)],
  ["a mail renamed", "mails/", ({ mail }) => rename(mail, `${mail}.eml`)],
  ["an extra mail", "mails/4f.eml", ({ store }) => writeFile(join(store, "mails/4f.eml"), "x")],
  ["an extra file", "notes.txt", ({ store }) => writeFile(join(store, "notes.txt"), "x")],
  [
    "a row of archives.csv changed",
    "archives.csv",
    ({ store }) => swap(join(store, "archives.csv"), "00000A", "00000B"),
  ],
  [
    "a row of archives.csv missing",
    "archives.csv",
    ({ store }) => swap(join(store, "archives.csv"), /^.*,kept,.*\n/m, ""),
  ],
  ["archives.csv missing", "archives.csv", ({ store }) => rm(join(store, "archives.csv"))],
  [
    "a row of gaps.csv changed",
    "gaps.csv",
    ({ store }) => swap(join(store, "gaps.csv"), "unknown", "failed"),
  ],
  ["gaps.csv missing", "gaps.csv", ({ store }) => rm(join(store, "gaps.csv"))],
  [
    "the first run file changed",
    "runs/0001.json",
    ({ store }) => appendFile(join(store, "runs/0001.json"), " "),
  ],
  [
    "the last run file changed",
    "runs/0003.json",
    ({ store }) => swap(join(store, "runs/0003.json"), "request 12", "request 13"),
  ],
  ["a run file missing", "runs/0002.json", ({ store }) => rm(join(store, "runs/0002.json"))],
  [
    "an extra run file",
    "runs/0009.json",
    ({ store }) => writeFile(join(store, "runs/0009.json"), "{}"),
  ],
  [
    "a manifest line missing",
    "manifest-sha256.txt",
    ({ store }) => swap(join(store, "manifest-sha256.txt"), /^.*\n/, ""),
  ],
  [
    "a manifest line changed",
    "manifest-sha256.txt",
    ({ store }) => swap(join(store, "manifest-sha256.txt"), /^[0-9a-f]/, "g"),
  ],
  [
    "the manifest missing",
    "manifest-sha256.txt",
    ({ store }) => rm(join(store, "manifest-sha256.txt")),
  ],
  [
    "an archive's row changed",
    "ledger.sqlite",
    ({ sql }) => sql(`UPDATE archives SET action = 'x' WHERE id = '${idOf("t1", 0)}'`),
  ],
  [
    "an archive's row missing",
    "ledger.sqlite",
    ({ sql }) => sql(`DELETE FROM archives WHERE id = '${idOf("t1", 0)}'`),
  ],
  [
    "an archive's hash changed",
    "mails/",
    ({ sql }) => sql(`UPDATE archives SET sha256 = 'x' WHERE id = '${idOf("t1", 0)}'`),
  ],
  [
    "a tombstone's reason changed",
    "ledger.sqlite",
    ({ sql }) =>
      sql(
        "UPDATE archives SET reason = 'x' WHERE row = (SELECT min(row) FROM archives WHERE state = 'erased')",
      ),
  ],
  [
    "a listed item's row changed",
    "ledger.sqlite",
    ({ sql }) => sql("UPDATE items SET target = 'x' WHERE target = 't1'"),
  ],
  [
    "a listed item's row missing",
    "ledger.sqlite",
    ({ sql }) => sql("DELETE FROM items WHERE target = 't1'"),
  ],
  [
    "a gap's row changed to listed",
    "ledger.sqlite",
    ({ sql }) => sql("UPDATE items SET state = 'listed' WHERE target = 't3'"),
  ],
  [
    "the time since which an item is open changed",
    "ledger.sqlite",
    ({ sql }) => sql("UPDATE items SET added = added - 1 WHERE target = 't3'"),
  ],
  ["a stamp's row missing", "ledger.sqlite", ({ sql }) => sql("DELETE FROM stamps")],
  [
    "a kept archive in two rows",
    "mails/",
    ({ sql }) =>
      sql(
        `INSERT INTO archives (id, action, target, sendingDate, expiresOn, state, path, bytes, sha256, lastTried)
           SELECT id, action, target, sendingDate, expiresOn, state, path, bytes, sha256, lastTried
           FROM archives WHERE id = '${idOf("t1", 0)}'`,
      ),
  ],
  [
    "a path that leads out of the store",
    "ledger.sqlite",
    async ({ mail, store, sql }) => {
      await rename(mail, join(store, "../outside.eml"));
      sql(`UPDATE archives SET path = '../outside.eml' WHERE id = '${idOf("t1", 0)}'`);
    },
  ],
  ["all runs missing", "ledger.sqlite", ({ sql }) => sql("DELETE FROM runs WHERE 1", 3)],
  ["a mail that is a folder", "mails/", ({ mail }) => rm(mail).then(() => mkdir(mail))],
  [
    "a mail that is a pipe",
    "mails/",
    ({ mail }) => rm(mail).then(() => promisify(execFile)("mkfifo", [mail])),
  ],
  [
    "a mail that cannot be read",
    "mails/",
    ({ mail }) => rm(mail).then(() => symlink(basename(mail), mail, "file")),
  ],
  ["a mail that is a link", "mails/", ({ mail, home }) => linkTo(mail, join(home, "elsewhere"))],
  [
    "a folder of mails that is a link",
    "mails/",
    ({ mail, home }) => linkTo(dirname(mail), join(home, "elsewhere")),
  ],
  [
    "a table that is a link",
    "archives.csv",
    ({ store, home }) => linkTo(join(store, "archives.csv"), join(home, "elsewhere")),
  ],
  [
    "a table that is a folder",
    "archives.csv",
    ({ store }) => rm(join(store, "archives.csv")).then(() => mkdir(join(store, "archives.csv"))),
  ],
  [
    "a run file missing together with its row",
    "runs/0003.json",
    async ({ store, sql }) => {
      await rm(join(store, "runs/0002.json"));
      sql("DELETE FROM runs WHERE number = 2");
    },
  ],
  [
    "a run file changed and its row without a hash",
    "runs/0003.json",
    async ({ store, sql }) => {
      await writeFile(join(store, "runs/0002.json"), "{}");
      sql("UPDATE runs SET sha256 = NULL WHERE number = 2");
    },
  ],
  ...[`mails/aa/x.eml.${UUID}.part`, `mails/${UUID}.part/x`, `runs/x/${UUID}.part`].map(
    (path): Tampering => [
      path,
      path,
      async ({ store }) => {
        await mkdir(dirname(join(store, path)), { recursive: true });
        await writeFile(join(store, path), "x");
      },
    ],
  ),
  ...[
    "ledger.sqlite-evil",
    "ledger.sqlite-journal",
    ".lock-x",
    ".store-id",
    ".store-id/x",
    "reconciliation.csv/x",
  ].map((path): Tampering => [
    path,
    path.replace(/^\.store-id\/.*/, ".store-id"),
    async ({ store }) => {
      await mkdir(dirname(join(store, path)), { recursive: true });
      await writeFile(join(store, path), "\0");
    },
  ]),
  [
    "a folder with the name of a table",
    "reconciliation.csv",
    ({ store }) => mkdir(join(store, "reconciliation.csv")),
  ],
];

test.each(TAMPERINGS.filter(([name]) => IS_POSIX || !/\bpipe$/.test(name)))(
  "finds %s",
  async (_, path, tamper) => {
    const kept = await keptStore();
    expect((await verify(kept)).findings).toEqual([]);
    await tamper(kept);
    const { findings } = await verify(kept);
    expect(findings.filter((finding) => finding.path.startsWith(path))).not.toEqual([]);
  },
);

test("the command prints each finding in a line, and is exit 1", async () => {
  const { server, store, mail } = await keptStore();
  await appendFile(mail, "x");
  await writeFile(join(store, "mails/notes.txt"), "");
  const { findings } = await verify({ store });
  const { code, stdout } = await command(server.url, "verify", "--store", store);
  expect(stdout.split("\n")).toEqual([
    ...findings.map(({ path, problem }) => `${path}: ${problem}`),
    expect.stringMatching(/^\d+ of \d+ kept mails read, 2 findings\.$/),
    "",
  ]);
  expect(code).toBe(1);
});

test("finds nothing after whatever the commands themselves do, and sha256sum agrees", async () => {
  const { server, home, store, options, worklist } = await keptStore();
  const agree = async () => {
    const { code, stdout } = await command(server.url, "verify", "--store", store);
    expect(stdout).toMatch(/^\d+ of \d+ kept mails read, 0 findings\.\n$/);
    expect(code).toBe(0);
    await checkSums(store);
  };
  await agree();
  await retry(options);
  await agree();
  await writeFile(join(home, "sent.csv"), "target\nt1\nt9\n");
  await reconcile({ store, sent: join(home, "sent.csv") });
  await agree();
  await keep({ ...options, worklist });
  await agree();
  const stop = new AbortController();
  stop.abort();
  expect((await keep({ ...options, worklist, signal: stop.signal })).outcome).toBe("stopped");
  await agree();
  await erase({ store, target: ["t0", "t1", "t2", "t6"], reason: "request 13" });
  expect((await command(server.url, "verify", "--store", store)).code).toBe(0);
});

test("finds nothing after a tool ran ANALYZE on the ledger", async () => {
  const { store } = await keptStore();
  const db = new DatabaseSync(join(store, "ledger.sqlite"));
  db.exec("ANALYZE");
  db.close();
  expect((await verify({ store })).findings).toEqual([]);
});

test("finds a file in place of the folder of mails", async () => {
  const server = await startServer({ each: 0 });
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, 1);
  await keep({ client: server.client, worklist, store, rate: 1000 });
  await rm(join(store, "mails"), { recursive: true, force: true });
  await writeFile(join(store, "mails"), "x");
  expect((await verify({ store })).findings).toMatchObject([{ path: "mails" }]);
});

test("can report very many findings", async () => {
  const { store, sql } = await keptStore();
  const numbers = "SELECT 100 AS n UNION ALL SELECT n + 1 FROM many WHERE n < 150099";
  sql(
    `WITH many AS (${numbers}) INSERT INTO runs (number, sha256) SELECT n, 'x' FROM many`,
    150_000,
  );
  const { findings } = await verify({ store });
  expect(findings.filter(({ problem }) => problem === "It is gone.")).toHaveLength(150_000);
});

test("what a killed run left unfinished is gone after the next command, and no finding", async () => {
  const { store, sql } = await keptStore();
  sql("INSERT INTO runs (number) VALUES (4)");
  const end = `${randomUUID()}.part`;
  const parts = ["archives.csv", "gaps.csv", "manifest-sha256.txt", "runs/0004.json"].map((name) =>
    join(store, `${name}.${end}`),
  );
  await mkdir(join(store, "mails/.part", end), { recursive: true });
  for (const part of [...parts, join(store, "mails/.part", end, "1")]) {
    await writeFile(part, "half");
  }
  expect((await verify({ store })).findings).toEqual([]);
  const left = await readdir(store, { recursive: true });
  expect(left.filter((name) => name.includes(".part"))).toEqual([]);
});

test.each(["archives.csv.part", "runs/0001.json.part", "mails/.part", "mails/.part/notes.txt"])(
  "finds %s, which no run left behind, and does not remove it",
  async (path) => {
    const { store, options, worklist } = await keptStore();
    await mkdir(dirname(join(store, path)), { recursive: true });
    await writeFile(join(store, path), "x");
    await keep({ ...options, worklist });
    expect((await verify({ store })).findings).toMatchObject([{ path }]);
    expect((await verify({ store })).findings).toMatchObject([{ path }]);
    expect(await readFile(join(store, path), "utf8")).toBe("x");
  },
);

test("a run with a new ledger adopts what is there, brings nothing back, and does not overwrite another run's file", async () => {
  const { server, store, options, worklist } = await keptStore();
  const runs = await readdir(join(store, "runs"));
  const first = await readFile(join(store, "runs/0001.json"), "utf8");
  await rm(join(store, "ledger.sqlite"));
  const before = mailsAsked(server.seen).length;
  expect(await keep({ ...options, worklist })).toMatchObject({ run: runs.length + 1 });
  expect(await readFile(join(store, "runs/0001.json"), "utf8")).toBe(first);
  expect((await status({ store })).archives).toMatchObject({ erased: 2 });
  expect(mailsAsked(server.seen).length).toBe(before);
});

/** A store whose next run was killed after it kept the mails of one more person. */
async function killedStore() {
  const kept = await keptStore();
  const kill = (number: number) => kept.sql(`INSERT INTO runs (number) VALUES (${number})`);
  kill(4);
  kept.sql(`INSERT INTO items (line, target, action, stamp, extra, state)
    VALUES (9, 't9', '', '', '', 'listed')`);
  kept.sql(`INSERT INTO archives (id, action, target, sendingDate, expiresOn, state, lastTried)
    VALUES ('later', '00000A', 't9', '', '', 'missing', '')`);
  return { ...kept, kill };
}

/** Writes the tables as the next run would, without leaving that run in the ledger. */
async function writeTables({ store, sql, options, worklist }: Kept): Promise<void> {
  await keep({ ...options, worklist });
  await rm(join(store, "runs/0005.json"));
  sql("DELETE FROM runs WHERE number = 5");
}

test("after a kill a table may be that of the last closed run, or match the current rows", async () => {
  const kept = await killedStore();
  const report = await verify(kept);
  const unchecked = "the ledger's rows, but for those that archives.csv has as kept or erased";
  expect(report).toMatchObject({ findings: [], killed: true, unchecked: [unchecked] });
  const { code, stdout } = await command(kept.server.url, "verify", "--store", kept.store);
  expect(stdout).toContain("The last run was killed");
  expect(stdout).toContain(`Not checked: ${unchecked}.\n`);
  expect(code).toBe(0);
  await writeTables(kept);
  expect(await verify(kept)).toMatchObject({ findings: [], unchecked: ["the ledger's rows"] });
});

test.each(["archives.csv", "gaps.csv", "manifest-sha256.txt"])(
  "after a kill a changed or missing %s is found",
  async (path) => {
    const { store } = await killedStore();
    const text = await readFile(join(store, path), "utf8");
    for (const other of ["", "of the killed run\n", text.replace(/^.*\n/, "")]) {
      await writeFile(join(store, path), other);
      expect((await verify({ store })).findings).toMatchObject([{ path }]);
    }
    await rm(join(store, path));
    expect((await verify({ store })).findings).toMatchObject([{ path }]);
  },
);

test.each([
  `UPDATE archives SET target = 'x' WHERE id = '${idOf("t1", 0)}'`,
  `UPDATE archives SET sendingDate = '1999-01-01T00:00:00Z' WHERE id = '${idOf("t1", 0)}'`,
  "DELETE FROM archives WHERE row = (SELECT min(row) FROM archives WHERE state = 'erased')",
])("after a kill earlier rows are compared with archives.csv: %s", async (change) => {
  const { store, sql } = await killedStore();
  sql(change);
  expect((await verify({ store })).findings).toMatchObject([{ path: "archives.csv" }]);
});

test("after two kills a table that the first one may have written is compared with the rows line by line", async () => {
  const kept = await killedStore();
  const { store, sql, kill } = kept;
  await writeTables(kept);
  kill(5);
  sql(`INSERT INTO archives (id, action, target, sendingDate, expiresOn, state, lastTried)
    VALUES ('latest', '00000A', 't9', '', '', 'missing', '')`);
  expect(await verify(kept)).toMatchObject({
    findings: [],
    unchecked: [
      "the ledger's rows, but for those that archives.csv has as kept or erased",
      "whether lines are missing in archives.csv",
      "gaps.csv",
    ],
  });
  await writeFile(join(store, "manifest-sha256.txt"), "of a killed run\n");
  await swap(join(store, "archives.csv"), /00000A(?=.*,kept,)/, "00000B");
  const paths = ["archives.csv", "manifest-sha256.txt"];
  expect((await verify(kept)).findings.map(({ path }) => path)).toEqual(paths);
});

test("after two kills a row of archives.csv whose quote is never closed is found", async () => {
  const { store, kill } = await killedStore();
  kill(5);
  await swap(join(store, "archives.csv"), /^(?=.*,kept,)/m, '"');
  const broken = { path: "archives.csv", problem: "It has a broken row." };
  expect((await verify({ store })).findings).toEqual([broken]);
});

test("the file of a run that was killed before it was closed names the run before it", async () => {
  const { store } = await killedStore();
  const path = "runs/0004.json";
  const { sha256 } = findRun(store, 3) ?? {};
  await writeFile(join(store, path), JSON.stringify({ runBefore: { run: 3, sha256 } }));
  const report = await verify({ store });
  expect(report.findings).toEqual([]);
  expect(report.unchecked).toContain(`${path}, but for the run before it`);
  await writeFile(join(store, path), JSON.stringify({ runBefore: { run: 3, sha256: "x" } }));
  expect((await verify({ store })).findings).toMatchObject([{ path }]);
});

function findRun(store: string, number: number) {
  const db = new DatabaseSync(join(store, "ledger.sqlite"), { readOnly: true });
  const run = db.prepare("SELECT sha256 FROM runs WHERE number = ?").get(number);
  db.close();
  return run as { sha256: string } | undefined;
}

test("goes on after unreadable files, and counts only what was read", async () => {
  const { store, mail } = await keptStore();
  const { mails } = await verify({ store });
  await rm(mail);
  await mkdir(mail);
  await writeFile(join(store, "notes.txt"), "x");
  const report = await verify({ store });
  expect(report.findings.map(({ path }) => join(store, path))).toEqual([
    mail,
    join(store, "notes.txt"),
  ]);
  expect(report).toMatchObject({ mails, read: mails - 1 });
});

test("a folder of mails that is a link to another disk is followed, and no finding", async () => {
  const server = await startServer();
  const home = await folder();
  const store = join(home, "store");
  const options = { store, client: server.client, rate: 1000 };
  await keep({ ...options, worklist: await worklistOf(home, 2) });
  await linkTo(join(store, "mails"), join(home, "elsewhere"));
  const { outcome, balance } = await keep({ ...options, worklist: await worklistOf(home, 4) });
  expect([outcome, balance.archives.kept]).toEqual(["complete", 4]);
  expect((await verify({ store })).findings).toEqual([]);
  expect((await erase({ store, target: "t3", reason: "request 12" })).archives).toBe(1);
});

test("a ledger elsewhere, or inside under another name, is no finding", async () => {
  const server = await startServer();
  const home = await folder();
  const worklist = await worklistOf(home, 3);
  for (const [n, ledger] of ["elsewhere.sqlite", "s1/own.sqlite", "s2/db/own.sqlite"].entries()) {
    const store = join(home, `s${n}`);
    await mkdir(join(home, "s1"), { recursive: true });
    await mkdir(dirname(join(home, ledger)), { recursive: true });
    await mkdir(store, { recursive: true });
    const options = { store, ledger: join(home, ledger) };
    await keep({ ...options, client: server.client, worklist, rate: 1000 });
    expect((await verify(options)).findings).toEqual([]);
    if (n > 0) continue;
    const sent = { ...options, sent: worklist, store: join(home, "s1") };
    const refused = "--store: expected the store that --ledger is of, got one that is empty";
    for (const read of [status, verify, reconcile]) {
      await expect(read(sent)).rejects.toThrow(refused);
    }
  }
});

test("a damaged lock or a damaged index of the ledger is reported with the file, and exit 2", async () => {
  const { server, store } = await keptStore();
  const lock = join(store, ".lock");
  await writeFile(lock, "hello");
  const refused = await command(server.url, "verify", "--store", store);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toMatch(
    /^np6-archives-keep: .*\.lock: expected the lock of a store, .*\n$/,
  );
  await writeFile(lock, "");
  const path = join(store, "ledger.sqlite");
  const db = new DatabaseSync(path);
  const root = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'archives_path'").get();
  db.close();
  const bytes = await readFile(path);
  const end = Number(root?.["rootpage"]) * bytes.readUInt16BE(16);
  await writeFile(path, bytes.fill(65, end - 400, end - 200));
  const damaged = await command(server.url, "verify", "--store", store);
  expect(damaged).toMatchObject({ code: 2, stdout: "" });
  expect(damaged.stderr).toMatch(
    /^np6-archives-keep: The ledger: expected a whole SQLite file, .*\n$/,
  );
});

test("says that it took a sample, and reads no more than that", async () => {
  const server = await startServer({ each: 200 });
  const home = await folder();
  const store = join(home, "store");
  await keep({ client: server.client, worklist: await worklistOf(home, 1), store, rate: 1000 });
  const { stdout, code } = await command(server.url, "verify", "--store", store, "--sample", "1%");
  expect(code).toBe(0);
  const [, read] =
    /^(\d+) of 200 kept mails read, a sample of 1%, 0 findings\.\n$/.exec(stdout) ?? [];
  expect(Number(read)).toBeLessThan(50);
  expect(Number(read)).toBeGreaterThan(0);
  const id = idOf("t0", 0);
  await rm(join(store, "mails", id.slice(0, 2), `${id}.eml`));
  // Any sample notices a missing file.
  expect((await verify({ store, sample: 0.01 })).findings).toHaveLength(1);
});
