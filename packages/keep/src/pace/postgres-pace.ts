import { setTimeout as sleep } from "node:timers/promises";
import { SCHEMA } from "../ledger/postgres-schema.ts";
import type { Database } from "../ledger/postgres.ts";
import { FIRST_WAIT, GROWS_BACK, LONGEST_PAUSE, LONGEST_WAIT, SLOWEST } from "./pace.ts";
import type { Pace } from "./pace.ts";

/** How many seconds of turns a process holds at most: if it is killed, no more than these stay unused. */
const AHEAD = 0.05;
const MOST_AHEAD = 64;
/** For how long a look at the pause is not repeated. Milliseconds. */
const LOOK_EVERY = 5;

/** Drops the turns that an earlier run took. A pause after a 429 stays: it holds whoever calls. */
const SET = `
  INSERT INTO ${SCHEMA}.pace (most, rate_then, rate) VALUES ($1, $1, $1)
  ON CONFLICT (one) DO UPDATE
  SET most = $1, rate_then = least($1, pace.rate_then), in_row = 0, tat = clock_timestamp()`;
const RATE_NOW = `least(most, rate_then + most
  * greatest(0, extract(epoch FROM clock_timestamp() - greatest(limited, paused))::float8) / ${GROWS_BACK / 1000})`;

interface Caller {
  signal: AbortSignal;
  resolve: (started: number) => void;
  reject: (error: unknown) => void;
}

/** The first of the turns that were taken. Instants and waits are milliseconds of the database's clock. */
interface Turn {
  at: number;
  wait: number;
  rate: number;
  inRow: number;
}

/**
 * Takes the next turns from the one row, by the database's clock: the clocks of machines differ. It does not wait for
 * the disk, as a turn that is lost with a crashed server does no harm.
 */
const RESERVE = `
  UPDATE ${SCHEMA}.pace
  SET rate = ${RATE_NOW},
    tat = greatest(tat, paused, clock_timestamp()) + make_interval(secs => $1::float8 / (${RATE_NOW}))
  WHERE set_config('synchronous_commit', 'off', true) = 'off'
  RETURNING (extract(epoch FROM tat) * 1000 - $1::float8 * 1000 / rate)::float8 AS at,
    (extract(epoch FROM tat - clock_timestamp()) * 1000 - $1::float8 * 1000 / rate)::float8 AS wait, rate, in_row AS "inRow"`;
const PAUSE_LEFT = `
  SELECT (extract(epoch FROM paused - clock_timestamp()) * 1000)::float8 AS pause, ${RATE_NOW} AS rate
  FROM ${SCHEMA}.pace`;
/** Of all calls in flight at the first 429, only that one halves the pace. */
const IS_NEW = `to_timestamp($1::float8 / 1000) >= limited`;
const pauseAfter = (inRow: string) =>
  `coalesce($2::float8, least(${LONGEST_WAIT}, ${FIRST_WAIT} * 2 ^ least(20, ${inRow})))`;
const LIMITED = `
  UPDATE ${SCHEMA}.pace
  SET rate_then = CASE WHEN ${IS_NEW} THEN greatest(${SLOWEST}, (${RATE_NOW}) / 2) ELSE rate_then END,
    limited = CASE WHEN ${IS_NEW} THEN clock_timestamp() ELSE limited END,
    in_row = CASE WHEN ${IS_NEW} THEN in_row + 1 ELSE in_row END,
    paused = greatest(paused, clock_timestamp() + make_interval(secs =>
      ${pauseAfter(`CASE WHEN ${IS_NEW} THEN in_row ELSE greatest(0, in_row - 1) END`)} / 1000))
  RETURNING ${pauseAfter("greatest(0, in_row - 1)")} AS pause, rate_then AS rate`;
const ANSWERED = `UPDATE ${SCHEMA}.pace SET in_row = 0 WHERE in_row > 0`;

/** The pace of all machines of a run, in one row. `most` starts it anew; without it the run's own is joined. */
export async function postgresPace(db: Database, most?: number): Promise<Pace> {
  if (most !== undefined) await db.query(SET, [most]);
  let rate = most ?? 1;
  let inRow = 0;
  let ahead = 0;
  let isReserving = false;
  let looked: { pause: Promise<number>; at: number } | undefined;
  const waiting: Caller[] = [];

  /** The callers that get a turn now. An aborted one gets none: the turn would stay taken long after the run. */
  function next(room: number): Caller[] {
    const callers: Caller[] = [];
    while (callers.length < room) {
      const caller = waiting.shift();
      if (caller === undefined) break;
      if (caller.signal.aborted) caller.reject(caller.signal.reason);
      else callers.push(caller);
    }
    return callers;
  }

  /** Takes turns for all callers that wait, as many as may be held. */
  async function reserve(): Promise<void> {
    if (isReserving) return;
    isReserving = true;
    for (;;) {
      const mostAhead = Math.min(MOST_AHEAD, Math.max(1, Math.ceil(rate * AHEAD)));
      const callers = next(mostAhead - ahead);
      if (callers.length === 0) break;
      ahead += callers.length;
      try {
        const [turn] = await db.query<Turn>(RESERVE, [callers.length]);
        if (turn === undefined) throw new Error("The pace has no row.");
        ({ rate, inRow } = turn);
        for (const [place, caller] of callers.entries()) void give(caller, turn, place);
      } catch (error) {
        ahead -= callers.length;
        for (const { reject } of callers) reject(error);
      }
    }
    isReserving = false;
  }

  async function give(caller: Caller, turn: Turn, place: number): Promise<void> {
    const { signal, resolve, reject } = caller;
    const later = (place * 1000) / turn.rate;
    try {
      const wait = Math.ceil(turn.wait + later);
      if (wait > 0) await sleep(Math.min(wait, 2 ** 30), undefined, { signal });
      if ((await pauseLeft()) > 0) waiting.push(caller);
      else resolve(turn.at + later);
    } catch (error) {
      reject(error);
    } finally {
      ahead -= 1;
      void reserve();
    }
  }

  /** Any machine may have got a 429 since the turn was taken. */
  async function pauseLeft(): Promise<number> {
    const now = performance.now();
    if (looked === undefined || now - looked.at > LOOK_EVERY) {
      looked = { pause: look(), at: now };
    }
    return looked.pause;
  }

  async function look(): Promise<number> {
    const [found] = await db.query<{ pause: number; rate: number }>(PAUSE_LEFT);
    rate = found?.rate ?? rate;
    return found?.pause ?? 0;
  }

  return {
    turn(signal) {
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      return new Promise((resolve, reject) => {
        waiting.push({ signal, resolve, reject });
        void reserve();
      });
    },
    async limited(started, wait) {
      const [now] = await db.query<{ pause: number; rate: number }>(LIMITED, [
        started,
        wait === undefined ? null : Math.min(LONGEST_PAUSE, wait),
      ]);
      looked = undefined;
      rate = now?.rate ?? rate;
      return now?.pause ?? 0;
    },
    answered() {
      if (inRow === 0) return;
      inRow = 0;
      // If this fails, a later answer repeats it: each reservation reads `inRow` again.
      db.query(ANSWERED).catch(() => {});
    },
    pauseLeft,
    rate: () => rate,
  };
}
