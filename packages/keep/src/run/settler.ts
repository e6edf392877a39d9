import type { WorkLedger } from "../ledger/ledger.ts";
import type { Store } from "../store/store.ts";
import type { Settlement } from "../words/rows.ts";

/** Rows are committed together, this long after the first of them. Milliseconds. */
const COMMIT_AFTER = 40;

/** Writes settlements down in groups, in their order, and what they speak of before them. */
export interface Settler {
  /** Resolves when it is durable. */
  settle(settlement: Settlement): Promise<void>;
  /** Resolves when all is. */
  idle(): Promise<void>;
}

export function settler(
  { ledger, store }: { ledger: WorkLedger; store: Store },
  onCommit: (settlements: readonly Settlement[]) => void,
): Settler {
  let group: Settlement[] = [];
  let next: Promise<void> | undefined;
  let last: Promise<void> = Promise.resolve();

  async function commit(before: Promise<void>): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, COMMIT_AFTER));
    await before;
    const settlements = group;
    group = [];
    next = undefined;
    await store.flush();
    await ledger.settle(settlements);
    onCommit(settlements);
  }

  return {
    settle(settlement) {
      group.push(settlement);
      next ??= last = commit(last);
      return next;
    },
    idle: () => last,
  };
}
