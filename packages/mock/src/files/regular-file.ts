import { readFile, stat } from "node:fs/promises";

/**
 * The bytes of a file. A pipe or a device is refused: reading one may never end, and the process could not end before.
 *
 * Rejects with an Error whose `code` says why it cannot be read.
 */
export async function readRegularFile(path: string | Buffer | URL): Promise<Buffer> {
  const found = await stat(path);
  // What reading a folder rejects with is the best that there is to say of it.
  if (found.isFile() || found.isDirectory()) return readFile(path);
  throw Object.assign(new Error("Expected a regular file."), { code: "it is no regular file" });
}
