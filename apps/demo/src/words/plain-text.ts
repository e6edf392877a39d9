/** Invisible characters, and those that change the direction of text. */
const UNSEEN = /[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g;

/** Text from a mail in one line, without control characters and those that hide or reorder their neighbours. */
export function plainText(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replaceAll(UNSEEN, "")
    .replaceAll(/ {2,}/g, " ")
    .trim();
}

/** An address from a mail, with such characters percent-encoded, as browsers show them. */
export function plainAddress(address: string): string {
  return address.replaceAll(UNSEEN, encodeURIComponent);
}
