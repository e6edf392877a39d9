import { createWriteStream } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";

/** Writes a folder as a zip with one folder in it, named as the file is, as RFC 8493 asks for (section 4.2). */
export async function zipFolder(folder: string, path: string, signal?: AbortSignal): Promise<void> {
  const part = `${path}.zip-part`;
  const top = basename(path).replace(/\.zip$/i, "");
  const zip = new ZipFile();
  // It tells here of a file that cannot be read.
  zip.on("error", (error: Error) => (zip.outputStream as Readable).destroy(error));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const name = relative(folder, file).split(sep).join("/");
    zip.addFile(file, `${top}/${name}`, { mode: 0o100600 });
  }
  zip.end();
  try {
    await pipeline(zip.outputStream, createWriteStream(part, { mode: 0o600 }), { signal });
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
