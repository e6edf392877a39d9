import type { Answer } from "./answer.ts";

/**
 * Reads a body into the answer, at most `most` bytes of it. The rest is given up, and so is what is missing when
 * `signal` aborts.
 *
 * @throws what the runtime throws when the body breaks off. What came before that is in the answer.
 */
export async function readBody(
  { received, body }: Answer,
  most = Infinity,
  signal?: AbortSignal,
): Promise<void> {
  const reader = received.body?.getReader();
  if (reader === undefined) return;
  const stop = () => reader.cancel().catch(() => {});
  signal?.addEventListener("abort", stop);
  const length = announcedLength(received);
  let left = most;
  while (left > 0) {
    const { value } = await reader.read();
    if (value === undefined) return;
    body.push(value.subarray(0, left));
    left -= value.length;
    // All of it came at once. To read on until the stream ends brings nothing and costs a fast call a tenth more: Node
    // then writes its resource timing.
    if (String(value.length) === length) return;
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

/** The text of a body, which is UTF-8. */
export function textOf({ body }: Answer): string {
  const decoder = new TextDecoder();
  return body.map((bytes, i) => decoder.decode(bytes, { stream: i < body.length - 1 })).join("");
}

/** Gives up the body of a response that nobody will read, and with it the connection. */
export function dropBody(response: Response): void {
  void response.body?.cancel().catch(() => {});
}
