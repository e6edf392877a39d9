import { linkState } from "@np6-archives/client";
import type { MailArchive, MailContent } from "@np6-archives/client";
import { mailPath } from "../store/mail-name.ts";
import { hashOf } from "../store/store.ts";
import type { Stored } from "../store/store.ts";
import type { KnownArchive, Trouble } from "../words/rows.ts";
import type { ArchiveState } from "../words/states.ts";
import { rangeAround } from "./askings.ts";
import type { ActiveJob } from "./job.ts";
import type { Listings } from "./listings.ts";
import { TRIES, triesAt } from "./outage.ts";
import type { Outage } from "./outage.ts";
import type { Settler } from "./settler.ts";
import type { Slots } from "./slots.ts";
import { NoMailError, mailVerdict, troubleOf } from "./troubles.ts";
import type { Reached } from "./troubles.ts";

/** How long the storage may take to say whether a mail is there. Milliseconds. */
const PROBE_TIMEOUT = 30_000;

/** What a listing tells of an archive. */
type Listed = Pick<
  KnownArchive,
  "id" | "action" | "target" | "sendingDate" | "expiresOn" | "requestId"
>;

/** An archive with a fresh link, if listing it again brings one. */
type Renew = (archive: MailArchive) => Promise<MailArchive | undefined>;

/** All downloads of a run. */
export interface Downloads {
  /**
   * Keeps a listed mail, or says why not; resolves when its row is written.
   *
   * @param renew brings it again with a link that may work; undefined where it was listed for its link just now.
   */
  take(archive: MailArchive, requestId: string | null, renew: Renew | undefined): Promise<void>;
  /** Renews links of archives that one listing brought: those of an action that are dead by the clock all at once. */
  renewals(archives: readonly MailArchive[]): Renew;
  /** Whether a mail that could be had before is there still; undefined where there is none. Nothing of it is fetched. */
  probe(): Promise<boolean | undefined>;
}

