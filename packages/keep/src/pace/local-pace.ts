import { setTimeout as sleep } from "node:timers/promises";
import type { PauseMemory } from "../ledger/ledger.ts";
import { FIRST_WAIT, GROWS_BACK, LONGEST_PAUSE, LONGEST_WAIT, SLOWEST } from "./pace.ts";
import type { Pace } from "./pace.ts";

/** How much of a timer's delay is made up for. Milliseconds. */
const MADE_GOOD = 5;
/**
 * The least time between the first call and the second: the first opens a connection, and so arrives late.
 * Milliseconds.
 */
const AFTER_THE_FIRST = 200;

/** The pace of one process: `most` calls a second, evenly. */
export function localPace(
  most: number,
  memory: PauseMemory,
  now: () => number = () => performance.now(),
): Pace {
  let due = -Infinity;
  let pausedUntil = 0;
  let limitedAt = -Infinity;
  let rateThen = most;
  let inRow = 0;
  let queue: Promise<unknown> = Promise.resolve();
  const last = memory.lastPause();
  if (last) {
    // If the clock was set back, the pause must not get longer.
    const since = Math.max(0, Date.now() - last.at);
    pausedUntil = now() + Math.min(LONGEST_PAUSE, last.wait) - since;
    rateThen = Math.min(most, last.rate);
    // Otherwise each run would wait it out again, until the clock is where it was.
    if (last.at > Date.now()) remember();
  }

  function remember(): void {
    memory.setLastPause({ at: Date.now(), wait: pausedUntil - now(), rate: rateThen });
  }

  function rate(): number {
    const since = Math.max(0, now() - Math.max(limitedAt, pausedUntil));
    return Math.min(most, rateThen + (most * since) / GROWS_BACK);
  }

  async function next(signal: AbortSignal): Promise<number> {
    for (;;) {
      signal.throwIfAborted();
      const wait = Math.max(due, pausedUntil) - now();
      if (wait <= 0) break;
      await sleep(Math.min(Math.ceil(wait), 2 ** 30), undefined, { signal });
    }
    const started = now();
    const interval = 1000 / rate();
    // A late timer is made up for by less than an interval, so no second has more than rate + 1 calls.
    due =
      due === -Infinity
        ? started + Math.max(interval, AFTER_THE_FIRST)
        : Math.max(due, started - Math.min(interval / 2, MADE_GOOD)) + interval;
    return started;
  }

  async function inOrder(before: Promise<unknown>, signal: AbortSignal): Promise<number> {
    await before;
    return next(signal);
  }

  return {
    turn(signal) {
      const turn = inOrder(queue, signal);
      queue = turn.catch(() => {});
      return turn;
    },
    limited(started, wait) {
      if (started >= limitedAt) {
        rateThen = Math.max(SLOWEST, rate() / 2);
        limitedAt = now();
        inRow += 1;
      }
      const growing = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (inRow - 1));
      const pause = Math.min(LONGEST_PAUSE, wait ?? growing);
      pausedUntil = Math.max(pausedUntil, now() + pause);
      remember();
      return pause;
    },
    answered() {
      inRow = 0;
    },
    pauseLeft: () => pausedUntil - now(),
    rate,
  };
}
