import type { Answer } from "./received-answer.ts";

/**
 * Reads the text of a body into the answer, at most `most` bytes of it. The rest is given up, and so is what is missing
 * when `signal` aborts.
 *
 * @throws what the runtime throws when the body breaks off. What came before that is in the answer.
 */
export async function readBody(
  answer: Answer,
  most = Infinity,
  signal?: AbortSignal,
): Promise<void> {
  const { received } = answer;
  const reader = received.body?.getReader();
  if (reader === undefined) return;
  const stop = () => reader.cancel().catch(() => {});
  signal?.addEventListener("abort", stop);
  const length = announcedLength(received);
  const decoder = new TextDecoder();
  let left = most;
  while (left > 0) {
    const { value } = await reader.read();
    // All of it came at once. To read on until the stream ends brings nothing and costs a fast call a tenth more: Node
    // then writes its resource timing.
    const isLast = value === undefined || String(value.length) === length;
    answer.text += decoder.decode(value?.subarray(0, left), { stream: !isLast });
    if (isLast) return;
    left -= value.length;
  }
  void stop();
}

/**
 * The bytes that are to come, or null. An encoded body is longer when it is here, and only a `basic` response shows
 * all of its headers.
 */
function announcedLength({ type, headers }: Response): string | null {
  const known = type === "basic" && !headers.has("content-encoding");
  return known ? headers.get("content-length") : null;
}

/** Gives up the body of a response that nobody will read, and with it the connection. */
export function dropBody(response: Response): void {
  void response.body?.cancel().catch(() => {});
}
