import type { WorkLedger } from "../ledger/ledger.ts";
import type { Pace } from "../pace/pace.ts";
import type { Store } from "../store/store.ts";
import type { KeepEvent } from "../words/events.ts";
import type { Asking } from "./askings.ts";
import type { KeepClient } from "./keep-client.ts";

/** What to settle, and with what. */
export interface Job {
  client: KeepClient;
  ledger: WorkLedger;
  store: Store;
  pace: Pace;
  askings: AsyncIterable<Asking>;
  parallel: number;
  giveUpAfter: number;
  /** When it aborts, no new work begins, and what is in flight ends soon. */
  signal: AbortSignal;
  onEvent: (event: KeepEvent) => void;
}

/** A running job, and how it ends. */
export interface ActiveJob extends Omit<Job, "askings" | "signal"> {
  /** Aborts at once when the run is to stop: for what has not begun. */
  soft: AbortSignal;
  /** Aborts later: for what is in flight. */
  hard: AbortSignal;
  /** Ends the run. The first reason counts. */
  end: (error: unknown) => void;
}
