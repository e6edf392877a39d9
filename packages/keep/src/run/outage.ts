import { setTimeout as sleep } from "node:timers/promises";

/** How many failures in a row, with nothing in between that worked, are an outage. */
const IN_ROW = 3;
/** How often a call may fail, while others work, before it is given up. */
export const TRIES = 3;
/** The wait between two tries, of one call or of the probe in an outage: twice as long each time. Milliseconds. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
/** How long the last try may take, which comes after the time is up. Milliseconds. */
const LAST_TRY = 8000;

export interface OutageOptions {
  /** How long an outage may last from its first failure on, in milliseconds. */
  giveUpAfter: number;
  /** Called when it lasted longer. */
  onGiveUp: (reason: string) => void;
  onChange: (down: boolean, reason: string) => void;
  /**
   * Makes one call that worked before, and tells whether it works now. Undefined when there is none: then a caller
   * tries.
   */
  probe: () => Promise<boolean | undefined>;
  signal: AbortSignal;
}

/** Tells an outage of a service from the failures of single calls. */
export interface Outage {
  /** Resolves when a call may be made: at once, or in an outage when it is this caller's turn to try. */
  pass(): Promise<void>;
  worked(): void;
  failed(reason: string): void;
  /** How many calls worked so far. */
  successes(): number;
  close(): void;
}

export function outage(options: OutageOptions): Outage {
  const { giveUpAfter, onGiveUp, onChange, probe, signal } = options;
  let successes = 0;
  let inRow = 0;
  let reason = "";
  let late = false;
  let limit: NodeJS.Timeout | undefined;
  let isDown = false;
  let mayTry = false;
  let changed = Promise.withResolvers<void>();

  function change(): void {
    changed.resolve();
    changed = Promise.withResolvers();
  }

  async function hold(): Promise<void> {
    for (let wait = FIRST_WAIT; isDown; wait = Math.min(LONGEST_WAIT, wait * 2)) {
      await sleep(wait, undefined, { signal });
      if (!isDown) return;
      const works = await probe();
      if (works === true) worked();
      else if (works === false) failed(reason);
      else {
        mayTry = true;
        change();
      }
    }
  }

  function worked(): void {
    successes += 1;
    inRow = 0;
    late = false;
    clearTimeout(limit);
    limit = undefined;
    if (!isDown) return;
    isDown = false;
    mayTry = false;
    onChange(false, reason);
    change();
  }

  function failed(why: string): void {
    reason = why;
    inRow += 1;
    limit ??= setTimeout(() => {
      late = true;
      if (isDown) onGiveUp(reason);
      else fall();
    }, giveUpAfter);
    if (late && isDown) onGiveUp(reason);
    if (!isDown && inRow >= IN_ROW) fall();
  }

  function fall(): void {
    isDown = true;
    // A single slow call that fails is no outage, so a call that worked before is tried first.
    if (late) limit = setTimeout(() => onGiveUp(reason), LAST_TRY);
    onChange(true, reason);
    // An abort ends this loop, and the waiting callers see it themselves.
    hold().catch(() => change());
  }

  return {
    async pass() {
      for (;;) {
        signal.throwIfAborted();
        if (!isDown) return;
        if (mayTry) {
          mayTry = false;
          return;
        }
        await changed.promise;
      }
    },
    worked,
    failed,
    successes: () => successes,
    close: () => clearTimeout(limit),
  };
}

/** The tries of one call: a failure that all calls share is waited out, one of this call alone is counted. */
export interface Tries {
  /**
   * Waits before the next try; false when the call has failed alone too often. A refusal because the service is busy
   * only counts once that has lasted longer than an outage may.
   */
  failed(reason: string, isLimited?: boolean): Promise<boolean>;
  /** Waits, longer each time, and counts nothing. */
  wait(): Promise<void>;
}

export function triesAt(service: Outage, giveUpAfter: number, signal: AbortSignal): Tries {
  let alone = 0;
  let limitedSince: number | undefined;
  let waits = 0;
  let seen = service.successes();

  async function wait(): Promise<void> {
    const delay = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** waits);
    waits += 1;
    await sleep(delay, undefined, { signal });
  }

  return {
    wait,
    async failed(reason, isLimited = false) {
      const isAlone = service.successes() > seen;
      if (isLimited) {
        limitedSince ??= performance.now();
        if (isAlone && performance.now() - limitedSince >= giveUpAfter) return false;
      } else if (isAlone) {
        alone += 1;
        waits = 0;
      }
      if (alone >= TRIES) return false;
      seen = service.successes();
      service.failed(reason);
      await wait();
      return true;
    },
  };
}
