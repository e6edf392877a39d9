import { Readable } from "node:stream";

/** The bytes of a response, and what the caller is to get in its place; or why its body cannot be checked. */
export type ReadBody =
  | { bytes: Uint8Array | undefined; response: Response }
  | { unreadable: string; response: Response };

/**
 * Reads the body of a response and leaves it to be read by the caller. Bytes are undefined where the body breaks off,
 * which is the caller's to meet.
 */
export async function readBody(response: Response): Promise<ReadBody> {
  if (response.bodyUsed) return { unreadable: "a body that was read already", response };
  if (response.body?.locked) return { unreadable: "a body that is locked", response };
  if (isNodeStream(response.body)) return rebuilt(response);
  if (typeof response.clone !== "function") {
    return { unreadable: "a response that cannot be cloned", response };
  }
  let copy: Response;
  try {
    copy = response.clone();
  } catch {
    return { unreadable: "a response that cannot be cloned", response };
  }
  if (typeof copy.arrayBuffer !== "function" && typeof copy.text !== "function") {
    return { unreadable: "a response whose body cannot be read", response };
  }
  try {
    const body =
      typeof copy.arrayBuffer === "function"
        ? new Uint8Array(await copy.arrayBuffer())
        : new TextEncoder().encode(await copy.text());
    return { bytes: body, response };
  } catch {
    return { bytes: undefined, response };
  }
}

/** node-fetch has streams of Node's own. */
function isNodeStream(body: unknown): boolean {
  return typeof (body as { pipe?: unknown } | null)?.pipe === "function";
}

/**
 * Such a clone gives no more than some kilobytes until the original is read too, which the caller does later. So the
 * original is read, and made anew from its bytes.
 */
async function rebuilt(response: Response): Promise<ReadBody> {
  const { status, statusText, headers, url, redirected } = response;
  const bytes = new Uint8Array(await response.arrayBuffer());
  const SameClass = response.constructor as new (body: Readable, init: object) => Response;
  // What node-fetch reads `url` and `redirected` from.
  const init = { status, statusText, headers, url, counter: redirected ? 1 : 0 };
  // A stream, as it was: node-fetch 2 gives a Buffer back as `body`, which nobody who reads a stream can read.
  return { bytes, response: new SameClass(Readable.from([Buffer.from(bytes)]), init) };
}
