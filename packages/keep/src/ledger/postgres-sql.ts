import { SCHEMA } from "./postgres-schema.ts";

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;
const ITEMS = `SELECT id, line, target, action, stamp, state FROM ${SCHEMA}.items`;
const ARCHIVES = `
  SELECT row, id, action, target, "sendingDate", "expiresOn", state, bytes, encode(sha256, 'hex') AS sha256,
    to_char("keptAt", ${ISO}) AS "keptAt", "requestId", reason, status, "failedRequestId",
    to_char("lastTried", ${ISO}) AS "lastTried"
  FROM ${SCHEMA}.archives`;

export const ADD_BAD = `
  INSERT INTO ${SCHEMA}.items (line, target, action, stamp, extra, source, state, reason)
  SELECT line, '', '', '', extra, $1, 'invalid', reason
  FROM unnest($2::bigint[], $3::text[], $4::text[]) AS bad (line, extra, reason)`;
export const FORGET_BAD = `DELETE FROM ${SCHEMA}.items WHERE source = $1 AND line > $2`;
export const ADD_ITEMS = `
  INSERT INTO ${SCHEMA}.items (line, target, action, stamp, extra, key, state)
  SELECT line, target, action, stamp, extra, decode(key, 'hex'), 'open'
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    WITH ORDINALITY AS new (line, target, action, stamp, extra, key, place)
  ORDER BY place
  ON CONFLICT (key) DO NOTHING`;

export const OPEN_ITEMS = `${ITEMS} WHERE state = 'open' AND id > $1 ORDER BY id LIMIT $2`;
export const ITEMS_IN = `
  ${ITEMS} WHERE state = $1 AND source IS NULL AND id > $2 ORDER BY id LIMIT $3`;
export const ITEMS_OF_JOB = `
  ${ITEMS} WHERE id = ANY ($1::bigint[]) AND state <> 'listed' ORDER BY id`;
/** An item that the API answered for, if only that there is nothing. */
export const WORKING_ITEM = `
  ${ITEMS} WHERE id = coalesce(
    (SELECT id FROM ${SCHEMA}.items WHERE state = 'listed' LIMIT 1),
    (SELECT id FROM ${SCHEMA}.items WHERE state IN ('unknown', 'forbidden') LIMIT 1))`;
/** A listed item stays listed, whatever a slower machine found. */
export const SETTLE_ITEMS = `
  UPDATE ${SCHEMA}.items AS item
  SET state = new.state, reason = new.reason, status = new.status, "requestId" = new.request,
    "lastTried" = clock_timestamp()
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::int[], $5::text[])
    AS new (id, state, reason, status, request)
  WHERE item.id = new.id AND item.state <> 'listed'`;

/**
 * One row per archive, and one more for each listing of it with other facts (a conflict). Times are by the database's
 * clock.
 */
const NEW_ARCHIVES = `
  INSERT INTO ${SCHEMA}.archives (id, action, target, "sendingDate", "expiresOn", state, bytes, sha256, "keptAt",
    "requestId", reason, status, "failedRequestId", "lastTried", key, twin)
  SELECT id, action, target, sent, expires, state, bytes, decode(sha256, 'hex'),
    CASE WHEN state = 'kept' THEN clock_timestamp() END,
    request, reason, status, failed, clock_timestamp(), decode(key, 'hex'), coalesce(decode(twin, 'hex'), '')
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::text[],
      $9::text[], $10::text[], $11::int[], $12::text[], $13::text[], $14::text[])
    AS new (id, action, target, sent, expires, state, bytes, sha256, request, reason, status, failed, key, twin)`;
/** An archive that was kept or erased stays so. Returns the ids of those that were written. */
export const SETTLE_ARCHIVES = `${NEW_ARCHIVES}
  ON CONFLICT (key, twin) DO UPDATE SET
    action = excluded.action, target = excluded.target, "sendingDate" = excluded."sendingDate",
    "expiresOn" = excluded."expiresOn", state = excluded.state, bytes = excluded.bytes, sha256 = excluded.sha256,
    "keptAt" = excluded."keptAt", "requestId" = excluded."requestId", reason = excluded.reason,
    status = excluded.status, "failedRequestId" = excluded."failedRequestId", "lastTried" = excluded."lastTried"
  WHERE archives.state NOT IN ('kept', 'erased')
  RETURNING id`;
