import { stat } from "node:fs/promises";
import { join } from "node:path";
import { openKept } from "@np6-archives/keep";
import type { KeptMails } from "@np6-archives/keep";

/**
 * Opens a store to look mails up and read them. If another store is put in its place, that one is read from then on;
 * the ledger that is open would still show the first.
 *
 * Rejects with KeepError when there is none; later its own calls do.
 */
export async function openKeptStore(store: string): Promise<KeptMails> {
  let ledger = await ledgerOf(store);
  let opened = openKept({ store });
  await opened;

  const current = async (): Promise<KeptMails> => {
    const there = await ledgerOf(store);
    if (there !== ledger) {
      ledger = there;
      void opened.then((old) => old.close()).catch(() => {});
      opened = openKept({ store });
      // If it is only partly in place, the next call tries again.
      opened.catch(() => (ledger = undefined));
    }
    return opened;
  };
  return {
    find: async (query) => (await current()).find(query),
    async *read(archive) {
      yield* (await current()).read(archive);
    },
    close: async () => (await opened).close(),
  };
}

/** The identity of the ledger's file; undefined where there is none. */
async function ledgerOf(store: string): Promise<string | undefined> {
  const file = await stat(join(store, "ledger.sqlite"), { bigint: true }).catch(() => undefined);
  return file && `${file.dev} ${file.ino}`;
}
