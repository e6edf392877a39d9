import type { SafeMail } from "@np6-archives/safe-mail";
import type { View } from "./view.ts";

/** What is doubtful of a mail. Of one of files alone the text says that there is none. */
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
