/** In this time a pace that was halved has grown back. Milliseconds. */
export const GROWS_BACK = 60_000;
/** Calls a second. */
export const SLOWEST = 1 / 64;
/** How long is waited after a 429 that does not say: twice as long each time in a row. Milliseconds. */
export const FIRST_WAIT = 1000;
export const LONGEST_WAIT = 60_000;

/** When the next listing call may start. One pace for all calls of a run. */
export interface Pace {
  /** Resolves when a call may start, with the instant (ms, a clock that only goes forward) to hand to `limited`. */
  turn(signal: AbortSignal): Promise<number>;
  /** The call that started then was answered 429: nobody calls for `wait` ms, or a growing wait where it is not said. */
  limited(started: number, wait: number | undefined): number | Promise<number>;
  /** A call was answered with anything else. */
  answered(): void;
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
