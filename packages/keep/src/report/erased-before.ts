import type { Store } from "../store/store.ts";
import type { ArchiveSettlement } from "../words/rows.ts";
import { linesOf } from "../worklist/lines.ts";
import { csvRows } from "../worklist/row-readers.ts";
import { ARCHIVES_FILE } from "./run-files.ts";

/** The tombstones that archives.csv has, for a ledger that does not know them: its own was lost, or is another one. */
export async function* erasedBefore(files: Store): AsyncGenerator<ArchiveSettlement> {
  if (!(await files.has(ARCHIVES_FILE))) return;
  const reader = csvRows();
  let columns: string[] | undefined;
  for await (const { lines } of linesOf(files.read(ARCHIVES_FILE))) {
    for (const row of lines.flatMap((line, at) => reader.take(line, at))) {
      if ("bad" in row) continue;
      if (columns === undefined) {
        columns = row.fields;
        continue;
      }
      const value = (name: string) => row.fields[columns?.indexOf(name) ?? -1] ?? "";
      if (value("state") === "erased") yield tombstone(value("id"), value("sha256") || null);
    }
  }
}

function tombstone(id: string, sha256: string | null): ArchiveSettlement {
  const forgotten = { action: "", target: "", sendingDate: "", expiresOn: "" };
  const none = { path: null, bytes: null, keptAt: null, requestId: null };
  return {
    kind: "archive",
    archive: { id, sha256, ...forgotten, ...none },
    state: "erased",
    trouble: { reason: "It was erased before this ledger began." },
  };
}
