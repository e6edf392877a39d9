import { Worker } from "node:worker_threads";
import { readMail } from "../read/read-mail.ts";
import type { SafeMail } from "../safe-mail.ts";
import type { Limits } from "./limits-thread.ts";
import { neighbour } from "./neighbour.ts";

/** A mail to read. */
export interface MailToRead extends Limits {
  readonly bytes: Uint8Array;
}

/** A mail that was read, and by how many bytes the process has grown since its start. */
export interface MailAnswer {
  readonly mail: SafeMail;
  readonly held: number;
}

const limits = new Worker(neighbour("limits-thread"));
limits.unref();
const before = process.memoryUsage.rss();

// Ignored: the reader decides when this ends, not a signal to the whole process group.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

/** Runs in its own process: bytes come in, the mail goes out, one at a time. */
process.on("message", (asked: MailToRead) => void answer(asked));

async function answer({ bytes, cpuTime, memory }: MailToRead): Promise<void> {
  limits.postMessage({ cpuTime, memory } satisfies Limits, []);
  const mail = await readMail(bytes);
  limits.postMessage(undefined, []);
  const held = process.memoryUsage.rss() - before;
  process.send?.({ mail, held } satisfies MailAnswer);
}
