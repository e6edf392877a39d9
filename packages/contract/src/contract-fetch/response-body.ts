import { Readable } from "node:stream";
import type { BodyBytes } from "../exchange/documented-body.ts";

/** The body of a response, and what the caller is to get in its place. */
export interface ReadResponse {
  body: BodyBytes;
  response: Response;
}

/** Reads the body of a response and leaves it to be read by the caller. */
export async function readResponse(response: Response): Promise<ReadResponse> {
  if (isNodeStream(response.body) && !response.bodyUsed) return rebuilt(response);
  return { body: await clonedBody(response), response };
}

async function clonedBody(response: Response): Promise<BodyBytes> {
  if (response.bodyUsed) return { unreadable: "a body that was read already" };
  if (response.body?.locked) return { unreadable: "a body that is locked" };
  let copy: Response;
  try {
    copy = response.clone();
  } catch {
    return { unreadable: "a response that cannot be cloned" };
  }
  if (typeof copy.arrayBuffer !== "function" && typeof copy.text !== "function") {
    return { unreadable: "a response whose body cannot be read" };
  }
  try {
    return typeof copy.arrayBuffer === "function"
      ? new Uint8Array(await copy.arrayBuffer())
      : new TextEncoder().encode(await copy.text());
  } catch {
    return undefined;
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
async function rebuilt(response: Response): Promise<ReadResponse> {
  const { status, statusText, headers, url, redirected } = response;
  const bytes = new Uint8Array(await response.arrayBuffer());
  const SameClass = response.constructor as new (body: Readable, init: object) => Response;
  // What node-fetch reads `url` and `redirected` from.
  const init = { status, statusText, headers, url, counter: redirected ? 1 : 0 };
  // A stream, as it was: node-fetch 2 gives a Buffer back as `body`, which nobody who reads a stream can read.
  return { body: bytes, response: new SameClass(Readable.from([Buffer.from(bytes)]), init) };
}
