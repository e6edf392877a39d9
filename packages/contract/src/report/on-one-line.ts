/** Makes foreign text safe for one line of a report or log: without line breaks and terminal control characters. */
export function onOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "?");
}
