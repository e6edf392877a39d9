/** A regular check of some files. */
export interface Watch {
  close(): Promise<void>;
}

/** Files that are followed, and read again when they change. */
export interface Followed {
  /** What they are, in words. */
  what: string;
  /** A text that changes when they do. */
  signature: () => Promise<string>;
  /** Resolves to a function that puts the new contents in place, and returns whether they are different. */
  read: () => Promise<() => boolean>;
}

/** The pause between two looks, in milliseconds. Polling also sees changes from the other side of a mount. */
const PAUSE = 300;
const LONGEST_PAUSE = 3000;
/** The pause is at least this many times as long as a look took: many files take their time. */
const PAUSE_TO_LOOK = 20;

/**
 * Takes in a change once two looks in a row see the same, so that nothing is read half written. `taken` is the
 * signature from before the files were read. `tell` gets a line for each change that is taken in, or is not because it
 * is broken, and when a broken file is again as it was before.
 */
export function watch(
  { what, signature, read }: Followed,
  taken: string,
  tell: (line: string) => void,
): Watch {
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let last: string | undefined;
  let broken = false;
  let pause = PAUSE;

  const look = async (): Promise<void> => {
    const begun = performance.now();
    const seen = await signature();
    const settled = seen === last;
    // Finding out which files there are takes longer, but is not done at each look.
    if (settled) pause = Math.max(PAUSE, PAUSE_TO_LOOK * (performance.now() - begun));
    last = seen;
    if (seen === taken || !settled) return;
    let line: string | undefined;
    try {
      const putInPlace = await read();
      // Written again meanwhile: what was read may be a mixture.
      if ((await signature()) !== seen || closed) return;
      if (putInPlace()) line = `The changed ${what} is taken in.`;
      else if (broken) line = `The ${what} is good again, as it was before.`;
      broken = false;
    } catch (error) {
      broken = true;
      line = `The changed ${what} is not taken in, the last good one stays: ${(error as Error).message}`;
    }
    taken = seen;
    if (line !== undefined) tell(line);
  };

  let looking: Promise<void> = Promise.resolve();
  const next = (): void => {
    if (closed) return;
    timer = setTimeout(
      () => {
        looking = look().finally(next);
      },
      Math.min(LONGEST_PAUSE, pause),
    );
    timer.unref();
  };
  looking = look().finally(next);
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
