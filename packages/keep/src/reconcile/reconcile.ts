import { csvRow } from "../csv/csv-row.ts";
import { readStore } from "../open-store.ts";
import { RECONCILIATION_FILE } from "../report/run-files.ts";
import type { StoreOptions } from "../store-places.ts";
import { KeepError } from "../words/keep-error.ts";
import { unwritable } from "../words/store-failures.ts";
import { NONE, TURNS, matcher } from "./match-sendings.ts";
import { openSendings } from "./sendings.ts";

/** What {@link reconcile} takes. */
export interface ReconcileOptions extends StoreOptions {
  /**
   * The path of a CSV of your own sending events: `target`, and `action`, `sentAt` or `stamp` where known. `sentAt` is an
   * ISO 8601 instant, the same as the archive's within 60 s, or a day in UTC.
   */
  sent: string;
}

/** What a reconciliation found. */
export interface ReconcileReport {
  /** How many events there are. */
  events: number;
  /** How many of each result: `kept`, the state of a gap, or `never listed`. */
  results: Record<string, number>;
}

const MEANWHILE = "Another command changed the store meanwhile: reconcile once more.";

/**
 * Compares your own sending events with what is kept, and writes `reconciliation.csv` into the store. An archive is
 * matched with only one event. The file is read more than once.
 *
 * Rejects with KeepError when there is no store, the file cannot be read as a CSV of events, or it or the store changed
 * meanwhile; with UnwritableError when the store cannot be written.
 */
export async function reconcile(options: ReconcileOptions): Promise<ReconcileReport> {
  const { ledger, files, close } = await readStore(options);
  try {
    const { sent } = options;
    const { columns, sendings } = await openSendings(sent);
    const again = async () => (await openSendings(sent)).sendings;
    const { match, answer } = matcher(ledger, await ledger.lastRow());
    const before = await ledger.balance();
    /** For each event, in the file's order: the row of its archive, or the placeholder as which it waits. */
    const rows: number[] = [];
    for await (const sending of sendings) rows.push(await match(sending));
    for (const turn of TURNS) {
      if (!rows.includes(turn)) continue;
      let at = 0;
      for await (const sending of await again()) {
        if (rows[at] === turn) rows[at] = await match(sending, turn);
        at += 1;
      }
    }
    const results: Record<string, number> = {};
    let events = 0;
    async function* lines(): AsyncGenerator<string> {
      yield csvRow([...columns, "result", "archive"]);
      for await (const sending of await again()) {
        const { result, archive } = await answer(sending, rows[events] ?? NONE);
        events += 1;
        results[result] = (results[result] ?? 0) + 1;
        yield csvRow([...columns.map((_, i) => sending.fields[i] ?? ""), result, archive]);
      }
      // An event that was added meanwhile was not matched, and would be reported as never listed.
      if (events !== rows.length) {
        throw new KeepError(
          `${sent}: expected a file that stays as it is, got one that changed meanwhile: reconcile once more.`,
        );
      }
      // An erasure meanwhile means that a matched row may name somebody who was erased.
      const { worklist, archives } = await ledger.balance();
      const isSame =
        archives.erased === before.archives.erased && worklist.total >= before.worklist.total;
      if (!isSame) throw new KeepError(MEANWHILE);
    }
    await files.write(RECONCILIATION_FILE, lines()).catch((error: unknown) => {
      // A command that took the store removed the unfinished file.
      const isSwept = (error as NodeJS.ErrnoException).code === "ENOENT";
      if (isSwept) throw new KeepError(MEANWHILE, { cause: error });
      throw unwritable(error, false) ?? error;
    });
    return { events, results };
  } finally {
    await close();
  }
}
