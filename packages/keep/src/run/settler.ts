import { setTimeout as sleep } from "node:timers/promises";
import type { WorkLedger } from "../ledger/ledger.ts";
import type { Store } from "../store/store.ts";
import type { Settlement } from "../words/rows.ts";

/** Rows are committed together, this long after the first of them. Milliseconds. */
const COMMIT_AFTER = 40;

/** Writes settlements in groups, in their order, after the files that they speak of are durable. */
export interface Settler {
  /** Resolves when it is durable; with false when the ledger left it out. */
  settle(settlement: Settlement): Promise<boolean>;
  /** Resolves when all are. */
  idle(): Promise<void>;
}

export function settler(
  { ledger, store }: { ledger: WorkLedger; store: Store },
  onCommit: (settlements: readonly Settlement[]) => void,
): Settler {
  let group: Settlement[] = [];
  let next: Promise<ReadonlySet<Settlement>> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function commit(before: Promise<unknown>): Promise<ReadonlySet<Settlement>> {
    await sleep(COMMIT_AFTER);
    await before;
    const settlements = group;
    group = [];
    next = undefined;
    await store.flush();
    const late = new Set(await ledger.settle(settlements));
    onCommit(settlements.filter((settlement) => !late.has(settlement)));
    return late;
  }

  return {
    async settle(settlement) {
      group.push(settlement);
      next ??= last = commit(last);
      return !(await next).has(settlement);
    },
    async idle() {
      await last;
    },
  };
}
