import type { SafeMail } from "@np6-archives/safe-mail";
import type { Context } from "hono";
import { formatsFor } from "../words/formats.ts";
import type { Formats } from "../words/formats.ts";
import { LANGUAGES, languageOf } from "../words/language.ts";
import type { Language } from "../words/language.ts";
import { plainText } from "../words/plain-text.ts";
import type { Messages } from "../words/words-en.ts";

/** What every page needs to know about the request that it answers. */
export interface View {
  readonly language: Language;
  readonly t: Messages;
  readonly format: Formats;
  /** The relative path to the folder of the viewer: `./` for all existing pages. */
  readonly root: string;
  /** The page's own name within the folder; empty for the search. */
  readonly page: string;
  /** The query of the page, to come back to it in another language. */
  readonly query: URLSearchParams;
}

export function viewOf(c: Context): View {
  const language = languageOf(c);
  const query = new URLSearchParams(c.req.query());
  query.delete("lang");
  const folders = c.req.path.split("/").slice(1, -1).length;
  return {
    language,
    t: LANGUAGES[language],
    format: formatsFor(language),
    root: folders > 0 ? "../".repeat(folders) : "./",
    page: folders > 0 ? "" : c.req.path.slice(1),
    query,
  };
}

/** A mail's subject as shown; a placeholder if there is none. */
export function subjectOf({ t }: View, { subject }: { readonly subject: string }): string {
  return plainText(subject) || t.noSubject;
}

/** What is doubtful about a mail. If it only has files, the text already says that something is missing. */
export function notesOf({ t }: View, mail: SafeMail): string[] {
  const isBlank = mail.html === undefined && mail.text.trim() === "";
  const kinds = mail.notes
    .map(({ kind }) => kind)
    .filter((kind) => kind !== "left-out" || !isBlank);
  return [...new Set(kinds)].map((kind) => t.notes[kind]);
}

/** How much of a mail was blocked; empty where nothing was. */
export function blockedOf({ t }: View, { blocked }: SafeMail): string {
  if (blocked.length === 0) return "";
  return t.blocked(blocked.length, blocked.filter((item) => item.looksLikeTracking).length);
}
