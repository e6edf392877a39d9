import { existsSync } from "node:fs";
import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { erase, keep, openKept, personBag, reconcile, status, verify } from "../src/index.ts";
import { IS_POSIX, command, folder, startServer, worklistOf } from "./store-and-server.ts";

/** A store A that was run once, with its ledger in it, and the path of a future store B. */
async function setUp() {
  const server = await startServer();
  const home = await folder();
  const worklist = await worklistOf(home, 3);
  const [a, b] = [join(home, "A"), join(home, "B")];
  const options = { client: server.client, worklist, rate: 1000 };
  await keep({ ...options, store: a });
  return { server, home, worklist, a, b, options, own: join(a, "ledger.sqlite") };
}

type SetUp = Awaited<ReturnType<typeof setUp>>;

/** A is unchanged, and further runs work. */
async function expectUnharmed({ a, options }: SetUp): Promise<void> {
  expect(await keep({ ...options, store: a })).toMatchObject({ outcome: "complete" });
  expect((await verify({ store: a })).findings).toEqual([]);
}

test.each([
  ["by its name", ({ own }: SetUp) => Promise.resolve(own)],
  [
    "by a link",
    async ({ home, own }: SetUp) => {
      await symlink(own, join(home, "link.sqlite"), "file");
      return join(home, "link.sqlite");
    },
  ],
  ["though it is new", ({ a }: SetUp) => Promise.resolve(join(a, "new.sqlite"))],
])("a ledger in another store's folder is refused %s", async (_, ledgerOf) => {
  const kept = await setUp();
  const { server, home, worklist, b, options } = kept;
  const where = { store: b, ledger: await ledgerOf(kept) };
  const args = ["--worklist", worklist, "--store", b, "--ledger", where.ledger];
  const { code, stderr } = await command(server.url, "run", ...args);
  expect(stderr).toMatch(
    /^np6-archives-keep: --ledger: expected a file that lies in no other store, .*\n$/,
  );
  expect(code).toBe(2);
  expect(existsSync(b)).toBe(false);
  await mkdir(b);
  await expect(keep({ ...options, ...where })).rejects.toThrow("no other store");
  await expect(status(where)).rejects.toThrow("no other store");
  await writeFile(join(home, "sent.csv"), "target\nt1\n");
  await expect(reconcile({ ...where, sent: join(home, "sent.csv") })).rejects.toThrow("no other");
  await expectUnharmed(kept);
});

test("a ledger that was moved or copied out of its store works only with that store", async () => {
  const kept = await setUp();
  const { home, a, b, own, options } = kept;
  const ledger = join(home, "copy.sqlite");
  await cp(own, ledger);
  await mkdir(b);
  const refused = "--store: expected the store that --ledger is of, got one without its last run's";
  const where = { store: b, ledger };
  const person = { ...where, target: "t1" };
  for (const asked of [
    () => keep({ ...options, ...where }),
    () => status(where),
    () => verify(where),
    () => personBag({ ...person, out: join(home, "bag") }),
    () => erase({ ...person, reason: "request 12" }),
  ]) {
    await expect(asked()).rejects.toThrow(refused);
  }
  await expectUnharmed(kept);

  const moved = { store: a, ledger: join(home, "moved.sqlite") };
  await rename(own, moved.ledger);
  expect((await status(moved)).archives.kept).toBe(3);
  expect(await keep({ ...options, ...moved })).toMatchObject({ outcome: "complete" });
  expect((await verify(moved)).findings).toEqual([]);
  await expect(status({ ...moved, store: b })).rejects.toThrow("got one that is empty");
  await rename(moved.ledger, own);
  await expectUnharmed(kept);
});

test("a copy of a store without its hidden files is recognised by the last run's file", async () => {
  const { home, b, options } = await setUp();
  const where = { store: b, ledger: join(home, "l.sqlite") };
  await keep({ ...options, ...where });
  const id = await readFile(join(b, ".store-id"), "utf8");
  await rm(join(b, ".store-id"));
  expect((await verify(where)).findings).toEqual([]);
  expect(await keep({ ...options, ...where })).toMatchObject({ outcome: "complete" });
  expect(await readFile(join(b, ".store-id"), "utf8")).toBe(id);

  await rm(join(b, ".store-id"));
  await rm(join(b, "runs"), { recursive: true });
  await expect(status(where)).rejects.toThrow("neither .store-id nor the last run's file");
});

test("a store whose ledger lies elsewhere asks for --ledger", async () => {
  const { home, b, options } = await setUp();
  await keep({ ...options, store: b, ledger: join(home, "b.sqlite") });
  await expect(status({ store: b })).rejects.toThrow(
    `${b}: expected a store with its ledger, or --ledger, got one whose ledger lies elsewhere.`,
  );
});

test.runIf(IS_POSIX)(
  "a ledger that cannot be looked for is not taken for a missing one",
  async () => {
    const { b } = await setUp();
    await mkdir(b);
    await symlink("ledger.sqlite", join(b, "ledger.sqlite"), "file");
    await expect(status({ store: b })).rejects.toThrow('expected a ledger, got "ELOOP: too many');
  },
);

