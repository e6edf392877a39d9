/** How a body was made fit for the way (RFC 2045, section 6), and the old one of Usenet. */
export function decodeTransfer(bytes: Buffer, encoding: string): Buffer | undefined {
  switch (encoding) {
    case "base64":
      return fromBase64(bytes.toString("latin1"));
    case "quoted-printable":
      return fromQuotedPrintable(bytes);
    case "x-uuencode":
    case "uuencode":
    case "x-uue":
    case "uue":
      return fromUuencode(bytes);
    case "":
    case "7bit":
    case "8bit":
    case "binary":
      return bytes;
    default:
      return undefined;
  }
}

/** Tolerant: of line ends, of padding in the middle (several encoded pieces in a row), and of words below it. */
export function fromBase64(text: string): Buffer {
  const padding = text.indexOf("=");
  if (padding === -1) return Buffer.from(withoutFooter(text), "base64");
  if (!/[^=\s]/.test(text.slice(padding))) return Buffer.from(text, "base64");
  const pieces: Buffer[] = [];
  for (const piece of text.split(/=+/)) {
    if (!/^[\w+/\s-]*$/.test(piece) || (pieces.length > 0 && /\S[ \t]+\S/.test(piece))) break;
    pieces.push(Buffer.from(piece, "base64"));
  }
  return Buffer.concat(pieces);
}

/** Without what a mailing list has put below. */
function withoutFooter(text: string): string {
  const blank = /\n[ \t]*\r?\n/.exec(text.trimEnd());
  if (blank === null) return text;
  const rest = text.slice(blank.index + blank[0].length);
  return /[^\w+/\s-]|\S[ \t]+\S/.test(rest) ? text.slice(0, blank.index) : text;
}

const EQUALS = 61;

/** Bytes stay as they are, each CR included, but for blanks at the end of a line, which came on the way. */
export function fromQuotedPrintable(bytes: Buffer, isWord = false): Buffer {
  const made = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let blanks = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === EQUALS) {
      const high = hexDigit(bytes[at + 1]);
      const low = hexDigit(bytes[at + 2]);
      const next = high < 0 || low < 0 ? afterSoftBreak(bytes, at + 1) : -1;
      if (high >= 0 && low >= 0) {
        made[length++] = high * 16 + low;
        at += 2;
      } else if (next !== -1 && !isWord) at = next - 1;
      else made[length++] = byte;
      blanks = 0;
      continue;
    }
    if (byte === 10 && !isWord) {
      const hasReturn = blanks === 0 ? false : bytes[at - 1] === 13;
      length -= hasReturn ? 1 + blanks : blanks;
      if (hasReturn) made[length++] = 13;
      blanks = 0;
    } else if (byte === 32 || byte === 9) blanks++;
    else if (byte !== 13 || bytes[at + 1] !== 10) blanks = 0;
    made[length++] = byte;
  }
  return made.subarray(0, length);
}

/** Where the next line begins, if nothing but blanks is left of this one; else -1. */
function afterSoftBreak(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 32 || bytes[at] === 9) at++;
  if (at >= bytes.length) return at;
  if (bytes[at] === 13 && bytes[at + 1] === 10) return at + 2;
  return bytes[at] === 10 || (bytes[at] === 13 && at + 1 === bytes.length) ? at + 1 : -1;
}

function hexDigit(byte = 0): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const upper = byte & 0xdf;
  return upper >= 65 && upper <= 70 ? upper - 55 : -1;
}

function fromUuencode(bytes: Buffer): Buffer | undefined {
  const lines = bytes.toString("latin1").split(/\r?\n/);
  const begin = lines.findIndex((line) => /^begin(?:-base64)? [0-7]{3,4} /.test(line));
  if (begin === -1) return undefined;
  if (lines[begin]?.startsWith("begin-base64")) {
    const end = lines.indexOf("====", begin);
    return Buffer.from(lines.slice(begin + 1, end === -1 ? undefined : end).join(""), "base64");
  }
  const made: number[] = [];
  for (const line of lines.slice(begin + 1)) {
    if (line === "end") break;
    const left = line === "" ? 0 : six(line, 0);
    for (let at = 1, count = 0; count < left; at += 4, count += 3) {
      const [a, b, c, d] = [six(line, at), six(line, at + 1), six(line, at + 2), six(line, at + 3)];
      const three = [(a << 2) | (b >> 4), ((b << 4) & 255) | (c >> 2), ((c << 6) & 255) | d];
      for (const byte of three.slice(0, left - count)) made.push(byte);
    }
  }
  return Buffer.from(made);
}

/** Six bits of a uuencoded line. */
function six(line: string, at: number): number {
  return ((line.charCodeAt(at) || 32) - 32) & 63;
}
