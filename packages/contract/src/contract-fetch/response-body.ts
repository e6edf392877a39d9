import { Readable } from "node:stream";
import type { BodyBytes } from "../exchange/documented-body.ts";

/** The body of a response, and the response for the caller, which replaces the original. */
export interface ReadResponse {
  body: BodyBytes;
  response: Response;
}

/** Reads the body of a response so that the caller can still read it, too. */
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
 * Reads the original and makes a new response of its bytes: node-fetch's clone stops after some kilobytes until the
 * original is read too, which the caller does only later.
 */
async function rebuilt(response: Response): Promise<ReadResponse> {
  const { status, statusText, headers, url, redirected } = response;
  const bytes = new Uint8Array(await response.arrayBuffer());
  const SameClass = response.constructor as new (body: Readable, init: object) => Response;
  // The options from which node-fetch takes `url` and `redirected`.
  const init = { status, statusText, headers, url, counter: redirected ? 1 : 0 };
  // A stream, as before: from a Buffer node-fetch 2 would make a `body` that is a Buffer, not a stream.
  return { body: bytes, response: new SameClass(Readable.from([Buffer.from(bytes)]), init) };
}
