/** `secure_delete` overwrites erased rows in the file. */
export const OPEN = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA secure_delete = ON;
  PRAGMA busy_timeout = 10000;
  PRAGMA cache_size = -16384;
`;
/** The SELECT fails if the file cannot be read at all. */
export const OPEN_TO_READ = `PRAGMA busy_timeout = 10000; SELECT 1 FROM sqlite_schema`;

/**
 * The version of a ledger that is made here. It is not written down, so SQLite has 0; a later version has to write its
 * own.
 */
export const VERSION = 1;
export const VERSION_OF = `PRAGMA user_version`;
export const CREATE = `
  CREATE TABLE IF NOT EXISTS items (
    id INTEGER PRIMARY KEY,
    line INTEGER NOT NULL,
    target TEXT NOT NULL,
    action TEXT NOT NULL,
    stamp TEXT NOT NULL,
    extra TEXT NOT NULL,
    source TEXT,
    state TEXT NOT NULL,
    reason TEXT,
    status INTEGER,
    requestId TEXT,
    lastTried TEXT,
    added INTEGER NOT NULL DEFAULT (unixepoch())
  );
  CREATE UNIQUE INDEX IF NOT EXISTS items_once ON items (target, action, stamp) WHERE source IS NULL;
  CREATE INDEX IF NOT EXISTS items_bad ON items (source, line) WHERE source IS NOT NULL;
  CREATE INDEX IF NOT EXISTS items_stamp ON items (stamp) WHERE stamp <> '';
  CREATE INDEX IF NOT EXISTS items_state ON items (state);
  CREATE TABLE IF NOT EXISTS archives (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    sendingDate TEXT NOT NULL,
    expiresOn TEXT NOT NULL,
    state TEXT NOT NULL,
    path TEXT,
    bytes INTEGER,
    sha256 TEXT,
    keptAt TEXT,
    requestId TEXT,
    reason TEXT,
    status INTEGER,
    failedRequestId TEXT,
    lastTried TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS archives_id ON archives (id);
  CREATE INDEX IF NOT EXISTS archives_state ON archives (state);
  CREATE INDEX IF NOT EXISTS archives_path ON archives (path) WHERE path IS NOT NULL;
  CREATE INDEX IF NOT EXISTS archives_target ON archives (target);
  CREATE TABLE IF NOT EXISTS stamps (id INTEGER PRIMARY KEY, stamp TEXT, archive TEXT, UNIQUE (stamp, archive));
  CREATE TABLE IF NOT EXISTS store (id TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS worklists (name TEXT PRIMARY KEY, mark TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS pause (one INTEGER PRIMARY KEY, at REAL NOT NULL, wait REAL NOT NULL, rate REAL NOT NULL);
  CREATE TABLE IF NOT EXISTS runs (number INTEGER PRIMARY KEY, sha256 TEXT, manifest TEXT, archives TEXT, gaps TEXT, rows TEXT);
`;

/** A row that is no item: `source` names its worklist, and its own text stands in `extra`. */
export const ADD_BAD = `
  INSERT INTO items (line, target, action, stamp, extra, source, state, reason)
  VALUES (?, '', '', '', ?, ?, 'invalid', ?)`;
export const FORGET_BAD = `DELETE FROM items WHERE source = ? AND line > ?`;
export const ADD_ITEM = `
  INSERT OR IGNORE INTO items (line, target, action, stamp, extra, state)
  VALUES (?, ?, ?, ?, ?, 'open')`;

const ITEMS = `SELECT id, line, target, action, stamp, state FROM items`;
export const OPEN_ITEMS = `${ITEMS} WHERE state = 'open' AND id > ? ORDER BY id LIMIT ?`;
export const ITEMS_IN = `
  ${ITEMS} WHERE state = ? AND source IS NULL AND id > ? ORDER BY id LIMIT ?`;
/** An item that the API answered for, if only that there is nothing. */
export const WORKING_ITEM = `
  ${ITEMS} WHERE id = coalesce(
    (SELECT id FROM items WHERE state = 'listed' LIMIT 1),
    (SELECT id FROM items WHERE state IN ('unknown', 'forbidden') LIMIT 1))`;
export const SETTLE_ITEM = `
  UPDATE items SET state = ?, reason = ?, status = ?, requestId = ?, lastTried = ? WHERE id = ?`;

const COLUMNS = `id, action, target, sendingDate, expiresOn, state, path, bytes, sha256, keptAt, requestId,
  reason, status, failedRequestId, lastTried`;
const ARCHIVES = `SELECT row, ${COLUMNS} FROM archives`;
export const FIND = `${ARCHIVES} WHERE id = ? ORDER BY row`;
export const ADD_ARCHIVE = `
  INSERT INTO archives (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
/** An archive that was kept or erased stays so. */
export const CHANGE_ARCHIVE = `
  UPDATE archives SET (${COLUMNS}) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  WHERE row = ? AND state NOT IN ('kept', 'erased')`;
export const ALL_ARCHIVES = `${ARCHIVES} ORDER BY row`;
export const ARCHIVES_OF = `${ARCHIVES} WHERE target = ? ORDER BY sendingDate, row`;
export const ARCHIVES_IN = `${ARCHIVES} WHERE state = ? ORDER BY target, action, row`;

export const ADD_STAMP = `INSERT OR IGNORE INTO stamps (stamp, archive) VALUES (?, ?)`;
export const ARCHIVES_OF_STAMP = `
  ${ARCHIVES} WHERE id IN (SELECT archive FROM stamps WHERE stamp = ?) ORDER BY row`;
export const ITEMS_OF = `
  SELECT id, line, target, action, stamp, state, lastTried FROM items
  WHERE target = ? AND source IS NULL ORDER BY id`;
export const ITEM_OF_STAMP = `
  ${ITEMS} WHERE stamp = ? AND stamp <> '' ORDER BY state = 'listed' DESC, id LIMIT 1`;
export const LAST_ROW = `SELECT max(row) AS row FROM archives`;

export const COUNT_ITEMS = `SELECT state, count(*) AS n FROM items GROUP BY state`;
export const ITEM_COUNT = `
  SELECT (SELECT count(*) FROM items) AS total, (SELECT count(*) FROM items WHERE state = 'open') AS open`;
/** Instants are texts in UTC, so their first characters can be compared. */
export const URGENCY = `
  SELECT (SELECT unixepoch() - added FROM items WHERE state = 'open' ORDER BY id LIMIT 1) AS oldestOpen,
    (SELECT count(*) FROM archives WHERE state IN ('missing', 'damaged', 'conflict', 'failed')
      AND substr(expiresOn, 1, 19) BETWEEN strftime('%Y-%m-%dT%H:%M:%S', 'now') AND strftime('%Y-%m-%dT%H:%M:%S', 'now', '+1 day')
    ) AS dyingLinks`;
export const COUNT_ARCHIVES = `SELECT state, count(*) AS n FROM archives GROUP BY state`;
const ITEM_GAP = `
  SELECT 'item' AS kind, line, target, action, stamp, '' AS archive, state, reason, status, requestId, lastTried
  FROM items WHERE state IN ('unknown', 'forbidden', 'invalid', 'failed', 'open')`;
const ARCHIVE_GAP = `
  SELECT 'archive' AS kind, NULL AS line, target, action, '' AS stamp, id AS archive, state, reason, status,
    failedRequestId AS requestId, lastTried
  FROM archives WHERE state IN ('blank', 'expired', 'missing', 'damaged', 'conflict', 'failed')`;
/** The table is hashed, so its order must not be left to the planner: another SQLite or an ANALYZE could change it. */
export const ITEM_GAPS = `${ITEM_GAP} ORDER BY state, id`;
export const ARCHIVE_GAPS = `${ARCHIVE_GAP} ORDER BY state, row`;
export const GAPS_OF = `
  ${ITEM_GAP} AND target = ?1 AND source IS NULL UNION ALL ${ARCHIVE_GAP} AND target = ?1`;

export const STORE_ID = `SELECT id FROM store`;
export const BIND = `INSERT INTO store VALUES (?)`;
export const HAS_PATH = `SELECT 1 FROM archives WHERE path = ? AND state = 'kept'`;
export const PATHS_TWICE = `
  SELECT path FROM archives WHERE path IS NOT NULL AND state = 'kept' GROUP BY path HAVING count(*) > 1`;

export const MARK_OF = `SELECT mark FROM worklists WHERE name = ?`;
export const SET_MARK = `INSERT OR REPLACE INTO worklists (name, mark) VALUES (?, ?)`;
export const FORGET_MARK = `DELETE FROM worklists WHERE name = ?`;
export const LAST_PAUSE = `SELECT at, wait, rate FROM pause`;
export const SET_LAST_PAUSE = `INSERT OR REPLACE INTO pause VALUES (1, ?, ?, ?)`;
export const START_RUN = `INSERT INTO runs (number) SELECT max(ifnull(max(number), 0), ?) + 1 FROM runs RETURNING number`;
export const END_RUN = `
  INSERT INTO runs (number, sha256, manifest, archives, gaps, rows) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (number) DO UPDATE SET (sha256, manifest, archives, gaps, rows) =
    (excluded.sha256, excluded.manifest, excluded.archives, excluded.gaps, excluded.rows)`;
export const RUNS = `SELECT number, sha256, manifest, archives, gaps, rows FROM runs ORDER BY number`;

/** All rows of the tables that a run leaves, every column, many rows in one text: that reads a million in a second. */
export const ALL_ROWS = [
  `SELECT max(id) AS last, json_group_array(json_array(id, line, target, action, stamp, extra, source, state, reason,
     status, requestId, lastTried, added) ORDER BY id) AS rows
   FROM (SELECT * FROM items WHERE id > ? ORDER BY id LIMIT ?)`,
  `SELECT max(row) AS last, json_group_array(json_array(row, ${COLUMNS}) ORDER BY row) AS rows
   FROM (SELECT * FROM archives WHERE row > ? ORDER BY row LIMIT ?)`,
  `SELECT max(id) AS last, json_group_array(json_array(stamp, archive) ORDER BY id) AS rows
   FROM (SELECT * FROM stamps WHERE id > ? ORDER BY id LIMIT ?)`,
];

/**
 * With the tombstones: a stamp that leads to one came back with a later run, and belongs to somebody who was erased.
 */
const ARCHIVE_IDS = `SELECT id FROM archives WHERE target = ?1 OR state = 'erased'`;
/** The stamps of the sendings to a target, according to a listing or the worklist. */
export const STAMPS = `
  SELECT stamp FROM stamps WHERE archive IN (${ARCHIVE_IDS})
  UNION SELECT stamp FROM items WHERE target = ?1 AND source IS NULL AND stamp <> ''`;
/**
 * Removes what names a target, except its archives. In a bad row, which is a text, a stamp alone may stand for the
 * target.
 */
export const ERASE = [
  `WITH theirs AS MATERIALIZED (${STAMPS}) UPDATE items SET extra = ''
   WHERE source IS NOT NULL AND EXISTS (SELECT 1 FROM theirs WHERE names_id(items.extra, theirs.stamp))`,
  `DELETE FROM items WHERE stamp <> '' AND stamp IN (${STAMPS})`,
  `DELETE FROM stamps WHERE archive IN (${ARCHIVE_IDS})`,
  `DELETE FROM items WHERE target = ?`,
  `DELETE FROM items WHERE source IS NULL AND names_id(stamp, ?)`,
  `UPDATE items SET extra = '' WHERE names_id(extra, ?)`,
  `UPDATE items SET reason = NULL WHERE names_id(reason, ?)`,
];
export const MAKE_TOMBSTONES = `
  UPDATE archives SET state = 'erased', action = '', target = '', sendingDate = '', expiresOn = '', path = NULL,
    bytes = NULL, keptAt = NULL, requestId = NULL, reason = ?, status = NULL, failedRequestId = NULL, lastTried = ? WHERE target = ?`;
export const FORGET_MARKS = `DELETE FROM worklists`;
