import type { MailArchive } from "@np6-archives/client";
import type { Search } from "../archives/archive-search.ts";
import type { OpenedMail } from "../archives/recent-mails.ts";
import type { Tab } from "./page-links.ts";
import type { View } from "./view.ts";

/** All that the page of one mail shows. */
export interface MailPageProps {
  readonly view: View;
  readonly search: Search;
  readonly archive: MailArchive;
  readonly opened: OpenedMail;
  readonly tab: Tab;
}
