import { setTimeout as sleep } from "node:timers/promises";
import type { KeepReport } from "./lead-run.ts";
import { RunOver, openPostgresLedger } from "./ledger/postgres-ledger.ts";
import type { PostgresLedger, RunState } from "./ledger/postgres-ledger.ts";
import { hasLedger } from "./ledger/postgres-schema.ts";
import { openDatabase } from "./ledger/postgres.ts";
import type { Database } from "./ledger/postgres.ts";
import { makeStore } from "./open-store.ts";
import { countedPace, tellPause } from "./pace/pace.ts";
import { postgresPace } from "./pace/postgres-pace.ts";
import { isLed, takeHelperPlace } from "./queue/advisory-locks.ts";
import type { Place } from "./queue/advisory-locks.ts";
import { openQueue } from "./queue/queue.ts";
import type { Queue } from "./queue/queue.ts";
import { pull } from "./queue/shared-askings.ts";
import { expectStore } from "./report/bound-store.ts";
import type { KeepClient } from "./run/keep-client.ts";
import { progressOf } from "./run/progress.ts";
import { limitsOf } from "./run/run-limits.ts";
import { Stopped, settleAskings, stopReason } from "./run/settle-askings.ts";
import { placesOf } from "./store-places.ts";
import type { StoreOptions } from "./store-places.ts";
import type { Store } from "./store/store.ts";
import type { KeepEvent } from "./words/events.ts";
import { KeepError } from "./words/keep-error.ts";
import { expectOptions } from "./words/option-values.ts";

/** What {@link work} takes. Pace and dates are those of the run. */
export interface WorkOptions extends StoreOptions {
  /** Lists and downloads. */
  client: KeepClient;
  /** `postgres://...`, the ledger of the run. */
  ledger: string;
  /** How many mails at a time. Default 32. */
  parallel?: number | undefined;
  /** How long an outage may last, and how long no run may be there, in milliseconds. Default 15 minutes. */
  giveUpAfter?: number | undefined;
  /** Stops helping: no new work, and mails in flight have 10 s. Default: none. */
  signal?: AbortSignal | undefined;
  /** Called with each event in this process. Default: none. */
  onEvent?: ((event: KeepEvent) => void) | undefined;
}

const LOOK_EVERY = 1000;

interface Helper {
  db: Database;
  ledger: PostgresLedger;
  files: Store;
  queue: Queue;
  options: WorkOptions;
  parallel: number;
  giveUpAfter: number;
  signal: AbortSignal;
}

/**
 * Helps a run that another machine leads, until it is over; if that is killed and started again, helping goes on.
 *
 * Resolves with the run's outcome, or `stopped` when it was stopped itself. Rejects with KeepError when it cannot start
 * as asked, with UnwritableError when its ledger is not there in time, with the signal's reason when it aborts before
 * that is there, and with AuthenticationError when the key is refused.
 */
export async function work(options: WorkOptions): Promise<KeepReport> {
  expectOptions(options);
  const { parallel, giveUpAfter, signal } = limitsOf(options);
  const { root, database } = placesOf(options);
  if (database === undefined) {
    throw new KeepError("--ledger: expected postgres://..., which machines can share, got a file.");
  }
  const files = await makeStore(options, root);
  const db = await openDatabase(database, {
    giveUpAfter,
    signal,
    warn: (message) => options.onEvent?.({ event: "warning", message }),
  });
  let queue: Queue | undefined;
  try {
    // An existing ledger is only migrated by the run itself, which may be of an older version.
    const ledger = await openPostgresLedger(db, { readOnly: await hasLedger(db) });
    queue = await openQueue(database, db);
    const helper = { db, ledger, files, queue, options, parallel, giveUpAfter, signal };
    const { run, outcome, reason } = await untilOver(helper);
    const balance = await ledger.balance();
    options.onEvent?.({ event: "finished", run, outcome, reason, ...balance });
    return { run, outcome, reason, balance };
  } finally {
    await queue?.close();
    await files.close().catch(() => {});
    await db.close();
  }
}

type End = Omit<KeepReport, "balance">;

