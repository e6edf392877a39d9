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
