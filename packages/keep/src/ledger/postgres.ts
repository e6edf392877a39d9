import { setTimeout as sleep } from "node:timers/promises";
import type { Client, ClientConfig, Pool, PoolClient } from "pg";
import { KeepError } from "../words/keep-error.ts";
import { optionalPackage } from "../words/optional-package.ts";
import { connectionTo, watchedClients } from "./postgres-clients.ts";
import {
  STANDBY,
  isGone,
  isNowhere,
  isPassing,
  reasonOf,
  told,
  unreached,
} from "./postgres-failures.ts";

/** Runs one statement, and resolves to its rows. */
export type Query = <Row>(text: string, values?: readonly unknown[]) => Promise<Row[]>;

/** A PostgreSQL that may be away for a while: queries wait until it is back. */
export interface Database {
  query: Query;
  /** All of it or nothing. `task` may be called again from its start. */
  transaction<Value>(task: (query: Query) => Promise<Value>): Promise<Value>;
  /** Runs a task, such as another library's on the same server, and again while the server is away. */
  patiently<Value>(task: () => Promise<Value>): Promise<Value>;
  /** How often a connection has broken. If a standby took over, the last writes may be lost. */
  breaks(): number;
  /** A connection of its own, whose locks are released when it ends. */
  connect(): Promise<Connection>;
  /** The class that another library makes its connections with. */
  readonly Client: new () => unknown;
  close(): Promise<void>;
}

/** The part of a `pg` client that is used here. With `pg`'s own types in ours, all who read ours would need `pg`. */
export interface Connection {
  query(text: string): Promise<{ rows: { got?: boolean }[] }>;
  once(event: "end", listener: () => void): unknown;
  end(): Promise<void>;
}

/** How long a database may be away. */
export interface Patience {
  /** In milliseconds. Default: not at all. */
  giveUpAfter?: number;
  /** Once it aborts, a first connection is not waited for, and a later outage no longer than {@link LAST_WAIT}. */
  signal?: AbortSignal;
  /** Called once if it is not there at the start, so that nobody waits long for a mistyped port. */
  warn?: (message: string) => void;
}

/** How many connections a process has at most, beside those of the queue and the lock. */
const CONNECTIONS = 8;
const FIRST_WAIT = 100;
const LONGEST_WAIT = 2000;
const LAST_WAIT = 5000;
const CONNECT_WITHIN = 20_000;
/** `int8` is read as a number: no count here comes near to what that cannot hold. */
const INT8 = 20;

/**
 * Connects to a database.
 *
 * Rejects with KeepError when it refuses what the address asks for, is away and not to be waited for, or `pg` is not
 * installed; with UnwritableError when it was waited for in vain; with the signal's reason when that came first.
 */
