import { LRUCache } from "lru-cache";
import { searchParams } from "./archive-search.ts";
import type { Search } from "./archive-search.ts";
import { findArchives } from "./find-archives.ts";
import type { Found, FoundArchive, Sources } from "./find-archives.ts";
import { keepWeighed } from "./keep-weighed.ts";

/** How long a list is cached for its pages and mails, in milliseconds. */
const LIFETIME = 120_000;
/**
 * For all lists together. If lists were counted, a few long ones could fill the memory, or short ones be dropped too
 * early.
 */
const MOST_ARCHIVES = 200_000;

/**
 * A cache of recent lists. Turning a page or opening a mail does not ask NP6 again; the first page of a search always
 * does. This is also the access check: only archives in here are ever downloaded.
 */
export class RecentLists {
  readonly #sources: Sources;
  readonly #lists = new LRUCache<string, Promise<Found>>({
    maxSize: MOST_ARCHIVES,
    ttl: LIFETIME,
    ttlAutopurge: true,
  });

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** Asks again. @throws as {@link findArchives}. */
  fresh(search: Search): Promise<Found> {
    const key = String(searchParams(search));
    const list = findArchives(this.#sources, search);
    void keepWeighed(this.#lists, key, list, ({ archives }) => 1 + archives.length);
    return list;
  }

  /** The cached list, or a fresh one if there is none, or if a kept copy of an archive to be shown is gone. */
  async recent(
    search: Search,
    shown: (archives: readonly FoundArchive[]) => readonly FoundArchive[],
  ): Promise<Found> {
    const list = await this.#lists.get(String(searchParams(search)));
    return list !== undefined && (await this.#areKept(shown(list.archives)))
      ? list
      : this.fresh(search);
  }

  async #areKept(archives: readonly FoundArchive[]): Promise<boolean> {
    for (const { id, kept } of archives) {
      if (kept === undefined) continue;
      // If this fails, a fresh list says why.
      const copies = await this.#sources.kept?.find({ id }).catch(() => undefined);
      if (!copies?.some(({ sha256 }) => sha256 === kept.sha256)) return false;
    }
    return true;
  }
}
