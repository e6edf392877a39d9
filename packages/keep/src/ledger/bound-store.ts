import { randomUUID } from "node:crypto";
import { textOf } from "../store/store.ts";
import type { Store } from "../store/store.ts";
import { KeepError } from "../words/keep-error.ts";
import type { Ledger } from "./ledger.ts";

/** Tells one store from others: a folder that is not mounted looks like an empty one. */
export const STORE_ID_FILE = ".store-id";

/** Binds a ledger to the store that it is first used with. Rejects with KeepError for any other store. */
export async function bindStore(ledger: Ledger, files: Store): Promise<void> {
  if ((await ledger.storeId()) !== undefined) return expectStore(ledger, files);
  const found = await idIn(files);
  const id = found ?? randomUUID();
  if (found === undefined) await files.write(STORE_ID_FILE, [id]);
  await ledger.bindTo(id);
}

/** Rejects with KeepError for a store that is not the ledger's. */
export async function expectStore(ledger: Ledger, files: Store): Promise<void> {
  const [bound, found] = await Promise.all([ledger.storeId(), idIn(files)]);
  if (bound !== undefined && bound === found) return;
  const got = found === undefined ? "one that is empty or not mounted" : "another one";
  throw new KeepError(`--store: expected the store that --ledger is of, got ${got}.`);
}

async function idIn(files: Store): Promise<string | undefined> {
  return (await files.has(STORE_ID_FILE))
    ? (await textOf(files.read(STORE_ID_FILE))).trim()
    : undefined;
}
