import { setTimeout as sleep } from "node:timers/promises";
import type { Soon } from "../ledger/ledger.ts";
import { openPostgresLedger } from "../ledger/postgres-ledger.ts";
import { openDatabase } from "../ledger/postgres.ts";
import type { Patience } from "../ledger/postgres.ts";
import { postgresPace } from "../pace/postgres-pace.ts";
import { bindStore } from "../report/bound-store.ts";
import type { Asking } from "../run/askings.ts";
import type { Store } from "../store/store.ts";
import { KeepError } from "../words/keep-error.ts";
import { takeLead } from "./advisory-locks.ts";
import type { Place } from "./advisory-locks.ts";
import { openQueue } from "./queue.ts";
import type { Queue } from "./queue.ts";
import { fill, pull } from "./shared-askings.ts";

/** All that a run has to ask. */
export interface ToShare {
  /** May be called again, once all askings of the last call are settled. */
  askings: () => AsyncIterable<Asking>;
  /** Whether anything is still open after that. */
  hasMore: () => Soon<boolean>;
}

/** How a ledger is taken. */
export interface Leading extends Patience {
  /** Whether others may help. Default: false. */
  shares?: boolean;
  /** Called when another process has taken it. */
  onLost?: () => void;
}

/** How long the others may take to leave, once they are asked to. Milliseconds. */
const LEAVE_WITHIN = 10_000;
const LOOK_EVERY = 200;

/**
 * Takes a ledger that others may help with: for a run, which leads them, or for this process alone.
 *
 * Rejects with KeepError when another run has it, and as openDatabase does.
 */
export async function takeDatabase(address: string, files: Store, taking: Leading) {
  const { shares = false, signal = new AbortController().signal } = taking;
  const db = await openDatabase(address, taking);
  let queue: Queue | undefined;
  let place: Place | undefined;
  try {
    place = await takeLead(db, taking.onLost);
    if (place === undefined || !(shares || (await place.isAlone()))) {
      throw new KeepError(
        "--store: expected one that is free, got one that another command is working on.",
      );
    }
    const ledger = await openPostgresLedger(db);
    await bindStore(ledger, files);
    const lead = place;
    if (shares) {
      queue = await openQueue(address, db);
      // Before the run begins: a helper would do what another run has left there, with that one's dates.
      await queue.clear();
    }

    function share(toShare: ToShare): AsyncIterable<Asking> {
      // The others should stop together with this process, not after it.
      const leave = () => void ledger.closeRun().catch(() => {});
      signal.addEventListener("abort", leave, { once: true });
      // Opened above: nobody else has something to share.
      const jobs = queue!;
      let failure: { error: unknown } | undefined;
      let isFilled = false;
      const begin = () => {
        isFilled = false;
        fill(jobs, toShare.askings(), signal).then(
          () => (isFilled = true),
          (error: unknown) => (failure = { error }),
        );
      };
      begin();
      return pull(jobs, ledger, signal, async () => {
        if (failure) throw failure.error;
        if (!isFilled || !(await jobs.isEmpty())) return false;
        // The ledger says what is open, whatever became of the queue.
        if (!(await toShare.hasMore())) return true;
        begin();
        return false;
      });
    }

    async function othersLeave(): Promise<void> {
      await queue?.close();
      queue = undefined;
      await ledger.closeRun();
      for (const end = performance.now() + LEAVE_WITHIN; performance.now() < end;) {
        if (await db.patiently(() => lead.isAlone())) {
          await files.sweep();
          return;
        }
        await sleep(LOOK_EVERY);
      }
    }

    return {
      ledger,
      pace: (rate: number) => postgresPace(db, rate),
      share,
      othersLeave,
      async release() {
        await queue?.close();
        await files.close().catch(() => {});
        await lead.leave();
        await db.close();
      },
    };
  } catch (error) {
    await queue?.close();
    await place?.leave();
    await db.close();
    throw error;
  }
}
