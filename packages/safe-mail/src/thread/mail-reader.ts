import { Worker } from "node:worker_threads";
import { unreadableMail } from "../read/read-mail.ts";
import type { SafeMail } from "../safe-mail.ts";

/** Every option of {@link createMailReader}; each has a default. */
export interface MailReaderOptions {
  /** How long one mail may take, in milliseconds. Default 15,000. */
  readonly timeout?: number;
  /** How many mails are read at the same time. Default 2. */
  readonly threads?: number;
  /** How many megabytes a thread may use: a mail that needs more is not read. Default 512. */
  readonly memory?: number;
}

/** Reads mails in threads of its own. */
export interface MailReader {
  /** Never rejects for what is in the mail: `problem` says why one could not be read. */
  read(bytes: Uint8Array): Promise<SafeMail>;
  /** Ends all threads. Never rejects. */
  close(): Promise<void>;
}

/**
 * Starts threads that read mails, so that a huge or hostile one holds nothing up: a thread that takes too long or too
 * much memory is ended, and the mail has a `problem`. Never throws.
 */
export function createMailReader(options: MailReaderOptions = {}): MailReader {
  return new ThreadedReader(options);
}

class ThreadedReader implements MailReader {
  readonly #timeout: number;
  readonly #memory: number;
  readonly #idle: Worker[] = [];
  readonly #waiting: ((worker: Worker) => void)[] = [];
  readonly #all = new Set<Worker>();

  constructor({ timeout = 15_000, threads = 2, memory = 512 }: MailReaderOptions) {
    this.#timeout = timeout;
    this.#memory = memory;
    for (let i = 0; i < threads; i++) this.#release(this.#start());
  }

  async read(bytes: Uint8Array): Promise<SafeMail> {
    const worker =
      this.#idle.pop() ?? (await new Promise<Worker>((resolve) => this.#waiting.push(resolve)));
    const outcome = await this.#run(worker, bytes);
    if (outcome.usable) {
      this.#release(worker);
    } else {
      this.#all.delete(worker);
      void worker.terminate();
      this.#release(this.#start());
    }
    return outcome.mail;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #run(worker: Worker, bytes: Uint8Array): Promise<{ mail: SafeMail; usable: boolean }> {
    return new Promise((resolve) => {
      const end = (mail: SafeMail, usable: boolean) => {
        clearTimeout(timer);
        worker.off("message", answered).off("error", failed).off("exit", failed);
        resolve({ mail, usable });
      };
      const answered = (mail: SafeMail | undefined) =>
        end(mail ?? unreadableMail("unreadable"), true);
      const failed = () => end(unreadableMail("unreadable"), false);
      const timer = setTimeout(() => end(unreadableMail("too-slow"), false), this.#timeout);
      worker.on("message", answered).on("error", failed).on("exit", failed);
      worker.postMessage(bytes, []);
    });
  }

  #start(): Worker {
    // The same extension as this file: .ts in the sources, .js once built.
    const worker = new Worker(new URL(import.meta.url.replace("mail-reader", "mail-thread")), {
      resourceLimits: { maxOldGenerationSizeMb: this.#memory },
    });
    worker.unref();
    this.#all.add(worker);
    return worker;
  }

  #release(worker: Worker): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(worker);
    else next(worker);
  }
}
