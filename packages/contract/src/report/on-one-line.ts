/** A text of somebody else for a line of a report or a log: without what would break it, or tell a terminal something. */
export function onOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "?");
}
