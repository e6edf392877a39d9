import { createWriteStream } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";

/** The one folder in a zip, which is named as the file is, as RFC 8493 asks for (section 4.2). */
export function zipTop(path: string): string {
  return basename(path).replace(/\.zip$/i, "");
}

/** Writes a folder as a zip. A failure leaves an incomplete one. */
export async function zipFolder(folder: string, path: string, signal?: AbortSignal): Promise<void> {
  const zip = new ZipFile();
  // A file that cannot be read is reported here.
  zip.on("error", (error: Error) => (zip.outputStream as Readable).destroy(error));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const name = relative(folder, file).split(sep).join("/");
    zip.addFile(file, `${zipTop(path)}/${name}`, { mode: 0o100600 });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path, { mode: 0o600 }), { signal });
}
