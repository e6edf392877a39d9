import type { Dataset } from "./data/dataset.ts";
import type { InjectedFault } from "./server/fault.ts";
import type { JournalEntry } from "./server/journal.ts";

/** A running mock. */
export interface Mock {
  /** The API's origin, such as `http://127.0.0.1:4010`. */
  readonly url: string;
  /** The origin that the links open at. */
  readonly blobUrl: string;
  /** What the mock has to tell. It does not change while the mock runs. */
  readonly dataset: Dataset;
  /** The last 1000 requests to either origin, oldest first. */
  journal(): JournalEntry[];
  /** Plays a fault for the next matching requests. Throws TypeError when it is not understood. */
  inject(fault: InjectedFault): void;
  /** Forgets the journal, the injected faults, the rate limit's count and what the story ids remember. */
  reset(): void;
  /** Ends both servers and every open connection. Never rejects, and may be called again. */
  close(): Promise<void>;
}