export const SETTLE_CONFLICTS = `${NEW_ARCHIVES} ON CONFLICT (key, twin) DO NOTHING`;
export const ADD_STAMPS = `
  INSERT INTO ${SCHEMA}.stamps SELECT decode(stamp, 'hex'), decode(archive, 'hex')
  FROM unnest($1::text[], $2::text[]) AS new (stamp, archive) ON CONFLICT DO NOTHING`;

export const FIND = `${ARCHIVES} WHERE key = decode($1, 'hex') ORDER BY row`;
export const STORE_ID = `SELECT id FROM ${SCHEMA}.store`;
export const BIND = `INSERT INTO ${SCHEMA}.store VALUES ($1)`;
export const HAS_PATH = `
  SELECT 1 AS one FROM ${SCHEMA}.archives WHERE key = decode($1, 'hex') AND state = 'kept'`;
export const ALL_ARCHIVES = `${ARCHIVES} WHERE row > $1 ORDER BY row LIMIT $2`;
/** In the order of the listings that will bring them again, whatever the database's collation. */
export const ARCHIVES_IN = `
  ${ARCHIVES} WHERE state = $1 AND (target COLLATE "C", action COLLATE "C", row) > ($2, $3, $4)
  ORDER BY target COLLATE "C", action COLLATE "C", row LIMIT $5`;
export const ARCHIVES_OF_JOB = `
  ${ARCHIVES} WHERE row = ANY ($1::bigint[]) AND state NOT IN ('kept', 'erased') ORDER BY row`;
export const ARCHIVES_OF = `${ARCHIVES} WHERE target = $1 ORDER BY "sendingDate" COLLATE "C", row`;
export const ARCHIVES_OF_STAMP = `
  ${ARCHIVES} WHERE key IN (SELECT archive FROM ${SCHEMA}.stamps WHERE stamp = decode($1, 'hex')) ORDER BY row`;
export const ITEMS_OF = `
  SELECT id, line, target, action, stamp, state, to_char("lastTried", ${ISO}) AS "lastTried"
  FROM ${SCHEMA}.items WHERE target = $1 AND source IS NULL ORDER BY id`;
export const ITEM_OF_STAMP = `
  ${ITEMS} WHERE stamp = $1 AND stamp <> ''
  ORDER BY (state = 'listed') DESC, id LIMIT 1`;
export const LAST_ROW = `SELECT coalesce(max(row), 0) AS row FROM ${SCHEMA}.archives`;

const ITEM_GAP = `
  SELECT 'item' AS kind, line, target, action, stamp, '' AS archive, state, reason, status, "requestId",
    to_char("lastTried", ${ISO}) AS "lastTried", id AS place
  FROM ${SCHEMA}.items WHERE state <> 'listed'`;
const ARCHIVE_GAP = `
  SELECT 'archive' AS kind, NULL::bigint AS line, target, action, '' AS stamp, id AS archive, state, reason, status,
    "failedRequestId" AS "requestId", to_char("lastTried", ${ISO}) AS "lastTried", row AS place
  FROM ${SCHEMA}.archives WHERE state NOT IN ('kept', 'erased')`;
export const ITEM_GAPS = `${ITEM_GAP} AND id > $1 ORDER BY id LIMIT $2`;
export const ARCHIVE_GAPS = `${ARCHIVE_GAP} AND row > $1 ORDER BY row LIMIT $2`;
export const GAPS_OF = `${ITEM_GAP} AND target = $1 AND source IS NULL UNION ALL ${ARCHIVE_GAP} AND target = $1 ORDER BY 1 DESC, place`;

