import type { Item, KnownArchive, Settlement } from "../words/rows.ts";

/** At once, or later. */
type Soon<Value> = Value | Promise<Value>;

/** All that the work asks of a ledger. */
export interface WorkLedger {
  /** The next items to ask, those behind the item `after`, at most `most`. */
  next(after: number, most: number): Soon<Item[]>;
  /** An item that was listed before, if there is one. */
  working(): Soon<Item | undefined>;
  /** All rows of an archive's id: the first, and those in conflict with it. */
  find(id: string): Soon<KnownArchive[]>;
  /** Writes all of these down, durably, or none. */
  settle(settlements: readonly Settlement[]): Soon<void>;
}