async function untilOver(helper: Helper): Promise<End> {
  const { ledger, signal } = helper;
  for (let last = 0; ;) {
    const found = await nextRun(helper, last);
    if (typeof found === "string") return { run: last, outcome: "stopped", reason: found };
    if ("outcome" in found) return found;
    const { place, run } = found;
    last = run.number;
    let failure: Error | undefined;
    try {
      await during(helper, run);
    } catch (error) {
      if (!(error instanceof RunOver)) {
        failure = stopReason(error);
        if (failure === undefined) throw error;
      }
    } finally {
      await helper.queue.giveBack();
      await place.leave();
    }
    if (failure) return { run: last, outcome: "stopped", reason: failure.message };
    if (signal.aborted) continue;
    const over = await whenOver(helper, last);
    if (over?.outcome) return { run: last, outcome: over.outcome, reason: undefined };
    // Its leader was killed, and another run may go on.
    if (over === undefined && !(await isLed(helper.db))) {
      const newest = await ledger.newestRun();
      if (newest?.number === last) return { run: last, outcome: "stopped", reason: NOBODY };
    }
  }
}

const NOBODY = "Nobody leads the run any more.";

/** The next run after `last` that goes on, one that just ended, or why none is waited for any more. */
async function nextRun(
  { db, ledger, signal, giveUpAfter }: Helper,
  last: number,
): Promise<{ run: RunState; place: Place } | End | string> {
  for (const started = performance.now(); !signal.aborted;) {
    const run = await ledger.newestRun();
    // The run ended before this process could begin. If somebody leads, the next one is about to begin.
    if (run?.isJustOver && run.outcome && last === 0 && !(await isLed(db))) {
      return { run: run.number, outcome: run.outcome, reason: undefined };
    }
    if (run && run.number > last && !run.isOver && !run.closing) {
      const place = await takeHelperPlace(db);
      if (place) return { run, place };
    }
    if (performance.now() - started >= giveUpAfter) return "No run came that could be helped.";
    await sleep(LOOK_EVERY, undefined, { signal }).catch(() => {});
  }
  return new Stopped().message;
}

/** Works until the run is closed, or nobody leads it and nothing is left. */
async function during(helper: Helper, { number }: RunState): Promise<void> {
  const { db, ledger, files, queue, options, parallel, giveUpAfter, signal } = helper;
  const { onEvent = () => {} } = options;
  await expectStore(ledger, files);
  ledger.join(number);
  const pace = countedPace(await postgresPace(db));
  const balance = await ledger.balance();
  onEvent({ event: "started", run: number, balance });
  await tellPause(pace, onEvent);
  const round = new AbortController();
  const isLeft = leftAlone(helper);

  async function look(): Promise<void> {
    const run = await ledger.run(number);
    if (!run || run.isOver || run.closing) round.abort();
    if ((await isLeft()) && (await queue.isEmpty())) round.abort();
  }

  async function watch(): Promise<void> {
    while (!round.signal.aborted) {
      await sleep(LOOK_EVERY, undefined, { signal: round.signal }).catch(() => {});
      // The work itself reports a ledger that is away.
      if (!round.signal.aborted) await look().catch(() => {});
    }
  }

  const watching = watch();
  const progress = progressOf(onEvent, pace, () => ledger.countItems());
  const until = AbortSignal.any([signal, round.signal]);
  try {
    await settleAskings({
      client: options.client,
      ledger,
      store: files,
      pace,
      askings: pull(queue, ledger, until, () => Promise.resolve(round.signal.aborted)),
      parallel,
      giveUpAfter,
      signal: until,
      onEvent: (event) => progress.onEvent(event),
    });
  } catch (error) {
    if (!(error instanceof Stopped) || !round.signal.aborted || signal.aborted) throw error;
  } finally {
    round.abort();
    progress.end();
    await watching;
  }
}

/** The run once it is over; undefined when nobody leads it any more. */
async function whenOver(helper: Helper, number: number): Promise<RunState | undefined> {
  const { ledger, signal } = helper;
  const isLeft = leftAlone(helper);
  while (!signal.aborted) {
    const run = await ledger.run(number);
    if (run?.isOver) return run;
    if (await isLeft()) return undefined;
    await sleep(LOOK_EVERY, undefined, { signal }).catch(() => {});
  }
  return undefined;
}

/** Tells whether nobody has led for as long as a helper waits, counted from the calls that found nobody. */
function leftAlone({ db, giveUpAfter }: Helper): () => Promise<boolean> {
  let since: number | undefined;
  return async () => {
    if (await isLed(db)) since = undefined;
    else since ??= performance.now();
    return since !== undefined && performance.now() - since >= giveUpAfter;
  };
}
