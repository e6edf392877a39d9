import { kindOf, sentence } from "../errors/invalid.ts";
import { contentEncoding, headerCount } from "../headers/header-value.ts";
import type { Answer } from "./received-answer.ts";

/** Reads a body chunk by chunk. */
export interface BodyReader {
  /** The next chunk, or undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
  /** Cancels what has not been read, which frees the connection. Never rejects: the body may have ended already. */
  cancel(reason?: unknown): Promise<void>;
}

/**
 * A body, or a chunk of one, that gives no bytes. Not worth a retry: the caller's own fetch would give the same again.
 */
export class NoBytesError extends TypeError {
  constructor(expected: string, came: unknown) {
    super(sentence("the body of what fetch gave", expected, came));
  }
}

/**
 * A body as the various fetches give it: a web stream, or a Node stream from older ones such as node-fetch. Its chunks
 * are bytes, or strings from a Node stream with an encoding; a stream made by a test may give anything.
 */
interface Body extends Partial<AsyncIterable<unknown>> {
  locked?: boolean;
  getReader?: () => ReadableStreamDefaultReader<unknown>;
  destroy?: () => void;
}

/**
 * A reader of the body, or undefined where there is none.
 *
 * @throws NoBytesError for a body that cannot be read, or that is being read already.
 */
export function bodyReader(response: Response): BodyReader | undefined {
  const body = response.body as Body | null | undefined;
  if (body === null) return undefined;
  if (response.bodyUsed || body?.locked) throw new NoBytesError("one that nobody has read", body);
  const reader = body?.getReader?.();
  // Some fetches, such as React Native's and many test doubles, have no stream.
  const give: Give | undefined = response.arrayBuffer ?? response.text;
  const chunks = reader
    ? { next: () => reader.read() }
    : (body?.[Symbol.asyncIterator]?.() ?? (give && whole(give.bind(response))));
  if (chunks === undefined) throw new NoBytesError("a stream", body);
  return {
    async read() {
      const { done, value }: IteratorResult<unknown> = await chunks.next();
      if (done) return undefined;
      if (ArrayBuffer.isView(value))
        return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      if (isBytes(value)) return bytesOf(value);
      void this.cancel();
      throw new NoBytesError("bytes", value);
    },
    async cancel(reason) {
      try {
        await (reader ? reader.cancel(reason) : body?.destroy?.());
      } catch {
        // It has ended already.
      }
    },
  };
}

type Give = () => Promise<unknown>;

/** A body as one chunk. */
async function* whole(give: Give): AsyncGenerator {
  yield give();
}

/** `instanceof` would miss an ArrayBuffer of another realm. */
function isBytes(value: unknown): value is ArrayBuffer | string {
  return typeof value === "string" || kindOf(value) === "ArrayBuffer";
}

/** The bytes of anything that `new Response()` takes. */
export async function bytesOf(
  body: ReadableStream | ArrayBuffer | string,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(body).arrayBuffer());
}

/**
 * Reads the body's text into the answer, at most `most` bytes of it, and cancels the rest. Cancels too when `signal`
 * aborts, as a fetch may ignore its signal.
 *
 * @throws NoBytesError, or what the runtime throws when the body breaks off. What came before that is in the answer.
 */
export async function readBody(answer: Answer, most: number, signal: AbortSignal): Promise<void> {
  const reader = bodyReader(answer.received);
  if (reader === undefined) return;
  const giveUp = () => void reader.cancel();
  signal.addEventListener("abort", giveUp);
  const length = announcedLength(answer.received);
  const decoder = new TextDecoder();
  while (answer.size < most) {
    const value = await reader.read();
    // Everything is here. Reading on to the end of the stream would cost a fast call a tenth more, as Node then writes
    // its resource timing.
    const isLast = value === undefined || value.length === length;
    answer.text += decoder.decode(value?.subarray(0, most - answer.size), { stream: !isLast });
    answer.size += value?.length ?? 0;
    // The body did not reach its end, so Node keeps the signal, whose listener would keep the body in memory.
    if (isLast) return signal.removeEventListener("abort", giveUp);
  }
  giveUp();
}

/**
 * The length of the body, if it is known. Of an encoded body the header counts the encoded bytes, and only a `basic`
 * response shows all of its headers.
 */
function announcedLength({ type, headers }: Response): number | undefined {
  if (type !== "basic" || contentEncoding(headers)) return undefined;
  return headerCount(headers, "content-length");
}

/** Cancels a body that nobody will read, which frees its connection. */
export async function dropBody(response: Response): Promise<void> {
  try {
    await bodyReader(response)?.cancel();
  } catch {
    // A body that cannot be read holds no connection.
  }
}
