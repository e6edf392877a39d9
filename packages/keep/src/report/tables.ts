import type { SqliteLedger } from "../ledger/sqlite-ledger.ts";
import { csvRow } from "../words/csv-row.ts";
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
export function* archivesTable(archives: Iterable<KnownArchive>): Generator<string> {
  yield csvRow(ARCHIVE_COLUMNS);
  for (const archive of archives) yield csvRow(ARCHIVE_COLUMNS.map((name) => archive[name]));
}

/** The lines of gaps.csv; none at all without a gap, unless there must be a header. */
export function* gapsTable(gaps: Iterable<Gap>, hasHeader = false): Generator<string> {
  let isHeaded = hasHeader;
  if (hasHeader) yield csvRow(GAP_COLUMNS);
  for (const gap of gaps) {
    if (!isHeaded) yield csvRow(GAP_COLUMNS);
    isHeaded = true;
    yield csvRow(GAP_COLUMNS.map((name) => gap[name]));
  }
}

/** The lines of manifest-sha256.txt. */
export function* manifest(ledger: SqliteLedger): Generator<string> {
  for (const { state, path, sha256 } of ledger.archives()) {
    if (state === "kept") yield `${sha256}  ${path}`;
  }
}
