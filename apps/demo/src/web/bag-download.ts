import { mkdtempSync, rmSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";

/** Writes a zip of all that is kept of a target to a path, until the signal aborts. */
export type WriteBag = (target: string, path: string, signal: AbortSignal) => Promise<unknown>;

const REMOVE = { recursive: true, force: true, maxRetries: 3 } as const;

/** The folders of bags that are being written. */
const folders = new Set<string>();

// The viewer does not wait for bags when it is stopped.
process.on("exit", () => {
  for (const folder of folders) rmSync(folder, REMOVE);
});

/**
 * The bytes of a target's bag. Its file is deleted once it is open, so it disappears when it is closed, however the
 * viewer ends.
 *
 * @throws whatever `write` throws.
 */
export async function openBag(
  write: WriteBag,
  target: string,
  signal: AbortSignal,
): Promise<{ body: ReadableStream<Uint8Array>; size: number }> {
  // Synchronous: an exit while it is being made would leave it behind.
  const folder = mkdtempSync(join(tmpdir(), "np6-bag-"));
  folders.add(folder);
  try {
    const path = join(folder, "bag.zip");
    await write(target, path, signal);
    const file = await open(path);
    const { size } = await file.stat();
    return { body: Readable.toWeb(file.createReadStream()) as ReadableStream<Uint8Array>, size };
  } finally {
    await rm(folder, REMOVE);
    folders.delete(folder);
  }
}
