import type { Dataset } from "./data/dataset.ts";
import type { InjectedFault } from "./server/fault.ts";
import type { JournalEntry } from "./server/journal.ts";

/** A running mock. */
export interface Mock {
  /** The API's origin as this machine reaches it, such as `http://127.0.0.1:4010`. */
  readonly url: string;
  /** The mails' origin as this machine reaches it: where the links lead, unless there is a `publicBlobUrl`. */
  readonly blobUrl: string;
  /** What the mock serves now. It is another object once archives were put, or a watched file has changed. */
  readonly dataset: Dataset;
  /** The last 1000 requests to either origin, oldest first. */
  journal(): JournalEntry[];
  /** Plays a fault for the next matching requests. Throws TypeError when it is not understood. */
  inject(fault: InjectedFault): void;
  /** Forgets the journal, the injected faults, the rate limit's count, what the story ids remember, and archives that were put. */
  reset(): void;
  /** Ends both servers and every open connection. Never rejects, and may be called again. */
  close(): Promise<void>;
}
