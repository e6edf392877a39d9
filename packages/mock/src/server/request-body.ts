import type { IncomingMessage } from "node:http";
import type { Answer } from "./answer.ts";
import { problem } from "./answer.ts";

/** The most bytes of a body; a larger one is answered 413. */
const MOST_BYTES = 1_000_000;

/** A request's body: parsed if its type is JSON, text otherwise, undefined when there is none. */
export async function readBody(
  request: IncomingMessage,
): Promise<{ value: unknown } | { refusal: Answer }> {
  const { "content-type": type = "" } = request.headers;
  const body = await readBytes(request);
  if ("refusal" in body) return body;
  if (body.bytes === null) return { value: undefined };
  const text = body.bytes.toString();
  if (!/^\s*application\/(?:[^;\s]+\+)?json\s*(?:;|$)/i.test(type)) return { value: text };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return {
      refusal: problem(
        400,
        "Invalid body",
        `The body is not the JSON that its content-type ${JSON.stringify(type.slice(0, 100))} announces.`,
      ),
    };
  }
}

/** The bytes of a request's body, null when there is none. */
export async function readBytes(
  request: IncomingMessage,
): Promise<{ bytes: Buffer | null } | { refusal: Answer }> {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  if (encoding === undefined && (length === undefined || length === "0")) return { bytes: null };

  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // The request stays open even if the loop ends early: the answer is sent on the same socket.
    for await (const chunk of request.iterator({
      destroyOnReturn: false,
    }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) break;
      chunks.push(chunk);
    }
  } catch {
    return { refusal: problem(400, "Invalid body", "The body ended before its announced length.") };
  }
  if (bytes > MOST_BYTES) {
    // The rest is read and dropped: otherwise a client that sends all of it first would find the connection closed, and
    // see no answer.
    request.resume();
    return { refusal: problem(413, "Payload too large", `Expected at most ${MOST_BYTES} bytes.`) };
  }
  return { bytes: Buffer.concat(chunks) };
}
