import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { linkState } from "@np6-archives/client";
import type { ArchivesClient, DateRange, MailArchive } from "@np6-archives/client";
import type { WorkLedger } from "../ledger/ledger.ts";
import type { Pace } from "../pace/pace.ts";
import { mailPath } from "../store/mail-name.ts";
import type { Store, Stored } from "../store/store.ts";
import type { KeepEvent } from "../words/events.ts";
import type { Item, KnownArchive, Settlement, Trouble } from "../words/rows.ts";
import type { ArchiveState } from "../words/states.ts";
import { outage } from "./outage.ts";
import { settler } from "./settler.ts";
import { slots } from "./slots.ts";
import { listingVerdict, mailVerdict, troubleOf } from "./troubles.ts";
import type { Reached } from "./troubles.ts";

/** One listing call to make: for an item, or for archives that are known and not kept. */
export interface Asking {
  by: Pick<Item, "target" | "action" | "stamp">;
  range: DateRange | null;
  /** The item that it settles. */
  item?: Item | undefined;
  /** The only archives to take, by id. */
  wanted?: ReadonlyMap<string, KnownArchive> | undefined;
  /** Is called once all that it brought is settled, durably. */
  settled?: (() => void) | undefined;
}

export interface Job {
  client: ArchivesClient;
  ledger: WorkLedger;
  store: Store;
  pace: Pace;
  askings: AsyncIterable<Asking>;
  parallel: number;
  giveUpAfter: number;
  /** No new work; what is in flight ends within `PATIENCE`. */
  signal: AbortSignal;
  onEvent: (event: KeepEvent) => void;
}

/** Why a run ended before all was settled. */
export class Stopped extends Error {
  override name = "Stopped";
}

/** How long mails in flight may take once the run is to stop. Milliseconds. */
const PATIENCE = 9000;
/** So often a call fails while others work before it is given up. */
const TRIES = 3;
const FIRST_WAIT = 500;
/** How long the storage may take to say whether a mail is there. Milliseconds. */
const PROBE_TIMEOUT = 30_000;
const LONGEST_WAIT = 10_000;
/** A second around the sending: what a listing is asked for that brings one archive again. */
const AROUND = 1000;

type Listed = { archives: MailArchive[]; requestId: string | null };
type Answer = Listed | { state: Exclude<Item["state"], "listed" | "open">; trouble: Trouble };

/**
 * Lists, takes and stores until all askings are settled.
 *
 * @throws Stopped when the signal came or an outage lasted too long, and what else ended it: a refused key, a store or
 * a ledger that can not be written. What was not settled then is open.
 */
