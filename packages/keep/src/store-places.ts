import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { STORE_ID_FILE } from "./report/bound-store.ts";
import { RUNS, TABLES } from "./report/run-files.ts";
import { isPart } from "./store/whole-file.ts";
import { KeepError, invalid } from "./words/keep-error.ts";
import { expectOptions } from "./words/option-values.ts";

/** Where mails are kept, and the ledger of them. */
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

export const LOCK_FILE = ".lock";
export const OWN_FOLDERS = ["mails", RUNS];
/** SQLite puts a journal beside the lock while that is taken. */
export const OWN_FILES = [...TABLES, LOCK_FILE, `${LOCK_FILE}-journal`];
/** What lies in a store, except its ledger. */
const OWN_NAMES = new Set([...OWN_FOLDERS, ...OWN_FILES, STORE_ID_FILE]);
/** Also one that is mistyped, or in quotes: as a path, it would be told with its password. */
const IS_ADDRESS = /:\/\/|^[\s"']*postgres(?:ql)?:/i;
const IS_POSTGRES = /^postgres(ql)?:\/\//i;

/** Where a store and its ledger are. */
interface Places {
  /** The folder; undefined for a container. */
  root: string | undefined;
  ledgerFile: string;
  /** Whether the ledger lies in the folder, by its own path or through a link. */
  isInside: boolean;
  /** The address of the ledger's database, if it is in one. */
  database: string | undefined;
  /** The ledger's paths relative to the store: with links resolved, and as it was given. */
  within: string[];
}

/**
 * @throws KeepError for a store or ledger that is none, for a ledger where the store has a file of its own, and for one
 * in the folder of another store.
 */
export function placesOf(options: StoreOptions): Places {
  expectOptions(options);
  const { store, ledger } = options;
  const either = "a folder or azure://CONTAINER[/PREFIX]";
  const file = "an SQLite file or postgres://...";
  if (typeof store !== "string" || store.trim() === "") throw invalid("--store", either, store);
  if (ledger !== undefined && typeof ledger !== "string") throw invalid("--ledger", file, ledger);
  const isContainer = /^azure:/i.test(store);
  if (!isContainer && IS_ADDRESS.test(store)) {
    // The link of a container is told without its signature. Any other address may have a password.
    if (/^https?:[^@]*$/i.test(store)) throw invalid("--store", either, store);
    throw new KeepError(`--store: expected ${either}, got another address.`);
  }
  const root = isContainer ? undefined : resolve(store);
  if (ledger !== undefined && IS_POSTGRES.test(ledger)) {
    return { root, ledgerFile: "", isInside: false, database: ledger, within: [] };
  }
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
  // A link, to a faster disk for example, is in the store all the same.
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

/** The path with its links resolved, also of what is not there yet. */
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

/** Whether a relative path stays below its base. On Windows, one to another drive is absolute. */
function isBelow(path: string): boolean {
  return path.split(/[/\\]/)[0] !== ".." && !isAbsolute(path);
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
