import { existsSync, statSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { lockStore } from "./ledger/lock.ts";
import { openLedger } from "./ledger/sqlite-ledger.ts";
import type { SqliteLedger } from "./ledger/sqlite-ledger.ts";
import { openFolder } from "./store/folder-store.ts";
import type { Store } from "./store/store.ts";
import { KeepError, invalid } from "./words/keep-error.ts";

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

/** Opens a store for this process alone, and makes it when it is to be. @throws KeepError when it is in use. */
export async function takeStore(
  options: StoreOptions,
  { make }: { make: boolean },
): Promise<OpenStore & { files: Store; release: () => Promise<void> }> {
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
    const ledger = openLedger(path);
    const files = await openFolder(root);
    return {
      root,
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
    throw new KeepError("Expected --ledger to be an SQLite file, got an address.");
  }
  const root = resolve(store);
  return { root, path: ledger === undefined ? join(root, "ledger.sqlite") : resolve(ledger) };
}