export async function work(job: Job): Promise<void> {
  const { client, ledger, store, pace, onEvent, parallel } = job;
  const hard = new AbortController();
  let ending: unknown;
  const end = (error: unknown) => {
    ending ??= error;
    hard.abort(ending);
  };
  const { signal } = hard;
  /** For what is not begun yet: it ends at once when the run is to stop. */
  const soft = AbortSignal.any([signal, job.signal]);
  const listings = slots(parallel);
  const mails = slots(parallel);
  const taking = new Map<string, Promise<unknown>>();
  const tasks = new Set<Promise<void>>();
  const written = settler({ ledger, store }, tell);

  const service = (
    of: "api" | "storage",
    probe: () => Promise<boolean | undefined>,
    until: AbortSignal,
  ) =>
    outage({
      giveUpAfter: job.giveUpAfter,
      onGiveUp: (reason) =>
        end(new Stopped(`Nothing worked for ${job.giveUpAfter / 1000} s: ${reason}`)),
      onChange: (down, reason) => onEvent({ event: "outage", of, down, reason }),
      probe,
      signal: until,
    });
  const api = service("api", probeApi, soft);
  const storage = service("storage", probeStorage, signal);
  /** A mail that could be had in this run. */
  let lastTaken: MailArchive | undefined;

  const soften = () => {
    setTimeout(() => end(new Stopped("It was asked to stop.")), PATIENCE).unref();
  };
  job.signal.addEventListener("abort", soften, { once: true });
  if (job.signal.aborted) soften();

  try {
    for await (const asking of job.askings) {
      if (job.signal.aborted || signal.aborted) break;
      await listings.below(parallel);
      await mails.below(parallel * 2);
      if (job.signal.aborted || signal.aborted) break;
      const task = settleItem(asking)
        .then(() => asking.settled?.())
        .catch((error: unknown) => {
          if (!job.signal.aborted) end(error);
        })
        .finally(() => tasks.delete(task));
      tasks.add(task);
    }
    await Promise.all(tasks);
    await written.idle();
  } catch (error) {
    end(error);
    await Promise.all(tasks);
  } finally {
    await written.idle().catch(end);
    job.signal.removeEventListener("abort", soften);
    api.close();
    storage.close();
  }
  if (ending !== undefined) throw ending;
  if (job.signal.aborted) throw new Stopped("It was asked to stop.");

  async function settleItem(asking: Asking): Promise<void> {
    const { item, wanted } = asking;
    const listed = await listings.use(() => list(asking));
    if ("state" in listed) {
      if (item) await written.settle({ kind: "item", item, ...listed });
      const rows = [...(wanted?.values() ?? [])];
      await Promise.all(rows.map((known) => stays(known, listed.trouble)));
      return;
    }
    const { archives, requestId } = listed;
    const missed = new Map(wanted);
    const settled = archives
      .filter((archive) => wanted?.has(archive.id) ?? isBefore(archive, asking.range))
      .map((archive) => {
        missed.delete(archive.id);
        return take(archive, requestId, wanted !== undefined);
      });
    for (const known of missed.values()) {
      settled.push(stays(known, { reason: "The listing did not bring it again." }));
    }
    await Promise.all(settled);
    if (item) {
      const ids = item.stamp === "" ? undefined : archives.map(({ id }) => id);
      await written.settle({ kind: "item", item, state: "listed", archives: ids });
    }
  }

  async function stays({ row, ...archive }: KnownArchive, trouble: Trouble): Promise<void> {
    await written.settle({ kind: "archive", row, archive, state: archive.state, trouble });
  }

  /** One listing, at the pace of all, until there is an answer. */
  async function list({ by, range }: Pick<Asking, "by" | "range">): Promise<Answer> {
    let strikes = 0;
    let seen = api.successes();
    for (let tries = 0; ; tries += 1) {
      await api.pass();
      const started = await pace.turn(soft);
      try {
        const { data, requestId } = await call(by, range);
        answered();
        return { archives: data, requestId: requestId ?? null };
      } catch (error) {
        if (signal.aborted) throw error;
        const verdict = listingVerdict(error);
        if (verdict.is === "fatal") throw error;
        if (verdict.is === "limited") {
          const wait = await pace.limited(started, verdict.wait);
          api.worked();
          onEvent({ event: "limited", wait, rate: pace.rate() });
          continue;
        }
        const trouble = troubleOf(error);
        if (verdict.is === "settled") {
          if (trouble.status !== undefined) answered();
          return { state: verdict.state as "failed", trouble };
        }
        // A strike is a failure while others worked: the waits need not grow on.
        if (api.successes() > seen) {
          strikes += 1;
          tries = 0;
        }
        if (strikes >= TRIES) return { state: "failed", trouble };
        seen = api.successes();
        api.failed(trouble.reason);
        await backoff(tries);
      }
    }
  }

  function answered(): void {
    pace.answered();
    api.worked();
  }

  function call({ stamp, action, target }: Asking["by"], range: DateRange | null) {
    const options = { signal, maxRetries: 0 };
    if (stamp !== "") return client.listByStamp(stamp, options).withResponse();
    if (action === "") return client.listByTarget(target, range, options).withResponse();
    return client.listByActionAndTarget(action, target, range, options).withResponse();
  }

  /** While nothing works, what worked before is the measure: an item may fail for reasons of its own. */
  async function probeApi(): Promise<boolean | undefined> {
    const item = await ledger.working();
    return item && (await listedAgain(item)) !== undefined;
  }

  /** What a listing that worked before brings now; undefined where the API does not answer for it. */
  async function listedAgain(item: Item): Promise<readonly MailArchive[] | undefined> {
    const started = await pace.turn(signal);
    try {
      const { data } = await call(item, null);
      return data;
    } catch (error) {
      const verdict = listingVerdict(error);
      if (verdict.is === "fatal" && !signal.aborted) end(error);
      if (verdict.is === "limited") await pace.limited(started, verdict.wait);
      return verdict.is === "passing" ? undefined : [];
    }
  }

  /** The same for the storage: whether a mail that could be had is there still. Nothing of it is fetched again. */
  async function probeStorage(): Promise<boolean | undefined> {
    lastTaken ??= await takenBefore();
    if (lastTaken === undefined) return undefined;
    const until = AbortSignal.any([signal, AbortSignal.timeout(PROBE_TIMEOUT)]);
    const found = await fetch(lastTaken.url, { method: "HEAD", signal: until }).catch(() => {});
    if (found?.ok) return true;
    lastTaken = undefined;
    return undefined;
  }

  /** A mail that an earlier run kept, with a link that may work. */
  async function takenBefore(): Promise<MailArchive | undefined> {
    const item = await ledger.working();
    for (const archive of (item && (await listedAgain(item))) ?? []) {
      const [known] = await ledger.find(archive.id);
      if (known?.state === "kept" && linkState(archive) === "usable") return archive;
    }
    return undefined;
  }

  async function backoff(tries: number): Promise<void> {
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** tries);
    await sleep(wait, undefined, { signal: soft });
  }

  /** An id that two listings bring at once is taken once; the second finds it settled. */
  async function take(
    archive: MailArchive,
    requestId: string | null,
    isFresh: boolean,
  ): Promise<void> {
    while (taking.has(archive.id)) await taking.get(archive.id);
    const taken = mails
      .use(() => settleMail(archive, requestId, isFresh))
      .then((commit) => commit?.() ?? true);
    taking.set(
      archive.id,
      taken.catch(() => {}),
    );
    const isWritten = await taken.finally(() => taking.delete(archive.id));
    // Another machine settled it meanwhile, perhaps with other bytes.
    if (!isWritten) await take(archive, requestId, isFresh);
  }

  /** Does what is to be done with one listed archive. Hands back the wait for its row, which needs no slot. */
  async function settleMail(
    archive: MailArchive,
    requestId: string | null,
    isFresh: boolean,
  ): Promise<(() => Promise<boolean>) | undefined> {
    soft.throwIfAborted();
    const { id, action, target, sendingDate, expiresOn } = archive;
    const known = await ledger.find(id);
    const first = known[0];
    // Also one in conflict: its target is forgotten, so it can not be told from this one.
    if (known.some(({ state }) => state === "erased")) return undefined;
    const path = mailPath(id);
    const facts = { id, action, target, sendingDate, expiresOn, requestId };
    const write = (
      state: ArchiveState,
      stored: Stored | undefined,
      trouble?: Trouble,
      row?: number,
    ) => {
      const isKept = state === "kept";
      const done = written.settle({
        kind: "archive",
        row,
        state,
        trouble,
        archive: {
          ...facts,
          path: isKept ? path : null,
          bytes: stored?.bytes ?? null,
          sha256: stored?.sha256 ?? null,
          keptAt: isKept ? new Date().toISOString() : null,
        },
      });
      return () => done;
    };

    if (first?.state === "kept") {
      const isKnown = (row: KnownArchive) =>
        row.action === action && row.target === target && row.sendingDate === sendingDate;
      if (known.some(isKnown)) return undefined;
      const other = await download(archive, isFresh, (body) => hashOf(body));
      if ("stored" in other && other.stored.sha256 === first.sha256) return undefined;
      if ("stored" in other) {
        const reason = "Its id is kept already, with other bytes.";
        return write("conflict", other.stored, { reason });
      }
      return write("conflict", undefined, other.trouble);
    }
    // A killed run stored it and could not write its row.
    const whole = await store.look(path);
    if (whole) return write("kept", whole, undefined, first?.row);
    const got = await download(archive, isFresh, (body) => store.put(path, body));
    if ("stored" in got) return write("kept", got.stored, undefined, first?.row);
    return write(got.state, undefined, got.trouble, first?.row);
  }

  async function download(
    listed: MailArchive,
    isFresh: boolean,
    into: (body: AsyncIterable<Uint8Array>) => Promise<Stored>,
  ): Promise<{ stored: Stored } | { state: ArchiveState; trouble: Trouble }> {
    let archive = listed;
    let mayRenew = !isFresh;
    let strikes = 0;
    let damaged = 0;
    let seen = storage.successes();
    for (let tries = 0; ; tries += 1) {
      const reached: Reached = { opened: false, size: undefined, bytes: 0 };
      try {
        if (linkState(archive) !== "expired") await storage.pass();
        const mail = await client.download(archive, { signal, refresh: false, maxRetries: 0 });
        reached.opened = true;
        reached.size = mail.size;
        const stored = await into(counted(mail.body, reached));
        lastTaken = archive;
        storage.worked();
        return { stored };
      } catch (error) {
        if (signal.aborted) throw error;
        const verdict = mailVerdict(error, reached);
        if (verdict.is === "fatal") throw error;
        const trouble = troubleOf(error);
        if (verdict.is === "settled") {
          if (verdict.state === "expired" && mayRenew) {
            mayRenew = false;
            const renewed = await renew(archive);
            if (renewed && linkState(renewed) === "usable") {
              archive = renewed;
              continue;
            }
          }
          damaged += verdict.state === "damaged" ? 1 : TRIES;
          if (trouble.status !== undefined) storage.worked();
          if (damaged >= TRIES) return { state: verdict.state, trouble };
          await backoff(tries);
          continue;
        }
        if (storage.successes() > seen) {
          strikes += 1;
          tries = 0;
        }
        if (strikes >= TRIES) return { state: "failed", trouble };
        seen = storage.successes();
        storage.failed(trouble.reason);
        await backoff(tries);
      }
    }
  }

  /** The archive with a fresh link, if listing it again brings one. */
  async function renew({ id, action, target, sendingDate }: MailArchive) {
    const sent = Date.parse(sendingDate);
    const range = Number.isNaN(sent)
      ? null
      : { startDate: new Date(sent - AROUND), endDate: new Date(sent + AROUND) };
    const again = await list({ by: { action, target, stamp: "" }, range });
    return "state" in again ? undefined : again.archives.find((archive) => archive.id === id);
  }

  function tell(settlements: readonly Settlement[]): void {
    for (const settlement of settlements) {
      const { trouble } = settlement;
      if (settlement.kind === "item") {
        const { line, target, action, stamp } = settlement.item;
        onEvent({ event: "item", line, target, action, stamp, state: settlement.state, trouble });
      } else {
        const { id, action, target, bytes } = settlement.archive;
        onEvent({ event: "archive", id, action, target, state: settlement.state, bytes, trouble });
      }
    }
  }
}

/** The end is not part of the range; the vendor does not say whether its own filter leaves it out. */
function isBefore({ sendingDate }: MailArchive, range: DateRange | null): boolean {
  const end = range?.endDate;
  return !(end instanceof Date && Date.parse(sendingDate) >= end.getTime());
}

async function* counted(body: ReadableStream<Uint8Array>, reached: Reached) {
  for await (const chunk of body) {
    reached.bytes += chunk.length;
    yield chunk;
  }
}

async function hashOf(body: AsyncIterable<Uint8Array>): Promise<Stored> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    hash.update(chunk);
  }
  return { bytes, sha256: hash.digest("hex"), written: false };
}
