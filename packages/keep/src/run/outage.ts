import { setTimeout as sleep } from "node:timers/promises";

/** How many failures in a row, with nothing in between that worked, are an outage. */
const IN_ROW = 3;
/** How often a call may fail while others work before it is given up. */
export const TRIES = 3;
/** Between two tries, twice as long each time: of one call, and of what worked before an outage. Milliseconds. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
/** How long a try may take that comes after the time is up. Milliseconds. */
const LAST_TRY = 8000;

export interface OutageOptions {
  /** How long it may last from the first failure on, in milliseconds. */
  giveUpAfter: number;
  /** It lasted longer. */
  onGiveUp: (reason: string) => void;
  onChange: (down: boolean, reason: string) => void;
  /** Makes one call that worked before: whether it works now. Undefined when there is none; a caller tries then. */
  probe: () => Promise<boolean | undefined>;
  signal: AbortSignal;
}

/** Tells an outage of a service from the failures of single calls. */
export interface Outage {
  /** Resolves when a call may be made: at once, or in an outage, when it is the one to try. */
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
    // A single call that fails slowly is no outage: what worked before is tried first.
    if (late) limit = setTimeout(() => onGiveUp(reason), LAST_TRY);
    onChange(true, reason);
    // An abort ends the holding, and those who wait see it themselves.
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

/** The tries of one call: what fails with all others is waited out, what fails alone is counted. */
export interface Tries {
  /**
   * Waits before the next try; false when the call has failed alone too often. One that is refused because there is
   * too much to do is counted only once that has lasted longer than an outage may.
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
