import type { Trouble } from "./rows.ts";
import type { ArchiveState, Balance, ItemState } from "./states.ts";

/** What `onEvent` gets, and `--json` writes as one object per line. No event has a key or a link. */
export type KeepEvent =
  | StartedEvent
  | ProgressEvent
  | ItemEvent
  | ArchiveEvent
  | LimitedEvent
  | OutageEvent
  | WarningEvent
  | FinishedEvent;

/** The run begins. */
export interface StartedEvent {
  /** Which event. */
  event: "started";
  /** The run's number, counted from 1 in a store. */
  run: number;
  /** The balance at the start. */
  balance: Balance;
}

/** How far the run is, about once a second. All but `total` and `open` is of this process alone. */
export interface ProgressEvent {
  /** Which event. */
  event: "progress";
  /** How many items were settled. */
  items: number;
  /** How many listing calls were made, those that are tried again and those of an outage included. */
  calls: number;
  /** How many items and bad rows the worklist has; with `retry`, how many items and archives that asks for. */
  total: number;
  /** How many of those are not settled yet. */
  open: number;
  /** How many mails were kept. */
  mails: number;
  /** How many bytes those mails have. */
  bytes: number;
  /** How many of the items and archives that were settled are gaps. */
  gaps: number;
  /** The pace now: how many listing calls a second. */
  rate: number;
}

/** An item is settled, durably. */
export interface ItemEvent {
  /** Which event. */
  event: "item";
  /** The line in the worklist, counted from 1. */
  line: number;
  /** Its target id, or empty. */
  target: string;
  /** Its action id, or empty. */
  action: string;
  /** Its stamp, or empty. */
  stamp: string;
  /** What it is now. */
  state: ItemState;
  /** Why it is a gap. Default: undefined, as it is no gap. */
  trouble?: Trouble | undefined;
}

/** An archive is settled, durably. */
export interface ArchiveEvent {
  /** Which event. */
  event: "archive";
  /** The archive's id. */
  id: string;
  /** The action that sent it. */
  action: string;
  /** Whom it was sent to. */
  target: string;
  /** What it is now. */
  state: ArchiveState;
  /** How many bytes it has; null where they did not come. */
  bytes: number | null;
  /** Why it is a gap. Default: undefined, as it is no gap. */
  trouble?: Trouble | undefined;
}

/** The API answered 429, or a run that begins finds that an earlier one was answered so and the wait is not over. */
export interface LimitedEvent {
  /** Which event. */
  event: "limited";
  /** How long nobody calls, in milliseconds. */
  wait: number;
  /** The pace after that: how many listing calls a second. */
  rate: number;
  /** It was answered before this process began. Default: false. */
  earlier?: boolean | undefined;
}

/** Nothing works, or works again. */
export interface OutageEvent {
  /** Which event. */
  event: "outage";
  /** What does not work. */
  of: "api" | "storage";
  /** Whether it began; false: it is over. */
  down: boolean;
  /** The failure that was seen last. */
  reason: string;
}

/** Something that somebody should know. */
export interface WarningEvent {
  /** Which event. */
  event: "warning";
  /** A sentence. */
  message: string;
}

/** The run is over. Its last event, with the balance. */
export interface FinishedEvent extends Balance {
  /** Which event. */
  event: "finished";
  /** The run's number, counted from 1 in a store. */
  run: number;
  /** How it ended. */
  outcome: Outcome;
  /** Why it stopped. Default: it came to its end. */
  reason?: string | undefined;
}

/** `complete`: no gap · `gaps`: finished, with gaps · `stopped`: before the end; the same call goes on from there. */
export type Outcome = "complete" | "gaps" | "stopped";
