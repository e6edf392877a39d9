import type { ArchiveState, ItemState } from "./states.ts";

/**
 * One thing to ask for: `target`, or `action` and `target`, or `stamp`; beside a stamp the target only tells whose it
 * is. A value that is not given is an empty text.
 */
export interface Item {
  /** Its number in the ledger. */
  id: number;
  /** Its line in the worklist; a header is line 1. */
  line: number;
  target: string;
  action: string;
  stamp: string;
  state: ItemState;
}

/** An item, and when it was last asked for. */
export interface TriedItem extends Item {
  lastTried: string | null;
}

/** Why something could not be listed or kept. */
export interface Trouble {
  /** Why, in one sentence. */
  reason: string;
  /** The answer's status, if there was one. */
  status?: number | undefined;
  /** The answer's request id, which support asks for, if there was one. */
  requestId?: string | undefined;
}

/** A listed mail as the ledger has it. */
export interface KnownArchive {
  /** The number of its row. */
  row: number;
  /** The archive's id. */
  id: string;
  action: string;
  target: string;
  sendingDate: string;
  expiresOn: string;
  state: ArchiveState;
  /** Where the store has it; null unless it is kept. */
  path: string | null;
  bytes: number | null;
  sha256: string | null;
  keptAt: string | null;
  /** The request id of the listing. */
  requestId: string | null;
  reason: string | null;
  status: number | null;
  /** The request id of the answer that told why it could not be had. */
  failedRequestId: string | null;
  lastTried: string;
}

/** What has become of an item or an archive, for the ledger. */
export type Settlement = ItemSettlement | ArchiveSettlement;

interface ItemSettlement {
  kind: "item";
  item: Item;
  state: ItemState;
  trouble?: Trouble | undefined;
  /** The ids that were listed, for an item with a stamp: only the listing ties them to it. */
  archives?: readonly string[] | undefined;
  /** How often the ledger's connection had broken before the first of its archives was settled. */
  breaks?: number | undefined;
}

export interface ArchiveSettlement {
  kind: "archive";
  /** The row that it replaces. Default: it is a new one. */
  row?: number | undefined;
  archive: Omit<
    KnownArchive,
    "row" | "reason" | "status" | "failedRequestId" | "lastTried" | "state"
  >;
  state: ArchiveState;
  trouble?: Trouble | undefined;
}

/** An archive that is not kept, or an item that was not listed. */
export interface Gap {
  kind: "item" | "archive";
  /** The line in the worklist; null for an archive. */
  line: number | null;
  target: string;
  action: string;
  stamp: string;
  /** The archive's id; empty for an item. */
  archive: string;
  state: ItemState | ArchiveState;
  reason: string | null;
  status: number | null;
  requestId: string | null;
  lastTried: string | null;
}