/** @param storage takes their failures. */
export function downloads(
  job: ActiveJob,
  storage: Outage,
  { listings, slots, written }: { listings: Listings; slots: Slots; written: Settler },
): Downloads {
  const { client, ledger, store, giveUpAfter, soft, hard } = job;
  const taking = new Map<string, Promise<unknown>>();
  /** A mail that could be had in this run. */
  let lastTaken: MailArchive | undefined;

  /** An id that two listings bring at once is taken once; the second finds it settled. */
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

  /** Does what is to be done with one listed archive. Hands back the wait for its row, which needs no slot. */
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
    // Also one in conflict: its target is forgotten, so it cannot be told from this one.
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
    // A killed run stored it and could not write its row.
    const whole = await store.look(path);
    // Nor is an empty file a mail: a disk that lost its power can leave one.
    if (whole?.bytes === 0) await store.remove(path);
    const got = whole?.bytes
      ? { stored: whole }
      : await download(archive, renew, (body) => store.put(path, body));
    const row = first?.row;
    if (!("stored" in got)) {
      const { state, trouble } = got;
      if (namesake === undefined) return write(listed, state, { trouble, row });
      const reason = notHad(trouble.reason);
      return write(listed, "conflict", { trouble: { ...trouble, reason } });
    }
    if (namesake) {
      const { status, failedRequestId } = namesake;
      const trouble = {
        reason: notHad(namesake.reason),
        status: status ?? undefined,
        requestId: failedRequestId ?? undefined,
      };
      // Both rows are of one commit: where it fails, the other one tells.
      write(namesake, "conflict", { trouble })().catch(() => {});
    }
    return write(listed, "kept", { ...got, row });
  }

  /** What is to be written of an archive whose id is kept already; undefined when its mail is the kept one. */
  async function conflictWith(
    kept: KnownArchive,
    archive: MailArchive,
    renew: Renew | undefined,
  ): Promise<{ stored?: Stored; trouble: Trouble } | undefined> {
    const other = await download(archive, renew, hashOf);
    if (!("stored" in other)) {
      const reason = `Its id is kept already, and this one could not be compared: ${other.trouble.reason}`;
      return { trouble: { ...other.trouble, reason } };
    }
    const { stored } = other;
    if (stored.sha256 === kept.sha256) return undefined;
    return { stored, trouble: { reason: "Its id is kept already, with other bytes." } };
  }

  /** Writes a row, in the place of `row` where there is one. Hands back the wait for it. */
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

  async function download(
    listed: MailArchive,
    renew: Renew | undefined,
    into: (body: AsyncIterable<Uint8Array>) => Promise<Stored>,
  ): Promise<{ stored: Stored } | { state: ArchiveState; trouble: Trouble }> {
    let archive = listed;
    let mayRenew = renew !== undefined;
    let damaged = 0;
    const tries = triesAt(storage, giveUpAfter, soft);
    for (;;) {
      const reached: Reached = { opened: false, size: undefined, bytes: 0 };
      // Its error is the reason of a stop, whatever that is, and none of this mail's.
      if (!isDead(archive)) await storage.pass();
      try {
        const mail = await client.download(archive, {
          signal: hard,
          refresh: false,
          maxRetries: 0,
        });
        reached.opened = true;
        reached.size = mail.size;
        const stored = await into(counted(archive.id, mail, reached));
        lastTaken = archive;
        storage.worked();
        return { stored };
      } catch (error) {
        if (hard.aborted) throw error;
        const verdict = mailVerdict(error, reached);
        if (verdict.is === "fatal") throw error;
        const trouble = troubleOf(error);
        if (verdict.is === "settled") {
          if (verdict.state === "expired" && mayRenew) {
            mayRenew = false;
            const renewed = await renew?.(archive);
            if (renewed && linkState(renewed) === "usable") {
              archive = renewed;
              continue;
            }
          }
          damaged += verdict.state === "damaged" ? 1 : TRIES;
          if (trouble.status !== undefined) storage.worked();
          if (damaged >= TRIES) return { state: verdict.state, trouble };
          await tries.wait();
          continue;
        }
        const goesOn = await tries.failed(trouble.reason, verdict.is === "limited");
        if (!goesOn) return { state: "failed", trouble };
      }
    }
  }

  function renewals(archives: readonly MailArchive[]): Renew {
    const coming = new Map<string, Promise<ReadonlyMap<string, MailArchive>>>();
    return async (archive) => {
      // One that the storage refuses before its time is none of those.
      if (!isDead(archive)) return (await listAgain([archive])).get(archive.id);
      const { action, target } = archive;
      const key = `${target} ${action}`;
      const asked =
        coming.get(key) ??
        listAgain(
          archives.filter(
            (each) => each.action === action && each.target === target && isDead(each),
          ),
        );
      coming.set(key, asked);
      return (await asked).get(archive.id);
    };
  }

  /** One listing for archives of one action and target. */
  async function listAgain(
    group: readonly MailArchive[],
  ): Promise<ReadonlyMap<string, MailArchive>> {
    const [{ action, target }] = group as [MailArchive];
    const range = rangeAround(group.map(({ sendingDate }) => sendingDate));
    const answer = await listings.list({ action, target, stamp: "" }, range);
    const archives = "state" in answer ? [] : answer.archives;
    return new Map(archives.map((archive) => [archive.id, archive]));
  }

  /** A mail that an earlier run kept, with a link that may work. */
  async function takenBefore(): Promise<MailArchive | undefined> {
    const item = await ledger.working();
    for (const archive of (item && (await listings.again(item))) ?? []) {
      const [known] = await ledger.find(archive.id);
      if (known?.state === "kept" && linkState(archive) === "usable") return archive;
    }
    return undefined;
  }

  return {
    take,
    renewals,
    async probe() {
      lastTaken ??= await takenBefore();
      if (lastTaken === undefined) return undefined;
      const signal = AbortSignal.any([soft, AbortSignal.timeout(PROBE_TIMEOUT)]);
      const headers = { "accept-encoding": "identity" };
      // A proxy that sends all to its own page has an answer there, and no mail.
      const init = { method: "HEAD", headers, redirect: "manual", signal } as const;
      const found = await fetch(lastTaken.url, init).catch(() => {});
      if (found?.ok && !isNoMail(found.headers)) return true;
      lastTaken = undefined;
      return undefined;
    },
  };
}

/** Of two mails with one id only one is in the store; the other stays a gap of its own, and this is why. */
function notHad(reason: string | null): string {
  return `Its id is listed for another mail, too, and this one could not be had: ${reason}`;
}

function isDead(archive: MailArchive): boolean {
  return linkState(archive) === "expired";
}

/** NP6 writes an instant in more than one way. */
function isSameInstant(one: string, other: string): boolean {
  return one === other || Date.parse(one) === Date.parse(other);
}

/** What a fetch decodes, without a word where it is cut. Other names are of no coding, such as `utf-8`. */
const DECODED = /\b(?:x-)?(?:aws-chunked|gzip|deflate|br|zstd|compress)\b/i;

/** What comes empty or encoded for one that could be had comes so for all. */
function isNoMail(headers: Headers): boolean {
  const isEmpty = headers.get("content-length") === "0";
  return isEmpty || DECODED.test(headers.get("content-encoding") ?? "");
}

async function* counted(id: string, { body, encoding }: MailContent, reached: Reached) {
  if (encoding !== undefined && DECODED.test(encoding)) {
    await body.cancel();
    throw new NoMailError(id, "it came encoded, and nothing tells then whether it is whole");
  }
  for await (const chunk of body) {
    reached.bytes += chunk.length;
    yield chunk;
  }
  if (reached.bytes === 0) throw new NoMailError(id, "it is empty");
}