/** Both counts in one statement, and so of one moment: an item must not be counted before its archives. */
export const BALANCE = `
  SELECT 'item' AS kind, state, count(*) AS n FROM ${SCHEMA}.items GROUP BY state
  UNION ALL SELECT 'archive', state, count(*) FROM ${SCHEMA}.archives GROUP BY state`;
export const ITEM_COUNT = `
  SELECT (SELECT count(*) FROM ${SCHEMA}.items) AS total,
    (SELECT count(*) FROM ${SCHEMA}.items WHERE state = 'open') AS open`;

/** Instants are texts in UTC, so their first characters can be compared. */
export const URGENCY = `
  SELECT (SELECT extract(epoch FROM now() - added)::float8 FROM ${SCHEMA}.items
      WHERE state = 'open' ORDER BY id LIMIT 1) AS "oldestOpen",
    (SELECT count(*) FROM ${SCHEMA}.archives WHERE state IN ('missing', 'damaged', 'conflict', 'failed')
      AND left("expiresOn", 19) BETWEEN to_char(now(), 'YYYY-MM-DD"T"HH24:MI:SS')
        AND to_char(now() + interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS')) AS "dyingLinks"`;

/** The hash of a block of rows, all columns of each, as the server writes them. */
export const BLOCKS = [
  ["items", "id"],
  ["archives", "row"],
].map(
  ([table = "", id = ""]) => `
  WITH block AS (SELECT * FROM ${SCHEMA}.${table} WHERE ${id} > $1 ORDER BY ${id} LIMIT $2)
  SELECT max(${id}) AS last, encode(sha256(convert_to(string_agg(block::text, E'\\n' ORDER BY ${id}), 'UTF8')), 'hex') AS sha256
  FROM block`,
);
/** Hashed in 256 parts, by the first byte of a stamp's hash: PostgreSQL aggregates no more than a gigabyte. */
export const STAMPS_HASH = `
  WITH part AS (
    SELECT substring(stamp FOR 1) AS byte, sha256(string_agg(stamp || archive, ''::bytea ORDER BY stamp, archive)) AS sha256
    FROM ${SCHEMA}.stamps GROUP BY byte)
  SELECT encode(sha256(coalesce(string_agg(sha256, ''::bytea ORDER BY byte), '')), 'hex') AS sha256 FROM part`;

export const MARK_OF = `SELECT mark FROM ${SCHEMA}.worklists WHERE name = $1`;
export const SET_MARK = `
  INSERT INTO ${SCHEMA}.worklists VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET mark = excluded.mark`;
export const FORGET_MARK = `DELETE FROM ${SCHEMA}.worklists WHERE name = $1`;
export const FORGET_MARKS = `DELETE FROM ${SCHEMA}.worklists`;

/** A killed run is over when the next begins: what its other machines still settle is refused. */
export const END_OLD_RUNS = `UPDATE ${SCHEMA}.runs SET ended = clock_timestamp() WHERE ended IS NULL`;
export const START_RUN = `
  INSERT INTO ${SCHEMA}.runs (number) SELECT greatest(max(number), $1) + 1 FROM ${SCHEMA}.runs RETURNING number`;
export const IS_RUNNING = `SELECT 1 AS one FROM ${SCHEMA}.runs WHERE number = $1 AND ended IS NULL FOR SHARE`;
export const CLOSE_RUN = `UPDATE ${SCHEMA}.runs SET closing = true WHERE number = $1`;
export const END_RUN = `
  INSERT INTO ${SCHEMA}.runs (number, sha256, manifest, archives, gaps, rows, outcome, ended)
  VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
  ON CONFLICT (number) DO UPDATE SET (sha256, manifest, archives, gaps, rows, outcome, ended) =
    (excluded.sha256, excluded.manifest, excluded.archives, excluded.gaps, excluded.rows, excluded.outcome,
      excluded.ended)`;
