export const greeting = "What is exported has a docstring, and this has none.";

/** The size. */
export const size: number = 42;

/** How to look. */
export interface Pace {
  /** Milliseconds between two looks. */
  interval?: number;
  /** How often to look at most. Default 10. */
  looks?: number;
}

/** How to wait. */
export interface WaitOptions extends Pace {
  /** The timeout. */
  timeout?: number;
  /** What ends the wait. Default: nothing. */
  until?: Until;
}

/** An event in the middle of an option. */
export interface Until {
  /** The name of the event. */
  event?: string;
}

/** How a wait is shown. What is left out is not shown. */
export interface View {
  /** The text beside it. */
  label?: string;
}

/** What came of a wait: nobody passes one in, so nothing in it has a default. */
export interface Waited {
  /** How often it looked. */
  looks: number;
  /** What went wrong, if anything did. */
  reason?: string;
}

/** Waits. */
export class Waiter {
  readonly #options: WaitOptions;

  /** Waits as `options` say. */
  constructor(options: WaitOptions) {
    this.#options = options;
  }

  /** Waits once. */
  async once(): Promise<Waited> {
    return { looks: this.#options.timeout ?? 1 };
  }

  /** Waits for `ms` milliseconds. Rejects with a RangeError when that is less than nothing. */
  async for(ms: number): Promise<void> {
    if (ms < 0) throw new RangeError("A wait cannot end before it began.");
  }
}

/** Shows a wait of some length. Never throws. */
export function show(length: number, view: View & { corner?: string }): string {
  return `${view.label} ${length} ${view.corner}`;
}

export { show as display };

/** A wait that was too long. */
export class WaitError extends Error {
  /** Makes the message. */
  constructor(what: string) {
    super(`${what} took too long.`);
  }
}
