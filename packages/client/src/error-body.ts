const MOST_KEPT = 64 * 1024;

/**
 * Reads the text of an error's body into `kept`, at most 64 KiB of it; the rest is not read.
 *
 * The status alone says enough, so a body that breaks off, or goes on until `signal` aborts, is kept as far as it came.
 */
export async function readErrorBody(
  response: Response,
  kept: { text: string },
  signal: AbortSignal,
): Promise<void> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  const stop = () => reader.cancel().catch(() => {});
  signal.addEventListener("abort", stop);
  const decoder = new TextDecoder();
  let left = MOST_KEPT;
  try {
    while (left > 0) {
      const { value } = await reader.read();
      if (value === undefined) break;
      kept.text += decoder.decode(value.subarray(0, left), { stream: true });
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
