import { invalid } from "./keep-error.ts";

/** @throws KeepError for anything but an object: JavaScript callers may pass anything. */
export function expectOptions(options: object): void {
  if (typeof options !== "object" || options === null) {
    throw invalid("options", "an object", options);
  }
}

/**
 * The signal, or one that never aborts. Node.js does not accept signals of another realm or a polyfill everywhere, so
 * those are followed by one of its own.
 *
 * @throws KeepError for what is no signal.
 */
export function ownSignal(given: AbortSignal | null | undefined): AbortSignal {
  const own = new AbortController();
  const signal = given ?? own.signal;
  if (typeof signal.aborted !== "boolean" || typeof signal.addEventListener !== "function") {
    throw invalid("signal", "an AbortSignal", given);
  }
  const isOwn: boolean = signal instanceof AbortSignal;
  if (isOwn) return signal;
  const follow = () => own.abort(signal.reason);
  if (signal.aborted) follow();
  else signal.addEventListener("abort", follow, { once: true });
  return own.signal;
}
