import { createHash } from "node:crypto";
import { mailPath } from "../store/mail-name.ts";
import type { Outcome } from "../words/events.ts";
import type {
  ArchiveSettlement,
  Gap,
  Item,
  KnownArchive,
  Settlement,
  TriedItem,
} from "../words/rows.ts";
import { ARCHIVE_STATES, ITEM_STATES, countsOf } from "../words/states.ts";
import type { Mark } from "../worklist/worklist.ts";
import type { ItemCount, Ledger, Urgency } from "./ledger.ts";
import { expectLedger, migrate } from "./postgres-schema.ts";
import * as sql from "./postgres-sql.ts";
import type { Database, Query } from "./postgres.ts";

/** How a run stands, as all machines see it. */
export interface RunState {
  number: number;
  /** Whether machines must begin nothing new. */
  closing: boolean;
  isOver: boolean;
  /** Whether it ended within the last minute. */
  isJustOver: boolean;
  /** Null while it goes on, and for a run that was killed. */
  outcome: Outcome | null;
}

/** The ledger of many machines. */
export interface PostgresLedger extends Ledger {
  /** From now on settlements are those of this run, and refused with {@link RunOver} once it is over. */
  join(run: number): void;
  /** Asks all machines to begin nothing new. */
  closeRun(): Promise<void>;
  newestRun(): Promise<RunState | undefined>;
  run(number: number): Promise<RunState | undefined>;
  /** The items of a job that are not listed yet. */
  itemsOfJob(ids: readonly number[]): Promise<Item[]>;
  /** The archives of a job that are neither kept nor erased yet. */
  archivesOfJob(rows: readonly number[]): Promise<KnownArchive[]>;
}

/** Another run began, or this one was closed, while a machine was still at work. */
export class RunOver extends Error {
  override name = "RunOver";
}

const PAGE = 5000;
/** Separates the parts of a key. */
const BETWEEN = "\u001F";

