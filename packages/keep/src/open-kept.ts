import { createHash } from "node:crypto";
import type { Ledger, Soon } from "./ledger/ledger.ts";
import { readStore } from "./open-store.ts";
import type { StoreOptions } from "./store-places.ts";
import { mailPath } from "./store/mail-name.ts";
import { KeepError, invalid } from "./words/keep-error.ts";
import type { KnownArchive } from "./words/rows.ts";

/** A mail that is kept. */
export interface KeptArchive {
  /** The archive's id. */
  id: string;
  /** The id of the action that sent it. */
  action: string;
  /** The id of the target that received it. */
  target: string;
  /** When it was sent, as NP6 listed it. */
  sendingDate: string;
  /** When its link dies or died, as NP6 listed it. */
  expiresOn: string;
  /** When it was kept, as ISO 8601. */
  keptAt: string;
  /** How many bytes it has. */
  bytes: number;
  /** The SHA-256 of its bytes, in hex. */
  sha256: string;
}

/** Which mails: all of a target, those of an action to a target, those of a stamp, or that of an archive. */
export type KeptQuery =
  | {
      /** The target's id. */
      target: string;
      /** The action's id. Default: of any action. */
      action?: string | undefined;
    }
  | {
      /** The stamp of one sending. */
      stamp: string;
    }
  | {
      /** The archive's id. */
      id: string;
    };

/** Looks up and reads what is kept, also while a run goes on. */
export interface KeptMails {
  /**
   * The kept mails, in no order. Rejects with KeepError for a query without a text as target, stamp or id, and with the
   * ledger's own error when that cannot be read.
   */
  find(query: KeptQuery): Promise<KeptArchive[]>;
  /**
   * The bytes of a kept mail, as they were sent.
   *
   * @throws the store's own error when they are missing, and KeepError, after the last byte, when they are not those
   * that were stored.
   */
  read(archive: KeptArchive): AsyncIterable<Uint8Array>;
  /** Closes the store. Rejects with the ledger's own error when that cannot be closed. */
  close(): Promise<void>;
}

/** Opens a store to look mails up and read them. Rejects with KeepError when there is none. */
export async function openKept(options: StoreOptions): Promise<KeptMails> {
  const { ledger, files, close } = await readStore(options);
  return {
    async find(query) {
      const known = await knownOf(ledger, query);
      const action = "action" in query ? query.action : undefined;
      return known
        .flatMap((archive) => keptOf(archive) ?? [])
        .filter((kept) => action === undefined || kept.action === action);
    },
    read: (archive) => asStored(archive, files.read(mailPath(archive.id))),
    close,
  };
}

function knownOf(ledger: Ledger, query: KeptQuery): Soon<KnownArchive[]> {
  const { stamp, target, id }: Record<string, unknown> = { ...query };
  if (typeof stamp === "string") return ledger.archivesOfStamp(stamp);
  if (typeof target === "string") return ledger.archivesOf(target);
  if (typeof id === "string") return ledger.find(id);
  throw invalid("query", "a text as target, stamp or id", stamp ?? target ?? id);
}

/** Passes the bytes on, and throws at their end if they are not those that were stored. */
async function* asStored(archive: KeptArchive, bytes: AsyncIterable<Uint8Array>) {
  const hash = createHash("sha256");
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== archive.sha256)
    throw new KeepError(`Archive ${archive.id} is not as it was stored; \`verify\` tells more.`);
}

function keptOf(archive: KnownArchive): KeptArchive | undefined {
  const { id, action, target, sendingDate, expiresOn, path, keptAt, bytes, sha256 } = archive;
  const isKept = archive.state === "kept" && path !== null;
  if (!isKept || keptAt === null || bytes === null || sha256 === null) return undefined;
  return { id, action, target, sendingDate, expiresOn, keptAt, bytes, sha256 };
}
