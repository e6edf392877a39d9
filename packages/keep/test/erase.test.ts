import { createHash, randomUUID } from "node:crypto";
import {
  copyFile,
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
import { expect, test } from "vitest";
import { erase, keep, personBag, reconcile, retry, verify } from "../src/index.ts";
import { openLedger } from "../src/ledger/sqlite-ledger.ts";
import { closeRun } from "../src/report/run-files.ts";
import { openFolder } from "../src/store/folder-store.ts";
import {
  IS_POSIX,
  archiveOf,
  checkSums,
  command,
  folder,
  listing,
  mailOf,
  mailsAsked,
  startServer,
} from "./store-and-server.ts";

const GONE = "0042GONE";
const STAYS = "0043STAYS";
const BROKEN = "0044BROKEN";

/** An archive whose id does not contain its target. */
function archive(url: string, target: string, n: number) {
  const id = createHash("sha256").update(`${target}/${n}`).digest("hex").slice(0, 16);
  return { ...archiveOf(url, target, n), id, url: `${url}/mail/${id}` };
}

/** A store where the target to erase is named wherever a store can name one. */
async function setUp() {
  let isBroken = true;
  const server = await startServer({
    judge(path) {
      if (path.startsWith("/mail/")) return undefined;
      const target = /\/targets\/([^/]+)/.exec(path)?.[1] ?? GONE;
      if (target === BROKEN) return { status: isBroken ? 404 : 403 };
      const archives = [0, 1].map((n) => archive(server.url, target, n));
      if (path.startsWith("/actions/stamp/")) return listing(archives.slice(0, 1));
      if (path.startsWith("/actions/0FAIL/")) return { status: 403 };
      return listing([...archives, { ...archive(server.url, target, 2), url: "" }]);
    },
  });
  const home = await folder();
  const store = join(home, "store");
  const worklist = join(home, `worklist of ${GONE}.csv`);
  await writeFile(
    worklist,
    `action,target,stamp,note\n,${GONE},,\n0FAIL,${GONE},,\n,,s1,\n,${STAYS},,cousin of ${GONE}\n,${BROKEN},,\n,,,bad row of ${GONE}\n`,
  );
  const options = { client: server.client, store, rate: 1000 };
  await keep({ ...options, worklist });
  const sent = join(home, "sent.csv");
  await writeFile(sent, `target,note\n${GONE},a\n${STAYS},b\n${STAYS},"friend\nof ${GONE}"\n`);
  await reconcile({ store, sent });
  return {
    server,
    home,
    store,
    worklist,
    options,
    mend: () => {
      isBroken = false;
    },
  };
}

/** The files of a store that contain a text. */
async function filesWith(store: string, text: string): Promise<string[]> {
  const entries = await readdir(store, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if ((await readFile(path)).includes(text)) found.push(path);
  }
  return found;
}

test("erase leaves no trace of the target's id in the store, but a proof of the erasure", async () => {
  const { server, home, store } = await setUp();
  expect(await filesWith(store, GONE)).not.toEqual([]);
  const before = await readFile(join(store, "archives.csv"), "utf8");
  const { id } = archive(server.url, GONE, 0);
  const args = ["erase", "--store", store, "--target", GONE, "--reason", "request 2026-17"];
  const { code, stdout } = await command(server.url, ...args);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^3 archives erased\.\nworklist 3 = 1 listed .*\narchives 6 = 2 kept .* \+ 3 erased\n$/,
  );
  expect(await filesWith(store, GONE)).toEqual([]);
  // A mistyped id looks the same, so the message should make somebody notice.
  expect(await command(server.url, ...args)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^0 archives erased: none in the store is of such a target\./),
  });
  expect(await stat(join(store, "mails", id.slice(0, 2), `${id}.eml`)).catch(() => "gone")).toBe(
    "gone",
  );
  expect(await readFile(join(store, "manifest-sha256.txt"), "utf8")).not.toContain(id);

  const db = new DatabaseSync(join(store, "ledger.sqlite"), { readOnly: true });
  const tombstone = db.prepare("SELECT * FROM archives WHERE id = ?").get(id);
  db.close();
  const sha256 = createHash("sha256").update(mailOf(id)).digest("hex");
  expect(before).toContain(sha256);
  expect(tombstone).toMatchObject({
    state: "erased",
    target: "",
    action: "",
    path: null,
    keptAt: null,
    sha256,
    reason: "request 2026-17",
    lastTried: expect.stringMatching(/^20\d\d-/),
  });
  expect(await readFile(join(store, "runs/0002.json"), "utf8")).toContain("request 2026-17");
  expect((await verify({ store })).findings).toEqual([]);
  await checkSums(store);
  await expect(personBag({ store, target: GONE, out: join(home, "bag") })).rejects.toThrow(
    "--target",
  );
  // The other target's events and mails are still there.
  expect(await readFile(join(store, "reconciliation.csv"), "utf8")).toContain(`${STAYS},b,kept,`);
});

