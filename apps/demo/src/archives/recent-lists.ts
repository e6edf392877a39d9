import { LRUCache } from "lru-cache";
import { findArchives, searchParams } from "./archive-search.ts";
import type { Found, Search, Sources } from "./archive-search.ts";

/** How long a list serves the pages and mails behind it, in milliseconds. */
const LIFETIME = 120_000;
const MOST_LISTS = 20;

/**
 * The lists lately asked for. Turning a page or opening a mail does not ask NP6 again; the first
 * page of a search always does. This is also the gate: only archives in here are ever downloaded.
 */
export class RecentLists {
  readonly #sources: Sources;
  readonly #lists = new LRUCache<string, Promise<Found>>({
    max: MOST_LISTS,
    ttl: LIFETIME,
  });

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** Asks anew. @throws as {@link findArchives}. */
  fresh(search: Search): Promise<Found> {
    const key = String(searchParams(search));
    const list = findArchives(this.#sources, search);
    this.#lists.set(key, list);
    // A failure is told to whoever asked, and not kept.
    list.catch(() => this.#lists.peek(key) === list && this.#lists.delete(key));
    return list;
  }

  /** The list as it was asked for a short while ago, else a fresh one. */
  recent(search: Search): Promise<Found> {
    return this.#lists.get(String(searchParams(search))) ?? this.fresh(search);
  }
}
