import type { Ledger } from "./ledger/ledger.ts";
import { readStore } from "./open-store.ts";
import type { StoreOptions } from "./open-store.ts";
import { RECONCILIATION_FILE } from "./report/run-files.ts";
import { csvRow } from "./words/csv-row.ts";
import { invalid } from "./words/keep-error.ts";
import type { KnownArchive } from "./words/rows.ts";
import { openTable } from "./worklist/table.ts";

/** What {@link reconcile} takes. */
export interface ReconcileOptions extends StoreOptions {
  /** The path of a CSV of your own sending events: `target`, and `action`, `sentAt` or `stamp` where known. */
  sent: string;
}

/** What a reconciliation found. */
export interface ReconcileReport {
  /** How many events there are. */
  events: number;
  /** How many of each result: `kept`, the state of a gap, or `never listed`. */
  results: Record<string, number>;
}

/** An instant of the sender and one of the archive are the same within this. Milliseconds. */
const SAME_TIME = 60_000;
const ISO = /^(\d{4}-\d\d-\d\d)(?:([T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/;
const NEVER = "never listed";

/**
 * Holds your own sending events against what is kept, and writes `reconciliation.csv` into the store. An archive
 * answers for one event only.
 *
 * Rejects with KeepError when there is no store, or the file can not be read as a CSV of events.
 */
export async function reconcile(options: ReconcileOptions): Promise<ReconcileReport> {
  const { ledger, files, close } = await readStore(options);
  try {
    const { columns, rows } = await openTable(options.sent);
    const match = await matcher(ledger);
    const results: Record<string, number> = {};
    let events = 0;
    async function* lines(): AsyncGenerator<string> {
      yield csvRow([...columns, "result", "archive"]);
      for await (const fields of rows) {
        const value = (name: string) => (fields[columns.indexOf(name)] ?? "").trim();
        const { result, archive } = await match(value);
        events += 1;
        results[result] = (results[result] ?? 0) + 1;
        const own = columns.map((_, i) => fields[i] ?? "");
        yield csvRow([...own, result, archive]);
      }
    }
    await files.write(RECONCILIATION_FILE, lines());
    return { events, results };
  } finally {
    await close();
  }
}

/** Without a zone it is UTC. NaN where none is given. */
function instantOf(text: string): number {
  if (text === "") return Number.NaN;
  const [, day = "", time = "T00:00", zone = "Z"] = ISO.exec(text) ?? [];
  const instant = Date.parse(`${day}${time.replace(" ", "T")}${zone}`);
  if (Number.isNaN(instant)) {
    throw invalid("sentAt", "an ISO 8601 instant such as 2026-02-01T09:00:00Z", text);
  }
  return instant;
}

async function matcher(ledger: Ledger) {
  /** By row: whether an event has it already. */
  const taken = new Uint8Array((await ledger.lastRow()) + 1);

  async function candidates(value: (name: string) => string): Promise<KnownArchive[]> {
    const [stamp, target, action] = [value("stamp"), value("target"), value("action")];
    const found = stamp === "" ? [] : await ledger.archivesOfStamp(stamp);
    const all = found.length > 0 || target === "" ? found : await ledger.archivesOf(target);
    return all.filter(
      (archive) =>
        (action === "" || archive.action === action) &&
        (target === "" || archive.target === target) &&
        taken[archive.row] === 0,
    );
  }

  return async (value: (name: string) => string): Promise<{ result: string; archive: string }> => {
    const sentAt = instantOf(value("sentAt"));
    const distance = ({ sendingDate }: KnownArchive) =>
      Number.isNaN(sentAt) ? 0 : Math.abs(Date.parse(sendingDate) - sentAt);
    const best = (await candidates(value))
      .filter((archive) => distance(archive) <= SAME_TIME)
      .toSorted(
        (a, b) =>
          Number(b.state === "kept") - Number(a.state === "kept") || distance(a) - distance(b),
      )[0];
    if (best) {
      taken[best.row] = 1;
      return { result: best.state, archive: best.id };
    }
    return { result: (await itemGap(value)) ?? NEVER, archive: "" };
  };

  /** The event's item was to be listed and was not: that is why nothing is known of its mail. */
  async function itemGap(value: (name: string) => string): Promise<string | undefined> {
    const items = [
      ...[await ledger.itemOfStamp(value("stamp"))].filter((item) => item !== undefined),
      ...(await ledger.itemsOf(value("target"))).filter(
        ({ action }) => action === "" || action === value("action"),
      ),
    ];
    const isListed = items.some(({ state }) => state === "listed");
    return isListed ? undefined : items[0]?.state;
  }
}
