import { existsSync, statSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { lockStore } from "./ledger/lock.ts";
import { openLedger } from "./ledger/sqlite-ledger.ts";
import type { SqliteLedger } from "./ledger/sqlite-ledger.ts";
import { removeParts } from "./report/run-files.ts";
import { openFolder } from "./store/folder-store.ts";
import type { Store } from "./store/store.ts";
import { KeepError, invalid } from "./words/keep-error.ts";
import { unwritable } from "./words/store-failures.ts";

/** Where mails are kept, and what is known of them. */
export interface StoreOptions {
  /** The folder of the store. */
  store: string;
  /** The ledger's SQLite file. Default: `ledger.sqlite` in the store. */
  ledger?: string | undefined;
}

/** A store that is open. */
export interface OpenStore {
  root: string;
  ledger: SqliteLedger;
}

const LOCK_FILE = ".lock";

/** Opens a store to read, also while a run goes on. @throws KeepError when there is none. */
export function readStore(options: StoreOptions): OpenStore {
  const { root, path } = placesOf(options);
  if (!existsSync(root)) throw invalid("--store", "a folder with a store", options.store);
  return { root, ledger: openLedger(path, { readOnly: true }) };
}

/** A store that is this process' alone. */
export interface TakenStore extends OpenStore {
  files: Store;
  /** The paths of ledger and lock from the store on. SQLite puts files of its own beside them. */
  databases: string[];
  release: () => Promise<void>;
}

/**
 * Opens a store for this process alone, and makes it when it is to be.
 *
 * @throws KeepError when it is in use, and UnwritableError when it can not be written.
 */
export async function takeStore(
  options: StoreOptions,
  { make }: { make: boolean },
): Promise<TakenStore> {
  try {
    return await take(options, make);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTDIR")
      throw invalid("--store", "a folder, or a path that can be one", options.store);
    throw unwritable(error, false) ?? error;
  }
}

async function take(options: StoreOptions, make: boolean): Promise<TakenStore> {
  const { root, path } = placesOf(options);
  if (!make) readStore(options).ledger.close();
  else if (!existsSync(root)) {
    await mkdir(root, { recursive: true, mode: 0o700 });
    await chmod(root, 0o700);
  } else if (!statSync(root).isDirectory()) {
    throw invalid("--store", "a folder", options.store);
  }
  const unlock = lockStore(join(root, LOCK_FILE));
  try {
    await removeParts(root);
    const ledger = openLedger(path);
    const files = await openFolder(root);
    return {
      root,
      databases: [LOCK_FILE, relative(root, path)],
      ledger,
      files,
      async release() {
        await files.close().catch(() => {});
        ledger.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

function placesOf({ store, ledger }: StoreOptions): { root: string; path: string } {
  if (typeof store !== "string" || store.trim() === "") throw invalid("--store", "a folder", store);
  if (/^[a-z]+:\/\//i.test(store)) throw invalid("--store", "a folder of this machine", store);
  if (ledger !== undefined && /^[a-z]+:\/\//i.test(ledger)) {
    throw new KeepError("--ledger: expected an SQLite file, got an address.");
  }
  const root = resolve(store);
  return { root, path: ledger === undefined ? join(root, "ledger.sqlite") : resolve(ledger) };
}
