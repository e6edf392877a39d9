import { expectBytes, kindOf, unreadableMail } from "../read/read-mail.ts";
import type { SafeMail } from "../safe-mail.ts";
import { mailProgram, ReadingProcess } from "./reading-process.ts";

/** Every option of {@link createMailReader}; each has a default. */
export interface MailReaderOptions {
  /** How many mails are read at the same time, each in a process of its own. Default 2. */
  readonly threads?: number | undefined;
  /**
   * How much processor time one mail may use, in milliseconds. Waiting for the processor does not count, so a busy
   * machine refuses no mail. Default 15,000.
   */
  readonly cpuTime?: number | undefined;
  /**
   * How many megabytes of memory the reading of one mail may use, the mail's own bytes and files included. Default 512.
   */
  readonly memory?: number | undefined;
}

/** The options of one reading. */
export interface ReadOptions {
  /** Ends the reading, and the process that it is in. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

/** Reads mails in processes of its own. */
export interface MailReader {
  /**
   * Reads a mail. It never rejects because of what is in the mail: `problem` says why one could not be read, and the
   * same mail can be read again.
   *
   * @throws the signal's reason when it is aborted.
   * @throws Error when the reader is closed.
   * @throws TypeError when `bytes` are no bytes.
   */
  read(bytes: Uint8Array, options?: ReadOptions): Promise<SafeMail>;
  /** Ends all its processes; what is being read rejects. Never rejects. */
  close(): Promise<void>;
}

/**
 * Makes a reader that never blocks the program, however large or hostile a mail is: a process that takes too much time
 * or memory is ended, and the mail has a `problem`. Processes start when they are needed, without the environment's
 * variables, and do not keep the program running.
 *
 * @throws TypeError for an unknown option.
 * @throws RangeError when an option is out of its range.
 * @throws Error when the package's files are not beside each other, as in a bundle.
 */
export function createMailReader(options: MailReaderOptions = {}): MailReader {
  const { threads = 2, cpuTime = 15_000, memory = 512, ...others } = options;
  // A limit with a mistyped name would have no effect.
  const [unknownOption] = Object.keys(others);
  if (unknownOption !== undefined)
    throw new TypeError(
      `createMailReader: expected one of the options threads, cpuTime, memory, got ${shown(unknownOption)}.`,
    );
  if (!Number.isInteger(threads) || threads < 1)
    throw new RangeError(`threads: expected a whole number of 1 or more, got ${shown(threads)}.`);
  if (typeof cpuTime !== "number" || !(cpuTime > 0))
    throw new RangeError(`cpuTime: expected milliseconds above 0, got ${shown(cpuTime)}.`);
  if (!Number.isFinite(memory) || memory <= 0)
    throw new RangeError(`memory: expected megabytes above 0, got ${shown(memory)}.`);
  return new ProcessReader(threads, cpuTime, memory);
}

const shown = (value: unknown) =>
  typeof value === "string" ? JSON.stringify(value) : String(value);

const MEGABYTE = 1024 * 1024;

interface Waiting {
  readonly begin: (reading: ReadingProcess) => void;
  readonly refuse: (reason: unknown) => void;
}

class ProcessReader implements MailReader {
  readonly #program = mailProgram();
  readonly #most: number;
  readonly #cpuTime: number;
  readonly #memory: number;
  readonly #all = new Set<ReadingProcess>();
  readonly #idle: ReadingProcess[] = [];
  readonly #waiting = new Set<Waiting>();
  #closed = false;

  constructor(most: number, cpuTime: number, memory: number) {
    this.#most = most;
    this.#cpuTime = cpuTime;
    this.#memory = memory;
  }

  async read(bytes: Uint8Array, { signal }: ReadOptions = {}): Promise<SafeMail> {
    expectBytes(bytes);
    // Not `instanceof`: jsdom has a class of its own.
    if (signal !== undefined && kindOf(signal) !== "AbortSignal")
      throw new TypeError(`signal: expected an AbortSignal, got ${kindOf(signal)}.`);
    if (bytes.byteLength > this.#memory * MEGABYTE) return unreadableMail("too-much-memory");
    const reading = await this.#free(signal);
    try {
      if (this.#closed) throw closedError();
      const outcome = await reading.read(bytes, signal);
      return typeof outcome === "string" ? unreadableMail(outcome) : outcome;
    } finally {
      this.#release(reading);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { refuse } of this.#waiting) refuse(closedError());
    this.#waiting.clear();
    await Promise.all([...this.#all].map((reading) => reading.end(closedError())));
  }

  #free(signal: AbortSignal | undefined): Promise<ReadingProcess> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      if (signal?.aborted === true) return reject(signal.reason);
      const idle = this.#usableIdle() ?? (this.#all.size < this.#most ? this.#start() : undefined);
      if (idle !== undefined) return resolve(idle);
      const leave = () => {
        this.#waiting.delete(waiting);
        reject(signal?.reason);
      };
      const settled = () => signal?.removeEventListener("abort", leave);
      const waiting: Waiting = {
        begin: (reading) => {
          settled();
          resolve(reading);
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

  /** An idle process. Some may have been killed from outside. */
  #usableIdle(): ReadingProcess | undefined {
    for (let reading = this.#idle.pop(); reading !== undefined; reading = this.#idle.pop()) {
      if (reading.isUsable) return reading;
      this.#all.delete(reading);
    }
    return undefined;
  }

  #start(): ReadingProcess {
    const reading = new ReadingProcess(this.#program, this.#cpuTime, this.#memory);
    this.#all.add(reading);
    return reading;
  }

  #release(reading: ReadingProcess): void {
    if (!reading.isUsable) this.#all.delete(reading);
    if (this.#closed) return;
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.#waiting.delete(next);
      next.begin(reading.isUsable ? reading : this.#start());
    } else if (reading.isUsable) this.#idle.push(reading);
  }
}

function closedError(): Error {
  return new Error("Expected the reader to be open, got one that was closed.");
}
