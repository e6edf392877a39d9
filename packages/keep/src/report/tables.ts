import { csvRow } from "../csv/csv-row.ts";
import { rowsOf } from "../csv/csv-rows.ts";
import type { Ledger, Rows } from "../ledger/ledger.ts";
import type { Gap, KnownArchive } from "../words/rows.ts";

const ARCHIVE_COLUMNS = [
  "id",
  "action",
  "target",
  "sendingDate",
  "expiresOn",
  "state",
  "path",
  "bytes",
  "sha256",
  "keptAt",
  "requestId",
] as const satisfies (keyof KnownArchive)[];

const GAP_COLUMNS = [
  "kind",
  "line",
  "target",
  "action",
  "stamp",
  "archive",
  "state",
  "reason",
  "status",
  "requestId",
  "lastTried",
] as const satisfies (keyof Gap)[];

/** The lines of archives.csv. */
export async function* archivesTable(archives: Rows<KnownArchive>): AsyncGenerator<string> {
  yield csvRow(ARCHIVE_COLUMNS);
  for await (const archive of archives) yield archiveLine(archive);
}

export function archiveLine(archive: KnownArchive): string {
  return csvRow(ARCHIVE_COLUMNS.map((name) => archive[name]));
}

/** The rows of a table, as text and by column; a broken row has no values. */
export async function* tableRows(bytes: AsyncIterable<Uint8Array>) {
  let columns: string[] | undefined;
  for await (const row of rowsOf(bytes)) {
    const fields = "bad" in row ? [] : row.fields;
    if (columns)
      yield {
        text: row.text,
        value: (name: string) => fields[columns?.indexOf(name) ?? -1] ?? "",
      };
    columns ??= fields;
  }
}

/** The lines of gaps.csv; none at all without a gap, unless there must be a header. */
export async function* gapsTable(gaps: Rows<Gap>, hasHeader = false): AsyncGenerator<string> {
  let isHeaded = hasHeader;
  if (hasHeader) yield csvRow(GAP_COLUMNS);
  for await (const gap of gaps) {
    if (!isHeaded) yield csvRow(GAP_COLUMNS);
    isHeaded = true;
    yield csvRow(GAP_COLUMNS.map((name) => gap[name]));
  }
}

/** The lines of manifest-sha256.txt. */
export async function* manifest(ledger: Ledger): AsyncGenerator<string> {
  for await (const { state, path, sha256 } of ledger.archives()) {
    if (state === "kept") yield `${sha256}  ${path}`;
  }
}
