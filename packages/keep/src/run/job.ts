import type { ArchivesClient } from "@np6-archives/client";
import type { WorkLedger } from "../ledger/ledger.ts";
import type { Pace } from "../pace/pace.ts";
import type { Store } from "../store/store.ts";
import type { KeepEvent } from "../words/events.ts";
import type { Asking } from "./askings.ts";

/** What is to be settled, and with what. */
export interface Job {
  client: ArchivesClient;
  ledger: WorkLedger;
  store: Store;
  pace: Pace;
  askings: AsyncIterable<Asking>;
  parallel: number;
  giveUpAfter: number;
  /** No new work; what is in flight ends soon. */
  signal: AbortSignal;
  onEvent: (event: KeepEvent) => void;
}

/** A job at work, and how it ends. */
export interface ActiveJob extends Omit<Job, "askings" | "signal"> {
  /** For what is not begun yet: it ends at once when the run is to stop. */
  soft: AbortSignal;
  /** For what is in flight. */
  hard: AbortSignal;
  /** Ends the run, for this reason if it is the first. */
  end: (error: unknown) => void;
}
