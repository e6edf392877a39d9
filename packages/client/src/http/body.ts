import { kindOf, sentence } from "../errors/invalid.ts";
import { contentEncoding, headerCount } from "../headers/header-value.ts";
import type { Answer } from "./received-answer.ts";

/** Takes a body piece by piece. */
export interface BodyReader {
  /** The next piece, or undefined when nothing more comes. */
  read(): Promise<Uint8Array | undefined>;
  /** Gives up what has not been read, and with it the connection. Never rejects: a body may have ended by itself. */
  cancel(reason?: unknown): Promise<void>;
}

/** No bytes can be had of a body, or of a piece of it: the caller's own fetch made it, and would do so again. */
export class NoBytesError extends TypeError {
  constructor(expected: string, came: unknown) {
    super(sentence("the body of what fetch gave", expected, came));
  }
}

/**
 * A body as fetches give it: a web stream, or one of Node's from those that are older, node-fetch among them. Its pieces
 * are bytes, or texts from a Node stream with an encoding; from a test's own stream they may be anything.
 */
interface Body extends Partial<AsyncIterable<unknown>> {
  locked?: boolean;
  getReader?: () => ReadableStreamDefaultReader<unknown>;
  destroy?: () => void;
}

/**
 * A reader of the body, or undefined where there is none.
 *
 * @throws NoBytesError for a body that cannot be read, or that somebody reads already.
 */
export function bodyReader(response: Response): BodyReader | undefined {
  const body = response.body as Body | null | undefined;
  if (body === null) return undefined;
  if (response.bodyUsed || body?.locked) throw new NoBytesError("one that nobody has read", body);
  const reader = body?.getReader?.();
  // Some fetches show no stream, React Native's among them, and neither do many doubles.
  const give: Give | undefined = response.arrayBuffer ?? response.text;
  const pieces = reader
    ? { next: () => reader.read() }
    : (body?.[Symbol.asyncIterator]?.() ?? (give && whole(give.bind(response))));
  if (pieces === undefined) throw new NoBytesError("a stream", body);
  return {
    async read() {
      const { done, value }: IteratorResult<unknown> = await pieces.next();
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
        // It had ended by itself.
      }
    },
  };
}

type Give = () => Promise<unknown>;

/** A body in one piece. */
async function* whole(give: Give): AsyncGenerator {
  yield give();
}

/** Of this realm or another. */
function isBytes(value: unknown): value is ArrayBuffer | string {
  return typeof value === "string" || kindOf(value) === "ArrayBuffer";
}

/** The bytes of what a Response can be made of. */
export async function bytesOf(
  body: ReadableStream | ArrayBuffer | string,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(body).arrayBuffer());
}

/**
 * Reads the text of a body into the answer, at most `most` bytes of it. The rest is given up, and so is what is missing
 * when `signal` aborts, also where the fetch did not heed it.
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
    // All of it came at once. To read on until the stream ends brings nothing and costs a fast call a tenth more: Node
    // then writes its resource timing.
    const isLast = value === undefined || value.length === length;
    answer.text += decoder.decode(value?.subarray(0, most - answer.size), { stream: !isLast });
    answer.size += value?.length ?? 0;
    // Node holds the signal until a body is at its end, and with the signal what listens to it: here, the body.
    if (isLast) return signal.removeEventListener("abort", giveUp);
  }
  giveUp();
}

/**
 * The bytes that are to come, if that is known. An encoded body is longer when it is here, and only a `basic` response
 * shows all of its headers.
 */
function announcedLength({ type, headers }: Response): number | undefined {
  if (type !== "basic" || contentEncoding(headers)) return undefined;
  return headerCount(headers, "content-length");
}

/** Gives up the body of a response that nobody will read, and with it the connection. */
export async function dropBody(response: Response): Promise<void> {
  try {
    await bodyReader(response)?.cancel();
  } catch {
    // What cannot be read holds nothing.
  }
}
