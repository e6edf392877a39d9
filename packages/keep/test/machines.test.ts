import { once } from "node:events";
import { join } from "node:path";
import { startPostgres } from "@np6-archives/test-servers/postgres";
import type { Postgres } from "@np6-archives/test-servers/postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { erase, keep, personBag, reconcile, retry, status, verify } from "../src/index.ts";
import { command, folder, idOf, start, startServer, worklistOf } from "./store-and-server.ts";

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
  return { server, home, store, ledger, worklist };
}

test("one machine keeps, and every command works on the database as on the file", async () => {
  const { server, store, ledger, worklist } = await setUp(30, { each: 2 });
  const where = { store, ledger };
  const report = await keep({ client: server.client, worklist, ...where, rate: 1000 });
  expect(report.outcome).toBe("complete");
  expect(report.balance.archives).toMatchObject({ total: 60, kept: 60 });
  expect((await verify(where)).findings).toEqual([]);
  expect(await status(where)).toMatchObject({ worklist: { total: 30, listed: 30 }, gaps: {} });
});

test("two machines help a run, everything is kept once, and all end alike", async () => {
  const { server, store, ledger, worklist } = await setUp(200, { each: 2, latency: 20 });
  const where = ["--store", store, "--ledger", ledger, "--quiet"];
  const helpers = [1, 2].map(() => command(server.url, "work", ...where));
  const run = await command(server.url, "run", "--worklist", worklist, ...where, "--rate", "100/s");
  expect(run.stderr).toBe("");
  expect(run.code).toBe(0);
  for (const helper of await Promise.all(helpers)) {
    expect(helper.stderr).toBe("");
    expect(helper).toMatchObject({ code: 0 });
  }
  const listings = server.seen.filter(({ path }) => path.startsWith("/targets/"));
  const mails = server.seen.filter(({ path }) => path.startsWith("/mail/"));
  expect(listings).toHaveLength(200);
  expect(mails).toHaveLength(400);
  expect((await verify({ store, ledger })).findings).toEqual([]);
});
