import { onAbort } from "./on-abort.ts";

/** Longer timers fire at once: the runtimes keep the delay in 31 bits. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Runs `work` until it settles, `ms` pass or `signal` aborts, whichever comes first.
 *
 * On a timeout or abort the signal of `work` aborts, and the promise settles at once even if `work` ignores it: as
 * `onTimeout` returns or throws, or with the caller's reason. Neither a timer nor a listener is left behind.
 */
export function within<T>(
  ms: number,
  signal: AbortSignal | undefined,
  onTimeout: () => T,
  work: (ended: AbortSignal) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const controller = new AbortController();
    const stop = onAbort(signal, () => {
      end();
      reject(signal?.reason);
      controller.abort(signal?.reason);
    });
    const end = () => {
      clearTimeout(timer);
      stop();
    };
    const onTime = () => {
      end();
      // A throw in a timer would end the process; one in an executor rejects.
      resolve(new Promise((settle) => settle(onTimeout())));
      controller.abort();
    };
    const timer = ms > LONGEST_TIMER ? undefined : setTimeout(onTime, Math.max(0, ms));
    work(controller.signal).then(
      (result) => {
        end();
        return resolve(result);
      },
      (error: unknown) => {
        end();
        return reject(error);
      },
    );
  });
}

/** Resolves after `ms`, never earlier; rejects with the signal's reason when it aborts. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  // Timers may fire a fraction of a millisecond early.
  return within(
    ms + 1,
    signal,
    () => {},
    () => new Promise(() => {}),
  );
}
