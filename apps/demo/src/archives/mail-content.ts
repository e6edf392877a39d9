import { linkState, TimeoutError } from "@np6-archives/client";
import { KeepError } from "@np6-archives/keep";
import { NotListedError } from "./failure.ts";
import type { FoundArchive, Sources } from "./find-archives.ts";

/** Larger mails are not held here: nothing of them is shown, and they can be saved. In bytes. */
export const MOST_HELD = 40 * 1024 * 1024;

/** The bytes of a mail. */
export interface MailBytes {
  readonly body: ReadableStream<Uint8Array>;
  readonly size: number | undefined;
  /** Whether they are those of the copy that is kept. */
  readonly isKept: boolean;
}

/** Whether an archive's mail can be had: it is kept, or its link opens. */
export function canBeHad(archive: FoundArchive): boolean {
  return archive.kept !== undefined || linkState(archive) === "usable";
}

/** The copy of a mail that is shown, by a name: what is remembered of one is not true of another, nor once it is erased. */
export function copyOf({ id, kept }: FoundArchive): string {
  return `${id} ${kept?.sha256 ?? "of NP6"}`;
}

/**
 * The bytes of a mail: of the copy that is kept, else, or where that cannot be read, of what is behind its link.
 *
 * @throws KeepError when the copy cannot be read and there is no link that opens.
 * @throws whatever the client throws.
 */
export async function contentOf(
  { client, kept }: Sources,
  archive: FoundArchive,
  signal?: AbortSignal,
): Promise<MailBytes> {
  if (archive.kept !== undefined && kept !== undefined) {
    try {
      const bytes = kept.read(archive.kept);
      const { bytes: size } = archive.kept;
      // Bytes that are others than those that were stored are told at their end.
      const body = await begun(size > MOST_HELD ? bytes : whole(bytes));
      return { body, size, isKept: true };
    } catch (error) {
      if (client === undefined || linkState(archive) !== "usable") {
        const message = `Archive ${archive.id} cannot be read from the store; \`verify\` tells more.`;
        throw new KeepError(message, { cause: error });
      }
    }
  }
  if (client === undefined) throw new NotListedError();
  const { body, size } = await client.download(archive, { signal });
  return { body, size, isKept: false };
}

async function* whole(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  yield Buffer.concat(chunks);
}

/**
 * Bytes whose first ones are here, or all of them where these are the last.
 *
 * @throws whatever they end in before.
 */
export async function begun(bytes: AsyncIterable<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
  const chunks = heldBack(bytes);
  let first: IteratorResult<Uint8Array> | undefined = await chunks.next();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = first ?? (await chunks.next());
      first = undefined;
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

/**
 * Each piece once the next one is here, and the last once it is known that all are right: an answer that has as many
 * bytes as it said would count as whole.
 */
async function* heldBack(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined;
  for await (const chunk of bytes) {
    if (held !== undefined) yield held;
    held = chunk;
  }
  if (held !== undefined) yield held;
}

/**
 * Reads at most so many bytes, and cuts off what comes beyond.
 *
 * @throws TimeoutError when they take longer than `patience`, in milliseconds.
 */
export async function readUpTo(
  body: AsyncIterable<Uint8Array>,
  most: number,
  patience: number,
): Promise<{ bytes: Uint8Array; complete: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const end = performance.now() + patience;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (length > most) return { bytes: Buffer.concat(chunks, most), complete: false };
    if (performance.now() > end)
      throw new TimeoutError(`Of the mail only ${length} bytes came within ${patience} ms.`);
  }
  return { bytes: Buffer.concat(chunks, length), complete: true };
}