test("erase reads a large reconciliation row by row, and removes no mail before its events are gone", async () => {
  const { server, store } = await setUp();
  const path = join(store, "reconciliation.csv");
  await rename(path, `${path}.away`);
  await mkdir(path);
  const before = await filesWith(store, GONE);
  await expect(erase({ store, target: GONE, reason: "x" })).rejects.toThrow("reconciliation.csv");
  expect(await filesWith(store, GONE)).toEqual(before);
  await rm(path, { recursive: true });
  const rows = Array.from(
    { length: 300_000 },
    (_, n) => `t${n},,,note ${n} of many,kept,id-${n}\n`,
  );
  const theirs = `${GONE},s9,,,kept,x\n,s9,,,never listed,\n`;
  const header = "target,stamp,sentAt,note,result,archive\n";
  await writeFile(path, `${header}${rows.join("")}${theirs}t1,,,,"kept\n`);
  const place = { url: server.url, nodeOptions: "--max-old-space-size=32" };
  const args = ["erase", "--store", store, "--target", GONE, "--reason", "x"];
  expect(await command(place, ...args)).toMatchObject({ code: 0, stderr: "" });
  expect(await readFile(path, "utf8")).toBe(`${header}${rows.join("")}t1,,,,"kept\n`);
});

test("erase handles a target named twice, and a file left half-written by a killed reconciliation", async () => {
  const { store } = await setUp();
  await writeFile(join(store, `reconciliation.csv.${randomUUID()}.part`), GONE);
  const { archives } = await erase({ store, target: [GONE, GONE], reason: "request 12" });
  expect(archives).toBe(3);
  expect(await filesWith(store, GONE)).toEqual([]);
});

test("no later run, retry or stamp brings erased mails back", async () => {
  const { server, store, worklist, options, mend } = await setUp();
  await erase({ store, target: [GONE], reason: "request 12" });
  const before = server.seen.length;
  mend();
  const runs = [
    await keep({ ...options, worklist }),
    await retry(options),
    await keep({ ...options, worklist }),
  ];
  for (const { balance } of runs)
    expect(balance.archives).toMatchObject({ total: 6, kept: 2, erased: 3 });
  expect(mailsAsked(server.seen.slice(before))).toEqual([]);
  expect((await verify({ store })).findings).toEqual([]);
});

test("an erased archive that was in conflict with another's stays away, and the other's is kept", async () => {
  let isOther = false;
  const server = await startServer({
    judge(path) {
      if (path.startsWith("/mail/")) return isOther ? { status: 200, body: "other" } : undefined;
      const target = path.split("/")[2] ?? "";
      return listing([{ ...archive(server.url, STAYS, 0), target }]);
    },
  });
  const store = join(await folder(), "store");
  const options = { client: server.client, store, rate: 1000 };
  const keepOf = (target: string) => keep({ ...options, worklist: worklistOf(target) });
  await keepOf(STAYS);
  isOther = true;
  expect((await keepOf(GONE)).balance.archives).toMatchObject({ kept: 1, conflict: 1 });
  await erase({ store, target: GONE, reason: "request 12" });
  expect(await filesWith(store, GONE)).toEqual([]);
  expect((await keepOf(GONE)).balance.archives).toMatchObject({ total: 2, kept: 1, erased: 1 });
  expect((await verify({ store })).findings).toEqual([]);
});

async function* worklistOf(target: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`target\n${target}\n`);
}

