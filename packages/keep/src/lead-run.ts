import type { Ledger } from "./ledger/ledger.ts";
import { takeStore } from "./open-store.ts";
import type { TakenStore } from "./open-store.ts";
import { countedPace, tellPause } from "./pace/pace.ts";
import type { ToShare } from "./queue/take-database.ts";
import { erasedBefore } from "./report/erased-before.ts";
import { closeRun, lastRunFile, runFile } from "./report/run-files.ts";
import type { RunFacts } from "./report/run-files.ts";
import type { Asking, SendingRange } from "./run/askings.ts";
import type { KeepClient } from "./run/keep-client.ts";
import { progressOf } from "./run/progress.ts";
import { limitsOf, positive, rangeOf } from "./run/run-limits.ts";
import { settleAskings, stopReason } from "./run/settle-askings.ts";
import type { StoreOptions } from "./store-places.ts";
import type { Store } from "./store/store.ts";
import type { KeepEvent, Outcome } from "./words/events.ts";
import { KeepError, messageOf } from "./words/keep-error.ts";
import { plural } from "./words/plural.ts";
import type { ArchiveSettlement } from "./words/rows.ts";
import { hasGaps } from "./words/states.ts";
import type { Balance } from "./words/states.ts";
import { damaged, unwritable } from "./words/store-failures.ts";

/** What a run and a retry have in common. */
export interface RunOptions extends StoreOptions {
  /** Lists and downloads. */
  client: KeepClient;
  /** Only mails sent at this instant or later: a day (its first instant in UTC) or an ISO 8601 instant. Default: all. */
  since?: string | undefined;
  /** Only mails sent before this instant. Default: all. */
  until?: string | undefined;
  /** How many listing calls a second there may be at most; may be a fraction. Default 5. */
  rate?: number | undefined;
  /** How many mails at a time. Default 32. */
  parallel?: number | undefined;
  /** How long an outage may last, in milliseconds. Default 15 minutes. */
  giveUpAfter?: number | undefined;
  /** Stops the run: no new work, and mails in flight have 10 s. Default: none. */
  signal?: AbortSignal | undefined;
  /** Called with each event. Default: none. */
  onEvent?: ((event: KeepEvent) => void) | undefined;
}

/** How a run ended. */
export interface KeepReport {
  /** The number of its file in `runs/`. */
  run: number;
  /** Whether it came to its end, and with gaps or not. */
  outcome: Outcome;
  /** Why it stopped; undefined when it came to its end. */
  reason: string | undefined;
  /** The balance at the end, computed from the ledger. */
  balance: Balance;
}

/** How many days a link lives after the sending, according to the vendor's page. */
const LINK_DAYS = 32;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const OF_NO_RUN =
  "is of no run that the ledger knows: the ledger is new or an older copy, or another one is used with this store, too.";

/** What a run asks for. */
interface RunAskings extends ToShare {
  /** How much it asks for. Default: what is open. */
  total?: (balance: Balance) => Promise<number>;
}

/** What a run has while it is prepared. */
export interface RunJob {
  ledger: Ledger;
  range: SendingRange | null;
  signal: AbortSignal;
  warn: (message: string) => void;
  warnOfTime: () => void;
}

