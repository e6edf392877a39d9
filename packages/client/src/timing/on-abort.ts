/** What waits for a signal, and the listener that calls it: Node before 24 warns of a signal with more than ten. */
const waiting = new WeakMap<AbortSignal, [Set<() => void>, () => void]>();

/**
 * Calls back when the signal aborts, unless the function that it returns is called before. The signal has one listener,
 * however many wait for it, and none when nobody does.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (!signal) return () => {};
  let one = waiting.get(signal);
  if (!one) {
    const all = new Set<() => void>();
    waiting.set(signal, (one = [all, () => all.forEach((each) => each())]));
  }
  const [callbacks, listener] = one;
  // Signals of a polyfill take one listener twice.
  if (!callbacks.size) signal.addEventListener("abort", listener);
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (!callbacks.size) signal.removeEventListener("abort", listener);
  };
}
