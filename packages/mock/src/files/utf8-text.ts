import { isUtf8 } from "node:buffer";

/** Bytes as text, without a byte order mark. */
export function utf8Text(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new TypeError("encoding: expected UTF-8, got another one.");
  return bytes.toString().replace(/^\uFEFF/, "");
}
