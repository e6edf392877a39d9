import { ConnectionError, TimeoutError } from "../errors/errors.ts";
import { bodyReader, dropBody, NoBytesError } from "../http/body.ts";
import type { BodyReader } from "../http/body.ts";
import { networkFailure } from "../http/network-failure.ts";
import { factsOf } from "../http/received-answer.ts";
import type { Answer } from "../http/received-answer.ts";
import { onAbort } from "../timing/on-abort.ts";
import { backoff, mayPass, serverDelay } from "../timing/retry-rules.ts";
import { pause, within } from "../timing/time-limit.ts";
import { sizeWithRest } from "./mail-facts.ts";
import type { MailFacts } from "./mail-facts.ts";
import { createMd5 } from "./md5.ts";
import type { SignedLink } from "./signed-link.ts";

/** How often a download that breaks off is resumed, whatever `maxRetries` says: no byte is fetched twice. */
const MOST_RESUMES = 5;

/**
 * How many chunks, of 64 kB at most, are asked for ahead. With none, a server that closes its connection while the end
 * of a mail waits to be read ends the process: an assertion of Node 24's fetch fails (undici 7.28 and 7.29).
 */
const AHEAD = 16;

/** What bounds a transfer. */
export interface TransferLimits {
  /** The longest silence, in milliseconds. */
  timeout: number;
  /** When the last byte must have come, on the clock of `performance.now()`. */
  deadline: number;
  maxBytes: number;
  /** Milliseconds. A storage that asks for a longer wait ends the transfer. */
  maxRetryDelay: number;
  signal: AbortSignal | undefined;
}

/**
 * Closes the connection of a mail whose stream was garbage-collected. A fetch does that for a response that nobody
 * read, but here our reader holds it. Some workers have no FinalizationRegistry.
 */
const abandoned =
  typeof FinalizationRegistry === "function"
    ? new FinalizationRegistry<() => void>((giveUp) => giveUp())
    : undefined;

/**
 * The bytes of one mail: passed on as they are asked for, resumed when the connection breaks, checked at the end.
 * Little is read ahead, so memory stays flat, and no timer runs while the caller is busy.
 */
export function transfer(
  link: SignedLink,
  first: Answer,
  facts: MailFacts,
  { timeout, deadline, maxBytes, maxRetryDelay, signal }: TransferLimits,
): ReadableStream<Uint8Array> {
  const { etag, contentMd5 } = facts;
  const md5 = contentMd5 === undefined ? undefined : createMd5();
  // A weak ETag does not promise the same bytes.
  const mostResumes = etag === undefined || etag.startsWith("W/") ? 0 : MOST_RESUMES;
  let { size } = facts;
  let last = first;
  let reader: BodyReader | undefined;
  /** What was asked for and not passed on yet. */
  let ahead: Promise<Uint8Array | undefined>[] = [];
  let offset = 0;
  let resumes = 0;
  /** Aborts when the reader cancels, the caller's signal aborts or the mail has failed. */
  const stopping = new AbortController();
  let brokenBy: unknown;

  function readFrom({ received }: Answer): void {
    reader = bodyReader(received);
    ahead = [];
    askAhead();
  }

  function askAhead(): void {
    if (reader === undefined) return;
    while (ahead.length < AHEAD) {
      const chunk = reader.read();
      // A failure is told when its turn comes.
      chunk.catch(() => {});
      ahead.push(chunk);
    }
  }

  function onTimeout(): never {
    throw new TimeoutError(`The mail stopped coming after ${progress()}`, factsOf(last));
  }

  /** The next chunk from this connection, or undefined at its end; if it broke, `brokenBy` says why. */
  async function read(): Promise<Uint8Array | undefined> {
    const limit = Math.min(timeout, deadline - performance.now());
    brokenBy = undefined;
    try {
      return await within(limit, stopping.signal, onTimeout, async () => {
        const chunk = ahead.shift();
        askAhead();
        return chunk;
      });
    } catch (error) {
      if (error instanceof TimeoutError || error instanceof NoBytesError) throw error;
      stopping.signal.throwIfAborted();
      brokenBy = error;
      return undefined;
    }
  }

  /** Goes on where the last connection broke, with the same version of the mail. */
  async function resume(): Promise<void> {
    let attempt = 0;
    // The first attempt follows at once.
    let wait = 0;
    while (resumes < mostResumes) {
      await pause(Math.min(wait, deadline - performance.now()), stopping.signal);
      if (deadline <= performance.now()) onTimeout();
      wait = backoff(attempt++);
      resumes++;
      try {
        const headers = { range: `bytes=${offset}-`, "if-match": etag ?? "" };
        last = await link.open(headers, stopping.signal);
        const { received } = last;
        const { status } = received;
        const rest = status === 206 && sizeWithRest(received, { ...facts, size }, offset);
        if (typeof rest === "number") {
          size = rest;
          readFrom(last);
          return;
        }
        void dropBody(received);
        if (rest) throw link.failure(rest, last);
        const asked = serverDelay(received.headers);
        wait = asked ?? wait;
        if (!mayPass(status) || (asked ?? 0) > maxRetryDelay) throw link.refused(last);
      } catch (error) {
        // Trying again would not help after a refused redirect, which has no cause, or with a certificate that is not
        // trusted.
        if (!(error instanceof ConnectionError) || networkFailure(error.cause) !== "passing") {
          throw error;
        }
        brokenBy = error;
      }
    }
    throw link.failure(`it broke off after ${progress()}`, last, brokenBy);
  }

  async function next(): Promise<Uint8Array | undefined> {
    for (;;) {
      signal?.throwIfAborted();
      const tooLong = Math.max(offset, size ?? 0) > maxBytes;
      if (tooLong) throw link.failure(`it is longer than maxBytes, ${maxBytes}`, last);
      const bytes = await read();
      if (bytes !== undefined) {
        if (deadline <= performance.now()) onTimeout();
        offset += bytes.length;
        md5?.update(bytes);
        if (offset <= maxBytes && bytes.length > 0) return bytes;
      } else if (size === undefined ? brokenBy === undefined : offset >= size) {
        break;
      } else {
        await resume();
      }
    }
    if (offset !== (size ?? offset)) throw link.failure(`${progress()} came`, last);
    if (md5?.base64() !== contentMd5) throw link.failure("its bytes do not match their MD5", last);
    return undefined;
  }

  function progress(): string {
    return `${offset} of ${size ?? "?"} bytes`;
  }

  function giveUp(reason?: unknown): Promise<void> | undefined {
    end();
    stopping.abort(reason);
    return reader?.cancel(reason);
  }

  readFrom(first);
  // This must not refer to the stream: a signal that lives on would keep it from being garbage-collected.
  const stop = onAbort(signal, () => void giveUp(signal?.reason));
  function end(): void {
    stop();
    abandoned?.unregister(facts);
  }

  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const bytes = await next();
          if (bytes !== undefined) return controller.enqueue(bytes);
          end();
          controller.close();
        } catch (error) {
          // After a cancel nobody sees this error.
          void giveUp(error);
          throw error;
        }
      },
      cancel: giveUp,
    },
    { highWaterMark: 0 },
  );
  abandoned?.register(stream, () => void giveUp(), facts);
  return stream;
}
