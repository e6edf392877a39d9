import type { Store } from "../store/store.ts";
import type { ArchiveSettlement } from "../words/rows.ts";
import { ARCHIVES_FILE } from "./run-files.ts";
import { tableRows } from "./tables.ts";

/**
 * The tombstones in archives.csv, for a ledger that does not know them: the earlier one was lost, or it is another one.
 */
export async function* erasedBefore(files: Store): AsyncGenerator<ArchiveSettlement> {
  if (!(await files.has(ARCHIVES_FILE))) return;
  for await (const { value } of tableRows(files.read(ARCHIVES_FILE))) {
    if (value("state") === "erased") yield tombstone(value("id"), value("sha256") || null);
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
