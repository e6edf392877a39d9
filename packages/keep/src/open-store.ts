import { existsSync, realpathSync, statSync } from "node:fs";
import { chmod, mkdir } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
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
import { RUNS, TABLES } from "./report/run-files.ts";
import type { Asking } from "./run/askings.ts";
import { openContainer } from "./store/azure-store.ts";
import { openFolder } from "./store/folder-store.ts";
import type { Store } from "./store/store.ts";
import { isPart } from "./store/whole-file.ts";
import { KeepError, invalid } from "./words/keep-error.ts";
import { expectOptions } from "./words/option-values.ts";
import { damaged, unwritable } from "./words/store-failures.ts";

/** Where mails are kept, and what is known of them. */
export interface StoreOptions {
  /**
   * A folder, or `azure://CONTAINER[/PREFIX]` with the account in `AZURE_STORAGE_CONNECTION_STRING`, which needs the
   * package `@azure/storage-blob`.
   */
  store: string;
  /**
   * An SQLite file, or `postgres://...` for several machines, which needs the packages `pg` and `pg-boss`. Default:
   * `ledger.sqlite` in the store, if that is a folder.
   */
  ledger?: string | undefined;
}

/** A store that is open. */
export interface OpenStore {
  ledger: Ledger;
  files: Store;
  close: () => Promise<void>;
}

const LOCK_FILE = ".lock";
export const OWN_FOLDERS = ["mails", RUNS];
/** SQLite has a journal beside the lock while it is taken. */
export const OWN_FILES = [...TABLES, LOCK_FILE, `${LOCK_FILE}-journal`];
/** What lies in a store beside its ledger. */
const OWN_NAMES = new Set([...OWN_FOLDERS, ...OWN_FILES, STORE_ID_FILE]);
const IS_ADDRESS = /^[a-z][a-z\d+.-]*:\/\//i;
const IS_POSTGRES = /^postgres(ql)?:\/\//i;

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

/** A store that is this process' alone, or that this process leads the others in. */
export interface TakenStore extends Omit<OpenStore, "close"> {
  /** The pace of all. */
  pace: (rate: number) => Promise<Pace>;
  /** What is to be asked by this process; the others ask the rest. */
  share: (all: ToShare) => Promise<AsyncIterable<Asking>>;
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
 * Opens a store for this process alone, and makes it when it is to be. Rejects with KeepError when it is in use, and
 * with UnwritableError when it cannot be written.
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
    // Two stores may be given one ledger.
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
      share: ({ askings }) => Promise.resolve(askings()),
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

/** What a file system says of a path that can lead to nothing. */
const NO_PLACE = new Set(["ELOOP", "ENAMETOOLONG", "ENOENT", "ENOTDIR"]);

function isNoPlace(error: unknown): boolean {
  return NO_PLACE.has((error as NodeJS.ErrnoException).code ?? "");
}

/** Opens the store to write, and makes it where there is none. */
export async function makeStore(
  options: StoreOptions,
  root = placesOf(options).root,
): Promise<Store> {
  if (root === undefined) return openContainer(options.store, { make: true });
  if (!existsSync(root)) {
    await mkdir(root, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
      if (!isNoPlace(error)) throw error;
      throw invalid("--store", "a folder, or a path that can be one", options.store);
    });
    await chmod(root, 0o700);
  } else if (!statSync(root).isDirectory()) {
    throw invalid("--store", "a folder", options.store);
  }
  return openFolder(root);
}

/** Where a store and its ledger are. */
interface Places {
  /** The folder; undefined for a container. */
  root: string | undefined;
  ledgerFile: string;
  /** Whether that lies in the folder, as it is or as it is named. */
  isInside: boolean;
  /** The address of the ledger's database, if it is in one. */
  database: string | undefined;
  /** The paths of the ledger from the store on: as it is, and as it is named. */
  within: string[];
}

/**
 * @throws KeepError for what is neither, and for a ledger where the store has a file of its own, or in the folder of
 * another store.
 */
export function placesOf(options: StoreOptions): Places {
  expectOptions(options);
  const { store, ledger } = options;
  const either = "a folder or azure://CONTAINER[/PREFIX]";
  const file = "an SQLite file or postgres://...";
  if (typeof store !== "string" || store.trim() === "") throw invalid("--store", either, store);
  if (ledger !== undefined && typeof ledger !== "string") throw invalid("--ledger", file, ledger);
  const isContainer = /^azure:/i.test(store);
  if (!isContainer && IS_ADDRESS.test(store)) throw invalid("--store", either, store);
  const root = isContainer ? undefined : resolve(store);
  if (ledger !== undefined && IS_POSTGRES.test(ledger)) {
    return { root, ledgerFile: "", isInside: false, database: ledger, within: [] };
  }
  // An address may have a password, so it is not told.
  if (ledger !== undefined && IS_ADDRESS.test(ledger)) {
    throw new KeepError(`--ledger: expected ${file}, got another address.`);
  }
  if (ledger === undefined && root === undefined) {
    throw new KeepError(`--ledger: expected ${file} for this store, got none.`);
  }
  const ledgerFile = ledger === undefined ? join(root ?? "", "ledger.sqlite") : resolve(ledger);
  if (ledger?.trim() === "" || isFolder(ledgerFile))
    throw invalid("--ledger", file, ledger ?? ledgerFile);
  const real = realPath(ledgerFile);
  const within =
    root === undefined ? [] : [relative(realPath(root), real), relative(root, ledgerFile)];
  const [isThere = false, isNamedThere = false] = within.map(isBelow);
  // A link to a faster disk, say, is in the store all the same.
  const isInside = isThere || isNamedThere;
  if (!isThere && isStore(dirname(real))) {
    throw invalid("--ledger", "a file that lies in no other store", ledger);
  }
  // Some file systems ignore case.
  const names = within.map((path) => path.toLowerCase().split(/[/\\]/)[0] ?? "");
  if (names.some((name) => OWN_NAMES.has(name) || isPart(name))) {
    throw invalid("--ledger", "a file that is none of the store's own", ledger);
  }
  return { root, ledgerFile: real, isInside, database: undefined, within };
}

/** Where a path is that a link may lead to, also of what is not there yet. */
function realPath(path: string): string {
  const above = dirname(path);
  if (existsSync(path)) return realpathSync(path);
  return above === path ? path : join(realPath(above), basename(path));
}

/** Whether a folder is a store: a lock alone may be another program's, or left behind. */
function isStore(folder: string): boolean {
  const has = (name: string) => existsSync(join(folder, name));
  return has(STORE_ID_FILE) || (has(LOCK_FILE) && OWN_FOLDERS.some(has));
}

/** Whether a path leads into a store's folder, also by a link. */
export function isInStore(path: string, options: StoreOptions): boolean {
  const { root } = placesOf(options);
  return root !== undefined && isBelow(relative(realPath(root), realPath(path)));
}

/** Whether a path that was made relative stays below: on Windows one to another drive is whole. */
function isBelow(path: string): boolean {
  return path.split(/[/\\]/)[0] !== ".." && !isAbsolute(path);
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
