import { setTimeout as sleep } from "node:timers/promises";
import type { JobAttempt, PgBoss } from "pg-boss";
import { connectionTo } from "../ledger/postgres-clients.ts";
import { hasSchema } from "../ledger/postgres-schema.ts";
import type { Database } from "../ledger/postgres.ts";
import { optionalPackage } from "../words/optional-package.ts";

/** pg-boss' own schema. */
const SCHEMA = "np6_keep_jobs";
const NAME = "askings";

/** The least that pg-boss takes. A killed worker is noticed after this, and a look of the supervisor. Seconds. */
const HEARTBEAT = 10;
const LOOK_EVERY = 5;
/** The most that pg-boss takes: a job that is at work for longer, in a long outage, is done twice, which does no harm. */
const EXPIRES_IN = 86_400;
/** pg-boss deletes jobs that wait longer, which none does here. Seconds. */
const WAITS_FOR = 10 * 365 * 86_400;
const TRIES = 1_000_000;

/** What a job asks for: rows of the ledger, by number. There is no name, address or id of anybody in it. */
export interface JobData {
  /** The range of the listings, as ISO instants; null where it is open. */
  since: string | null;
  until: string | null;
  items: number[];
  /** Each group is one listing. */
  archives: number[][];
}

interface QueuedJob extends JobAttempt {
  data: JobData;
}

/**
 * The queue of a run, on pg-boss. A job that was taken here stays this process' until it is done or given back, or the
 * process is dead.
 */
export interface Queue {
  add(work: readonly JobData[]): Promise<void>;
  take(most: number): Promise<QueuedJob[]>;
  done(job: QueuedJob): void;
  /** How many wait, as of some seconds ago. */
  waiting(): Promise<number>;
  /** Whether there is no job, waiting or at work. */
  isEmpty(): Promise<boolean>;
  /** Deletes all jobs. */
  clear(): Promise<void>;
  /** Gives back the jobs that were taken here. */
  giveBack(): Promise<void>;
  /** Gives back the jobs that were taken here, and ends. */
  close(): Promise<void>;
}

/** Rejects with KeepError when pg-boss is not installed. */
export async function openQueue(address: string, db: Database): Promise<Queue> {
  const { PgBoss } = await optionalPackage("--ledger", "pg-boss", () => import("pg-boss"));
  const createSchema = !(await hasSchema(db.query, SCHEMA));
  const settings = {
    ...connectionTo(address),
    Client: db.Client,
    schema: SCHEMA,
    createSchema,
    max: 3,
    schedule: false,
    superviseIntervalSeconds: LOOK_EVERY,
    monitorIntervalSeconds: LOOK_EVERY,
  };
  // A PgBoss that failed to start must not be started again.
  const boss = await db.patiently(() => started(new PgBoss(settings)));
  const here = new Map<string, QueuedJob>();
  let ended: JobAttempt[] = [];
  let ending: Promise<void> | undefined;

  const beat = setInterval(
    () => {
      // A beat that fails does no harm: there are three to a heartbeat.
      if (here.size > 0) boss.touch(NAME, attempts(here.values())).catch(() => {});
    },
    (HEARTBEAT * 1000) / 3,
  );

  /** Deletes jobs that are done: the ledger has what they brought. */
  async function remove(): Promise<void> {
    await sleep(50);
    const batch = ended;
    ended = [];
    ending = undefined;
    await db.patiently(() => boss.deleteJob(NAME, batch));
  }

  async function giveBack(): Promise<void> {
    await ending;
    const rest = attempts(here.values());
    here.clear();
    // If this fails, the others notice the missing heartbeat.
    if (rest.length > 0) await boss.fail(NAME, rest).catch(() => {});
  }

  return {
    async add(work) {
      const jobs = work.map((data) => ({ data }));
      await db.patiently(() => boss.insert(NAME, jobs));
    },
    async take(most) {
      const jobs = await db.patiently(() =>
        boss.fetch<JobData>(NAME, { batchSize: most, includeMetadata: true }),
      );
      for (const { id, retryCount, data } of jobs) here.set(id, { id, retryCount, data });
      return jobs;
    },
    done(job) {
      here.delete(job.id);
      ended.push(...attempts([job]));
      // A job that could not be deleted is taken again, and finds all settled.
      ending ??= remove().catch(() => {});
    },
    async waiting() {
      return (await db.patiently(() => boss.getQueue(NAME)))?.queuedCount ?? 0;
    },
    async isEmpty() {
      return (await db.patiently(() => boss.findJobs(NAME, { limit: 1 }))).length === 0;
    },
    async clear() {
      await db.patiently(() => boss.deleteAllJobs(NAME));
    },
    giveBack,
    async close() {
      clearInterval(beat);
      await giveBack();
      await stop(boss);
    },
  };
}

async function started(boss: PgBoss): Promise<PgBoss> {
  // Calls reject by themselves, and pg-boss repeats its own background rounds.
  boss.on("error", () => {});
  try {
    await boss.start();
    await boss.createQueue(NAME, {
      partition: true,
      heartbeatSeconds: HEARTBEAT,
      expireInSeconds: EXPIRES_IN,
      retentionSeconds: WAITS_FOR,
      retryLimit: TRIES,
      retryDelay: 0,
    });
    return boss;
  } catch (error) {
    await stop(boss);
    throw error;
  }
}

async function stop(boss: PgBoss): Promise<void> {
  await boss.stop({ graceful: false }).catch(() => {});
}

function attempts(jobs: Iterable<QueuedJob>): JobAttempt[] {
  return [...jobs].map(({ id, retryCount }) => ({ id, retryCount }));
}
