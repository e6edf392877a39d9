/** A look at some files every now and then. */
export interface Watch {
  close(): Promise<void>;
}

/** Files that are read again when they change. */
export interface Followed {
  /** What they are, in words. */
  what: string;
  /** What changes when they do. */
  signature: () => Promise<string>;
  /** Resolves to what puts the new contents in place, which tells whether they are other ones. */
  read: () => Promise<() => boolean>;
}

/** How often it looks, in milliseconds. Looking sees what is written on the other side of a mount, too. */
const PAUSE = 300;
const LONGEST_PAUSE = 3000;
/** How many times as long it pauses as a look took: many files take their time. */
const PAUSE_TO_LOOK = 20;

/**
 * Takes in what has changed, once it has stayed the same from one look to the next, so that nothing is read half
 * written. `taken` is the signature from before they were read. One line is told for each change that is taken in, or is
 * not because it is broken, and when what was broken is as it was before.
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
    // To find anew which files there are takes longer, and is not done each time.
    if (settled) pause = Math.max(PAUSE, PAUSE_TO_LOOK * (performance.now() - begun));
    last = seen;
    if (seen === taken || !settled) return;
    let line: string | undefined;
    try {
      const putInPlace = await read();
      // Written again meanwhile: what was read may be of two minds.
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
