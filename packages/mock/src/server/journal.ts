/** Why a request was refused, or what is wrong with an answer. The shape is Prism's. */
export interface Violation {
  /** Such as `["request", "query", "startdate"]`; Prism writes parameter names in lower case. */
  location: string[];
  /** An Error refuses a request or an answer, the others only inform. */
  severity: "Error" | "Warning" | "Information" | "Hint";
  /** The rule that was broken, such as `format`, or the status that it leads to. */
  code?: string | number;
  /** In words, with what was expected. */
  message: string;
}

/** One request that reached either origin. */
export interface JournalEntry {
  /** When it came, by the mock's clock, as ISO 8601. */
  time: string;
  /** Where it was sent: `api` to the archive operations, `blob` to the mails. */
  origin: "api" | "blob";
  /** As sent, such as `GET`. Blank, like the path, when it was not HTTP. */
  method: string;
  /** Path and query, secrets redacted, and without percent-escapes of letters. */
  path: string;
  /** Lower-case names; the values of `x-key`, `authorization` and `cookie`, any signature, and the keys of `apiKeys` are redacted. */
  headers: Record<string, string>;
  /** The status answered, or 0 when the socket was destroyed before one. */
  status: number;
  /** The `x-request-id` answered. */
  requestId: string;
  /** Why it was refused, or what was wrong with the answer; mostly empty. The first 100, and then how many more. */
  violations: Violation[];
  /** Milliseconds until the answer was sent or broken off; absent while it is being sent. */
  ms?: number;
  /** The fault that was played, if any. */
  fault?: string;
  /** True when an API key reached the blob origin. */
  leak?: true;
}

/** The last requests, oldest first. */
export class Journal {
  readonly #capacity: number;
  #entries: JournalEntry[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(entry: JournalEntry): void {
    this.#entries.push(entry);
    // Cut in bulk: removing one entry per request costs as much as the rest of this.
    if (this.#entries.length >= 2 * this.#capacity) {
      this.#entries = this.#entries.slice(-this.#capacity);
    }
  }

  entries(): JournalEntry[] {
    return this.#entries.slice(-this.#capacity);
  }

  clear(): void {
    this.#entries = [];
  }
}
