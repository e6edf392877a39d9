import type { Outcome } from "../words/events.ts";
import type { Gap, Item, KnownArchive, Settlement, TriedItem } from "../words/rows.ts";
import type { ArchiveState, Balance, ItemState } from "../words/states.ts";
import type { WorklistRow } from "../worklist/row-readers.ts";
import type { Mark } from "../worklist/worklist.ts";

/** A value, or a promise of one. */
export type Soon<Value> = Value | Promise<Value>;

/** Rows one by one, synchronously or not. */
export type Rows<Row> = Iterable<Row> | AsyncIterable<Row>;

/** What a run left: the number of its file, and the hashes of its files; null for a run that was killed. */
export interface RunRecord {
  number: number;
  sha256: string | null;
  manifest: string | null;
  archives: string | null;
  gaps: string | null;
  /** The hash of all rows of items and archives, in every column. */
  rows: string | null;
}

/** The pause that a 429 asked for. */
export interface LastPause {
  /** When, by the machine's clock: milliseconds since 1970. */
  at: number;
  /** How long no call was allowed, in milliseconds. */
  wait: number;
  /** The pace after that: how many calls a second. */
  rate: number;
}

/** Remembers a pause beyond the process, so that it holds for the next run, too. */
export interface PauseMemory {
  lastPause(): LastPause | undefined;
  setLastPause(pause: LastPause): void;
}

/** How much of a worklist is done. */
export interface ItemCount {
  total: number;
  open: number;
}

/** What the person on call should know. */
export interface Urgency {
  /** For how long the oldest open item has been in the ledger, in seconds; null when none is open. */
  oldestOpen: number | null;
  /** How many links die within a day whose mails are listed and not kept. */
  dyingLinks: number;
}

/** What the work needs of a ledger. */
export interface WorkLedger {
  /** An item that the API answered for before, if there is one. */
  working(): Soon<Item | undefined>;
  /** All rows of an archive's id: the first, and those in conflict with it. */
  find(id: string): Soon<KnownArchive[]>;
  /**
   * Writes all of these durably, or none. Returns those that were left out and have to be looked at again: another
   * process settled the same archive meanwhile, or an item's archives may be lost.
   */
  settle(settlements: readonly Settlement[]): Soon<readonly Settlement[]>;
  /** How often a connection to it has broken, if it has any: a standby that took over may lack the last writes. */
  breaks?(): number;
}

/** What is known of each item and archive. */
export interface Ledger extends WorkLedger {
  /** Its name in findings. */
  name: string;
  /** The id of the store that its mails are in; undefined before it is bound to one. */
  storeId(): Soon<string | undefined>;
  bindTo(storeId: string): Soon<void>;
  /** The next open items, with ids above `after`, at most `most`. */
  next(after: number, most: number): Soon<Item[]>;
  /** Takes rows of a worklist in; those that are there already stay as they are. */
  add(source: string, rows: readonly WorklistRow[]): Soon<void>;
  /** Forgets the bad rows after a line of a worklist, which is about to be read from there. */
  forgetBad(source: string, line: number): Soon<void>;
  mark(source: string): Soon<Mark | undefined>;
  setMark(source: string, mark: Mark): Soon<void>;
  /** Items in a state, with ids above `after`, at most `most`; no bad rows. */
  itemsIn(state: ItemState, after: number, most: number): Soon<Item[]>;
  archivesIn(state: ArchiveState): Rows<KnownArchive>;
  archivesOf(target: string): Soon<KnownArchive[]>;
  /** The archives that a listing by stamp brought. */
  archivesOfStamp(stamp: string): Soon<KnownArchive[]>;
  /** The items that ask for a target. */
  itemsOf(target: string): Soon<TriedItem[]>;
  /** The stamps of a target's sendings, also those that only the worklist assigns to it. */
  stampsOf(target: string): Soon<string[]>;
  itemOfStamp(stamp: string): Soon<Item | undefined>;
  gapsOf(target: string): Soon<Gap[]>;
  /** The highest number of an archive's row. */
  lastRow(): Soon<number>;
  archives(): Rows<KnownArchive>;
  /** Whether a kept archive is at the path. */
  hasPath(path: string): Soon<boolean>;
  /** The paths of more than one kept archive. Absent where the database itself prevents that. */
  pathsTwice?(): Rows<{ path: string }>;
  gaps(): Rows<Gap>;
  balance(): Soon<Balance>;
  /** How many items and bad rows there are, and how many are open, at one moment. */
  countItems(): Soon<ItemCount>;
  urgency(): Soon<Urgency>;
  /** The SHA-256 of all rows of items and archives, in every column. */
  fingerprint(): Soon<string>;
  runs(): Soon<RunRecord[]>;
  /** Returns the run's number, which is above `after`. */
  startRun(after: number): Soon<number>;
  /** Ends a run, also one for which `startRun` was not called. */
  endRun(run: RunRecord, outcome: Outcome): Soon<void>;
  /** Makes tombstones of the targets' archives, and removes all else that names them. */
  erase(targets: readonly string[], reason: string, at: string): Soon<void>;
  /** Removes what was deleted from the files of the database, too. */
  compact(): Soon<void>;
  close(): Soon<void>;
}
