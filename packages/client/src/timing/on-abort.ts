/** What is to be called for each signal: Node before 24 warns of a signal that has more than ten listeners. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

function callAll(this: AbortSignal): void {
  waiting.get(this)?.forEach((callback) => callback());
}

/**
 * Calls back when the signal aborts, unless the function that it returns is called before. The signal has one listener,
 * however many wait for it, and none when nobody does.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (!signal) return () => {};
  const callbacks = waiting.get(signal) ?? new Set();
  waiting.set(signal, callbacks.add(callback));
  signal.addEventListener("abort", callAll);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size === 0) signal.removeEventListener("abort", callAll);
  };
}
