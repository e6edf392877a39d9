import { setTimeout as sleep } from "node:timers/promises";
import type { Connection, Database } from "../ledger/postgres.ts";

/** The run, or another command that wants the ledger for itself. */
const LEAD = `hashtext('np6_keep'), 1`;
/** Those that help. */
const HELP = `hashtext('np6_keep'), 2`;
const AGAIN_AFTER = 250;

/**
 * The place of a process among the others, held by PostgreSQL's advisory locks: a process that is killed has none any
 * more, at once.
 */
export interface Place {
  /** Whether nobody helps. */
  isAlone(): Promise<boolean>;
  leave(): Promise<void>;
}

/** Takes the place of the one that leads; undefined when another process has it. `onLost` when it is another's later. */
export function takeLead(db: Database, onLost?: () => void): Promise<Place | undefined> {
  return hold(db, `SELECT pg_try_advisory_lock(${LEAD}) AS got`, onLost);
}

/** Takes a place among those that help; undefined while a command wants the ledger for itself. */
export function takeHelperPlace(db: Database): Promise<Place | undefined> {
  return hold(db, `SELECT pg_try_advisory_lock_shared(${HELP}) AS got`);
}

/** Whether any process leads. */
export async function isLed(db: Database): Promise<boolean> {
  // Looked at alone: taken for a moment, it would refuse whoever wants it just then.
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

  /** The server went, and the lock with it. */
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
