import { setTimeout as sleep } from "node:timers/promises";
import type { Connection, Database } from "../ledger/postgres.ts";

/** The lock of the run, or of another command that wants the ledger for itself. */
const LEAD = `hashtext('np6_keep'), 1`;
/** The shared lock of the processes that help. */
const HELP = `hashtext('np6_keep'), 2`;
const AGAIN_AFTER = 250;

/**
 * The role of a process among the others, held as an advisory lock of PostgreSQL: a process that is killed loses it at
 * once.
 */
export interface Place {
  /** Whether nobody helps. */
  isAlone(): Promise<boolean>;
  leave(): Promise<void>;
}

/** Takes the lead; undefined when another process has it. `onLost` is called when another process takes it later. */
export function takeLead(db: Database, onLost?: () => void): Promise<Place | undefined> {
  return hold(db, `SELECT pg_try_advisory_lock(${LEAD}) AS got`, onLost);
}

/** Takes a place among those that help; undefined while a command wants the ledger for itself. */
export function takeHelperPlace(db: Database): Promise<Place | undefined> {
  return hold(db, `SELECT pg_try_advisory_lock_shared(${HELP}) AS got`);
}

/** Whether any process leads. */
export async function isLed(db: Database): Promise<boolean> {
  // Only looked up: taking the lock for a moment would refuse another process that wants it just then.
  const [found] = await db.query<{ led: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND (classid, objid) = (${LEAD})
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS led`,
  );
  return found?.led === true;
}

async function hold(db: Database, take: string, onLost?: () => void): Promise<Place | undefined> {
  const leaving = new AbortController();
  let client: Connection | undefined;

  async function connect(): Promise<boolean> {
    const fresh = await db.patiently(() => db.connect());
    try {
      const { rows } = await fresh.query(take);
      if (rows[0]?.got) {
        client = fresh;
        fresh.once("end", () => void again());
        return true;
      }
    } catch (error) {
      await fresh.end().catch(() => {});
      throw error;
    }
    await fresh.end();
    return false;
  }

  /** The connection is gone, and the lock with it. */
  async function again(): Promise<void> {
    client = undefined;
    while (!leaving.signal.aborted) {
      try {
        if (!(await connect())) onLost?.();
        return;
      } catch {
        await sleep(AGAIN_AFTER);
      }
    }
  }

  if (!(await db.patiently(connect))) return undefined;
  return {
    async isAlone() {
      if (client === undefined) return false;
      const { rows } = await client.query(`SELECT pg_try_advisory_lock(${HELP}) AS got`);
      return rows[0]?.got === true;
    },
    async leave() {
      leaving.abort();
      await client?.end().catch(() => {});
    },
  };
}
