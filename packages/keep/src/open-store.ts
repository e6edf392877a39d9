import { existsSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Ledger } from "./ledger/ledger.ts";
import { openPostgresLedger } from "./ledger/postgres-ledger.ts";
import { openDatabase } from "./ledger/postgres.ts";
import type { Patience } from "./ledger/postgres.ts";
import { openLedger } from "./ledger/sqlite-ledger.ts";
import { lockStore } from "./ledger/store-lock.ts";
import { localPace } from "./pace/local-pace.ts";
import type { Pace } from "./pace/pace.ts";
import { takeDatabase } from "./queue/take-database.ts";
import type { Leading, ToShare } from "./queue/take-database.ts";
import { STORE_ID_FILE, bindStore, expectStore } from "./report/bound-store.ts";
import type { Asking } from "./run/askings.ts";
import { LOCK_FILE, placesOf } from "./store-places.ts";
import type { StoreOptions } from "./store-places.ts";
import { openContainer } from "./store/azure-store.ts";
import { openFolder } from "./store/folder-store.ts";
import type { Store } from "./store/store.ts";
import { KeepError, invalid } from "./words/keep-error.ts";
import { damaged, unwritable } from "./words/store-failures.ts";

/** A store that is open. */
export interface OpenStore {
  ledger: Ledger;
  files: Store;
  close: () => Promise<void>;
}

/** Opens a store to read, also while a run goes on. Rejects with KeepError when there is none, or not the ledger's. */
export async function readStore(
  options: StoreOptions,
  patience: Patience = {},
): Promise<OpenStore> {
  const { root, ledgerFile, isInside, database } = placesOf(options);
  if (root !== undefined && !existsSync(root)) {
    throw invalid("--store", "a folder with a store", options.store);
  }
  const isElsewhere = isInside && existsSync(join(root ?? "", STORE_ID_FILE));
  if (isElsewhere && !existsSync(ledgerFile)) {
    throw new KeepError(
      `${options.store}: expected a store with its ledger, or --ledger, got one whose ledger lies elsewhere.`,
    );
  }
  const files = root === undefined ? await openContainer(options.store) : openFolder(root);
  const db = database === undefined ? undefined : await openDatabase(database, patience);
  let ledger: Ledger | undefined;
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= (async () => (db ?? ledger)?.close())());
  try {
    ledger = db
      ? await openPostgresLedger(db, { readOnly: true })
      : openLedger(ledgerFile, { readOnly: true });
    await expectStore(ledger, files, isInside);
    return { ledger, files, close };
  } catch (error) {
    await close();
    throw damaged(error) ?? error;
  }
}

/** A store that this process has for itself, or in which it leads the others. */
export interface TakenStore extends Omit<OpenStore, "close"> {
  /** The pace of all processes together. */
  pace: (rate: number) => Promise<Pace>;
  /** The askings for this process; the others take the rest. */
  share: (all: ToShare) => AsyncIterable<Asking>;
  /** Resolves when no other process works any more, or after 10 s. */
  othersLeave: () => Promise<void>;
  release: () => Promise<void>;
}

/** How a store is taken. */
interface Taking extends Leading {
  /** Make it where there is none. */
  make: boolean;
}

/**
 * Opens a store for this process alone, and makes it if asked to. Rejects with KeepError when it is in use, and with
 * UnwritableError when it cannot be written.
 */
export async function takeStore(options: StoreOptions, taking: Taking): Promise<TakenStore> {
  try {
    return await take(options, taking);
  } catch (error) {
    throw unwritable(error, false) ?? damaged(error) ?? error;
  }
}

async function take(options: StoreOptions, taking: Taking): Promise<TakenStore> {
  const { root, ledgerFile, isInside, database } = placesOf(options);
  if (!taking.make) await readStore(options, taking).then(({ close }) => close());
  const files = await makeStore(options, root);
  if (database !== undefined) {
    const shared = await takeDatabase(database, files, taking);
    return { files, ...shared };
  }
  if (!existsSync(dirname(ledgerFile))) {
    throw invalid("--ledger", "a file in a folder that is there", options.ledger);
  }
  const locks: (() => void)[] = [];
  const unlock = () => {
    for (const letGo of locks) letGo();
  };
  try {
    if (root !== undefined) locks.push(lockStore(join(root, LOCK_FILE)));
    // Two stores may be given the same ledger.
    if (!isInside) locks.push(lockStore(`${ledgerFile}.lock`, "--ledger"));
    await files.sweep();
    const ledger = openLedger(ledgerFile);
    const bound = isInside ? expectStore(ledger, files, isInside) : bindStore(ledger, files);
    await bound.catch(async (error: unknown) => {
      await ledger.close();
      throw error;
    });
    return {
      ledger,
      files,
      pace: (rate) => Promise.resolve(localPace(rate, ledger)),
      share: ({ askings }) => askings(),
      othersLeave: () => Promise.resolve(),
      async release() {
        await files.close().catch(() => {});
        await ledger.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    if (isNoPlace(error)) {
      throw invalid("--ledger", "a file, or a path that can be one", options.ledger ?? ledgerFile);
    }
    throw error;
  }
}

/** The error codes of a path at which nothing can be. */
const NO_PLACE = new Set(["ELOOP", "ENAMETOOLONG", "ENOENT", "ENOTDIR"]);

function isNoPlace(error: unknown): boolean {
  return NO_PLACE.has((error as NodeJS.ErrnoException).code ?? "");
}

/** Opens the store to write, and makes it where there is none. */
export async function makeStore(options: StoreOptions, root: string | undefined): Promise<Store> {
  if (root === undefined) return openContainer(options.store, { make: true });
  if (!existsSync(root)) {
    await mkdir(root, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      if (!isNoPlace(error)) throw error;
      throw invalid("--store", "a folder, or a path that can be one", options.store);
    });
  } else if (!statSync(root).isDirectory()) {
    throw invalid("--store", "a folder", options.store);
  }
  return openFolder(root);
}
