import type { Search } from "../archives/archive-search.ts";
import type { FoundArchive } from "../archives/find-archives.ts";
import type { OpenedMail } from "../archives/recent-mails.ts";
import type { Tab } from "./page-links.ts";
import type { View } from "./view.ts";

/** The position of a mail in the list in which it was found. */
export interface PlaceInList {
  /** The page of the list, from 1. */
  readonly page: number;
  /** The ids of its neighbours; undefined at an end of the list. */
  readonly newer: string | undefined;
  readonly older: string | undefined;
}

/** All that the page of one mail shows. */
export interface MailPageProps {
  readonly view: View;
  readonly search: Search;
  readonly archive: FoundArchive;
  readonly place: PlaceInList;
  readonly opened: OpenedMail;
  readonly tab: Tab;
}
