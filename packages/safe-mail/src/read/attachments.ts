import { createHash } from "node:crypto";
import { types } from "node:util";
import type { MailAttachment } from "../safe-mail.ts";
import { fileName, MAILS } from "./mime-tree.ts";
import type { MimeNode } from "./mime-tree.ts";

/** The most bytes that file systems allow in a name. */
const MOST_NAME_BYTES = 255;

/** How much of a name is used, in characters. */
const MOST_NAME_READ = 4096;

/** An ending longer than this, in bytes, is no extension. */
const MOST_EXTENSION_BYTES = 64;

/** Names that Windows takes for a device, whatever the extension. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[\d¹²³])(?=[ ]*(?:\.|$))/i;

export function mailAttachment(node: MimeNode, index: number, inline: boolean): MailAttachment {
  const content = ownBytes(node.content);
  const isMail = MAILS.test(node.type.value);
  const nameless = `part-${index + 1}${isMail ? ".eml" : ""}`;
  const name = fileName(node) || nameless;
  return {
    name,
    safeName: safeFileName(name) || nameless,
    type: node.type.value,
    size: content.byteLength,
    sha256: createHash("sha256").update(content).digest("hex"),
    inline,
    content,
  };
}

/** Bytes with a buffer of their own, so that they can be transferred without the rest of the mail. */
function ownBytes(content: Buffer): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = content;
  const isAlone = byteLength > 0 && buffer.byteLength === byteLength;
  return new Uint8Array(isAlone && types.isArrayBuffer(buffer) ? buffer : content);
}

/**
 * A file name without path, control and bidirectional characters and what file systems refuse, with its real extension
 * last. Empty where nothing is left.
 */
function safeFileName(name: string): string {
  const clean = name
    .slice(-MOST_NAME_READ)
    .normalize("NFC")
    // Controls, formats (bidirectional ones included), line separators and unassigned characters.
    .replaceAll(/[\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}\p{Cn}\p{Co}\uFFFD]/gu, "")
    .replaceAll(/[\p{Zs}\u2800\u3164\u115F\u1160\uFFA0]+/gu, " ");
  const last = clean.split(/[/\\]/).findLast((piece) => /[^. ]/.test(piece)) ?? "";
  const bare = last
    .replaceAll(/[:<>"|?*\u2044\u2215\u29F8\uFF0F\uFF3C\uFE68]/g, "_")
    // For an extension alone, the dot shows that it is one. It has no blanks in it.
    .replace(/^[. ]*\.(?=[^. ]+ *$)/, "_.")
    .replaceAll(/^[. ]+|(?<![. ])[. ]+$/g, "");
  const allowed = DEVICE.test(bare) ? `_${bare}` : bare;
  if (Buffer.byteLength(allowed) <= MOST_NAME_BYTES) return allowed;
  const dot = allowed.lastIndexOf(".");
  const ending = dot > 0 ? allowed.slice(dot) : "";
  const extension = Buffer.byteLength(ending) <= MOST_EXTENSION_BYTES ? ending : "";
  let stem = "";
  let left = MOST_NAME_BYTES - Buffer.byteLength(extension);
  for (const character of allowed.slice(0, allowed.length - extension.length)) {
    left -= Buffer.byteLength(character);
    if (left < 0) break;
    stem += character;
  }
  // Without an extension, the cut may come after one of these.
  return (stem + extension).replace(/[. ]+$/, "");
}
