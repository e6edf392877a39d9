import { invalid } from "../errors/invalid.ts";
import { contentEncoding, headerValue } from "../headers/header-value.ts";
import type { Answer } from "./received-answer.ts";

/** Takes a body piece by piece. */
export interface BodyReader {
  /** The next piece; without a value when nothing more comes. */
  read(): Promise<{ value?: Uint8Array | undefined }>;
  /** Gives up what has not been read, and with it the connection. */
  cancel(reason?: unknown): unknown;
}

/** A body as some fetches give it that are older than web streams, node-fetch among them: a stream of Node's. */
interface NodeBody extends AsyncIterable<Uint8Array> {
  destroy?: () => void;
}

/**
 * A reader of the body, or undefined where there is none.
 *
 * @throws TypeError for a body that is no stream: the caller's own fetch made it.
 */
export function bodyReader(response: Response): BodyReader | undefined {
  const body: unknown = response.body ?? undefined;
  if (body === undefined) return undefined;
  if (isWebStream(body)) return body.getReader();
  if (!isNodeBody(body)) throw invalid("the body of what fetch gave", "a stream", body);
  const pieces = body[Symbol.asyncIterator]();
  return {
    read: async () => (await pieces.next()) as { value?: Uint8Array },
    cancel: () => body.destroy?.(),
  };
}

const isWebStream = (body: unknown): body is ReadableStream<Uint8Array> =>
  typeof (body as ReadableStream).getReader === "function";

const isNodeBody = (body: unknown): body is NodeBody =>
  typeof (body as NodeBody)[Symbol.asyncIterator] === "function";

/**
 * Reads the text of a body into the answer, at most `most` bytes of it, and tells how many that were. The rest is given
 * up, and so is what is missing when `signal` aborts.
 *
 * @throws what the runtime throws when the body breaks off. What came before that is in the answer.
 */
export async function readBody(
  answer: Answer,
  reader: BodyReader | undefined,
  most: number,
  signal?: AbortSignal,
): Promise<number> {
  if (reader === undefined) return 0;
  const stop = async () => reader.cancel();
  const giveUp = () => void stop().catch(() => {});
  signal?.addEventListener("abort", giveUp);
  const length = announcedLength(answer.received);
  const decoder = new TextDecoder();
  let size = 0;
  while (size < most) {
    const { value } = await reader.read();
    // All of it came at once. To read on until the stream ends brings nothing and costs a fast call a tenth more: Node
    // then writes its resource timing.
    const isLast = value === undefined || String(value.length) === length;
    answer.text += decoder.decode(value?.subarray(0, most - size), { stream: !isLast });
    size += value?.length ?? 0;
    if (isLast) return size;
  }
  giveUp();
  return size;
}

/**
 * The bytes that are to come, if that is known. An encoded body is longer when it is here, and only a `basic` response
 * shows all of its headers.
 */
function announcedLength({ type, headers }: Response): string | undefined {
  const known = type === "basic" && contentEncoding(headers) === undefined;
  return known ? headerValue(headers, "content-length") : undefined;
}

/** Gives up the body of a response that nobody will read, and with it the connection. */
export function dropBody({ body }: Response): void {
  if (!body) return;
  if (isWebStream(body)) void body.cancel().catch(() => {});
  else (body as NodeBody).destroy?.();
}
