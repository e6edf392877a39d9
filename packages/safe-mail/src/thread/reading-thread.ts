import { Worker } from "node:worker_threads";
import type { MailProblem, SafeMail } from "../safe-mail.ts";
import type { ThreadAnswer, ThreadStarted } from "./mail-thread.ts";
import { processorTime } from "./processor-time.ts";

/** How often the processor time of a thread is looked at, in milliseconds: seldom enough to cost nothing. */
const LOOKS = { least: 20, most: 250 };

/** A thread that holds more than this part of its memory after a mail is ended: a hard mail must not stay. */
const HEAP_KEPT = 1 / 4;

const MEGABYTE = 1024 * 1024;

/** A thread that reads one mail at a time. */
export class ReadingThread {
  readonly #worker: Worker;
  readonly #memory: number;
  readonly #started: Promise<string | undefined>;
  #refuse: ((reason: Error) => void) | undefined;
  #usable = true;

  /** @param memory in megabytes. */
  constructor(memory: number) {
    this.#memory = memory;
    // The same extension as this file: .ts in the sources, .js once built.
    this.#worker = new Worker(new URL(import.meta.url.replace("reading-thread", "mail-thread")), {
      resourceLimits: { maxOldGenerationSizeMb: memory },
    });
    this.#started = new Promise((resolve) => {
      this.#worker.once("message", ({ thread }: ThreadStarted) => resolve(thread));
      this.#worker.once("exit", () => resolve(undefined));
    });
    const ended = () => (this.#usable = false);
    this.#worker.on("error", ended).on("exit", ended).unref();
  }

  /** Whether it can read another mail. */
  get isUsable(): boolean {
    return this.#usable;
  }

  /** Ends it; what it reads rejects with this reason. Never rejects. */
  async end(reason: Error): Promise<void> {
    this.#usable = false;
    this.#refuse?.(reason);
    await this.#worker.terminate();
  }

  /**
   * Reads a mail, or says why it was given up.
   *
   * @param cpuTime in milliseconds.
   * @throws the signal's reason when it is aborted.
   */
  async read(
    bytes: Uint8Array,
    cpuTime: number,
    signal: AbortSignal | undefined,
  ): Promise<SafeMail | MailProblem> {
    const worker = this.#worker;
    worker.ref();
    const { promise, resolve, reject } = withResolvers<SafeMail | MailProblem>();
    this.#refuse = reject;
    const giveUp = (problem: MailProblem) => {
      this.#usable = false;
      resolve(problem);
    };
    const failed = () => giveUp("unreadable");
    const aborted = () => {
      this.#usable = false;
      reject(signal?.reason);
    };
    const answered = (said: ThreadAnswer | ThreadStarted) => {
      if (!("mail" in said)) return;
      if (said.heap > this.#memory * MEGABYTE * HEAP_KEPT) this.#usable = false;
      resolve(said.mail);
    };
    worker.on("message", answered).on("error", failed).on("exit", failed);
    signal?.addEventListener("abort", aborted, { once: true });
    if (signal?.aborted === true) aborted();
    else worker.postMessage(bytes, []);
    const watch = this.#watch(cpuTime, giveUp);
    try {
      return await promise;
    } finally {
      watch.stop();
      this.#refuse = undefined;
      worker.off("message", answered).off("error", failed).off("exit", failed).unref();
      signal?.removeEventListener("abort", aborted);
      if (!this.#usable) void worker.terminate();
    }
  }

  /** Looks at the thread's processor time now and then, until it is used up. */
  #watch(cpuTime: number, giveUp: (problem: MailProblem) => void): { stop: () => void } {
    const pause = Math.min(LOOKS.most, Math.max(LOOKS.least, cpuTime / 10));
    let timer: NodeJS.Timeout | undefined;
    let stopped = false;
    const look = async (thread: string | undefined, from: number) => {
      const spent = (await processorTime(this.#worker, thread)) - from;
      if (spent > cpuTime) giveUp("too-slow");
      else if (!stopped) timer = setTimeout(() => void look(thread, from), pause);
    };
    const begin = async () => {
      const thread = await this.#started;
      if (!stopped) await look(thread, await processorTime(this.#worker, thread));
    };
    void begin().catch(() => giveUp("unreadable"));
    return {
      stop: () => {
        stopped = true;
        clearTimeout(timer);
      },
    };
  }
}

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}