/** Takes the store, settles what `prepare` finds to ask for, and closes the run. Its files say `command`. */
export async function leadRun(
  command: "run" | "retry",
  options: RunOptions,
  ownOptions: Record<string, unknown>,
  prepare: (job: RunJob) => Promise<RunAskings>,
): Promise<KeepReport> {
  const { client, since, until, onEvent = () => {} } = options;
  const rate = positive("--rate", options.rate ?? 5);
  const { parallel, giveUpAfter, signal: given } = limitsOf(options);
  const range = rangeOf(since, until);
  const startedAt = new Date().toISOString();
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, given]);
  const warn = (message: string) => onEvent({ event: "warning", message });

  const taken = await takeStore(options, {
    make: command === "run",
    giveUpAfter,
    signal,
    warn,
    shares: true,
    // The ledger was away, and another run has it now.
    onLost: () => stop.abort(),
  });
  const { ledger, files } = taken;
  try {
    const pace = countedPace(await taken.pace(rate));
    const tellTime = async () => {
      const message = timeWarning((await ledger.countItems()).open, pace.rate());
      if (message !== undefined) warn(message);
    };
    const warnOfTime = () => void tellTime().catch(() => {});
    const toShare = await prepare({ ledger, range, signal, warn, warnOfTime });
    const runs = await ledger.runs();
    const isNew = runs.every(({ sha256 }) => sha256 === null);
    const lastFile = await lastRunFile(files);
    const number = await ledger.startRun(lastFile);
    if (isNew) await takeInErased(ledger, files);
    const balance = await ledger.balance();
    onEvent({ event: "started", run: number, balance });
    if (lastFile > (runs.at(-1)?.number ?? 0)) {
      warn(`${runFile(lastFile)} ${OF_NO_RUN}`);
    }
    await tellPause(pace, onEvent);
    await tellTime();

    const total = await toShare.total?.(balance);
    let done = 0;
    const warning = setInterval(warnOfTime, HOUR);
    const progress = progressOf(onEvent, pace, () =>
      // `done` may pass `total`: what fails in another state than before may be asked for twice.
      total === undefined ? ledger.countItems() : { total, open: Math.max(0, total - done) },
    );
    let stopped: Error | undefined;
    let refused: unknown;
    try {
      await settleAskings({
        client,
        ledger,
        store: files,
        pace,
        askings: toldOf(taken.share(toShare), (n) => (done += n)),
        parallel,
        giveUpAfter,
        signal,
        onEvent: (event) => progress.onEvent(event),
      });
    } catch (error) {
      stopped = stopReason(error);
      if (stopped === undefined) refused = error;
    } finally {
      stop.abort();
      clearInterval(warning);
      progress.end();
    }
    const facts = { since, until, rate, parallel, giveUpAfter, ...ownOptions };
    const run = { number, command, options: facts, startedAt };
    const isWhole = stopped === undefined && refused === undefined;
    const { outcome, balance: last, failure } = await endRun(taken, run, isWhole);
    stopped ??= failure;
    const reason = stopped?.message ?? (refused === undefined ? undefined : messageOf(refused));
    onEvent({ event: "finished", run: number, outcome, reason, ...last });
    if (refused !== undefined) throw refused;
    return { run: number, outcome, reason, balance: last };
  } catch (error) {
    throw unwritable(error, true) ?? damaged(error) ?? error;
  } finally {
    stop.abort();
    await taken.release();
  }
}

/** Asks the others to stop, and writes the files of the run. A run whose files cannot be written was stopped. */
async function endRun(
  { ledger, files, othersLeave }: TakenStore,
  run: Omit<RunFacts, "outcome">,
  isWhole: boolean,
): Promise<{ outcome: Outcome; balance: Balance; failure?: Error }> {
  try {
    await othersLeave();
    const whole = hasGaps(await ledger.balance()) ? "gaps" : "complete";
    const outcome = isWhole ? whole : "stopped";
    await expectNoRunFile(files, run.number);
    return { outcome, balance: await closeRun(files, ledger, { ...run, outcome }) };
  } catch (error) {
    const failure = unwritable(error, true);
    if (failure === undefined) throw error;
    return { outcome: "stopped", balance: await ledger.balance(), failure };
  }
}

/** The same askings. `onSettled` gets the number of items or archives of each that is settled. */
async function* toldOf(
  askings: AsyncIterable<Asking>,
  onSettled: (count: number) => void,
): AsyncGenerator<Asking> {
  for await (const asking of askings) {
    const settled = () => {
      onSettled(asking.wanted?.size ?? 1);
      asking.settled?.();
    };
    yield { ...asking, settled };
  }
}

/** A run with another ledger does not share a lock with this one, and takes the same number. */
async function expectNoRunFile(files: Store, number: number): Promise<void> {
  const path = runFile(number);
  if (!(await files.has(path))) return;
  throw new KeepError(
    `${path}: expected none before this run's end, got one: another ledger is used with this store. Run the same command to go on.`,
  );
}

/** Copies the tombstones in the store to a new ledger, which must not bring back what was erased. */
async function takeInErased(ledger: Ledger, files: Store): Promise<void> {
  const tombstones: ArchiveSettlement[] = [];
  for await (const tombstone of erasedBefore(files)) {
    if ((await ledger.find(tombstone.archive.id)).length === 0) tombstones.push(tombstone);
  }
  if (tombstones.length > 0) await ledger.settle(tombstones);
}

/** The warning for a worklist that takes longer than its links live. */
function timeWarning(open: number, rate: number): string | undefined {
  const days = (open / rate) * (1000 / DAY);
  if (days <= LINK_DAYS) return undefined;
  return `${plural(open, "item")} at ${rounded(rate)}/s take ${rounded(days)} days, and a link lives ${LINK_DAYS}: links will die before they are taken.`;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}
