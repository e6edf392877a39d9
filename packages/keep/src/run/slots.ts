/** Limits how many tasks are at work at a time. */
export interface Slots {
  /** Runs the task when its turn comes. */
  use<Value>(task: () => Promise<Value>): Promise<Value>;
  /** Resolves when fewer than `most` are at work or wait. */
  below(most: number): Promise<void>;
}

export function slots(count: number): Slots {
  let free = count;
  let busy = 0;
  let waiting: (() => void)[] = [];
  /**
   * Those at the front of the queue, in reverse: taking one off the end moves no others, of which there may be many.
   */
  let leading: (() => void)[] = [];
  const watching = new Set<{ most: number; resolve: () => void }>();

  function nextInTurn(): (() => void) | undefined {
    if (leading.length === 0) [leading, waiting] = [waiting.toReversed(), []];
    return leading.pop();
  }

  return {
    async use(task) {
      busy += 1;
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await task();
      } finally {
        busy -= 1;
        const next = nextInTurn();
        if (next) next();
        else free += 1;
        for (const watch of watching) {
          if (busy >= watch.most) continue;
          watching.delete(watch);
          watch.resolve();
        }
      }
    },
    below: (most) =>
      busy < most ? Promise.resolve() : new Promise((resolve) => watching.add({ most, resolve })),
  };
}