test("a ledger that is a link in its store can be used before a first run has ended", async () => {
  const { home, b, options } = await setUp();
  await mkdir(b);
  await mkdir(join(home, "fast"));
  await symlink(join("..", "fast", "l.sqlite"), join(b, "ledger.sqlite"), "file");
  await keep({ ...options, store: b });
  // As after a kill.
  const db = new DatabaseSync(join(home, "fast", "l.sqlite"));
  db.exec("DELETE FROM runs");
  db.close();
  await rm(join(b, "runs"), { recursive: true });
  expect((await status({ store: b })).archives.kept).toBe(3);
  expect(await keep({ ...options, store: b })).toMatchObject({ outcome: "complete" });
  expect((await verify({ store: b })).findings).toEqual([]);
});

test("a lock that was left behind, or by another program, does not make a folder a store", async () => {
  const { home, b, options } = await setUp();
  await mkdir(join(home, "db"));
  await writeFile(join(home, "db", ".lock"), "");
  const where = { store: b, ledger: join(home, "db", "l.sqlite") };
  expect(await keep({ ...options, ...where })).toMatchObject({ outcome: "complete" });
});

test("a ledger that is moved into its store together with its lock is no finding", async () => {
  const { home, b, options } = await setUp();
  const ledger = join(home, "l.sqlite");
  await keep({ ...options, store: b, ledger });
  await rename(ledger, join(b, "ledger.sqlite"));
  await rename(`${ledger}.lock`, join(b, "ledger.sqlite.lock"));
  expect((await verify({ store: b })).findings).toEqual([]);
});

test("a ledger that belongs to another store is refused even inside one", async () => {
  const { home, a, b, own, options } = await setUp();
  const ledger = join(home, "of b.sqlite");
  await keep({ ...options, store: b, ledger });
  await rename(ledger, own);
  await expect(keep({ ...options, store: a })).rejects.toThrow("--store: expected the store that");
});

test("one ledger is used by one run at a time, whatever the stores", async () => {
  const { home, b, options } = await setUp();
  const ledger = join(home, "of b.sqlite");
  await keep({ ...options, store: b, ledger });
  const other = new DatabaseSync(`${ledger}.lock`);
  other.exec("BEGIN EXCLUSIVE");
  const refused =
    "--ledger: expected one that is free, got one that another command is working on.";
  await expect(keep({ ...options, store: b, ledger })).rejects.toThrow(refused);
  await expect(verify({ store: b, ledger })).rejects.toThrow(refused);
  other.close();
  expect(await keep({ ...options, store: b, ledger })).toMatchObject({ outcome: "complete" });
});

test.each([
  ["--store", "dangling"],
  ["--store", "loop"],
  ["--store", "worklist.csv/store"],
  ["--store", "x".repeat(300)],
  ["--ledger", "loop"],
  ["--ledger", "x".repeat(300)],
  ["--ledger", "x".repeat(252)],
])("%s %.20s is refused with a sentence and exit 2", async (option, name) => {
  const home = await folder();
  await symlink(join(home, "nowhere"), join(home, "dangling"), "file");
  await symlink("loop", join(home, "loop"), "file");
  const worklist = await worklistOf(home, 1);
  const place = join(home, name);
  const where = option === "--store" ? [] : ["--store", join(home, "store")];
  const args = ["run", "--worklist", worklist, ...where, option, place];
  const { code, stderr } = await command("http://127.0.0.1:9", ...args);
  expect(stderr).toMatch(
    /^np6-archives-keep: --\w+: expected a \w+, or a path that can be one, got .*\n$/,
  );
  expect(stderr).toContain(`${option}: `);
  expect(code).toBe(2);
});

test("a file that is open for reading can be found by its id, and is closed once, however often that is asked", async () => {
  const { a } = await setUp();
  const kept = await openKept({ store: a });
  const [one] = await kept.find({ target: "t1" });
  expect(await kept.find({ id: one?.id ?? "" })).toEqual([one]);
  expect(await kept.find({ id: "none" })).toEqual([]);
  for (const query of [undefined, {}, { target: undefined }, { target: 7 }]) {
    await expect(kept.find(query as never)).rejects.toThrow(
      /^query: expected a text as target, stamp or id, got (?:undefined|7)\.$/,
    );
  }
  await Promise.all([kept.close(), kept.close()]);
  await expect(kept.close()).resolves.toBeUndefined();
});

test("the link of a container is refused without its signature", async () => {
  for (const store of ["https://a.example/mails?sp=rw&sig=SECRET", "azure://mails?sig=SECRET"]) {
    const refused = status({ store, ledger: "/nowhere" });
    await expect(refused).rejects.toThrow(/^--store: expected .*mails\?.*sig=\[redacted\]"\.$/);
  }
  const store: unknown = new URL("https://a.example/mails?sig=SECRET");
  await expect(status({ store: store as string })).rejects.toThrow(/got .*\?sig=\[redacted\]\.$/);
});