/** Opens the ledger in a database, and brings it to this version unless it is only to be read. */
export async function openPostgresLedger(
  db: Database,
  { readOnly = false } = {},
): Promise<PostgresLedger> {
  if (readOnly) await expectLedger(db);
  else await migrate(db);
  let run = 0;

  /** Page by page, with a query for each: a server that restarts in between does no harm. */
  async function* pages<Row>(
    text: string,
    place: (row: Row) => unknown[],
    first: unknown[],
    before: unknown[] = [],
  ): AsyncGenerator<Row> {
    for (let from = first; ;) {
      const rows = await db.query<Row>(text, [...before, ...from, PAGE]);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined) return;
      from = place(last);
    }
  }

  async function* archivesIn(text: string, byTarget: boolean, before: unknown[]) {
    const place = ({ target, action, row }: KnownArchive) =>
      byTarget ? [target, action, row] : [row];
    const first = byTarget ? ["", "", 0] : [0];
    for await (const row of pages<KnownArchive>(text, place, first, before)) yield withPath(row);
  }

  const archivesBy = async (text: string, value: unknown) =>
    (await db.query<KnownArchive>(text, [value])).map(withPath);

  return {
    name: "the ledger",
    storeId: async () => (await db.query<{ id: string }>(sql.STORE_ID))[0]?.id,
    bindTo: async (storeId) => void (await db.query(sql.BIND, [storeId])),
    join(number) {
      run = number;
    },
    closeRun: async () => void (await db.query(sql.CLOSE_RUN, [run])),
    newestRun: async () => (await db.query<RunState>(sql.NEWEST_RUN))[0],
    run: async (number) => (await db.query<RunState>(sql.RUN, [number]))[0],
    itemsOfJob: (ids) => db.query<Item>(sql.ITEMS_OF_JOB, [ids]),
    archivesOfJob: (rows) => archivesBy(sql.ARCHIVES_OF_JOB, rows),
    next: (after, most) => db.query<Item>(sql.OPEN_ITEMS, [after, most]),
    working: async () => (await db.query<Item>(sql.WORKING_ITEM))[0],
    find: (id) => archivesBy(sql.FIND, archiveKey(id)),
    settle: (settlements) =>
      db.transaction(async (query) => {
        const [isRunning] = await query(sql.IS_RUNNING, [run]);
        if (!isRunning) throw new RunOver(`Run ${run} is over.`);
        // An item that was listed before the connection broke would become `listed`, while its archives may be lost.
        const unsure = settlements.filter(
          (each) => each.kind === "item" && (each.breaks ?? db.breaks()) !== db.breaks(),
        );
        const sure = settlements.filter((each) => !unsure.includes(each));
        return [...unsure, ...(await settleAll(query, sure))];
      }),
    breaks: () => db.breaks(),
    add: (source, rows) =>
      db.transaction(async (query) => {
        const bad = rows.filter((row) => "bad" in row);
        const items = rows.flatMap((row) => ("bad" in row ? [] : [row]));
        if (bad.length > 0) {
          const columns = [bad.map((row) => row.line), bad.map((row) => row.text)];
          await query(sql.ADD_BAD, [source, ...columns, bad.map((row) => row.bad)]);
        }
        if (items.length > 0) {
          const columns = (["line", "target", "action", "stamp", "extra"] as const).map((name) =>
            items.map((row) => row[name]),
          );
          await query(sql.ADD_ITEMS, [...columns, items.map(itemKey)]);
        }
      }),
    forgetBad: (source, line) =>
      db.transaction(async (query) => {
        await query(sql.FORGET_BAD, [source, line]);
        // Otherwise the run after a kill would start at the mark, and miss the rows that are forgotten here.
        if (line === 0) await query(sql.FORGET_MARK, [source]);
      }),
    async mark(source) {
      const [found] = await db.query<{ mark: string }>(sql.MARK_OF, [source]);
      return found && (JSON.parse(found.mark) as Mark);
    },
    setMark: async (source, mark) =>
      void (await db.query(sql.SET_MARK, [source, JSON.stringify(mark)])),
    itemsIn: (state, after, most) => db.query<Item>(sql.ITEMS_IN, [state, after, most]),
    archivesIn: (state) => archivesIn(sql.ARCHIVES_IN, true, [state]),
    archivesOf: (target) => archivesBy(sql.ARCHIVES_OF, target),
    archivesOfStamp: (stamp) => archivesBy(sql.ARCHIVES_OF_STAMP, keyOf(stamp)),
    itemsOf: (target) => db.query<TriedItem>(sql.ITEMS_OF, [target]),
    stampsOf: async (target) =>
      (await db.query<{ stamp: string }>(sql.STAMPS, [target])).map(({ stamp }) => stamp),
    itemOfStamp: async (stamp) => (await db.query<Item>(sql.ITEM_OF_STAMP, [stamp]))[0],
    gapsOf: (target) => db.query<Gap>(sql.GAPS_OF, [target]),
    lastRow: async () => (await db.query<{ row: number }>(sql.LAST_ROW))[0]?.row ?? 0,
    archives: () => archivesIn(sql.ALL_ARCHIVES, false, []),
    hasPath: async (path) => (await db.query(sql.HAS_PATH, [keyOf(path)])).length > 0,
    async *gaps() {
      for (const text of [sql.ITEM_GAPS, sql.ARCHIVE_GAPS]) {
        yield* pages<Gap & { place: number }>(text, (row) => [row.place], [0]);
      }
    },
    async balance() {
      const found = await db.query<{ kind: string; state: string; n: number }>(sql.BALANCE);
      const of = (kind: string) => found.filter((row) => row.kind === kind);
      return {
        worklist: countsOf(ITEM_STATES, of("item")),
        archives: countsOf(ARCHIVE_STATES, of("archive")),
      };
    },
    countItems: async () => (await db.query<ItemCount>(sql.ITEM_COUNT))[0] ?? { total: 0, open: 0 },
    urgency: async () =>
      (await db.query<Urgency>(sql.URGENCY))[0] ?? { oldestOpen: null, dyingLinks: 0 },
    async fingerprint() {
      const hash = createHash("sha256");
      for (const text of sql.BLOCKS) {
        for (let last: number | null = 0; last !== null;) {
          const [block]: { last: number | null; sha256: string | null }[] = await db.query(text, [
            last,
            PAGE,
          ]);
          hash.update(`${block?.sha256}\n`);
          last = block?.last ?? null;
        }
      }
      const [stamps] = await db.query<{ sha256: string }>(sql.STAMPS_HASH);
      return hash.update(stamps?.sha256 ?? "").digest("hex");
    },
    runs: () => db.query(sql.RUNS),
    async startRun(after) {
      run = await db.transaction(async (query) => {
        await query(sql.END_OLD_RUNS);
        const [started] = await query<{ number: number }>(sql.START_RUN, [after]);
        return started?.number ?? 1;
      });
      return run;
    },
    endRun: async ({ number, sha256, manifest, archives, gaps, rows }, outcome) =>
      void (await db.query(sql.END_RUN, [number, sha256, manifest, archives, gaps, rows, outcome])),
    erase: (targets, reason, at) =>
      db.transaction(async (query) => {
        for (const target of targets) {
          for (const text of sql.ERASE) await query(text, [target]);
          await query(sql.MAKE_TOMBSTONES, [target, reason, at]);
        }
        // The worklist may still name the target: the next run reads all of it again.
        await query(sql.FORGET_MARKS);
      }),
    async compact() {
      for (const text of sql.COMPACT) await db.query(text);
    },
    close: () => db.close(),
  };
}

