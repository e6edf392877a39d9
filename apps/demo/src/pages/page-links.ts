import { toUSVString } from "node:util";
import { searchParams } from "../archives/archive-search.ts";
import type { Search } from "../archives/archive-search.ts";

/*
 * Every address in our pages. They are relative, and all pages are in one folder, so the viewer works under any path
 * that a proxy gives it.
 */

export const TABS = ["mail", "text", "headers", "links", "parts", "source"] as const;

export type Tab = (typeof TABS)[number];

/** The pages and files of one mail. */
export type MailPage = "mail" | "head" | "frame" | "print" | "download" | "attachment";

/** A page of the list, and the row of the archive `id`. */
export function listLink(search: Search, page = 1, id = ""): string {
  const params = searchParams(search);
  if (page > 1) params.set("page", String(page));
  return `./?${params.toString()}${id && `#${rowId(id)}`}`;
}

/** The bag of everything kept of a search's target. */
export function bagLink({ target }: Search): string {
  return `bag?${new URLSearchParams({ target }).toString()}`;
}

/** The id of an archive's row within its page. */
export function rowId(id: string): string {
  return `mail-${encodeURIComponent(toUSVString(id))}`;
}

/** The form, filled in, without searching. */
export function formLink(search: Search, by: Search["by"]): string {
  const params = searchParams({ ...search, by });
  params.set("edit", "1");
  return `./?${params.toString()}`;
}

export function mailLinkTo(
  page: MailPage,
  search: Search,
  id: string,
  more: Record<string, string> = {},
): string {
  const params = searchParams(search);
  params.set("id", id);
  for (const [name, value] of Object.entries(more)) params.set(name, value);
  return `${page}?${params.toString()}`;
}

export function tabLink(search: Search, id: string, tab: Tab): string {
  return mailLinkTo("mail", search, id, { tab });
}
