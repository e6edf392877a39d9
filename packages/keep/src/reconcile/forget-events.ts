import { rowsTogether } from "../csv/csv-rows.ts";
import type { CsvRow } from "../csv/csv-rows.ts";
import { RECONCILIATION_FILE } from "../report/run-files.ts";
import type { Store } from "../store/store.ts";
import { namesId } from "../words/targets.ts";

const IMPERSONAL = new Set(["action", "sentAt"]);

/** Removes a person's events from the last reconciliation, also those that name only a stamp. */
export async function forgetEvents(
  files: Store,
  targets: readonly string[],
  archives: ReadonlySet<string>,
  asked: ReadonlySet<string>,
): Promise<void> {
  if (!(await files.has(RECONCILIATION_FILE))) return;
  const read = () => eventsOf(files.read(RECONCILIATION_FILE), targets, archives);
  // An archive is matched with only one event: others of the same stamp name no archive.
  const stamps = new Set(asked);
  for await (const events of read()) {
    for (const { isTheirs, stamp } of events) if (isTheirs) stamps.add(stamp);
  }
  if (stamps.size === 0) return;
  stamps.delete("");
  async function* others(): AsyncGenerator<string> {
    for await (const events of read()) {
      const left = events.filter(({ isTheirs, stamp }) => !isTheirs && !stamps.has(stamp));
      if (left.length > 0) yield left.map(({ text }) => text).join("\n");
    }
  }
  await files.write(RECONCILIATION_FILE, others());
}

/** The events of a reconciliation, its header first. */
async function* eventsOf(
  bytes: AsyncIterable<Uint8Array>,
  targets: readonly string[],
  archives: ReadonlySet<string>,
) {
  let columns: string[] | undefined;
  let stampAt = -1;
  /**
   * Which of the event's own columns may name a target: a number in `action` or `sentAt` is a code or part of an
   * instant.
   */
  let mayName: boolean[] = [];

  function eventOf(row: CsvRow) {
    const { text } = row;
    const fields = "bad" in row ? [] : row.fields;
    if (columns === undefined) {
      columns = fields;
      stampAt = fields.indexOf("stamp");
      mayName = fields.map((name, i) => !IMPERSONAL.has(name) && i < fields.length - 2);
      return { text, stamp: "", isTheirs: false };
    }
    const named = fields.length === 0 ? [text] : fields.filter((_, i) => mayName[i]);
    const isTheirs =
      fields.at(-2) === "erased" ||
      archives.has(fields.at(-1) ?? "") ||
      targets.some((target) => named.some((field) => namesId(field, target)));
    return { text, stamp: (fields[stampAt] ?? "").trim(), isTheirs };
  }

  for await (const rows of rowsTogether(bytes)) yield rows.map(eventOf);
}
