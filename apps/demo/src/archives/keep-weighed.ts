import type { LRUCache } from "lru-cache";

/**
 * Keeps what is on its way, and lets it weigh what it does once it is here. What weighs more than all that may be kept
 * is kept alone. A failure is told to whoever asked, and not kept.
 */
export async function keepWeighed<Value>(
  cache: LRUCache<string, Promise<Value>>,
  key: string,
  value: Promise<Value>,
  weigh: (value: Value) => number | Promise<number>,
): Promise<void> {
  // It weighs next to nothing until it is here.
  cache.set(key, value, { size: 1 });
  try {
    const weight = await weigh(await value);
    if (cache.peek(key) !== value) return;
    // A value that is set once more goes on weighing what it did.
    cache.delete(key);
    cache.set(key, value, { size: Math.min(weight, cache.maxSize) });
  } catch {
    if (cache.peek(key) === value) cache.delete(key);
  }
}
