/**
 * The callbacks of each signal, and the one listener that calls them: Node before 24 warns of more than ten listeners.
 */
const waiting = new WeakMap<AbortSignal, [Set<() => void>, () => void]>();

/**
 * Calls back when the signal aborts, unless the returned function is called before. The signal has one listener for all
 * callbacks, and none when there is no callback.
 */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (!signal) return () => {};
  let one = waiting.get(signal);
  if (!one) {
    const all = new Set<() => void>();
    waiting.set(signal, (one = [all, () => all.forEach((each) => each())]));
  }
  const [callbacks, listener] = one;
  // A polyfill's signal may add the same listener twice.
  if (!callbacks.size) signal.addEventListener("abort", listener);
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (!callbacks.size) signal.removeEventListener("abort", listener);
  };
}
