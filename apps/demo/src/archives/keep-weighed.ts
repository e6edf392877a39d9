import type { LRUCache } from "lru-cache";

/**
 * Caches a promise, and sets its size once it has resolved. A value larger than the whole cache is cached alone. A
 * rejection goes to whoever waits for it, and is not cached.
 */
export async function keepWeighed<Value>(
  cache: LRUCache<string, Promise<Value>>,
  key: string,
  value: Promise<Value>,
  weigh: (value: Value) => number | Promise<number>,
): Promise<void> {
  // Its size is not known yet.
  cache.set(key, value, { size: 1 });
  try {
    const weight = await weigh(await value);
    if (cache.peek(key) !== value) return;
    // Deleted first, as setting it again would keep the old size.
    cache.delete(key);
    cache.set(key, value, { size: Math.min(weight, cache.maxSize) });
  } catch {
    if (cache.peek(key) === value) cache.delete(key);
  }
}
