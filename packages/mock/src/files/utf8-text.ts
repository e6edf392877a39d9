import { isUtf8 } from "node:buffer";

/**
 * Bytes as text, without the mark that some editors put before it.
 *
 * @throws TypeError when they are no UTF-8, such as what `Out-File` of Windows PowerShell writes.
 */
export function utf8Text(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new TypeError("encoding: expected UTF-8, got another one.");
  return bytes.toString().replace(/^\uFEFF/, "");
}
