import { createHash } from "node:crypto";
import type { Gap, Item, KnownArchive, Settlement, TriedItem } from "../words/rows.ts";
import { ARCHIVE_STATES, ITEM_STATES, countsOf } from "../words/states.ts";
import { UnwritableError } from "../words/store-failures.ts";
import type { Mark } from "../worklist/worklist.ts";
import type { ItemCount, LastPause, Ledger, PauseMemory, RunRecord, Urgency } from "./ledger.ts";
import * as sql from "./sqlite-sql.ts";
import { openSqlite } from "./sqlite.ts";

/** Many rows as one text, and the number of the last of them; null when there are no more. */
interface Chunk {
  last: number | null;
  rows: string;
}

const ROWS_AT_ONCE = 1000;
const READ_ELSEWHERE =
  "The ledger is being read by another program, such as a backup: its files have what was removed until that ends. Run the same command again then.";

/** Opens the ledger in a file, and throws as openSqlite does. */
export function openLedger(file: string, { readOnly = false } = {}): Ledger & PauseMemory {
  const { all, stream, run, together, exec, close } = openSqlite(file, readOnly);

  /** Returns whether it was written. */
  function settleOne(settlement: Settlement, now: string): boolean {
    const { trouble, state } = settlement;
    const { reason = null, status = null, requestId = null } = trouble ?? {};
    if (settlement.kind === "item") {
      const { item, archives = [] } = settlement;
      run(sql.SETTLE_ITEM, state, reason, status, requestId, now, item.id);
      for (const id of archives) run(sql.ADD_STAMP, item.stamp, id);
      return true;
    }
    const { row, archive } = settlement;
    const { id, action, target, sendingDate, expiresOn, path, bytes, sha256, keptAt } = archive;
    const values = [id, action, target, sendingDate, expiresOn, state, path, bytes, sha256, keptAt];
    const rest = [archive.requestId, reason, status, requestId, now];
    return row === undefined
      ? run(sql.ADD_ARCHIVE, ...values, ...rest)
      : run(sql.CHANGE_ARCHIVE, ...values, ...rest, row);
  }

  return {
    name: "ledger.sqlite",
    storeId: () => all<{ id: string }>(sql.STORE_ID)[0]?.id,
    bindTo: (storeId) => void run(sql.BIND, storeId),
    next: (after, most) => all<Item>(sql.OPEN_ITEMS, after, most),
    working: () => all<Item>(sql.WORKING_ITEM)[0],
    find: (id) => all<KnownArchive>(sql.FIND, id),
    settle(settlements) {
      const now = new Date().toISOString();
      const late: Settlement[] = [];
      together(() => {
        for (const settlement of settlements) {
          if (!settleOne(settlement, now)) late.push(settlement);
        }
      });
      return late;
    },
    add(source, rows) {
      together(() => {
        for (const row of rows) {
          if ("bad" in row) run(sql.ADD_BAD, row.line, row.text, source, row.bad);
          else run(sql.ADD_ITEM, row.line, row.target, row.action, row.stamp, row.extra);
        }
      });
    },
    forgetBad(source, line) {
      together(() => {
        run(sql.FORGET_BAD, source, line);
        // Otherwise the run after a kill would start at the mark, and miss the rows that are forgotten here.
        if (line === 0) run(sql.FORGET_MARK, source);
      });
    },
    mark(source) {
      const [found] = all<{ mark: string }>(sql.MARK_OF, source);
      return found && (JSON.parse(found.mark) as Mark);
    },
    setMark: (source, mark) => void run(sql.SET_MARK, source, JSON.stringify(mark)),
    itemsIn: (state, after, most) => all<Item>(sql.ITEMS_IN, state, after, most),
    archivesIn: (state) => stream<KnownArchive>(sql.ARCHIVES_IN, state),
    archivesOf: (target) => all<KnownArchive>(sql.ARCHIVES_OF, target),
    archivesOfStamp: (stamp) => all<KnownArchive>(sql.ARCHIVES_OF_STAMP, stamp),
    itemsOf: (target) => all<TriedItem>(sql.ITEMS_OF, target),
    stampsOf: (target) => all<{ stamp: string }>(sql.STAMPS, target).map(({ stamp }) => stamp),
    itemOfStamp: (stamp) => all<Item>(sql.ITEM_OF_STAMP, stamp)[0],
    gapsOf: (target) => all<Gap>(sql.GAPS_OF, target),
    lastRow: () => all<{ row: number | null }>(sql.LAST_ROW)[0]?.row ?? 0,
    archives: () => stream<KnownArchive>(sql.ALL_ARCHIVES),
    hasPath: (path) => all(sql.HAS_PATH, path).length > 0,
    pathsTwice: () => stream<{ path: string }>(sql.PATHS_TWICE),
    *gaps() {
      for (const text of [sql.ITEM_GAPS, sql.ARCHIVE_GAPS]) yield* stream<Gap>(text);
    },
    balance() {
      // One snapshot for both, or an item could be counted before its archives.
      exec("BEGIN");
      try {
        return {
          worklist: countsOf(ITEM_STATES, all(sql.COUNT_ITEMS)),
          archives: countsOf(ARCHIVE_STATES, all(sql.COUNT_ARCHIVES)),
        };
      } finally {
        exec("COMMIT");
      }
    },
    countItems: () => all<ItemCount>(sql.ITEM_COUNT)[0] ?? { total: 0, open: 0 },
    urgency: () => all<Urgency>(sql.URGENCY)[0] ?? { oldestOpen: null, dyingLinks: 0 },
    fingerprint() {
      const hash = createHash("sha256");
      for (const text of sql.ALL_ROWS) {
        for (let last: number | null = 0; last !== null;) {
          const [chunk]: Chunk[] = all(text, last, ROWS_AT_ONCE);
          hash.update(chunk?.rows ?? "");
          last = chunk?.last ?? null;
        }
      }
      return hash.digest("hex");
    },
    lastPause: () => all<LastPause>(sql.LAST_PAUSE)[0],
    setLastPause: ({ at, wait, rate }) => void run(sql.SET_LAST_PAUSE, at, wait, rate),
    runs: () => all<RunRecord>(sql.RUNS),
    startRun: (after) => all<{ number: number }>(sql.START_RUN, after)[0]?.number ?? after + 1,
    endRun: ({ number, sha256, manifest, archives, gaps, rows }) =>
      void run(sql.END_RUN, number, sha256, manifest, archives, gaps, rows),
    erase(targets, reason, at) {
      together(() => {
        for (const target of targets) {
          for (const text of sql.ERASE) run(text, target);
          run(sql.MAKE_TOMBSTONES, reason, at, target);
        }
        // The worklist may still name the target: the next run reads all of it again.
        exec(sql.FORGET_MARKS);
      });
    },
    compact() {
      exec("VACUUM");
      // A failure is reported in a row, not as an error: https://sqlite.org/pragma.html#pragma_wal_checkpoint
      const [done] = all<{ busy: number }>("PRAGMA wal_checkpoint(TRUNCATE)");
      if (done?.busy !== 0) throw new UnwritableError(READ_ELSEWHERE);
    },
    close,
  };
}
