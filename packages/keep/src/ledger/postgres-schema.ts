import { KeepError } from "../words/keep-error.ts";
import type { Database, Query } from "./postgres.ts";

/** The ledger's own schema. */
export const SCHEMA = "np6_keep";

/**
 * The migrations that make a ledger. One that was released is never changed, only followed by another.
 *
 * `key` is the start of a SHA-256 over what a row is found by, since ids may be longer than an index allows. An
 * archive's path follows from its id, so it has no column. `twin` is empty for the first archive of an id, and tells
 * those in conflict with it apart.
 * Every table has a primary key: where all tables are published, as for a logical replica, no row of one without could
 * be changed.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE items (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    line bigint NOT NULL,
    target text NOT NULL,
    action text NOT NULL,
    stamp text NOT NULL,
    extra text NOT NULL,
    source text,
    state text NOT NULL,
    reason text,
    status int,
    "requestId" text,
    "lastTried" timestamptz,
    added timestamptz NOT NULL DEFAULT now(),
    key bytea
  );
  CREATE UNIQUE INDEX items_once ON items (key);
  CREATE INDEX items_open ON items (id) WHERE state = 'open';
  CREATE INDEX items_gaps ON items (state, id) WHERE state NOT IN ('open', 'listed');
  CREATE INDEX items_bad ON items (line) WHERE source IS NOT NULL;
  CREATE INDEX items_target ON items USING hash (target) WHERE source IS NULL;
  CREATE TABLE archives (
    row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    "sendingDate" text NOT NULL,
    "expiresOn" text NOT NULL,
    state text NOT NULL,
    bytes bigint,
    sha256 bytea,
    "keptAt" timestamptz,
    "requestId" text,
    reason text,
    status int,
    "failedRequestId" text,
    "lastTried" timestamptz NOT NULL,
    key bytea NOT NULL,
    twin bytea NOT NULL
  );
  CREATE UNIQUE INDEX archives_once ON archives (key, twin);
  CREATE INDEX archives_gaps ON archives (state, row) WHERE state NOT IN ('kept', 'erased');
  CREATE INDEX archives_target ON archives USING hash (target);
  CREATE TABLE stamps (stamp bytea, archive bytea, PRIMARY KEY (stamp, archive));
  CREATE TABLE worklists (name text PRIMARY KEY, mark text NOT NULL);
  CREATE TABLE runs (
    number int PRIMARY KEY,
    sha256 text,
    manifest text,
    archives text,
    gaps text,
    rows text,
    closing boolean NOT NULL DEFAULT false,
    outcome text,
    ended timestamptz
  );
  CREATE TABLE pace (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    most float8 NOT NULL,
    rate_then float8 NOT NULL,
    rate float8 NOT NULL,
    tat timestamptz NOT NULL DEFAULT 'epoch',
    paused timestamptz NOT NULL DEFAULT 'epoch',
    limited timestamptz NOT NULL DEFAULT 'epoch',
    in_row int NOT NULL DEFAULT 0
  );
  `,
  "CREATE TABLE store (id text PRIMARY KEY)",
  "CREATE INDEX items_stamp ON items USING hash (stamp) WHERE stamp <> ''",
];

/** Encodings that can hold any text; SQL_ASCII takes bytes as they come. */
const ENCODINGS = new Set(["UTF8", "SQL_ASCII"]);

/**
 * Brings the ledger's schema to the newest version, or creates it; the rows stay. Processes that do it at the same time
 * take turns.
 *
 * Rejects with KeepError when the ledger was made by a newer version of this package, or the database cannot hold every
 * text.
 */
export async function migrate(db: Database, migrations = MIGRATIONS): Promise<void> {
  const newest = migrations.length;
  // A user who may write rows need not have the right to create tables.
  if ((await hasLedger(db)) && (await versionOf(db.query, newest)) === newest) return;
  await db.transaction(async (query) => {
    await query("SELECT pg_advisory_xact_lock(hashtext($1))", [`${SCHEMA} schema`]);
    const [found] = await query<{ encoding: string }>(
      "SELECT current_setting('server_encoding') AS encoding",
    );
    if (!ENCODINGS.has(found?.encoding ?? "")) {
      throw new KeepError(`--ledger: expected a database in UTF8, got one in ${found?.encoding}.`);
    }
    if (!(await hasSchema(query, SCHEMA))) await query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
    await query(`SET LOCAL search_path TO ${SCHEMA}`);
    await query("CREATE TABLE IF NOT EXISTS version (version int PRIMARY KEY)");
    const version = await versionOf(query, newest);
    for (const step of migrations.slice(version)) await query(step);
    await query("DELETE FROM version");
    await query("INSERT INTO version VALUES ($1)", [newest]);
  });
}

/** Rejects with KeepError when there is no ledger that this version can read. */
export async function expectLedger(db: Database): Promise<void> {
  if (!(await hasLedger(db))) {
    throw new KeepError("--ledger: expected a database with a ledger, got one without.");
  }
  const version = await versionOf(db.query, MIGRATIONS.length);
  if (version === MIGRATIONS.length) return;
  throw new KeepError(
    `--ledger: expected a ledger of version ${MIGRATIONS.length}, got ${version}: the next run brings it up.`,
  );
}

/** Whether there is a ledger, of any version. */
export async function hasLedger(db: Database): Promise<boolean> {
  const [found] = await db.query<{ there: boolean }>(
    `SELECT to_regclass('${SCHEMA}.version') IS NOT NULL AS there`,
  );
  return found?.there === true;
}

/** Asked first, as `CREATE SCHEMA IF NOT EXISTS` needs the right to create one even where it exists. */
export async function hasSchema(query: Query, name: string): Promise<boolean> {
  const [found] = await query<{ there: boolean }>(
    "SELECT to_regnamespace($1) IS NOT NULL AS there",
    [name],
  );
  return found?.there === true;
}

async function versionOf(query: Query, newest: number): Promise<number> {
  const [found] = await query<{ version: number }>(`SELECT version FROM ${SCHEMA}.version`);
  const version = found?.version ?? 0;
  if (version <= newest) return version;
  throw new KeepError(
    `--ledger: expected a ledger of version ${newest} or older, got ${version}: a newer np6-archives-keep made it.`,
  );
}
