import type { Soon } from "../ledger/ledger.ts";
import type { KeepEvent } from "../words/events.ts";

/** In this time a pace that was halved has grown back. Milliseconds. */
export const GROWS_BACK = 60_000;
/** Calls a second. */
export const SLOWEST = 1 / 64;
/** How long is waited after a 429 that does not say: twice as long each time in a row. Milliseconds. */
export const FIRST_WAIT = 1000;
export const LONGEST_WAIT = 60_000;
/** After this the API is asked again whatever a 429 said: a number that is mistaken must not outlast links. Milliseconds. */
export const LONGEST_PAUSE = 86_400_000;

/** When the next listing call may start. One pace for all calls of a run. */
export interface Pace {
  /** Resolves when a call may start, with the instant (ms, a clock that only goes forward) to hand to `limited`. */
  turn(signal: AbortSignal): Promise<number>;
  /**
   * The call that started then was answered 429: nobody calls for `wait` ms, a day at most, or for a growing wait where
   * it is not said. Hands back for how long.
   */
  limited(started: number, wait: number | undefined): Soon<number>;
  /** A call was answered with anything else. */
  answered(): void;
  /** How long nobody calls from now on, since somebody was answered 429; milliseconds, 0 or less when there is no wait. */
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

/** A pause that began before this process did is told, or it would seem to do nothing. */
export async function tellPause(pace: Pace, onEvent: (event: KeepEvent) => void): Promise<void> {
  const wait = Math.ceil(await pace.pauseLeft());
  if (wait > 0) onEvent({ event: "limited", wait, rate: pace.rate(), earlier: true });
}
