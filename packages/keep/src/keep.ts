import { leadRun } from "./lead-run.ts";
import type { KeepReport, RunJob, RunOptions } from "./lead-run.ts";
import { countNotKept, notKept, openItems, takeIn } from "./run/askings.ts";
import type { Asking, Intake } from "./run/askings.ts";
import { invalid } from "./words/keep-error.ts";
import { expectOptions } from "./words/option-values.ts";
import type { ArchiveState, ItemState } from "./words/states.ts";
import { withErrorListener, nameOf, pathOf } from "./worklist/worklist-source.ts";
import type { WorklistSource } from "./worklist/worklist-source.ts";
import { openWorklist } from "./worklist/worklist.ts";
import type { Worklist } from "./worklist/worklist.ts";

/** What {@link keep} takes. */
export interface KeepOptions extends RunOptions {
  /** The path of a CSV or NDJSON file, `-` for the standard input, or a stream of bytes or of text. */
  worklist: WorklistSource;
}

/** What {@link retry} takes. */
export interface RetryOptions extends RunOptions {
  /** The states to ask again. Default: all that may change, which does not count `invalid`, the items answered 400. */
  only?: readonly string[] | undefined;
}

const RETRIED_ITEMS = ["failed", "unknown", "forbidden"] as const satisfies ItemState[];
/** Asked again only by name: mostly NP6 keeps answering 400, but a gateway in between may have done so for a night. */
const ALSO_RETRIED = ["invalid"] as const satisfies ItemState[];
const RETRIED_ARCHIVES = [
  "failed",
  "blank",
  "expired",
  "missing",
  "damaged",
] as const satisfies ArchiveState[];

/**
 * Keeps every mail of a worklist. After a stop or a kill the same call goes on where it was: what is kept is not
 * fetched again.
 *
 * Resolves also when it was stopped, by the signal, an outage, or a store that cannot be written any more. Rejects with
 * KeepError when it cannot start as asked or a run with another ledger had the store meanwhile, with UnwritableError
 * when store or ledger cannot be written from the start, with the signal's reason when it aborts while the ledger's
 * first connection is waited for, and with AuthenticationError when the key is refused.
 */
export async function keep(options: KeepOptions): Promise<KeepReport> {
  expectOptions(options);
  const name = nameOf(options.worklist);
  const worklist = withErrorListener(options.worklist);
  return leadRun("run", options, {}, async (job) => {
    const mark = await job.ledger.mark(name);
    const first = await openWorklist(worklist, mark, job.signal).catch((error: unknown) => {
      if (!job.signal.aborted) throw error;
    });
    // It was stopped before a first line came.
    if (first === undefined) return { askings: nothing, hasMore: () => false };
    let intake: Intake | undefined;
    /** How many items there were when the worklist was read again: if one more reading adds none, none is lost. */
    let before: number | undefined;
    return {
      askings() {
        intake ??= beginIntake(first, job);
        return openItems(job.ledger, intake, job.range);
      },
      async hasMore() {
        const { ledger } = job;
        const isOpen = async () => (await ledger.next(0, 1)).length > 0;
        // A ledger in a file loses nothing, and counting a large one takes time.
        if (intake === undefined || ledger.breaks === undefined) return isOpen();
        const { total } = await ledger.countItems();
        const isUnsure = intake.isUnsure && total !== before;
        if (!isUnsure && total >= intake.total) return isOpen();
        before = total;
        if (pathOf(worklist) !== undefined) {
          intake = beginIntake(await openWorklist(worklist, undefined, job.signal), job);
        } else {
          intake.isUnsure = false;
          intake.total = total;
          job.warn(UNSURE);
        }
        return true;
      },
    };
  });
}

const UNSURE =
  "The ledger was away, and a standby that took over may not have all of the worklist: read it once more.";

async function* nothing(): AsyncGenerator<Asking> {}

function beginIntake(source: Worklist, { ledger, signal, warnOfTime }: RunJob): Intake {
  const intake = takeIn(source, ledger, signal);
  intake.end.then(warnOfTime, () => {});
  return intake;
}

/** Asks again for what is not kept, and for nothing else. Resolves and rejects as {@link keep}. */
export async function retry(options: RetryOptions): Promise<KeepReport> {
  expectOptions(options);
  const usual: readonly string[] = [...new Set([...RETRIED_ITEMS, ...RETRIED_ARCHIVES])];
  const known = [...usual, ...ALSO_RETRIED];
  const only = options.only ?? usual;
  if (!Array.isArray(only)) throw invalid("--only", "a list of states", only);
  const unknownState = only.find((state) => !known.includes(state));
  if (unknownState !== undefined)
    throw invalid("--only", `some of ${known.join(", ")}`, unknownState);
  const states = {
    items: [...RETRIED_ITEMS, ...ALSO_RETRIED].filter((state) => only.includes(state)),
    archives: RETRIED_ARCHIVES.filter((state) => only.includes(state)),
  };
  return leadRun("retry", options, { only }, (job) =>
    Promise.resolve({
      askings: () => notKept(job.ledger, states, job.range),
      hasMore: () => false,
      total: (balance) => countNotKept(job.ledger, states, job.range, balance),
    }),
  );
}
