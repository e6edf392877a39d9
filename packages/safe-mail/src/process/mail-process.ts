import { Worker } from "node:worker_threads";
import { readMail } from "../read/read-mail.ts";
import type { SafeMail } from "../safe-mail.ts";
import type { Limits } from "./limits-thread.ts";
import { neighbour } from "./neighbour.ts";

/** A mail to read. */
export interface MailToRead extends Limits {
  readonly bytes: Uint8Array;
}

/** A mail, read, and how many bytes larger the process is than it was at its start. */
export interface MailAnswer {
  readonly mail: SafeMail;
  readonly held: number;
}

const limits = new Worker(neighbour("limits-thread"));
limits.unref();
const before = process.memoryUsage.rss();

// Who reads mails decides when that ends, not a signal to the whole group of processes.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

/** Runs in a process of its own: bytes in, the mail out, one at a time. */
process.on("message", (asked: MailToRead) => void answer(asked));

async function answer({ bytes, cpuTime, memory }: MailToRead): Promise<void> {
  limits.postMessage({ cpuTime, memory } satisfies Limits, []);
  const mail = await readMail(bytes);
  limits.postMessage(undefined, []);
  const held = process.memoryUsage.rss() - before;
  process.send?.({ mail, held } satisfies MailAnswer);
}
