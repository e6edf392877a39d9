import type { MailArchive } from "@np6-archives/client";
import type { KnownArchive, Settlement, Trouble } from "../words/rows.ts";
import { unwritable } from "../words/store-failures.ts";
import { until } from "../words/until.ts";
import { isWithin } from "./askings.ts";
import type { Asking } from "./askings.ts";
import { downloads } from "./downloads.ts";
import type { ActiveJob, Job } from "./job.ts";
import { listings } from "./listings.ts";
import { outage } from "./outage.ts";
import { renewals } from "./renewals.ts";
import { settler } from "./settler.ts";
import { slots } from "./slots.ts";
import { mails } from "./take-mails.ts";

/** Why a run ended before all was settled. */
export class Stopped extends Error {
  override name = "Stopped";
  constructor(message = "It was asked to stop.") {
    super(message);
  }
}

/** The error as the reason for which a run stopped; undefined for an error that the caller has to see. */
export function stopReason(error: unknown): Error | undefined {
  return error instanceof Stopped ? error : unwritable(error, true);
}

/** How long mails in flight may take once the run is to stop. Milliseconds. */
const PATIENCE = 9000;

/**
 * Lists, downloads and stores until all askings are settled.
 *
 * @throws Stopped when the signal aborted or an outage lasted too long, and what else ended it: a refused key, a store
 * or a ledger that cannot be written. What was not settled then is open.
 */
export async function settleAskings(job: Job): Promise<void> {
  const { ledger, store, onEvent, parallel, giveUpAfter } = job;
  const ending = new AbortController();
  const hard = ending.signal;
  const end = (error: unknown) => ending.abort(error);
  const failed = (error: unknown) => {
    if (!job.signal.aborted) end(error);
  };
  const soft = AbortSignal.any([hard, job.signal]);
  const active: ActiveJob = { ...job, soft, hard, end };
  const service = (of: "api" | "storage", probe: () => Promise<boolean | undefined>) =>
    outage({
      giveUpAfter,
      onGiveUp: (reason) =>
        end(new Stopped(`Nothing worked for ${giveUpAfter / 1000} s: ${reason}`)),
      onChange: (down, reason) => onEvent({ event: "outage", of, down, reason }),
      probe,
      signal: soft,
    });
  const calls = slots(parallel);
  const mailSlots = slots(parallel);
  const written = settler({ ledger, store }, tell);
  const api = service("api", () => listed.probe());
  const storage = service("storage", () => downloading.probe());
  const listed = listings(active, api);
  const downloading = downloads(active, storage, listed);
  const taken = mails(active, { downloads: downloading, slots: mailSlots, written });
  const tasks = new Set<Promise<void>>();

  const endSoon = () => {
    setTimeout(() => end(new Stopped()), PATIENCE).unref();
  };
  job.signal.addEventListener("abort", endSoon, { once: true });
  if (job.signal.aborted) endSoon();

  try {
    for await (const asking of until(job.askings, soft)) {
      await calls.below(parallel);
      await mailSlots.below(parallel * 2);
      if (soft.aborted) break;
      const task = settleItem(asking)
        .then(() => asking.settled?.())
        .catch(failed)
        .finally(() => tasks.delete(task));
      tasks.add(task);
    }
  } catch (error) {
    end(error);
  }
  await Promise.all(tasks);
  await written.idle().catch(end);
  job.signal.removeEventListener("abort", endSoon);
  api.close();
  storage.close();
  if (hard.aborted) throw hard.reason as Error;
  if (job.signal.aborted) throw new Stopped();

  async function settleItem(asking: Asking): Promise<void> {
    const { item, wanted } = asking;
    const answer = await calls.use(() => listed.list(asking.by, asking.range));
    if ("state" in answer) {
      if (item) await written.settle({ kind: "item", item, ...answer });
      const rows = [...(wanted?.values() ?? [])];
      await Promise.all(rows.map((known) => stays(known, answer.trouble)));
      return;
    }
    const { archives, requestId } = answer;
    const ids = item && item.stamp !== "" ? archives.map(({ id }) => id) : undefined;
    for (let isWritten = false; !isWritten;) {
      const breaks = ledger.breaks?.();
      await settleArchives(asking, archives, requestId);
      isWritten =
        item === undefined ||
        (await written.settle({ kind: "item", item, state: "listed", archives: ids, breaks }));
    }
  }

  async function settleArchives(
    { range, wanted }: Asking,
    archives: readonly MailArchive[],
    requestId: string | null,
  ): Promise<void> {
    const missed = new Map(wanted);
    const found = archives.filter((archive) => wanted?.has(archive.id) ?? isWithin(archive, range));
    const renew = wanted === undefined ? renewals(listed, found) : undefined;
    const settled = found.map((archive) => {
      missed.delete(archive.id);
      return taken.take(archive, requestId, renew);
    });
    for (const known of missed.values()) {
      settled.push(stays(known, { reason: "The listing did not bring it again." }));
    }
    // When the run is to stop, waiting mails fail at once, but those in flight get their time.
    await Promise.all(settled).catch(async (error: unknown) => {
      failed(error);
      await Promise.allSettled(settled);
      throw error;
    });
  }

  async function stays({ row, ...archive }: KnownArchive, trouble: Trouble): Promise<void> {
    await written.settle({ kind: "archive", row, archive, state: archive.state, trouble });
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
