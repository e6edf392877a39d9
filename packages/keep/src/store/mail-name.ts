import { createHash } from "node:crypto";

/** File systems allow 255 bytes; what is added to a name needs some. */
const LONGEST = 200;

/**
 * A text as a file name that no file system takes for that of another text: all but `[a-z0-9._-]`, and a leading dot,
 * is percent-encoded. A text that is too long, or empty, becomes its hash; `%s` is the start of no encoded byte.
 */
function fileName(text: string): string {
  const encoded = Buffer.from(text.toWellFormed())
    .toString("latin1")
    .replaceAll(
      /^\.|[^a-z0-9._-]/g,
      (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    );
  if (encoded.length > 0 && encoded.length <= LONGEST) return encoded;
  return `%sha256-${createHash("sha256").update(text).digest("hex")}`;
}

/** The path of an archive's mail in the store, with `/`. U+0000 becomes U+FFFD, as it does in PostgreSQL's ledger. */
export function mailPath(id: string): string {
  const name = fileName(id.replaceAll("\0", "\uFFFD"));
  return `mails/${name.slice(0, 2)}/${name}.eml`;
}
