import type { ArchivesClient, MailArchive } from "@np6-archives/client";
import { listArchives, searchParams } from "./search.ts";
import type { Search } from "./search.ts";

/** How long a list serves the pages and mails behind it, in milliseconds. */
const LIFETIME = 120_000;
const MOST_LISTS = 20;

interface Listing {
  readonly asked: number;
  readonly archives: Promise<MailArchive[]>;
}

/**
 * The lists lately asked for. Turning a page or opening a mail does not ask NP6 again; the first
 * page of a search always does. This is also the gate: only archives in here are ever downloaded.
 */
export class RecentLists {
  readonly #client: ArchivesClient;
  readonly #listings = new Map<string, Listing>();

  constructor(client: ArchivesClient) {
    this.#client = client;
  }

  /** Asks NP6. @throws whatever the client throws. */
  fresh(search: Search): Promise<MailArchive[]> {
    const key = String(searchParams(search));
    const listing: Listing = { asked: Date.now(), archives: listArchives(this.#client, search) };
    this.#listings.delete(key);
    this.#listings.set(key, listing);
    for (const oldest of this.#listings.keys()) {
      if (this.#listings.size <= MOST_LISTS) break;
      this.#listings.delete(oldest);
    }
    // A failure is told to whoever asked, and not kept.
    listing.archives.catch(() => this.#listings.get(key) === listing && this.#listings.delete(key));
    return listing.archives;
  }

  /** The list as it was asked for a short while ago, else a fresh one. */
  recent(search: Search): Promise<MailArchive[]> {
    const known = this.#listings.get(String(searchParams(search)));
    return known !== undefined && Date.now() - known.asked < LIFETIME
      ? known.archives
      : this.fresh(search);
  }

  /** The archive with an id, if that search finds it. */
  async find(search: Search, id: string): Promise<MailArchive | undefined> {
    return (await this.recent(search)).find((archive) => archive.id === id);
  }
}
