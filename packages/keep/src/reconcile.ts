import { csvRow } from "./csv/csv-row.ts";
import type { Ledger, Soon } from "./ledger/ledger.ts";
import { readStore } from "./open-store.ts";
import type { StoreOptions } from "./open-store.ts";
import { RECONCILIATION_FILE } from "./report/run-files.ts";
import { isCalendarDay } from "./run/run-limits.ts";
import { KeepError, invalid } from "./words/keep-error.ts";
import type { KnownArchive } from "./words/rows.ts";
import { unwritable } from "./words/store-failures.ts";
import { garbled } from "./worklist/row-readers.ts";
import { openTable, refused } from "./worklist/table.ts";
import type { Table } from "./worklist/table.ts";

/** What {@link reconcile} takes. */
export interface ReconcileOptions extends StoreOptions {
  /**
   * The path of a CSV of your own sending events: `target`, and `action`, `sentAt` or `stamp` where known. `sentAt` is an
   * ISO 8601 instant, the same as the archive's within 60 s, or a day in UTC.
   */
  sent: string;
}

/** What a reconciliation found. */
export interface ReconcileReport {
  /** How many events there are. */
  events: number;
  /** How many of each result: `kept`, the state of a gap, or `never listed`. */
  results: Record<string, number>;
}

/** An instant of the sender and one of the archive are the same within this. Milliseconds. */
const SAME_TIME = 60_000;
const ISO = /^(\d{4}-\d\d-\d\d)(?:([T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d(?::?\d\d)?)?)?$/;
const IS_DAY = /^\d{4}-\d\d-\d\d$/;
const DAY = 86_400_000;
const NEVER = "never listed";
const MEANWHILE = "Another command changed the store meanwhile: reconcile once more.";

/** One sending. What is not known of it is an empty text; its instant is NaN then, that of a day is its first. */
interface Sending {
  fields: string[];
  target: string;
  action: string;
  stamp: string;
  sentAt: number;
  isDay: boolean;
}

/** What an event waits as: those that tell more choose their archives first. */
const TIMED = -1;
const WITH_ACTION = -2;
const VAGUE = -3;
/** The row of an event that has no archive. */
const NONE = 0;

/**
 * Holds your own sending events against what is kept, and writes `reconciliation.csv` into the store. An archive
 * answers for one event only. The file is read more than once.
 *
 * Rejects with KeepError when there is no store, the file cannot be read as a CSV of events, or another command changed
 * the store meanwhile; with UnwritableError when the store cannot be written.
 */
export async function reconcile(options: ReconcileOptions): Promise<ReconcileReport> {
  const { ledger, files, close } = await readStore(options);
  try {
    const { sent } = options;
    const table = await openTable(sent);
    const again = async () => sendingsOf(await openTable(sent));
    const { match, answer } = matcher(ledger, await ledger.lastRow());
    const before = await ledger.balance();
    /** By event, in the file's order: the row of its archive, or what it waits as. */
    const rows: number[] = [];
    for await (const sending of sendingsOf(table)) rows.push(await match(sending));
    for (const turn of [TIMED, WITH_ACTION, VAGUE]) {
      if (!rows.includes(turn)) continue;
      let at = 0;
      for await (const sending of await again()) {
        if (rows[at] === turn) rows[at] = await match(sending, turn);
        at += 1;
      }
    }
    const results: Record<string, number> = {};
    let events = 0;
    async function* lines(): AsyncGenerator<string> {
      yield csvRow([...table.columns, "result", "archive"]);
      for await (const sending of await again()) {
        const { result, archive } = await answer(sending, rows[events] ?? NONE);
        events += 1;
        results[result] = (results[result] ?? 0) + 1;
        yield csvRow([...table.columns.map((_, i) => sending.fields[i] ?? ""), result, archive]);
      }
      // Rows that were matched may be of somebody who is to be named no more.
      const { worklist, archives } = await ledger.balance();
      const isSame =
        archives.erased === before.archives.erased && worklist.total >= before.worklist.total;
      if (!isSame) throw new KeepError(MEANWHILE);
    }
    await files.write(RECONCILIATION_FILE, lines()).catch((error: unknown) => {
      // A command that took the store swept away what was half.
      const isSwept = (error as NodeJS.ErrnoException).code === "ENOENT";
      if (isSwept) throw new KeepError(MEANWHILE, { cause: error });
      throw unwritable(error, false) ?? error;
    });
    return { events, results };
  } finally {
    await close();
  }
}

async function* sendingsOf({ path, columns, rows }: Table): AsyncGenerator<Sending> {
  for await (const { line, fields } of rows) {
    const value = (name: string) => (fields[columns.indexOf(name)] ?? "").trim();
    const [target, action, stamp] = [value("target"), value("action"), value("stamp")];
    const bad = garbled(target, action, stamp);
    if (bad !== undefined) throw refused(path, line, bad);
    const sentAt = instantOf(value("sentAt"));
    if (sentAt === undefined) {
      const problem = invalid(
        "sentAt",
        "an ISO 8601 instant such as 2026-02-01T09:00:00Z",
        value("sentAt"),
      );
      throw refused(path, line, problem.message);
    }
    yield { fields, target, action, stamp, sentAt, isDay: IS_DAY.test(value("sentAt")) };
  }
}

/** Without a zone it is UTC. NaN where none is given, undefined for what is none. */
function instantOf(text: string): number | undefined {
  if (text === "") return Number.NaN;
  const [, day = "", time = "T00:00", zone = "Z"] = ISO.exec(text) ?? [];
  // PostgreSQL writes whole hours alone, which Date does not read.
  const minutes = /^[+-]\d\d$/.test(zone) ? ":00" : "";
  const instant = Date.parse(`${day}${time.replace(" ", "T")}${zone}${minutes}`);
  return isCalendarDay(day) && !Number.isNaN(instant) ? instant : undefined;
}

/** An archive, and its instant as a number. */
interface TimedArchive extends KnownArchive {
  at: number;
}

const timed = (archives: readonly KnownArchive[]): TimedArchive[] =>
  archives.map((archive) => ({ ...archive, at: Date.parse(archive.sendingDate) }));

/** How far an archive is from an event's instant; 0 anywhere within a day that is all that is told. Milliseconds. */
function distanceOf({ sentAt, isDay }: Sending, { at }: TimedArchive): number {
  if (Number.isNaN(sentAt)) return 0;
  const after = at - sentAt;
  return isDay && after >= 0 && after < DAY ? 0 : Math.abs(after);
}

/** The nearer one, and of those that are as near one that is kept. */
function isBetter(sending: Sending, one: TimedArchive, other: TimedArchive): boolean {
  const nearer = distanceOf(sending, other) - distanceOf(sending, one);
  return nearer === 0 ? one.state === "kept" && other.state !== "kept" : nearer > 0;
}

/** A list of so many rows is read once, and so many rows of such lists are remembered. */
const LONG = 100;
const MOST_REMEMBERED = 100_000;

/** Reads lists. An address that gets each mailing has thousands of rows, and as many events, which would each read all. */
function longOnes<Row>(read: (target: string) => Soon<Row[]>): (target: string) => Promise<Row[]> {
  const remembered = new Map<string, Row[]>();
  let count = 0;
  return async (target) => {
    const known = remembered.get(target);
    if (known !== undefined) return known;
    const rows = await read(target);
    if (rows.length < LONG) return rows;
    count += rows.length;
    if (count > MOST_REMEMBERED) {
      remembered.clear();
      count = rows.length;
    }
    remembered.set(target, rows);
    return rows;
  };
}

function matcher(ledger: Ledger, lastRow: number) {
  /** By row: whether an event has it already. */
  const taken = new Uint8Array(lastRow + 1);
  const archivesOf = longOnes(async (target) => timed(await ledger.archivesOf(target)));
  const itemsOf = longOnes((target) => ledger.itemsOf(target));

  /** The archives that may be an event's, and whether they are those of its stamp. */
  async function candidates(sending: Sending) {
    const { target, action, stamp } = sending;
    const stamped = stamp === "" ? [] : timed(await ledger.archivesOfStamp(stamp));
    const isStamped = stamped.length > 0;
    const all = isStamped || target === "" ? stamped : await archivesOf(target);
    const found = all.filter(
      (archive) =>
        (action === "" || archive.action === action) &&
        (target === "" || archive.target === target) &&
        distanceOf(sending, archive) <= SAME_TIME,
    );
    return { found, isStamped };
  }

  /** Takes the row of an event's archive. One that tells neither stamp nor action and instant waits for its turn. */
  async function match(sending: Sending, turn?: number): Promise<number> {
    const { action, stamp, sentAt } = sending;
    const isTimed = !Number.isNaN(sentAt);
    const waitsAs = action !== "" ? WITH_ACTION : isTimed ? TIMED : VAGUE;
    const mayWait = turn === undefined && !(isTimed && action !== "");
    if (mayWait && stamp === "") return waitsAs;
    const { found, isStamped } = await candidates(sending);
    if (mayWait && !isStamped) return waitsAs;
    let best: TimedArchive | undefined;
    for (const archive of found) {
      if (taken[archive.row] === 0 && (best === undefined || isBetter(sending, archive, best)))
        best = archive;
    }
    if (best === undefined) return NONE;
    taken[best.row] = 1;
    return best.row;
  }

  async function answer(sending: Sending, row: number) {
    const { found } = row === NONE ? { found: [] } : await candidates(sending);
    const archive = found.find((each) => each.row === row);
    if (archive) return { result: archive.state, archive: archive.id };
    return { result: (await itemGap(sending)) ?? NEVER, archive: "" };
  }

  /** The event's item was to be listed and was not: that is why nothing is known of its mail. */
  async function itemGap({ target, action, stamp }: Sending): Promise<string | undefined> {
    const own = stamp === "" ? undefined : await ledger.itemOfStamp(stamp);
    const items = own ? [own] : target === "" ? [] : await itemsOf(target);
    // What one stamp brought says nothing of another sending.
    const fitting = items.filter(
      (item) =>
        (item === own || item.stamp === "") &&
        (item.action === "" || action === "" || item.action === action),
    );
    const isListed = fitting.some(({ state }) => state === "listed");
    return isListed ? undefined : fitting[0]?.state;
  }

  return { match, answer };
}
