import { setImmediate as breathe } from "node:timers/promises";
import type { Ledger } from "../ledger/ledger.ts";
import type { Item, KnownArchive } from "../words/rows.ts";
import type { ArchiveState, Balance, ItemState } from "../words/states.ts";
import type { Worklist } from "../worklist/worklist.ts";

const AT_A_TIME = 1000;
/** How long before and after a sending a listing is asked for, to bring its archive again. Milliseconds. */
const AROUND = 1000;

/** From when to when mails were sent; a side that is left out is open. */
export interface SendingRange {
  startDate?: Date | undefined;
  endDate?: Date | undefined;
}

/** One listing call to make: for an item, or for archives that are known and not kept. */
export interface Asking {
  by: Pick<Item, "target" | "action" | "stamp">;
  range: SendingRange | null;
  /** The item that it settles. */
  item?: Item | undefined;
  /** The only archives to take, by id. */
  wanted?: ReadonlyMap<string, KnownArchive> | undefined;
  /** Called once all that it brought is settled, durably. */
  settled?: (() => void) | undefined;
}

/** A worklist that is being read into the ledger. */
export interface Intake {
  done: boolean;
  /** Whether the ledger may have lost some of it: a standby took over meanwhile. */
  isUnsure: boolean;
  /**
   * How many items there were when all was read, if the ledger may be away: if there are fewer later, some are lost.
   */
  total: number;
  /** Resolves when more is read, or all. */
  more(): Promise<void>;
  /** Resolves when all is read; rejects when it could not be read or written. */
  end: Promise<void>;
}

/** Reads the worklist into the ledger, while the work goes on. */
export function takeIn(worklist: Worklist, ledger: Ledger, signal: AbortSignal): Intake {
  let arrived = Promise.withResolvers<void>();
  const step = () => {
    arrived.resolve();
    arrived = Promise.withResolvers();
  };
  async function read(): Promise<void> {
    const breaks = ledger.breaks?.();
    try {
      await ledger.forgetBad(worklist.name, worklist.skipped);
      for await (const rows of worklist.rows) {
        if (rows.length > 0) await ledger.add(worklist.name, rows);
        step();
        await breathe();
      }
      if (signal.aborted) return;
      const mark = worklist.mark();
      if (mark && ledger.breaks?.() === breaks) await ledger.setMark(worklist.name, mark);
      if (breaks !== undefined) intake.total = (await ledger.countItems()).total;
    } finally {
      intake.isUnsure = ledger.breaks?.() !== breaks;
      intake.done = true;
      step();
    }
  }
  const intake: Intake = {
    done: false,
    isUnsure: false,
    total: 0,
    more: () => arrived.promise,
    end: Promise.resolve(),
  };
  intake.end = read();
  intake.end.catch(() => {});
  return intake;
}

/** All open items, including those that are still being read. */
export async function* openItems(
  ledger: Ledger,
  intake: Intake,
  range: SendingRange | null,
): AsyncGenerator<Asking> {
  for (let after = 0; ;) {
    const isDone = intake.done;
    // Taken before the query: what arrives during it would be missed.
    const arrived = intake.more();
    const items = await ledger.next(after, AT_A_TIME);
    for (const item of items) yield { by: item, range, item };
    after = items.at(-1)?.id ?? after;
    if (items.length > 0) continue;
    if (isDone) break;
    await arrived;
  }
  await intake.end;
}

/** The states to ask again. */
interface RetriedStates {
  items: readonly ItemState[];
  archives: readonly ArchiveState[];
}

/** What is not kept: items to ask again, and archives in groups that one listing brings. */
export async function* notKept(
  ledger: Ledger,
  states: RetriedStates,
  range: SendingRange | null,
): AsyncGenerator<Asking> {
  // Archives first: the items' listings may bring archives that fail, which would be asked again at once.
  for (const state of states.archives) {
    let group: KnownArchive[] = [];
    for await (const archive of ledger.archivesIn(state)) {
      if (!isWithin(archive, range)) continue;
      const [first] = group;
      if (first && (first.target !== archive.target || first.action !== archive.action)) {
        yield askingFor(group);
        group = [];
      }
      group.push(archive);
    }
    if (group.length > 0) yield askingFor(group);
  }
  for (const state of states.items) {
    for await (const items of pagesOf(ledger, state))
      for (const item of items) yield { by: item, range, item };
  }
}

/** The items of a state, without bad rows. Those that get the same state again do not come a second time. */
async function* pagesOf(ledger: Ledger, state: ItemState): AsyncGenerator<Item[]> {
  for (let after = 0; ;) {
    const items = await ledger.itemsIn(state, after, AT_A_TIME);
    const last = items.at(-1);
    if (last === undefined) break;
    yield items;
    after = last.id;
  }
}

/** How many items and archives {@link notKept} asks for. */
export async function countNotKept(
  ledger: Ledger,
  states: RetriedStates,
  range: SendingRange | null,
  { worklist, archives }: Balance,
): Promise<number> {
  let count = 0;
  for (const state of states.items) {
    // The balance counts bad rows, too, which are not asked.
    if (state === "invalid") for await (const { length } of pagesOf(ledger, state)) count += length;
    else count += worklist[state];
  }
  for (const state of states.archives) {
    if (range === null) {
      count += archives[state];
    } else {
      for await (const archive of ledger.archivesIn(state))
        count += Number(isWithin(archive, range));
    }
  }
  return count;
}

/** One listing for archives of one target and action. */
export function askingFor(group: readonly KnownArchive[]): Asking {
  const [{ action, target }] = group as [KnownArchive];
  const range = rangeAround(group.map(({ sendingDate }) => sendingDate));
  const wanted = new Map(group.map((archive) => [archive.id, archive]));
  return { by: { action, target, stamp: "" }, range, wanted };
}

/** The range of a listing that brings what was sent then; null, for all, if a date is not valid. */
export function rangeAround(sendingDates: readonly string[]): SendingRange | null {
  const sent = sendingDates.map((date) => Date.parse(date)).toSorted((a, b) => a - b);
  const [first, last] = [sent.at(0), sent.at(-1)];
  if (first === undefined || last === undefined || sent.some(Number.isNaN)) return null;
  return { startDate: new Date(first - AROUND), endDate: new Date(last + AROUND) };
}

/**
 * The start is part of the range, the end is not. Checked here, as the vendor does not say whether its filter's bounds
 * are inclusive, and a listing by stamp has no filter.
 */
export function isWithin(
  { sendingDate }: Pick<KnownArchive, "sendingDate">,
  range: SendingRange | null,
): boolean {
  const { startDate, endDate } = range ?? {};
  const sent = new Date(sendingDate);
  return !(startDate && sent < startDate) && !(endDate && sent >= endDate);
}
