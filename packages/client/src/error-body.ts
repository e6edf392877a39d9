import type { Answer } from "./answer.ts";

const MOST_KEPT = 64 * 1024;

/**
 * Reads the text of an error's body into the answer, at most 64 KiB of it; the rest is not read.
 *
 * The status alone says enough, so a body that breaks off, or goes on until `signal` aborts, is kept as far as it came.
 */
export async function readErrorBody(answer: Answer, signal: AbortSignal): Promise<void> {
  const reader = answer.received.body?.getReader();
  if (reader === undefined) return;
  const stop = () => reader.cancel().catch(() => {});
  signal.addEventListener("abort", stop);
  const decoder = new TextDecoder();
  let left = MOST_KEPT;
  try {
    while (left > 0) {
      const { value } = await reader.read();
      if (value === undefined) break;
      answer.text += decoder.decode(value.subarray(0, left), { stream: true });
      left -= value.length;
    }
  } catch {
    // Kept as far as it came.
  }
  void stop();
}

/** Gives up the body of a response that nobody will read, and with it the connection. */
export function dropBody(response: Response): void {
  void response.body?.cancel().catch(() => {});
}
