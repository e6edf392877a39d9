import type { MailArchive } from "@np6-archives/client";
import { mailPath } from "../store/mail-name.ts";
import { hashOf } from "../store/store.ts";
import type { Stored } from "../store/store.ts";
import type { KnownArchive, Trouble } from "../words/rows.ts";
import type { ArchiveState } from "../words/states.ts";
import type { Downloads } from "./downloads.ts";
import type { ActiveJob } from "./job.ts";
import type { Renew } from "./renewals.ts";
import type { Settler } from "./settler.ts";
import type { Slots } from "./slots.ts";

/** The facts of an archive that a listing gives. */
type Listed = Pick<
  KnownArchive,
  "id" | "action" | "target" | "sendingDate" | "expiresOn" | "requestId"
>;

/** All mails of a run. */
export interface Mails {
  /**
   * Keeps a listed mail, or writes why not; resolves when its row is written.
   *
   * @param renew lists it again for a fresh link; undefined where it was just listed for that.
   */
  take(archive: MailArchive, requestId: string | null, renew: Renew | undefined): Promise<void>;
}

export function mails(
  job: ActiveJob,
  { downloads, slots, written }: { downloads: Downloads; slots: Slots; written: Settler },
): Mails {
  const { ledger, store, soft } = job;
  const taking = new Map<string, Promise<unknown>>();

  /** If two listings bring an id at once, it is taken once; the second finds it settled. */
  async function take(
    archive: MailArchive,
    requestId: string | null,
    renew: Renew | undefined,
  ): Promise<void> {
    while (taking.has(archive.id)) await taking.get(archive.id);
    const taken = slots
      .use(() => settleMail(archive, requestId, renew))
      .then((commit) => commit?.() ?? true);
    taking.set(
      archive.id,
      taken.catch(() => {}),
    );
    const isWritten = await taken.finally(() => taking.delete(archive.id));
    // Another machine settled it meanwhile, perhaps with other bytes.
    if (!isWritten) await take(archive, requestId, renew);
  }

  /** Settles one listed archive. Returns the wait for its row, which needs no slot. */
  async function settleMail(
    archive: MailArchive,
    requestId: string | null,
    renew: Renew | undefined,
  ): Promise<(() => Promise<boolean>) | undefined> {
    soft.throwIfAborted();
    const { id, action, target, sendingDate, expiresOn } = archive;
    const listed = { id, action, target, sendingDate, expiresOn, requestId };
    const known = await ledger.find(id);
    const first = known[0];
    // Also an archive in conflict: the erased target is forgotten, so it cannot be told from this one.
    if (known.some(({ state }) => state === "erased")) return undefined;
    if (first?.state === "kept") {
      const isKnown = (row: KnownArchive) =>
        row.action === action &&
        row.target === target &&
        isSameInstant(row.sendingDate, sendingDate);
      if (known.some(isKnown)) return undefined;
      const conflict = await conflictWith(first, archive, renew);
      return conflict && write(listed, "conflict", conflict);
    }
    const isOthers = (row: KnownArchive) => row.action !== action || row.target !== target;
    const namesake = first && isOthers(first) ? first : undefined;
    if (namesake && !known.every(isOthers)) return undefined;
    const path = mailPath(id);
    // A killed run may have stored it without writing its row.
    const whole = await store.look(path);
    // An empty file is no mail: a power failure can leave one.
    if (whole?.bytes === 0) await store.remove(path);
    const got = whole?.bytes
      ? { stored: whole }
      : await downloads.download(archive, renew, (body) => store.put(path, body));
    const row = first?.row;
    if (!("stored" in got)) {
      const { state, trouble } = got;
      if (namesake === undefined) return write(listed, state, { trouble, row });
      const reason = sharedIdReason(trouble.reason);
      return write(listed, "conflict", { trouble: { ...trouble, reason } });
    }
    if (namesake) {
      const { status, failedRequestId } = namesake;
      const trouble = {
        reason: sharedIdReason(namesake.reason),
        status: status ?? undefined,
        requestId: failedRequestId ?? undefined,
      };
      // Not awaited: both rows are in one commit, and the other one reports a failure.
      write(namesake, "conflict", { trouble })().catch(() => {});
    }
    return write(listed, "kept", { ...got, row });
  }

  /** What to write for an archive whose id is kept already; undefined when its mail is the kept one. */
  async function conflictWith(
    kept: KnownArchive,
    archive: MailArchive,
    renew: Renew | undefined,
  ): Promise<{ stored?: Stored; trouble: Trouble } | undefined> {
    const other = await downloads.download(archive, renew, hashOf);
    if (!("stored" in other)) {
      const reason = `Its id is kept already, and this one could not be compared: ${other.trouble.reason}`;
      return { trouble: { ...other.trouble, reason } };
    }
    const { stored } = other;
    if (stored.sha256 === kept.sha256) return undefined;
    return { stored, trouble: { reason: "Its id is kept already, with other bytes." } };
  }

  /** Writes a row, in the place of `row` if given. Returns the wait for it. */
  function write(
    listed: Listed,
    state: ArchiveState,
    { stored, trouble, row }: { stored?: Stored; trouble?: Trouble; row?: number | undefined },
  ): () => Promise<boolean> {
    const isKept = state === "kept";
    const done = written.settle({
      kind: "archive",
      row,
      state,
      trouble,
      archive: {
        ...listed,
        path: isKept ? mailPath(listed.id) : null,
        bytes: stored?.bytes ?? null,
        sha256: stored?.sha256 ?? null,
        keptAt: isKept ? new Date().toISOString() : null,
      },
    });
    return () => done;
  }

  return { take };
}

/** The reason for a gap: of two mails with one id only one is in the store. */
function sharedIdReason(reason: string | null): string {
  return `Its id is listed for another mail, too, and this one could not be had: ${reason}`;
}

/** NP6 writes an instant in more than one way. */
function isSameInstant(one: string, other: string): boolean {
  return one === other || Date.parse(one) === Date.parse(other);
}
