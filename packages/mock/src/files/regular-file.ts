import { readFile, stat } from "node:fs/promises";

/**
 * The bytes of a file. A pipe or a device is refused: reading one may never end, and would keep the process from
 * ending.
 */
export async function readRegularFile(path: string | Buffer | URL): Promise<Buffer> {
  const found = await stat(path);
  // For a folder, the error of reading it says it best.
  if (found.isFile() || found.isDirectory()) return readFile(path);
  throw Object.assign(new Error("Expected a regular file."), { code: "it is no regular file" });
}
