/** Characters that are not seen, or turn those beside them round. */
const UNSEEN = /[\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]/g;

/** Text out of a mail in one line, without characters that control, hide or turn what stands beside them. */
export function plainText(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replaceAll(UNSEEN, "")
    .replaceAll(/ {2,}/g, " ")
    .trim();
}

/** An address out of a mail, with such characters as browsers show them: encoded. */
export function plainAddress(address: string): string {
  return address.replaceAll(UNSEEN, encodeURIComponent);
}
