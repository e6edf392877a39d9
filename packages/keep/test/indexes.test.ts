import { DatabaseSync } from "node:sqlite";
import { startPostgres } from "@np6-archives/test-servers/postgres";
import { Client } from "pg";
import { expect, test } from "vitest";
import { migrate } from "../src/ledger/postgres-schema.ts";
import * as postgresSql from "../src/ledger/postgres-sql.ts";
import { openDatabase } from "../src/ledger/postgres.ts";
import * as sql from "../src/ledger/sqlite-sql.ts";

// Queries for one item, mail, file or person must not read the whole ledger, or a run would get slower with each row it
// writes.

const HASH = "00";

test.each([
  ["FIND", sql.FIND, ["an-id"]],
  ["OPEN_ITEMS", sql.OPEN_ITEMS, [5, 1000]],
  ["ITEMS_IN", sql.ITEMS_IN, ["failed", 5, 1000]],
  ["WORKING_ITEM", sql.WORKING_ITEM, []],
  ["SETTLE_ITEM", sql.SETTLE_ITEM, ["listed", null, null, null, null, 5]],
  ["ARCHIVES_OF", sql.ARCHIVES_OF, ["t"]],
  ["ARCHIVES_IN", sql.ARCHIVES_IN, ["failed"]],
  ["ARCHIVES_OF_STAMP", sql.ARCHIVES_OF_STAMP, ["s"]],
  ["ITEMS_OF", sql.ITEMS_OF, ["t"]],
  ["ITEM_OF_STAMP", sql.ITEM_OF_STAMP, ["s"]],
  ["HAS_PATH", sql.HAS_PATH, ["mails/a"]],
  ["GAPS_OF", sql.GAPS_OF, ["t"]],
  ["ITEM_GAPS", sql.ITEM_GAPS, []],
  ["ARCHIVE_GAPS", sql.ARCHIVE_GAPS, []],
] as const)("%s finds its rows in SQLite by an index", (_, text, values) => {
  const db = new DatabaseSync(":memory:");
  db.exec(sql.CREATE);
  const plan = db.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...values);
  expect(plan.map(({ detail }) => detail)).toEqual(
    expect.not.arrayContaining([expect.stringMatching(/^SCAN (?!.*INDEX)/)]),
  );
  expect(plan.length).toBeGreaterThan(0);
  db.close();
});

test("the queries find their rows in PostgreSQL by an index", async () => {
  const postgres = await startPostgres();
  const address = await postgres.database();
  const ledger = await openDatabase(address, {});
  await migrate(ledger);
  await ledger.close();
  const db = new Client({ connectionString: address });
  await db.connect();
  await db.query("SET enable_seqscan = off");
  const statements: [name: string, text: string, values: unknown[]][] = [
    ["FIND", postgresSql.FIND, [HASH]],
    ["OPEN_ITEMS", postgresSql.OPEN_ITEMS, [5, 1000]],
    ["ITEMS_IN", postgresSql.ITEMS_IN, ["failed", 5, 1000]],
    ["ITEMS_OF_JOB", postgresSql.ITEMS_OF_JOB, [[1, 2]]],
    ["ARCHIVES_OF", postgresSql.ARCHIVES_OF, ["t"]],
    ["ARCHIVES_OF_JOB", postgresSql.ARCHIVES_OF_JOB, [[1, 2]]],
    ["ARCHIVES_OF_STAMP", postgresSql.ARCHIVES_OF_STAMP, [HASH]],
    ["ALL_ARCHIVES", postgresSql.ALL_ARCHIVES, [5, 1000]],
    ["ITEMS_OF", postgresSql.ITEMS_OF, ["t"]],
    ["ITEM_OF_STAMP", postgresSql.ITEM_OF_STAMP, ["s"]],
    ["HAS_PATH", postgresSql.HAS_PATH, [HASH]],
    ["GAPS_OF", postgresSql.GAPS_OF, ["t"]],
  ];
  const scans: Record<string, string[]> = {};
  for (const [name, text, values] of statements) {
    const { rows } = await db.query<Record<string, string>>(`EXPLAIN ${text}`, values);
    const plan = rows.map((row) => row["QUERY PLAN"] ?? "");
    scans[name] = plan.filter((line) => line.includes("Seq Scan"));
  }
  await db.end();
  await postgres.stop();
  expect(scans).toEqual(Object.fromEntries(statements.map(([name]) => [name, []])));
});
