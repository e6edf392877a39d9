import { linkState, TimeoutError } from "@np6-archives/client";
import { KeepError } from "@np6-archives/keep";
import { NotListedError } from "./failure.ts";
import type { FoundArchive, Sources } from "./find-archives.ts";

/** Larger mails are not held in memory: they are not shown, but can be saved. In bytes. */
export const MOST_HELD = 40 * 1024 * 1024;

/** The bytes of a mail. */
export interface MailBytes {
  readonly body: ReadableStream<Uint8Array>;
  readonly size: number | undefined;
  /** Whether they come from the kept copy. */
  readonly isKept: boolean;
}

/** Whether an archive's mail can be read: it is kept, or its link opens. */
export function canBeRead(archive: FoundArchive): boolean {
  return archive.kept !== undefined || linkState(archive) === "usable";
}

/**
 * The cache key for the copy of a mail that is shown: a kept copy must not be mixed up with NP6's, nor be found once it
 * is erased.
 */
export function copyKey({ id, kept }: FoundArchive): string {
  return `${id} ${kept?.sha256 ?? "of NP6"}`;
}

/**
 * The bytes of a mail: of the kept copy if it can be read, otherwise from its link.
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
      // A copy with wrong bytes throws after its last one.
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
 * A stream whose first bytes have come, or all of them if these are the last.
 *
 * @throws the error of the source if it fails before that.
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
 * Passes each chunk on when the next has come, and the last once the source has ended without an error: with all
 * announced bytes, an answer would count as complete.
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
 * Reads at most `most` bytes, and drops the rest.
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
