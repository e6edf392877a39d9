import { createHash, randomUUID } from "node:crypto";
import { fdatasync } from "node:fs";
import type { Stats } from "node:fs";
import { open, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { promisify } from "node:util";
import type { MailArchive } from "@np6-archives/spec";
import type { ArchivesClient } from "../client.ts";
import { invalid } from "../errors/invalid.ts";
import type { DownloadOptions } from "../mail/open-mail.ts";
import { replaceFile } from "./replace-file.ts";

/** A mail on disk. */
export interface SavedMail {
  /** The path, as it was given. */
  path: string;
  /** How many bytes the file has. */
  bytes: number;
  /** The SHA-256 of the file, in hex. */
  sha256: string;
}

/** By the file descriptor: under Yarn's Plug'n'Play a FileHandle has no `datasync`. */
const flushed = promisify(fdatasync);

/** Bytes to gather before a write, so that most mails take a single one. */
const GATHERED = 512 * 1024;

/**
 * Downloads the mail of an archive to the file `path`, all of it or nothing: it is written beside `path` under a short
 * temporary name, checked against size and MD5 where the storage sends them, flushed to the disk, and then renamed. A
 * file that is there already is replaced by that rename, which keeps its mode; it is left as it is when the save fails.
 * A relative path is resolved against the working directory at the time of the call.
 *
 * Memory stays flat however long the mail. Rejects with TypeError for a path that is no file's, before anything is
 * sent, as `download` and its reading do, or with the error of the file system. Errors while cleaning up are not
 * reported.
 */
export async function saveMail(
  client: Pick<ArchivesClient, "download">,
  archive: MailArchive,
  path: string,
  options: DownloadOptions = {},
): Promise<SavedMail> {
  if (!isFilePath(path)) throw invalid("path", "the path of a file", path);
  if (typeof client?.download !== "function") {
    throw invalid("client", "an ArchivesClient", client);
  }
  const target = resolve(path);
  // Checked now: the rename at the end would put a file in the place of a device, or of a link to a folder.
  if ((await found(target))?.isFile() === false) throw invalid("path", "the path of a file", path);
  const part = join(dirname(target), `.np6-${randomUUID()}.part`);
  const mail = await client.download(archive, options);
  let file: FileHandle | undefined;
  try {
    file = await open(part, "wx");
    const written = await write(mail.body, file);
    await keepMode(target, file);
    await flushed(file.fd);
    await file.close();
    await replaceFile(part, target);
    return { path, ...written };
  } catch (error) {
    // The first error is the one to report, whatever the cleaning up brings.
    await Promise.allSettled([mail.body.cancel(), file?.close()]);
    if (file !== undefined) await rm(part, { force: true }).catch(() => {});
    throw error;
  }
}

/** What ends in a separator, or in a name of dots alone, is a folder's path, but `resolve` would make it a file's. */
function isFilePath(path: string): boolean {
  if (typeof path !== "string" || path.includes("\0")) return false;
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf(sep)) + 1);
  return !/^\.{0,2}$/.test(name);
}

async function write(
  body: ReadableStream<Uint8Array>,
  file: FileHandle,
): Promise<{ bytes: number; sha256: string }> {
  const sha256 = createHash("sha256");
  let bytes = 0;
  let gathered: Uint8Array[] = [];
  let size = 0;
  const flush = async () => {
    const { bytesWritten } = await file.writev(gathered);
    // A full disk takes only a part; writing the rest gives the error.
    if (bytesWritten < size) await file.writeFile(Buffer.concat(gathered).subarray(bytesWritten));
    gathered = [];
    size = 0;
  };
  for await (const chunk of body) {
    gathered.push(chunk);
    sha256.update(chunk);
    size += chunk.length;
    bytes += chunk.length;
    if (size >= GATHERED) await flush();
  }
  if (size > 0) await flush();
  return { bytes, sha256: sha256.digest("hex") };
}

/** Gives the new file the mode of the one that it replaces. */
async function keepMode(target: string, file: FileHandle): Promise<void> {
  const there = await found(target);
  if (there) await file.chmod(there.mode & 0o7777);
}

/** What is at a path, links followed. Mostly nothing; any other trouble shows when the file is renamed. */
function found(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}
