import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFile, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { erase, keep, personBag, reconcile, verify } from "../src/index.ts";
import { archiveOf, folder, idOf, startServer, worklistOf } from "./store-and-server.ts";

async function keptStore() {
  const server = await startServer({ each: 2 });
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, 3);
  const options = { client: server.client, worklist, store, rate: 1000 };
  await keep(options);
  const id = idOf("t1", 0);
  return { home, store, options, server, mail: join(store, "mails", id.slice(0, 2), `${id}.eml`) };
}

type Kept = Awaited<ReturnType<typeof keptStore>>;

test.each<[string, (kept: Kept) => Promise<unknown>]>([
  [
    "a byte changed",
    ({ mail }) => readFile(mail).then((bytes) => writeFile(mail, bytes.fill(65, 3, 4))),
  ],
  ["a file gone", ({ mail }) => rm(mail)],
  ["a file too many", ({ store }) => writeFile(join(store, "mails/4f.eml"), "x")],
  [
    "a row of archives.csv changed",
    ({ store }) => swap(join(store, "archives.csv"), "00000A", "00000B"),
  ],
  ["a run file changed", ({ store }) => appendFile(join(store, "runs/0001.json"), " ")],
  ["a run file gone", ({ store }) => rm(join(store, "runs/0001.json"))],
  ["a manifest line missing", ({ store }) => swap(join(store, "manifest-sha256.txt"), /^.*\n/, "")],
  [
    "a row of the ledger changed",
    async ({ store }) => {
      const db = new DatabaseSync(join(store, "ledger.sqlite"));
      db.exec("UPDATE archives SET action = 'x' WHERE row = 1");
      db.close();
    },
  ],
])("verify finds %s", async (_, tamper) => {
  const kept = await keptStore();
  expect((await verify(kept)).findings).toEqual([]);
  await tamper(kept);
  expect((await verify(kept)).findings.length).toBeGreaterThan(0);
});

async function swap(path: string, from: string | RegExp, to: string): Promise<void> {
  await writeFile(path, (await readFile(path, "utf8")).replace(from, to));
}

test("reconcile tells kept, gaps and never listed, and an archive answers for one event", async () => {
  const { home, store, server } = await keptStore();
  const { sendingDate } = archiveOf(server.url, "t1", 0);
  const sent = join(home, "sent.csv");
  const row = `t1,00000A,${sendingDate}`;
  await writeFile(
    sent,
    `target,action,sentAt\n${row}\n${row}\nt1,00000A,2020-01-01T00:00:00Z\nt9,,\n`,
  );
  const report = await reconcile({ store, sent });
  expect(report).toEqual({ events: 4, results: { kept: 1, "never listed": 3 } });
  const lines = (await readFile(join(store, "reconciliation.csv"), "utf8")).trim().split("\n");
  expect(lines[0]).toBe("target,action,sentAt,result,archive");
  expect(lines[1]).toBe(`${row},kept,${idOf("t1", 0)}`);
});

test("erase leaves the target in no byte, and nothing brings it back", async () => {
  const { home, store, options, server } = await keptStore();
  const sent = join(home, "sent.csv");
  await writeFile(sent, "target\nt1\nt2\n");
  await reconcile({ store, sent });
  await erase({ store, target: "t1", reason: "request 12" });
  for (const entry of await readdir(store, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const text = await readFile(join(entry.parentPath, entry.name), "latin1");
    // The archive's id stays, which has the target's in these tests.
    expect(text.replaceAll(/[0-9a-f]{12}-t1-\d/g, "")).not.toMatch(/\bt1\b/);
  }
  expect((await verify({ store })).findings).toEqual([]);
  const before = server.seen.length;
  const { balance } = await keep(options);
  expect(balance.archives).toMatchObject({ total: 6, kept: 4, erased: 2 });
  expect(server.seen.slice(before).filter(({ path }) => path.startsWith("/mail/"))).toEqual([]);
  expect((await verify({ store })).findings).toEqual([]);
});

test("a person's bag is a valid one, as folder and as zip", async () => {
  const { home, store } = await keptStore();
  const out = join(home, "bag");
  expect(await personBag({ store, target: ["t1", "t2"], out })).toEqual({ mails: 4, gaps: 0 });
  await checkBag(out);
  const page = await readFile(join(out, "data/index.html"), "utf8");
  expect(page).not.toMatch(/(?:src|href)="https?:/);
  expect(page).toContain(idOf("t2", 1));
  await personBag({ store, target: "t1", out: join(home, "one.zip") });
  await promisify(execFile)("python3", ["-m", "zipfile", "-e", "one.zip", "."], { cwd: home });
  await checkBag(join(home, "one"));
});

function isPayload(path: string): boolean {
  return path.startsWith("data/");
}

/** A validator from RFC 8493 alone. */
async function checkBag(bag: string): Promise<void> {
  const declaration = await readFile(join(bag, "bagit.txt"), "utf8");
  expect(declaration).toBe("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
  const entries = await readdir(bag, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(bag.length + 1));
  const listed = async (manifest: string) => {
    const paths: string[] = [];
    for (const line of (await readFile(join(bag, manifest), "utf8")).trim().split("\n")) {
      const [, sum = "", written = ""] = /^([0-9a-f]{64})[ \t]+(.+)$/.exec(line) ?? [];
      const path = written.replaceAll(/%(25|0A|0D)/gi, (found) => decodeURIComponent(found));
      const bytes = await readFile(join(bag, path));
      expect(createHash("sha256").update(bytes).digest("hex"), path).toBe(sum);
      paths.push(path);
    }
    return paths.toSorted();
  };
  expect(await listed("manifest-sha256.txt")).toEqual(files.filter(isPayload).toSorted());
  expect(await listed("tagmanifest-sha256.txt")).toEqual(
    files.filter((path) => !isPayload(path) && path !== "tagmanifest-sha256.txt").toSorted(),
  );
}