export async function openDatabase(address: string, patience: Patience): Promise<Database> {
  const { default: pg } = await optionalPackage("--ledger", "pg", () => import("pg"));
  const types = new pg.TypeOverrides();
  types.setTypeParser(INT8, Number);
  const config: ClientConfig = {
    ...connectionTo(address),
    connectionTimeoutMillis: CONNECT_WITHIN,
    types,
  };
  let awaySince: number | undefined;
  let limit: NodeJS.Timeout | undefined;
  const givingUp = new AbortController();
  const { Client, clientUntil } = watchedClients(pg, config, {
    givenUp: givingUp.signal,
    onSilence: (since) => {
      // Other connections may have noticed later.
      awaySince = Math.min(since, awaySince ?? since);
    },
    // The server is back: from now on only its silence ends a slow query.
    onConnect: () => clearTimeout(limit),
  });
  // A silent server would keep the process waiting, so the signal ends the connection.
  await untilItAnswers(() => clientUntil(patience.signal), patience);
  const pool = new pg.Pool({ ...config, Client, max: CONNECTIONS });
  let breaks = 0;
  // An idle connection that broke is no failure: the next query opens another.
  pool.on("error", (error) => {
    if (isGone(error)) breaks += 1;
  });

  function answered(): void {
    awaySince = undefined;
    clearTimeout(limit);
  }

  async function patiently<Value>(task: () => Promise<Value>): Promise<Value> {
    let since: number | undefined;
    for (let wait = FIRST_WAIT; ; wait = Math.min(LONGEST_WAIT, wait * 2)) {
      givingUp.signal.throwIfAborted();
      try {
        const value = await task();
        answered();
        return value;
      } catch (error) {
        givingUp.signal.throwIfAborted();
        if (!isPassing(error)) {
          answered();
          throw told(error);
        }
        if (isGone(error)) breaks += 1;
        awaySince ??= performance.now();
        const { giveUpAfter = 0, signal } = patience;
        // Nothing is given up for good here: the caller may ask again.
        if (giveUpAfter === 0) throw unreached(error);
        const most = signal?.aborted ? Math.min(LAST_WAIT, giveUpAfter) : giveUpAfter;
        // Meanwhile a standby may answer other queries, which only read, and so reset `awaySince`.
        since = Math.min(awaySince, since ?? awaySince);
        const left = Math.max(0, most - (performance.now() - since));
        clearTimeout(limit);
        limit = setTimeout(() => givingUp.abort(unreached(error)), left).unref();
        await sleep(wait, undefined, { signal: givingUp.signal }).catch(ignore);
      }
    }
  }

  return {
    query: (text, values) => patiently(() => ask(pool)(text, values)),
    transaction: (task) =>
      patiently(async () => {
        const client = await pool.connect();
        let isBroken = false;
        try {
          await client.query("BEGIN");
          const value = await task(ask(client));
          await client.query("COMMIT");
          return value;
        } catch (error) {
          await client.query("ROLLBACK").catch(() => (isBroken = true));
          throw error;
        } finally {
          client.release(isBroken);
        }
      }),
    patiently,
    breaks: () => breaks,
    async connect() {
      const client = new Client(config);
      await client.connect();
      return client;
    },
    Client,
    close: () => pool.end(),
  };
}

function ask(client: Pool | PoolClient): Query {
  return async (text, values = []) => {
    const { rows } = await client.query(text, values.map(clean));
    return rows as never[];
  };
}

/**
 * Waits for a server that is away, or is a standby although rows are to be written. When it does not know the database,
 * the user or the password, it rejects at once.
 */
async function untilItAnswers(
  newClient: () => Client,
  { giveUpAfter = 0, signal, warn }: Patience,
): Promise<void> {
  const started = performance.now();
  for (let wait = FIRST_WAIT; ; wait = Math.min(LONGEST_WAIT, wait * 2)) {
    signal?.throwIfAborted();
    try {
      const client = newClient();
      await client.connect();
      try {
        if (giveUpAfter > 0) await expectWritable(client);
      } finally {
        await client.end();
      }
      return;
    } catch (error) {
      signal?.throwIfAborted();
      const reason = reasonOf(error);
      if (!isPassing(error) || isNowhere(error) || giveUpAfter === 0) {
        const got = `--ledger: expected a PostgreSQL that answers, got ${JSON.stringify(reason)}.`;
        throw new KeepError(got, { cause: error });
      }
      if (performance.now() - started >= giveUpAfter) throw unreached(error);
      if (wait === FIRST_WAIT)
        warn?.(
          `The ledger cannot be reached: ${reason}. It is waited for, ${giveUpAfter / 1000} s at most.`,
        );
      await sleep(Math.min(wait, giveUpAfter), undefined, { signal }).catch(ignore);
    }
  }
}

async function expectWritable(client: Client): Promise<void> {
  const { rows } = await client.query<{ is: string }>(
    "SELECT current_setting('transaction_read_only') AS is",
  );
  if (rows[0]?.is !== "on") return;
  throw Object.assign(new Error("it only lets itself be read"), { code: STANDBY });
}

function ignore(): void {}

/** A text in PostgreSQL cannot hold this character. */
function clean(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("\0", "\uFFFD");
  return Array.isArray(value) ? value.map(clean) : value;
}
