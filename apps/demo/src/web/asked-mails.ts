import { toUSVString } from "node:util";
import type { Context } from "hono";
import { readSearch, searchProblem } from "../archives/archive-search.ts";
import type { Search } from "../archives/archive-search.ts";
import { NotListedError } from "../archives/failure.ts";
import type { FoundArchive } from "../archives/find-archives.ts";
import type { RecentLists } from "../archives/recent-lists.ts";
import { PAGE_SIZE } from "../pages/archive-list.tsx";
import type { PlaceInList } from "../pages/mail-page-props.ts";

/** The mail that a page is about. */
export interface AskedMail {
  readonly search: Search;
  readonly archive: FoundArchive;
  readonly place: PlaceInList;
}

/** Finds the mails in the addresses of pages. */
export class AskedMails {
  readonly #lists: RecentLists;
  readonly #found = new WeakMap<Context, AskedMail>();

  constructor(lists: RecentLists) {
    this.#lists = lists;
  }

  /** The mail that was found for a request; a failure after that is one of fetching it. */
  foundFor(c: Context): AskedMail | undefined {
    return this.#found.get(c);
  }

  /**
   * The search in a page's address and its archive, which has to be listed for that search.
   *
   * @throws NotListedError where it is not.
   */
  async find(c: Context): Promise<AskedMail> {
    const search = readSearch(c.req.query());
    const id = c.req.query("id") ?? "";
    if (searchProblem(search) !== undefined) throw new NotListedError();
    // An address cannot hold a lone surrogate.
    const isAsked = (each: FoundArchive) => toUSVString(each.id) === id;
    const { archives } = await this.#lists.recent(search, (all) => all.filter(isAsked));
    const index = archives.findIndex(isAsked);
    const archive = archives[index];
    if (archive === undefined) throw new NotListedError();
    const place = {
      page: 1 + Math.floor(index / PAGE_SIZE),
      newer: archives[index - 1]?.id,
      older: archives[index + 1]?.id,
    };
    const asked = { search, archive, place };
    this.#found.set(c, asked);
    return asked;
  }
}