/** Returns those that were left out since another machine's row is there, and stays. */
async function settleAll(
  query: Query,
  settlements: readonly Settlement[],
): Promise<readonly Settlement[]> {
  const items = settlements.filter((settlement) => settlement.kind === "item");
  const archives = settlements.filter((settlement) => settlement.kind === "archive");
  const conflicts = archives.filter(({ state }) => state === "conflict");
  const firsts = archives.filter(({ state }) => state !== "conflict");
  // Two listings may settle one archive at once, but a statement may write a row only once. A kept one wins.
  const chosen = new Map<string, (typeof firsts)[number]>();
  for (const first of firsts) {
    const key = archiveKey(first.archive.id);
    if (chosen.get(key)?.state !== "kept") chosen.set(key, first);
  }
  let written = new Set<string>();
  if (firsts.length > 0) {
    const rows = await query<{ id: string }>(sql.SETTLE_ARCHIVES, columnsOf([...chosen.values()]));
    written = new Set(rows.map(({ id }) => id));
  }
  if (conflicts.length > 0) await query(sql.SETTLE_CONFLICTS, columnsOf(conflicts));
  if (items.length > 0) {
    await query(sql.SETTLE_ITEMS, [
      items.map(({ item }) => item.id),
      items.map(({ state }) => state),
      items.map(({ trouble }) => trouble?.reason ?? null),
      items.map(({ trouble }) => trouble?.status ?? null),
      items.map(({ trouble }) => trouble?.requestId ?? null),
    ]);
    const stamps = items.flatMap(({ item, archives: ids = [] }) =>
      ids.map((id) => [keyOf(item.stamp), archiveKey(id)] as const),
    );
    if (stamps.length > 0) {
      const columns = [stamps.map(([stamp]) => stamp), stamps.map(([, archive]) => archive)];
      await query(sql.ADD_STAMPS, columns);
    }
  }
  return firsts.filter((first) => {
    const winner = chosen.get(archiveKey(first.archive.id));
    return !written.has(first.archive.id) || (winner?.state === "kept" && winner !== first);
  });
}

function columnsOf(settlements: readonly ArchiveSettlement[]): unknown[][] {
  const rows = settlements.map(({ archive, state, trouble }) => [
    archive.id,
    archive.action,
    archive.target,
    archive.sendingDate,
    archive.expiresOn,
    state,
    archive.bytes,
    archive.sha256,
    archive.requestId,
    trouble?.reason ?? null,
    trouble?.status ?? null,
    trouble?.requestId ?? null,
    archiveKey(archive.id),
    state === "conflict"
      ? keyOf([archive.action, archive.target, archive.sendingDate].join(BETWEEN))
      : null,
  ]);
  return Array.from({ length: 14 }, (_, column) => rows.map((row) => row[column]));
}

function withPath(row: KnownArchive): KnownArchive {
  return { ...row, path: row.state === "kept" ? mailPath(row.id) : null };
}

function archiveKey(id: string): string {
  return keyOf(mailPath(id));
}

function itemKey({ target, action, stamp }: Pick<Item, "target" | "action" | "stamp">): string {
  return keyOf([target, action, stamp].join(BETWEEN));
}

function keyOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
