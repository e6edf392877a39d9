import type { Outcome } from "../words/events.ts";
import type { Gap, Item, KnownArchive, Settlement } from "../words/rows.ts";
import type { ArchiveState, Balance, ItemState } from "../words/states.ts";
import type { WorklistRow } from "../worklist/row-readers.ts";
import type { Mark } from "../worklist/worklist.ts";

/** At once, or later. */
export type Soon<Value> = Value | Promise<Value>;

/** Row by row, at once or later. */
export type Rows<Row> = Iterable<Row> | AsyncIterable<Row>;

/** What a run left: the number of its file, and what its files hash to; null for a run that was killed. */
export interface RunRecord {
  number: number;
  sha256: string | null;
  manifest: string | null;
  archives: string | null;
  gaps: string | null;
  /** Of all rows of items and archives, in every column. */
  rows: string | null;
}

/** What a 429 asked for. */
export interface LastPause {
  /** When, by the machine's clock: milliseconds since 1970. */
  at: number;
  /** For how long nobody was to call, in milliseconds. */
  wait: number;
  /** The pace after that: how many calls a second. */
  rate: number;
}

/** Outlasts the process: a pause holds for the next run, too. */
export interface PauseMemory {
  lastPause(): LastPause | undefined;
  setLastPause(pause: LastPause): void;
}

/** How far a worklist is. */
export interface ItemCount {
  total: number;
  open: number;
}

/** What somebody on call should know. */
export interface Urgency {
  /** For how long the oldest open item has been in the ledger, in seconds; null when none is open. */
  oldestOpen: number | null;
  /** How many links die within a day whose mails are listed and not kept. */
  dyingLinks: number;
}

/** All that the work asks of a ledger. */
export interface WorkLedger {
  /** An item that was listed before, if there is one. */
  working(): Soon<Item | undefined>;
  /** All rows of an archive's id: the first, and those in conflict with it. */
  find(id: string): Soon<KnownArchive[]>;
  /**
   * Writes all of these down, durably, or none. Hands back those that were left out since another process settled the
   * same archive meanwhile, or an item's archives may be lost: they are to be looked at again.
   */
  settle(settlements: readonly Settlement[]): Soon<readonly Settlement[]>;
  /** How often it was away so far, if it ever is: a standby that took over may not have what was written last. */
  breaks?(): number;
}

/** What is known of each item and archive. */
export interface Ledger extends WorkLedger {
  /** As findings tell it. */
  name: string;
  /** The id of the store that its mails are in; undefined before it is bound to one. */
  storeId(): Soon<string | undefined>;
  bindTo(storeId: string): Soon<void>;
  /** The next items to ask, those behind the item `after`, at most `most`. */
  next(after: number, most: number): Soon<Item[]>;
  /** Takes rows of a worklist in; those that are there already stay as they are. */
  add(source: string, rows: readonly WorklistRow[]): Soon<void>;
  /** Forgets the bad rows of a worklist that is about to be read, those behind a line. */
  forgetBad(source: string, line: number): Soon<void>;
  mark(source: string): Soon<Mark | undefined>;
  setMark(source: string, mark: Mark): Soon<void>;
  /** Items in a state, those behind `after`, at most `most`; no bad rows. */
  itemsIn(state: ItemState, after: number, most: number): Soon<Item[]>;
  archivesIn(state: ArchiveState): Rows<KnownArchive>;
  archivesOf(target: string): Soon<KnownArchive[]>;
  /** Those that one stamp's listing brought. */
  archivesOfStamp(stamp: string): Soon<KnownArchive[]>;
  /** The items that ask for a target. */
  itemsOf(target: string): Soon<Item[]>;
  /** The stamps of a target's sendings, those too that the worklist alone says are its. */
  stampsOf(target: string): Soon<string[]>;
  itemOfStamp(stamp: string): Soon<Item | undefined>;
  gapsOf(target: string): Soon<Gap[]>;
  /** The highest number of an archive's row. */
  lastRow(): Soon<number>;
  archives(): Rows<KnownArchive>;
  /** Whether a kept archive is at the path. */
  hasPath(path: string): Soon<boolean>;
  /** The paths that stand in more than one row of a kept archive, where the database itself lets them. */
  pathsTwice?(): Rows<{ path: string }>;
  gaps(): Rows<Gap>;
  balance(): Soon<Balance>;
  /** How many items and bad rows there are, and how many are open, at one moment. */
  countItems(): Soon<ItemCount>;
  urgency(): Soon<Urgency>;
  /** The SHA-256 of all rows of items and archives, in every column. */
  fingerprint(): Soon<string>;
  runs(): Soon<RunRecord[]>;
  /** Hands back the run's number, which is above this one. */
  startRun(after: number): Soon<number>;
  /** Ends a run that was started, or one that needed no start. */
  endRun(run: RunRecord, outcome: Outcome): Soon<void>;
  /** Makes tombstones of the targets' archives, and removes all else that names them. */
  erase(targets: readonly string[], reason: string, at: string): Soon<void>;
  /** Leaves nothing in the file that was removed from its rows. */
  compact(): Soon<void>;
  close(): Soon<void>;
}
