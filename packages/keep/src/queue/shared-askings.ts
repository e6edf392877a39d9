import { setTimeout as sleep } from "node:timers/promises";
import type { PostgresLedger } from "../ledger/postgres-ledger.ts";
import { askingFor } from "../run/askings.ts";
import type { Asking } from "../run/askings.ts";
import type { JobData, Queue } from "./queue.ts";

/** How many listings make one job: many spare the queue work, few leave little to repeat when a worker dies. */
const LISTINGS = 10;
/** A longer queue is not filled, so that it stays small however long the worklist is. Jobs. */
const LONGEST = 2000;
/** The queue's own count may be as old as this. Milliseconds. */
const COUNTED_WITHIN = 6000;
/** How long askings that come slowly wait to be put on the queue. Milliseconds. */
const FLUSH_EVERY = 200;
const FIRST_WAIT = 50;
const LONGEST_WAIT = 1000;

/** Puts askings on the queue, while it is not too long. */
export async function fill(
  queue: Queue,
  askings: AsyncIterable<Asking>,
  signal: AbortSignal,
): Promise<void> {
  let jobs: JobData[] = [];
  let listings = 0;
  let added = 0;
  let flushed: Promise<void> = Promise.resolve();

  async function flush(before: Promise<void>): Promise<void> {
    await before;
    const batch = jobs;
    jobs = [];
    listings = 0;
    if (batch.length === 0) return;
    await queue.add(batch);
    added += batch.length;
  }

  function put({ item, wanted, range }: Asking): void {
    let job = jobs.at(-1);
    if (job === undefined || listings % LISTINGS === 0) {
      job = { since: null, until: null, items: [], archives: [] };
      jobs.push(job);
    }
    listings += 1;
    if (wanted) job.archives.push(Array.from(wanted.values(), ({ row }) => row));
    else if (item) {
      job.items.push(item.id);
      job.since = range?.startDate?.toISOString() ?? null;
      job.until = range?.endDate?.toISOString() ?? null;
    }
  }

  const timer = setInterval(() => {
    if (jobs.length === 0) return;
    flushed = flush(flushed);
    flushed.catch(() => {});
  }, FLUSH_EVERY);
  try {
    for await (const asking of askings) {
      if (signal.aborted) return;
      put(asking);
      if (listings < LISTINGS * 100) continue;
      flushed = flush(flushed);
      await flushed;
      while (added >= LONGEST) {
        await sleep(COUNTED_WITHIN, undefined, { signal });
        if ((await queue.waiting()) < LONGEST) added = 0;
      }
    }
    await flush(flushed);
  } finally {
    clearInterval(timer);
  }
}

/** Takes askings from the queue until `isOver`. */
export async function* pull(
  queue: Queue,
  ledger: PostgresLedger,
  signal: AbortSignal,
  isOver: () => Promise<boolean>,
): AsyncGenerator<Asking> {
  for (let wait = FIRST_WAIT; !signal.aborted;) {
    const [job] = await queue.take(1);
    if (job) {
      wait = FIRST_WAIT;
      const askings = await askingsOf(job.data, ledger);
      let open = askings.length;
      const settled = () => {
        open -= 1;
        if (open <= 0) queue.done(job);
      };
      if (open === 0) settled();
      for (const asking of askings) yield Object.assign(asking, { settled });
      continue;
    }
    if (await isOver()) return;
    await sleep(wait, undefined, { signal }).catch(() => {});
    wait = Math.min(LONGEST_WAIT, wait * 2);
  }
}

/** What is left of a job: another worker may have done some of it before it died. */
async function askingsOf(job: JobData, ledger: PostgresLedger): Promise<Asking[]> {
  const startDate = job.since === null ? undefined : new Date(job.since);
  const endDate = job.until === null ? undefined : new Date(job.until);
  const range = startDate || endDate ? { startDate, endDate } : null;
  const askings: Asking[] = [];
  for (const rows of job.archives) {
    const group = await ledger.archivesOfJob(rows);
    if (group.length > 0) askings.push(askingFor(group));
  }
  const items = job.items.length > 0 ? await ledger.itemsOfJob(job.items) : [];
  for (const item of items) askings.push({ by: item, range, item });
  return askings;
}