export const RUNS = `SELECT number, sha256, manifest, archives, gaps, rows FROM ${SCHEMA}.runs ORDER BY number`;
const RUN_STATE = `number, closing, outcome, ended IS NOT NULL AS "isOver",
  coalesce(ended > now() - interval '1 minute', false) AS "isJustOver"`;
export const NEWEST_RUN = `
  SELECT ${RUN_STATE} FROM ${SCHEMA}.runs ORDER BY number DESC LIMIT 1`;
export const RUN = `
  SELECT ${RUN_STATE} FROM ${SCHEMA}.runs WHERE number = $1`;

/**
 * With the tombstones: a stamp that leads to one came back with a later run, and belongs to somebody who was erased.
 */
const ARCHIVE_KEYS = `SELECT key FROM ${SCHEMA}.archives WHERE target = $1 OR state = 'erased'`;
/** The stamps of the sendings to a target, according to a listing or the worklist. */
export const STAMPS = `
  SELECT stamp FROM ${SCHEMA}.items WHERE stamp <> '' AND (target = $1 OR substring(sha256(convert_to(stamp, 'UTF8')) FOR 16) IN
    (SELECT stamp FROM ${SCHEMA}.stamps WHERE archive IN (${ARCHIVE_KEYS})))`;
const inJson = (id: string) =>
  `substr(to_json(${id}::text)::text, 2, length(to_json(${id}::text)::text) - 2)`;
const inCsv = (id: string) => `replace(${id}, '"', '""')`;
const UUID = `'^[[:xdigit:]]{8}(-[[:xdigit:]]{4}){3}-[[:xdigit:]]{12}$'`;
/** Whether a text, which may be JSON or CSV, names an id: as a word of its own, not as a part of another id. */
const names = (column: string, named = "$1") =>
  [named, inJson(named), inCsv(named)]
    .map(
      (id) => `(position(${id} IN ${column}) > 0
  AND ${column} ~ ('(^|[^[:alnum:]]|\\\\([bfnrt]|u[[:xdigit:]]{4}))' || regexp_replace(${id}, '([^[:alnum:]])', '\\\\\\1', 'g') || '([^[:alnum:]]|$)'))`,
    )
    .join(" OR ");
/**
 * Removes what names a target, except its archives. In a bad row, which is a text, a stamp alone may stand for the
 * target.
 */
export const ERASE = [
  `WITH theirs AS MATERIALIZED (${STAMPS}) UPDATE ${SCHEMA}.items SET extra = ''
   WHERE source IS NOT NULL AND EXISTS (SELECT FROM theirs WHERE ${names("items.extra", "theirs.stamp")})`,
  `DELETE FROM ${SCHEMA}.items WHERE stamp IN (${STAMPS})`,
  `DELETE FROM ${SCHEMA}.stamps WHERE archive IN (${ARCHIVE_KEYS})`,
  `DELETE FROM ${SCHEMA}.items WHERE target = $1 AND source IS NULL`,
  `DELETE FROM ${SCHEMA}.items WHERE source IS NULL AND (stamp = $1 OR stamp !~ ${UUID}) AND (${names("stamp")})`,
  `UPDATE ${SCHEMA}.items SET extra = '' WHERE ${names("extra")}`,
  `UPDATE ${SCHEMA}.items SET reason = NULL WHERE ${names("reason")}`,
];
/** `twin` is replaced, as its hash could confirm a guessed target. */
export const MAKE_TOMBSTONES = `
  UPDATE ${SCHEMA}.archives SET state = 'erased', action = '', target = '', "sendingDate" = '', "expiresOn" = '',
    bytes = NULL, "keptAt" = NULL, "requestId" = NULL, status = NULL, "failedRequestId" = NULL, reason = $2, "lastTried" = $3,
    twin = CASE WHEN twin = '' THEN twin ELSE uuid_send(gen_random_uuid()) END
  WHERE target = $1`;
/** The statistics are taken anew, as they list some of a column's values. */
export const COMPACT = ["items", "archives", "stamps"].map(
  (table) => `VACUUM (ANALYZE) ${SCHEMA}.${table}`,
);
