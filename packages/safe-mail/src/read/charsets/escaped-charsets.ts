// Imported, as Jest's jsdom has no global one.
import { TextDecoder } from "node:util";
import iconv from "iconv-lite";

/**
 * Decodes ISO-2022-JP, recognised by its escape sequence, which no other text has; undefined without one.
 *
 * @param raw each character one byte.
 */
export function byEscapes(raw: string): string | undefined {
  // oxlint-disable-next-line no-control-regex
  if (!/\u001B\$[@B]/.test(raw)) return undefined;
  return decodeIso2022Jp(raw);
}

// oxlint-disable-next-line no-control-regex
const IDLE_ESCAPE = /\u001B(?:\([BIJ]|\$[@AB]|\$\([ACD])(?=\u001B(?:\([BIJ]|\$[@AB]|\$\([ACD]))/g;

/** The character sets that ISO-2022-JP-1 and -2 add (RFC 2237 and 1554), each up to the end of its line. */
// oxlint-disable-next-line no-control-regex
const OTHER_SET = /\u001B\$(\(?A|\([CD])([^\u001B\r\n]*)/g;

const JAPANESE = new TextDecoder("iso-2022-jp");

/**
 * Decodes ISO-2022-JP, each character one byte. An escape right after another is no error: two encoded words met there.
 */
export function decodeIso2022Jp(raw: string): string {
  const sent = raw.replaceAll(IDLE_ESCAPE, "");
  let text = "";
  let from = 0;
  for (const { index, 0: all, 1: set, 2: codes = "" } of sent.matchAll(OTHER_SET)) {
    if (index > from) text += JAPANESE.decode(Buffer.from(sent.slice(from, index), "latin1"));
    text += ofOtherSet(set, codes);
    from = index + all.length;
  }
  return text + JAPANESE.decode(Buffer.from(sent.slice(from), "latin1"));
}

/** With the eighth bit set, these codes are those of EUC. */
function ofOtherSet(set: string | undefined, codes: string): string {
  const made = new Uint8Array(codes.length * 2);
  let length = 0;
  for (let at = 0; at < codes.length; at++) {
    const code = codes.charCodeAt(at);
    if (set === "(D" && at % 2 === 0) made[length++] = 0x8f;
    made[length++] = code > 0x20 ? code | 0x80 : code;
  }
  const decoder = set === "(C" ? KOREAN : set === "(D" ? RARER_JAPANESE : CHINESE;
  return decoder.decode(made.subarray(0, length));
}

const CHINESE = new TextDecoder("gb18030");
const KOREAN = new TextDecoder("euc-kr");
const RARER_JAPANESE = new TextDecoder("euc-jp");

/** ISO-2022-KR (RFC 1557): between SO and SI are the codes of EUC-KR, with seven bits. */
export function decodeIso2022Kr(bytes: Buffer): string {
  const made = Buffer.alloc(bytes.length);
  let length = 0;
  let inKorean = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === 0x1b && bytes.toString("latin1", at + 1, at + 4) === "$)C") at += 3;
    else if (byte === 0x0e || byte === 0x0f) inKorean = byte === 0x0e;
    else made[length++] = inKorean && byte > 0x20 ? byte | 0x80 : byte;
  }
  return iconv.decode(made.subarray(0, length), "euc-kr");
}

/** HZ (RFC 1843): between `~{` and `~}` are the codes of GB 2312, with seven bits. */
export function decodeHz(bytes: Buffer): string {
  const made = Buffer.alloc(bytes.length);
  let length = 0;
  let inChinese = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    const next = byte === 0x7e ? bytes[at + 1] : undefined;
    if (next === 0x7b || next === 0x7d) {
      inChinese = next === 0x7b;
      at++;
    } else if (next === 0x7e && !inChinese) {
      made[length++] = 0x7e;
      at++;
    } else if (next === 0x0a && !inChinese) at++;
    else {
      if (byte === 0x0a) inChinese = false;
      made[length++] = inChinese && byte > 0x20 ? byte | 0x80 : byte;
    }
  }
  return iconv.decode(made.subarray(0, length), "gb18030");
}
