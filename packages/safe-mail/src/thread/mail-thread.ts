import { getHeapStatistics } from "node:v8";
import { parentPort } from "node:worker_threads";
import { readMail } from "../read/read-mail.ts";
import type { SafeMail } from "../safe-mail.ts";
import { systemThread } from "./processor-time.ts";

/** What a thread says of itself once, when it has started. */
export interface ThreadStarted {
  readonly thread: string | undefined;
}

/** A mail, read, and how many bytes of memory the thread holds since. */
export interface ThreadAnswer {
  readonly mail: SafeMail;
  readonly heap: number;
}

/** Runs in a thread of its own: bytes in, the mail out, one at a time. */
parentPort?.on("message", (bytes: Uint8Array) => void answer(bytes));
parentPort?.postMessage({ thread: systemThread() } satisfies ThreadStarted, []);

async function answer(bytes: Uint8Array): Promise<void> {
  const mail = await readMail(bytes);
  // Handed over, not copied: attachments can be large.
  const buffers = mail.attachments.map(({ content }) => content.buffer);
  const heap = getHeapStatistics().total_heap_size;
  parentPort?.postMessage({ mail, heap } satisfies ThreadAnswer, buffers);
}
