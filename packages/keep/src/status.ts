import type { Urgency } from "./ledger/ledger.ts";
import { readStore } from "./open-store.ts";
import type { StoreOptions } from "./store-places.ts";
import { gapsOf } from "./words/states.ts";
import type { Balance } from "./words/states.ts";

/** The balance, and the gaps by kind. */
export interface Status extends Balance {
  /** How many gaps of each kind and state, such as `{ "archive expired": 3 }`. */
  gaps: Record<string, number>;
}

/**
 * The balance of a store, computed from its ledger; also while a run goes on. Rejects with KeepError when there is no
 * store.
 */
export async function status(options: StoreOptions): Promise<Status> {
  const { ledger, close } = await readStore(options);
  try {
    const balance = await ledger.balance();
    return { ...balance, gaps: gapsOf(balance) };
  } finally {
    await close();
  }
}

/** What is in a store, for somebody on call. */
export interface Watch extends Urgency {
  balance: Balance;
}

/** As {@link status}, and what is urgent. */
export async function watch(options: StoreOptions): Promise<Watch> {
  const { ledger, close } = await readStore(options);
  try {
    return { balance: await ledger.balance(), ...(await ledger.urgency()) };
  } finally {
    await close();
  }
}
