import type { Soon } from "../ledger/ledger.ts";
import type { KeepEvent } from "../words/events.ts";

/** How long a halved pace takes to grow back. Milliseconds. */
export const GROWS_BACK = 60_000;
/** The slowest pace. Calls a second. */
export const SLOWEST = 1 / 64;
/** The wait after a 429 that does not say how long: twice as long each time in a row. Milliseconds. */
export const FIRST_WAIT = 1000;
export const LONGEST_WAIT = 60_000;
/** The longest pause, whatever a 429 said: a mistaken number must not outlast links. Milliseconds. */
export const LONGEST_PAUSE = 86_400_000;

/** When the next listing call may start. One pace for all calls of a run. */
export interface Pace {
  /** Resolves when a call may start, with the instant (ms, a clock that only goes forward) to hand to `limited`. */
  turn(signal: AbortSignal): Promise<number>;
  /**
   * The call that started then was answered 429: nobody calls for `wait` ms, a day at most, or for a growing time if it
   * is undefined. Returns for how long.
   */
  limited(started: number, wait: number | undefined): Soon<number>;
  /** A call was answered with anything else. */
  answered(): void;
  /** What is left of a pause after a 429, in milliseconds; 0 or less when there is none. */
  pauseLeft(): Soon<number>;
  /** Calls a second at this moment. */
  rate(): number;
}

/** A pace that knows how many turns it gave. */
export function countedPace(pace: Pace): Pace & { calls: () => number } {
  let calls = 0;
  return {
    ...pace,
    async turn(signal) {
      const started = await pace.turn(signal);
      calls += 1;
      return started;
    },
    calls: () => calls,
  };
}

/** Reports a pause that began before this process did, which would seem to hang. */
export async function tellPause(pace: Pace, onEvent: (event: KeepEvent) => void): Promise<void> {
  const wait = Math.ceil(await pace.pauseLeft());
  if (wait > 0) onEvent({ event: "limited", wait, rate: pace.rate(), earlier: true });
}
