import { unreadableMail } from "../read/read-mail.ts";
import type { SafeMail } from "../safe-mail.ts";
import { ReadingThread } from "./reading-thread.ts";

/** Every option of {@link createMailReader}; each has a default. */
export interface MailReaderOptions {
  /** How many mails are read at the same time. Default 2. */
  readonly threads?: number;
  /**
   * How much processor time one mail may take, in milliseconds. The time that its thread waits for its turn does not
   * count: a busy machine refuses no mail. Default 15,000.
   */
  readonly cpuTime?: number;
  /** How many megabytes of memory a thread may use: a mail that needs more is not read. Default 512. */
  readonly memory?: number;
}

/** What can be said to one reading. */
export interface ReadOptions {
  /** Ends the reading, and the thread that it is in. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

/** Reads mails in threads of its own. */
export interface MailReader {
  /**
   * Reads a mail. It never rejects for what is in the mail: `problem` says why one could not be read, and the same
   * mail can be read anew.
   *
   * @throws the signal's reason when it is aborted.
   * @throws Error when the reader is closed.
   * @throws TypeError when `bytes` are none.
   */
  read(bytes: Uint8Array, options?: ReadOptions): Promise<SafeMail>;
  /** Ends all threads; what is being read rejects. Never rejects. */
  close(): Promise<void>;
}

/**
 * Makes a reader whose threads hold nothing up, however large or hostile a mail is: a thread that takes too much time
 * or memory is ended, and the mail has a `problem`. Threads start when they are needed.
 *
 * @throws RangeError when an option is no number that it can be.
 */
export function createMailReader(options: MailReaderOptions = {}): MailReader {
  const { threads = 2, cpuTime = 15_000, memory = 512 } = options;
  if (!Number.isInteger(threads) || threads < 1)
    throw new RangeError(`Expected threads to be a whole number from 1, got ${String(threads)}.`);
  if (!(cpuTime > 0))
    throw new RangeError(
      `Expected cpuTime to be a number of milliseconds above 0, got ${String(cpuTime)}.`,
    );
  if (!(memory > 0) || memory === Infinity)
    throw new RangeError(
      `Expected memory to be a number of megabytes above 0, got ${String(memory)}.`,
    );
  return new ThreadedReader(threads, cpuTime, memory);
}

interface Waiting {
  readonly begin: (thread: ReadingThread) => void;
  readonly refuse: (reason: unknown) => void;
}

class ThreadedReader implements MailReader {
  readonly #most: number;
  readonly #cpuTime: number;
  readonly #memory: number;
  readonly #all = new Set<ReadingThread>();
  readonly #idle: ReadingThread[] = [];
  readonly #waiting = new Set<Waiting>();
  #closed = false;

  constructor(most: number, cpuTime: number, memory: number) {
    this.#most = most;
    this.#cpuTime = cpuTime;
    this.#memory = memory;
  }

  async read(bytes: Uint8Array, { signal }: ReadOptions = {}): Promise<SafeMail> {
    if (!(bytes instanceof Uint8Array))
      throw new TypeError(`Expected bytes to be a Uint8Array, got ${typeof bytes}.`);
    const thread = await this.#free(signal);
    try {
      if (this.#closed) throw closedError();
      const outcome = await thread.read(bytes, this.#cpuTime, signal);
      return typeof outcome === "string" ? unreadableMail(outcome) : outcome;
    } finally {
      this.#release(thread);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { refuse } of this.#waiting) refuse(closedError());
    this.#waiting.clear();
    await Promise.all([...this.#all].map((thread) => thread.end(closedError())));
  }

  #free(signal: AbortSignal | undefined): Promise<ReadingThread> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      if (signal?.aborted === true) return reject(signal.reason);
      const idle = this.#idle.pop() ?? (this.#all.size < this.#most ? this.#start() : undefined);
      if (idle !== undefined) return resolve(idle);
      const leave = () => {
        this.#waiting.delete(waiting);
        reject(signal?.reason);
      };
      const settled = () => signal?.removeEventListener("abort", leave);
      const waiting: Waiting = {
        begin: (thread) => {
          settled();
          resolve(thread);
        },
        refuse: (reason) => {
          settled();
          reject(reason);
        },
      };
      this.#waiting.add(waiting);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  #start(): ReadingThread {
    const thread = new ReadingThread(this.#memory);
    this.#all.add(thread);
    return thread;
  }

  #release(thread: ReadingThread): void {
    if (!thread.isUsable) this.#all.delete(thread);
    if (this.#closed) return;
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.#waiting.delete(next);
      next.begin(thread.isUsable ? thread : this.#start());
    } else if (thread.isUsable) this.#idle.push(thread);
  }
}

function closedError(): Error {
  return new Error("Expected the reader to be open, got one that was closed.");
}