test("erase removes rows and events that name a person only by a stamp, and leaves those of longer ids", async () => {
  const server = await startServer({
    judge: (path) => {
      if (path.startsWith("/mail/")) return undefined;
      // It has no mail, so only the worklist says whose it is.
      if (path.startsWith("/actions/stamp/s3/")) return { status: 404 };
      const target = path.startsWith("/actions/stamp/s1/") ? GONE : STAYS;
      return listing([archive(server.url, target, 0)]);
    },
  });
  const home = await folder();
  const store = join(home, "store");
  const worklist = join(home, `worklist of ${GONE}.csv`);
  // One row says whose s3 is, others only name it; even an invalid row can name a stamp.
  const rows = `s1,Ada Lovelace,\ns2,Grace Hopper,\ns3,,${GONE}\ns3,Ada,\ns1,Ada,,\n"s3",Ada,,\ns14,Alan,,\n`;
  await writeFile(worklist, `stamp,name,target\n${rows}`);
  await keep({ client: server.client, store, rate: 1000, worklist });
  const sent = join(home, "sent.csv");
  const longer = `${GONE}4`;
  await writeFile(
    sent,
    `stamp,email,target\ns1,ada@example.com,\ns1,ada@example.com,\ns2,grace@example.com,\n s3 ,ada@example.com,\n,,${longer}\n`,
  );
  await reconcile({ store, sent });
  const { archives, balance } = await erase({ store, target: GONE, reason: `not ${longer}` });
  expect(archives).toBe(1);
  expect(balance.worklist).toMatchObject({ total: 4, listed: 1, invalid: 3 });
  expect(await filesWith(store, "s14,Alan")).not.toEqual([]);
  for (const theirs of ["Ada", "ada@", "s1,", "s3"])
    expect(await filesWith(store, theirs)).toEqual([]);
  expect((await readFile(join(store, "reconciliation.csv"), "utf8")).split("\n")).toEqual([
    "stamp,email,target,result,archive",
    `s2,grace@example.com,,kept,${archive("", STAYS, 0).id}`,
    `,,${longer},never listed,`,
    "",
  ]);
  expect((await verify({ store })).findings).toEqual([]);

  // A worklist that still names the person brings the name back, until the next erasure.
  const again = () => keep({ client: server.client, store, rate: 1000, worklist });
  const reconciled = () => reconcile({ store, sent });
  // Events are matched with the archives there are: if reconciled first, these match nobody's.
  for (const steps of [
    [again, reconciled],
    [reconciled, again],
  ]) {
    for (const step of steps) await step();
    expect(await filesWith(store, "Ada")).not.toEqual([]);
    await erase({ store, target: GONE, reason: "once more" });
    for (const theirs of ["Ada", "ada@", "s1,", "s3"])
      expect(await filesWith(store, theirs)).toEqual([]);
    expect((await verify({ store })).findings).toEqual([]);
  }
});

test("verify reports an erasure that broke off, and the same call completes it", async () => {
  const { store } = await setUp();
  const table = join(store, "archives.csv");
  await rename(table, `${table}.away`);
  await mkdir(join(table, "in the way"), { recursive: true });
  const asked = { store, target: GONE, reason: "request 12" };
  await expect(erase(asked)).rejects.toThrow("archives.csv");
  await rm(table, { recursive: true });
  await rename(`${table}.away`, table);
  const { findings, killed } = await verify({ store });
  expect(killed).toBe(false);
  expect(findings.map(({ path }) => path)).toContain("ledger.sqlite");
  expect(await filesWith(store, GONE)).not.toEqual([]);
  expect(await erase(asked)).toMatchObject({ archives: 0, balance: { archives: { erased: 3 } } });
  expect(await filesWith(store, GONE)).toEqual([]);
  expect((await verify({ store })).findings).toEqual([]);
});

test("an erasure that is killed while it hashes all rows is no finding after the next run", async () => {
  const { store, options, worklist } = await setUp();
  const ledger = openLedger(join(store, "ledger.sqlite"));
  const cut = {
    ...ledger,
    fingerprint: () => Promise.reject(new Error("It was killed.")),
  };
  const closed = closeRun(openFolder(store), cut, {
    number: 2,
    command: "erase",
    options: {},
    startedAt: "",
    outcome: "gaps",
  });
  await expect(closed).rejects.toThrow("It was killed.");
  await ledger.close();
  await keep({ ...options, worklist });
  expect((await verify({ store })).findings).toEqual([]);
});

test.runIf(IS_POSIX)(
  "a store that cannot be written is exit 3, and the same call completes the erasure",
  async () => {
    const { server, store } = await setUp();
    const args = ["erase", "--store", store, "--target", GONE, "--reason", "x"];
    for (const fileKilobytes of [0, 40]) {
      const { code, stderr } = await command({ url: server.url, fileKilobytes }, ...args);
      expect(stderr).toMatch(/^np6-archives-keep: The store cannot be written: .*\n$/);
      expect(code).toBe(3);
    }
    expect((await command(server.url, ...args)).code).toBe(0);
    expect((await verify({ store })).findings).toEqual([]);
  },
);

