import { randomUUID } from "node:crypto";
import type { Ledger } from "../ledger/ledger.ts";
import { textOf } from "../store/store.ts";
import type { Store } from "../store/store.ts";
import { KeepError } from "../words/keep-error.ts";
import { runFile } from "./run-files.ts";

/** Holds the id that tells one store from others: a folder that is not mounted looks like an empty one. */
export const STORE_ID_FILE = ".store-id";

/** Binds a ledger to the store that it is first used with. Rejects with KeepError for any other store. */
export async function bindStore(ledger: Ledger, files: Store): Promise<void> {
  await expectStore(ledger, files);
  const bound = await ledger.storeId();
  const found = await idIn(files);
  const id = bound ?? found ?? randomUUID();
  if (found === undefined) await files.write(STORE_ID_FILE, [id]);
  if (bound === undefined) await ledger.bindTo(id);
}

/** Rejects with KeepError for a store that is not the ledger's. With `isInside` an unbound ledger is taken as it is. */
export async function expectStore(ledger: Ledger, files: Store, isInside = false): Promise<void> {
  const bound = await ledger.storeId();
  if (bound === undefined) {
    // It used to lie in its own store, which is recognised by the last run's file.
    if (isInside || !(await isUsed(ledger)) || (await hasLastRun(ledger, files))) return;
    throw refused("one without its last run's file");
  }
  const found = await idIn(files);
  if (bound === found) return;
  if (found !== undefined) throw refused("another one");
  // Many a copy lacks the hidden files.
  if (await hasLastRun(ledger, files)) return;
  throw refused(
    `one that is empty or not mounted, or has neither ${STORE_ID_FILE} nor the last run's file`,
  );
}

function refused(got: string): KeepError {
  return new KeepError(`--store: expected the store that --ledger is of, got ${got}.`);
}

async function isUsed(ledger: Ledger): Promise<boolean> {
  if ((await ledger.runs()).length > 0) return true;
  const { worklist, archives } = await ledger.balance();
  return worklist.total + archives.total > 0;
}

async function hasLastRun(ledger: Ledger, files: Store): Promise<boolean> {
  const last = (await ledger.runs()).findLast(({ sha256 }) => sha256 !== null);
  return last !== undefined && (await files.look(runFile(last.number)))?.sha256 === last.sha256;
}

async function idIn(files: Store): Promise<string | undefined> {
  return (await files.has(STORE_ID_FILE))
    ? (await textOf(files.read(STORE_ID_FILE))).trim()
    : undefined;
}
