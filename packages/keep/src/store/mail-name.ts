import { createHash } from "node:crypto";

/** File systems allow 255 bytes; what is added around a name needs some. */
const LONGEST = 200;

/**
 * A text as a file name that no file system reads as another's: all but `[a-z0-9._-]`, and a dot in front, is
 * percent-encoded. A name that would be too long, or none at all, becomes its hash; `%s` begins no encoded byte.
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

/** Where the store has the mail of an archive's id, with `/`. PostgreSQL's texts have no U+0000, and U+FFFD for it. */
export function mailPath(id: string): string {
  const name = fileName(id.replaceAll("\0", "\uFFFD"));
  return `mails/${name.slice(0, 2)}/${name}.eml`;
}
