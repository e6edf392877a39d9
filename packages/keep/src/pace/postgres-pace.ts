import { setTimeout as sleep } from "node:timers/promises";
import { SCHEMA } from "../ledger/postgres-schema.ts";
import type { Database } from "../ledger/postgres.ts";
import type { Pace } from "./pace.ts";

/** In this time a pace that was halved has grown back. Seconds. */
const GROWS_BACK = 60;
const SLOWEST = 1 / 64;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 60_000;
/** A process holds the turns of so many seconds at most: one that is killed leaves no more than these unused. */
const AHEAD = 0.05;
const MOST_AHEAD = 16;

const SET = `
  INSERT INTO ${SCHEMA}.pace (most, rate_then, rate) VALUES ($1, $1, $1)
  ON CONFLICT (one) DO UPDATE SET most = $1, rate_then = least($1, pace.rate_then), in_row = 0`;
const RATE_NOW = `least(most, rate_then + most
  * greatest(0, extract(epoch FROM clock_timestamp() - greatest(limited, paused))::float8) / ${GROWS_BACK})`;
/**
 * The next turn is taken from the one row, by the database's clock: the clocks of machines differ. A turn that is lost
 * with a server that crashes does no harm, so none waits for its disk.
 */
const RESERVE = `
  UPDATE ${SCHEMA}.pace
  SET rate = ${RATE_NOW},
    tat = greatest(tat, paused, clock_timestamp()) + make_interval(secs => 1 / (${RATE_NOW}))
  WHERE set_config('synchronous_commit', 'off', true) = 'off'
  RETURNING (extract(epoch FROM tat) * 1000 - 1000 / rate)::float8 AS at,
    (extract(epoch FROM tat - clock_timestamp()) * 1000 - 1000 / rate)::float8 AS wait, rate, in_row AS "inRow"`;
const PAUSE_LEFT = `
  SELECT (extract(epoch FROM paused - clock_timestamp()) * 1000)::float8 AS pause FROM ${SCHEMA}.pace`;
/** Of all calls that were on their way at the first 429 only that one halves the pace. */
const IS_NEW = `to_timestamp($1::float8 / 1000) >= limited`;
const PAUSE = `coalesce($2::float8, least(${LONGEST_WAIT}, ${FIRST_WAIT} * 2 ^ least(20, ROW)))`;
const LIMITED = `
  UPDATE ${SCHEMA}.pace
  SET rate_then = CASE WHEN ${IS_NEW} THEN greatest(${SLOWEST}, (${RATE_NOW}) / 2) ELSE rate_then END,
    limited = CASE WHEN ${IS_NEW} THEN clock_timestamp() ELSE limited END,
    in_row = CASE WHEN ${IS_NEW} THEN in_row + 1 ELSE in_row END,
    paused = greatest(paused, clock_timestamp() + make_interval(secs =>
      ${PAUSE.replace("ROW", `CASE WHEN ${IS_NEW} THEN in_row ELSE greatest(0, in_row - 1) END`)} / 1000))
  RETURNING ${PAUSE.replace("ROW", "greatest(0, in_row - 1)")} AS pause, rate_then AS rate`;
const ANSWERED = `UPDATE ${SCHEMA}.pace SET in_row = 0 WHERE in_row > 0`;

/** The pace of all machines of a run: one row. With `most` it begins anew, without it is the run's. */
export async function postgresPace(db: Database, most?: number): Promise<Pace> {
  if (most !== undefined) await db.query(SET, [most]);
  let rate = most ?? 1;
  let inRow = 0;
  let ahead = 0;
  const waiting: (() => void)[] = [];

  async function reserve(signal: AbortSignal): Promise<number> {
    for (;;) {
      signal.throwIfAborted();
      const [turn] = await db.query<{ at: number; wait: number; rate: number; inRow: number }>(
        RESERVE,
      );
      if (turn === undefined) throw new Error("The pace has no row.");
      ({ rate, inRow } = turn);
      const { at, wait } = turn;
      if (wait > 0) await sleep(Math.min(Math.ceil(wait), 2 ** 30), undefined, { signal });
      const [now] = await db.query<{ pause: number }>(PAUSE_LEFT);
      if ((now?.pause ?? 0) <= 0) return at;
    }
  }

  return {
    async turn(signal) {
      const mostAhead = Math.min(MOST_AHEAD, Math.max(1, Math.ceil(rate * AHEAD)));
      if (ahead >= mostAhead) await new Promise<void>((resolve) => waiting.push(resolve));
      ahead += 1;
      try {
        return await reserve(signal);
      } finally {
        ahead -= 1;
        waiting.shift()?.();
      }
    },
    async limited(started, wait) {
      const [now] = await db.query<{ pause: number; rate: number }>(LIMITED, [
        started,
        wait ?? null,
      ]);
      rate = now?.rate ?? rate;
      return now?.pause ?? 0;
    },
    answered() {
      if (inRow === 0) return;
      inRow = 0;
      // It is told again with the next answer, if it can not be told now.
      db.query(ANSWERED).catch(() => {});
    },
    rate: () => rate,
  };
}
