import { parentPort } from "node:worker_threads";
import { readMail } from "../read/read-mail.ts";
import type { SafeMail } from "../safe-mail.ts";

/** Runs in a thread of its own: bytes in, the mail (or what went wrong) out, one at a time. */
parentPort?.on("message", (bytes: Uint8Array) => void answer(bytes));

async function answer(bytes: Uint8Array): Promise<void> {
  let mail: SafeMail | undefined;
  try {
    mail = await readMail(bytes);
  } finally {
    // Handed over, not copied: attachments can be large.
    const buffers = new Set(mail?.attachments.map(({ content }) => content.buffer));
    parentPort?.postMessage(mail, [...buffers]);
  }
}
