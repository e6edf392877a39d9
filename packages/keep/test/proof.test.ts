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