test("while another program reads the ledger an erasure fails, and the same call completes it", async () => {
  const { server, store } = await setUp();
  const reader = new DatabaseSync(join(store, "ledger.sqlite"), { readOnly: true });
  reader.exec("BEGIN; SELECT 1 FROM items");
  const args = ["erase", "--store", store, "--target", GONE, "--reason", "x"];
  const { code, stdout, stderr } = await command(server.url, ...args);
  expect(stderr).toMatch(/^np6-archives-keep: The ledger is being read by another program, .*\n$/);
  expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
  reader.close();
  expect((await command(server.url, ...args)).code).toBe(0);
  expect(await filesWith(store, GONE)).toEqual([]);
  expect((await verify({ store })).findings).toEqual([]);
});

test("a mail that is a link is not erased, as the file it points to would stay", async () => {
  const { home, store } = await setUp();
  const id = archive("", GONE, 0).id;
  const path = `mails/${id.slice(0, 2)}/${id}.eml`;
  await rename(join(store, path), join(home, "elsewhere"));
  await symlink(join(home, "elsewhere"), join(store, path), "file");
  const asked = erase({ store, target: GONE, reason: "x" });
  await expect(asked).rejects.toThrow(`${path} is no file.`);
});

test("after a killed run nothing is erased until a run has completed", async () => {
  const { store, options, worklist } = await setUp();
  const db = new DatabaseSync(join(store, "ledger.sqlite"));
  db.exec("INSERT INTO runs (number) VALUES (99)");
  db.close();
  await expect(erase({ store, target: GONE, reason: "request 12" })).rejects.toThrow(
    "The last run was killed: run it to its end first, then erase.",
  );
  await keep({ ...options, worklist });
  expect(await erase({ store, target: GONE, reason: "request 12" })).toMatchObject({ archives: 3 });
});

test("while a mail has no row nothing is erased, as nobody can tell whose it is", async () => {
  const { store, options, worklist } = await setUp();
  // As after a full disk, or a killed run and a retry.
  const db = new DatabaseSync(join(store, "ledger.sqlite"));
  const { path } = db
    .prepare(
      "DELETE FROM archives WHERE row = (SELECT min(row) FROM archives WHERE target = ? AND state = 'kept') RETURNING path",
    )
    .get(GONE) as { path: string };
  db.prepare("UPDATE items SET state = 'open' WHERE target = ?").run(GONE);
  db.close();
  const asked = { store, target: GONE, reason: "request 12" };
  await expect(erase(asked)).rejects.toThrow(`${path}: expected a row that tells whose mail it is`);
  await keep({ ...options, worklist });
  await erase(asked);
  expect(await readdir(dirname(join(store, path)))).not.toContain(basename(path));
  expect((await verify({ store })).findings).toEqual([]);
});

test("a mail that a killed retry stored is told apart from a stray file by a retry, not by a run", async () => {
  const { store, options, worklist } = await setUp();
  const db = new DatabaseSync(join(store, "ledger.sqlite"));
  db.prepare("UPDATE archives SET state = 'expired', path = NULL WHERE target = ?").run(GONE);
  db.close();
  const asked = { store, target: GONE, reason: "request 12" };
  await keep({ ...options, worklist });
  await expect(erase(asked)).rejects.toThrow("Let `run` and `retry` come to their end first");
  await retry(options);
  await erase(asked);
  expect(await filesWith(store, GONE)).toEqual([]);
  expect((await verify({ store })).findings).toEqual([]);
});

test("with an older copy of the ledger an erasure does not overwrite another run's file", async () => {
  const { home, store, options, worklist } = await setUp();
  const copy = join(home, "older.sqlite");
  await copyFile(join(store, "ledger.sqlite"), copy);
  await retry(options);
  const second = await readFile(join(store, "runs/0002.json"));
  await copyFile(copy, join(store, "ledger.sqlite"));
  const asked = { store, target: GONE, reason: "request 12" };
  await expect(erase(asked)).rejects.toThrow("runs/0002.json: expected no run after");
  expect(await readFile(join(store, "runs/0002.json"))).toEqual(second);
  expect(await keep({ ...options, worklist })).toMatchObject({ run: 3 });
  expect(await erase(asked)).toMatchObject({ archives: 3 });
});

test("a reason that is blank or names the target is refused, and nothing is erased", async () => {
  const { server, store } = await setUp();
  for (const reason of ["", " ", `request of ${GONE}`]) {
    const args = ["erase", "--store", store, "--target", GONE, "--reason", reason];
    const { code, stderr } = await command(server.url, ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^np6-archives-keep: --reason: expected .*\n$/);
  }
  expect(await filesWith(store, GONE)).not.toEqual([]);
});
