/** Longer timers fire at once: the runtimes keep the delay in 31 bits. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Runs `work` until it settles, `ms` pass or `signal` aborts, whichever comes first.
 *
 * The signal that `work` gets aborts in the two latter cases, and they settle at once whether `work` heeds it or not:
 * as `onTimeout` returns or throws, or with the caller's reason. Neither a timer nor a listener is left behind.
 */
export function within<T>(
  ms: number,
  signal: AbortSignal | undefined,
  onTimeout: () => T,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const controller = new AbortController();
    const leave = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    const onAbort = () => {
      leave();
      reject(signal?.reason);
      controller.abort(signal?.reason);
    };
    const onTime = () => {
      leave();
      try {
        resolve(onTimeout());
      } catch (error) {
        reject(error);
      }
      controller.abort();
    };
    const timer = ms > LONGEST_TIMER ? undefined : setTimeout(onTime, ms);
    signal?.addEventListener("abort", onAbort);
    work(controller.signal).then(
      (result) => {
        leave();
        resolve(result);
      },
      (error: unknown) => {
        leave();
        reject(error);
      },
    );
  });
}

/** Resolves after `ms`, never earlier; rejects with the signal's reason when it aborts. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return within(
    Infinity,
    signal,
    () => {},
    (stopped) => {
      return new Promise((resolve) => {
        // Timers may fire a fraction of a millisecond early.
        const timer = setTimeout(resolve, ms + 1);
        stopped.addEventListener("abort", () => clearTimeout(timer));
      });
    },
  );
}
