import { createHash, randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { MailArchive } from "@np6-archives/spec";
import type { ArchivesClient } from "./client.ts";
import type { DownloadOptions } from "./mail/download.ts";

/** A mail on disk. */
export interface SavedMail {
  /** The path, as it was given. */
  path: string;
  /** How many bytes the file has. */
  bytes: number;
  /** The SHA-256 of the file, in hex. */
  sha256: string;
}

/**
 * Downloads the mail of an archive to the file `path`, all of it or nothing: it is written beside `path` under a name
 * of its own, checked against size and MD5 where the storage sends them, flushed to the disk, and then renamed. A file
 * that is there already is replaced by that rename, or left as it is when the save fails.
 *
 * Memory stays flat however long the mail. Rejects as `download` and its reading do, or with the error of the file
 * system.
 */
export async function saveMail(
  client: Pick<ArchivesClient, "download">,
  archive: MailArchive,
  path: string,
  options: DownloadOptions = {},
): Promise<SavedMail> {
  const mail = await client.download(archive, options);
  const part = join(dirname(path), `.${basename(path)}.${randomUUID()}.part`);
  const sha256 = createHash("sha256");
  let bytes = 0;
  try {
    const file = await open(part, "wx");
    try {
      for await (const chunk of mail.body) {
        sha256.update(chunk);
        bytes += chunk.length;
        await file.writeFile(chunk);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await mail.body.cancel().catch(() => {});
    await rm(part, { force: true });
    throw error;
  }
  return { path, bytes, sha256: sha256.digest("hex") };
}
