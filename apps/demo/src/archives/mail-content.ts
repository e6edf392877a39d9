import { Readable } from "node:stream";
import type { FoundArchive, Sources } from "./archive-search.ts";
import { NotListedError } from "./failure.ts";

/**
 * The bytes of a mail: of the copy that is kept, else of what is behind its link.
 *
 * @throws whatever the client throws, or the store.
 */
export async function contentOf(
  { client, kept }: Sources,
  archive: FoundArchive,
  signal?: AbortSignal,
): Promise<{ body: ReadableStream<Uint8Array>; size: number | undefined }> {
  if (archive.kept !== undefined && kept !== undefined) {
    const body = Readable.toWeb(Readable.from(kept.read(archive.kept)));
    return { body: body as ReadableStream<Uint8Array>, size: archive.kept.bytes };
  }
  if (client === undefined) throw new NotListedError();
  return client.download(archive, { signal });
}

/** Reads at most so many bytes, and cuts off what comes beyond. */
export async function readUpTo(
  body: AsyncIterable<Uint8Array>,
  most: number,
): Promise<{ bytes: Uint8Array; complete: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (length > most) return { bytes: Buffer.concat(chunks, most), complete: false };
  }
  return { bytes: Buffer.concat(chunks, length), complete: true };
}
