import { ConnectionError, TimeoutError } from "../errors/errors.ts";
import { dropBody } from "../http/body.ts";
import { backoff, mayPass } from "../timing/retry-timing.ts";
import { pause, within } from "../timing/within.ts";
import { createMd5 } from "./md5.ts";
import type { SignedLink } from "./signed-link.ts";

/** How often a body that breaks off is continued, whatever `maxRetries` says: each time goes on where it stopped. */
const MOST_RESUMES = 5;

/** What bounds a transfer. */
export interface TransferLimits {
  /** The longest silence, in milliseconds. */
  timeout: number;
  /** When the last byte must have come, on the clock of `performance.now()`. */
  deadline: number;
  maxBytes: number;
  signal: AbortSignal | undefined;
}

/** What the storage says of a mail, as far as it does. */
export interface MailFacts {
  /** Bytes in all. */
  readonly size: number | undefined;
  /** The storage's name for this version of the mail. */
  readonly etag: string | undefined;
  /** The MD5 of the whole, in base64. It is checked. */
  readonly contentMd5: string | undefined;
}

/** Reads them from the answer to a GET of the whole. */
export function mailFacts({ headers }: Response): MailFacts {
  // The runtime decodes an encoded body, but length, digest and ranges are those of the encoded bytes.
  const fact = (name: string) => (headers.has("content-encoding") ? undefined : headers.get(name));
  const length = fact("content-length");
  return {
    size: length ? Number(length) : undefined,
    etag: fact("etag") ?? undefined,
    contentMd5: fact("content-md5") ?? undefined,
  };
}

/**
 * The bytes of one mail on their way: passed on as they are asked for, continued when they break off, checked at the
 * end. Nothing is read before it is asked for, so memory stays flat and no timer runs while the caller is busy.
 */
export function transfer(
  link: SignedLink,
  first: Response,
  { size, etag, contentMd5 }: MailFacts,
  { timeout, deadline, maxBytes, signal }: TransferLimits,
): ReadableStream<Uint8Array> {
  const md5 = contentMd5 === undefined ? undefined : createMd5();
  // A weak ETag does not vouch for each byte.
  const mostResumes = etag === undefined || etag.startsWith("W/") ? 0 : MOST_RESUMES;
  let reader = first.body?.getReader();
  let offset = 0;
  let resumes = 0;
  let cancelled = false;
  let brokenBy: unknown;

  function onTimeout(): never {
    throw new TimeoutError(`The mail stopped coming after ${progress()}.`);
  }

  /** What comes next on this connection, or undefined when nothing more comes; if it broke, `brokenBy` says why. */
  async function read(): Promise<Uint8Array | undefined> {
    const limit = Math.max(0, Math.min(timeout, deadline - performance.now()));
    brokenBy = undefined;
    try {
      return await within(limit, signal, onTimeout, async () => (await reader?.read())?.value);
    } catch (error) {
      if (error instanceof TimeoutError) throw error;
      signal?.throwIfAborted();
      brokenBy = error;
      return undefined;
    }
  }

  /** Goes on where the last connection broke off, with the same version of the mail. */
  async function resume(): Promise<void> {
    let idle = 0;
    while (resumes < mostResumes) {
      // What broke after bytes had come goes on at once.
      if (idle > 0) await pause(backoff(idle - 1), signal);
      idle++;
      resumes++;
      try {
        const answer = await link.open({ range: `bytes=${offset}-`, "if-match": etag ?? "" }, 0);
        const { status, headers, body } = answer.received;
        // Browsers may hide the header; the digest has to do then.
        const range = headers.get("content-range") ?? `bytes ${offset}-`;
        if (status === 206 && range.startsWith(`bytes ${offset}-`)) {
          reader = body?.getReader();
          return;
        }
        dropBody(answer.received);
        if (!mayPass(status)) {
          throw link.failure(status === 412 ? "it changed meanwhile" : `${status} came`, answer);
        }
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        brokenBy = error;
      }
    }
    throw link.failure(`it broke off after ${progress()}`, { cause: brokenBy });
  }

  async function next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const tooLong = Math.max(offset, size ?? 0) > maxBytes;
      if (tooLong) throw link.failure(`it is longer than maxBytes, ${maxBytes}`);
      const bytes = await read();
      if (cancelled) return undefined;
      if (bytes !== undefined) {
        offset += bytes.length;
        md5?.update(bytes);
        if (offset <= maxBytes && bytes.length > 0) return bytes;
      } else if (size === undefined ? brokenBy === undefined : offset >= size) {
        break;
      } else {
        await resume();
      }
    }
    if (offset !== (size ?? offset)) throw link.failure(`${progress()} came`);
    if (md5?.base64() !== contentMd5) throw link.failure("its bytes do not match their MD5");
    return undefined;
  }

  function progress(): string {
    return `${offset} of ${size ?? "?"} bytes`;
  }

  async function cancel(reason?: unknown): Promise<void> {
    cancelled = true;
    await reader?.cancel(reason).catch(() => {});
  }

  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const bytes = await next();
          if (bytes !== undefined) controller.enqueue(bytes);
          else if (!cancelled) controller.close();
        } catch (error) {
          void cancel(error);
          throw error;
        }
      },
      cancel,
    },
    { highWaterMark: 0 },
  );
}
