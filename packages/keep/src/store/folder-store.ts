import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import {
  constants,
  link,
  lstat,
  mkdir,
  open,
  opendir,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
} from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { dataFlushed, flushed } from "./flushed.ts";
import { NoFileError, hashOf } from "./store.ts";
import type { Store, Stored } from "./store.ts";
import { isPart, writeWhole } from "./whole-file.ts";

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** Where mails are until they are complete, those of each process in a folder of its own. */
const PARTS = "mails/.part";
/** The only folders with unfinished files. */
const PART_FOLDERS = [".", "runs", PARTS];
/** How many bytes are collected before they are written: one call to the system for a usual mail. */
const WRITE_AT = 1 << 20;

/** A store in a folder, which machines may share. It is made when it is not there. */
export function openFolder(root: string): Store {
  const made = new Set<string>();
  const unsynced = new Set<string>();
  let count = 0;
  /** For this process alone: others may share the folder. */
  const parts = `${PARTS}/${randomUUID()}.part`;

  const read = (path: string) => readStored(join(root, path), path);

  async function folderOf(path: string): Promise<void> {
    const folder = dirname(path);
    if (made.has(folder)) return;
    await mkdir(join(root, folder), { recursive: true, mode: FOLDER_MODE });
    made.add(folder);
    unsyncedAbove(folder);
  }

  function unsyncedAbove(path: string): void {
    for (let above = path; above !== ".";) {
      above = dirname(above);
      unsynced.add(above);
    }
  }

  async function flush(): Promise<void> {
    const folders = [...unsynced];
    unsynced.clear();
    await Promise.all(folders.map((folder) => syncFolder(join(root, folder))));
  }

  /** A file that another process placed, and may have had no time to make durable. */
  async function adopt(path: string): Promise<Stored> {
    const facts = await hashOf(read(path));
    unsyncedAbove(path);
    return facts;
  }

  async function put(path: string, body: AsyncIterable<Uint8Array>): Promise<Stored> {
    await folderOf(path);
    if (count === 0) await mkdir(join(root, parts), { recursive: true, mode: FOLDER_MODE });
    count += 1;
    const part = join(root, parts, String(count));
    const file = await open(part, "wx", FILE_MODE);
    try {
      const facts = await write(file, body).finally(() => file.close());
      if (!(await place(part, join(root, path)))) return await adopt(path);
      unsynced.add(dirname(path));
      return facts;
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }

  const has = (path: string) => unlessAbsent(isFile(join(root, path), path), false);

  return {
    put,
    look: (path) => unlessAbsent(adopt(path), undefined),
    has,
    flush,
    read,
    remove: (path) => rm(join(root, path), { force: true }),
    list: (folder) => files(root, folder),
    names: async () => (await readdir(root)).filter((name) => !isPart(name)),
    async write(path, lines) {
      const sha256 = await writeWhole(join(root, path), lines);
      // Or a ledger that is durable could tell of a file that a loss of power took back.
      unsyncedAbove(path);
      await flush();
      return sha256;
    },
    async sweep() {
      for (const folder of PART_FOLDERS) {
        const names = await unlessAbsent(readdir(join(root, folder)), []);
        for (const name of names.filter(isPart)) {
          await rm(join(root, folder, name), { recursive: true, force: true });
        }
      }
      await rmdir(join(root, PARTS)).catch(() => {});
    },
    async close() {
      await rm(join(root, parts), { recursive: true, force: true });
      // Fails if other processes still have theirs there.
      await rmdir(join(root, PARTS)).catch(() => {});
    },
  };
}

async function write(file: FileHandle, body: AsyncIterable<Uint8Array>): Promise<Stored> {
  const hash = createHash("sha256");
  let bytes = 0;
  let chunks: Uint8Array[] = [];
  let waiting = 0;
  const drain = async () => {
    const whole = chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
    chunks = [];
    waiting = 0;
    hash.update(whole);
    await file.writeFile(whole);
  };
  for await (const chunk of body) {
    chunks.push(chunk);
    waiting += chunk.length;
    bytes += chunk.length;
    if (waiting >= WRITE_AT) await drain();
  }
  await drain();
  await dataFlushed(file.fd);
  return { bytes, sha256: hash.digest("hex") };
}

/** Error codes of a file system without hard links, or without them between some of its folders. */
const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK", "EXDEV"]);

/**
 * Moves a complete file to its path, unless that is taken: a hard link does not overwrite what is there, as a rename
 * would.
 */
async function place(part: string, path: string): Promise<boolean> {
  try {
    await link(part, path);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const taken = await stat(path).then(
      () => true,
      () => false,
    );
    if (taken) {
      await unlink(part);
      return false;
    }
    if (!NO_LINKS.has(code)) throw error;
    await rename(part, path);
    return true;
  }
  await unlink(part);
  return true;
}

/** Opened only when it is read, so that its errors reach the reader. */
async function* readStored(path: string, name: string): AsyncGenerator<Uint8Array> {
  await isFile(path, name);
  for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
}

/**
 * Rejects for anything but a regular file: a folder cannot be read, reading a pipe could wait for ever, and a symbolic
 * link leads out of the store.
 */
async function isFile(path: string, name: string): Promise<true> {
  if ((await lstat(path)).isFile()) return true;
  throw new NoFileError(`${name} is no file.`);
}

/** A new name is durable once its folder is flushed. Windows cannot flush a folder. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, constants.O_RDONLY);
  try {
    await flushed(folder.fd);
  } finally {
    await folder.close();
  }
}

async function* files(root: string, folder: string): AsyncGenerator<string> {
  const entries = await unlessAbsent(opendir(join(root, folder)), undefined);
  for await (const entry of entries ?? []) {
    const path = `${folder}/${entry.name}`;
    if (isPart(path) && PART_FOLDERS.includes(folder)) continue;
    if (entry.isDirectory()) yield* files(root, path);
    else yield path;
  }
}

async function unlessAbsent<Value, None>(asked: Promise<Value>, none: None): Promise<Value | None> {
  try {
    return await asked;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    // ENOTDIR: a file where a folder should be has nothing in it.
    if (code === "ENOENT" || code === "ENOTDIR") return none;
    throw error;
  }
}
