import { base64Body } from "./base64-body.ts";
import type { DecodedBody } from "./base64-body.ts";
import { withoutComments } from "./header-fields.ts";

/** The encoding that a header names: its first word, or the first two together if a blank got into the name. */
export function encodingOf(raw: string): string {
  const [first = "", second = ""] =
    withoutComments(raw)
      .toLowerCase()
      .match(/[\w-]+/g) ?? [];
  return knownEncoding(first) ?? knownEncoding(first + second) ?? first;
}

function knownEncoding(name: string): string | undefined {
  return ENCODINGS.find(([, names]) => names.test(name))?.[0];
}

const ENCODINGS: readonly (readonly [encoding: string, names: RegExp])[] = [
  ["7bit", /^7-?bits?$/],
  ["8bit", /^(?:8-?bits?|none|us-ascii|ascii|utf-?8|identity|iso-8859-\d+)$/],
  ["binary", /^binary$/],
  ["quoted-printable", /^(?:quoted-?printable|q-?p|quoted)$/],
  ["base64", /^(?:base-?64|b64)$/],
];

/** Decodes a transfer encoding (RFC 2045, section 6), or Usenet's old one; undefined for an unknown one. */
export function decodeTransfer(bytes: Buffer, encoding: string): DecodedBody | undefined {
  switch (encoding) {
    case "base64":
      return base64Body(bytes);
    case "quoted-printable":
      return { content: fromQuotedPrintable(bytes) };
    case "x-uuencode":
    case "uuencode":
    case "x-uue":
    case "uue":
      return fromUuencode(bytes);
    case "":
    case "7bit":
    case "8bit":
    case "binary":
      return { content: bytes };
    default:
      return undefined;
  }
}

const EQUALS = 61;

/** Other bytes stay as they are, each CR included, except for blanks at a line's end, which were added on the way. */
export function fromQuotedPrintable(bytes: Buffer, isWord = false): Buffer {
  const made = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let blanks = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === EQUALS) {
      const first = isWord ? at + 1 : behindSoftBreak(bytes, at + 1);
      const second = isWord ? at + 2 : behindSoftBreak(bytes, first + 1);
      const high = hexDigit(bytes[first]);
      const low = hexDigit(bytes[second]);
      if (high >= 0 && low >= 0) {
        made[length++] = high * 16 + low;
        at = second;
      } else {
        const next = isWord ? -1 : afterSoftBreak(bytes, at + 1);
        if (next === -1) made[length++] = byte;
        else at = next - 1;
      }
      blanks = 0;
      continue;
    }
    if (byte === 10 && !isWord) {
      const hasReturn = blanks > 0 && bytes[at - 1] === 13;
      length -= hasReturn ? 1 + blanks : blanks;
      if (hasReturn) made[length++] = 13;
      blanks = 0;
    } else if (byte === 32 || byte === 9) blanks++;
    else if (byte !== 13 || bytes[at + 1] !== 10) blanks = 0;
    made[length++] = byte;
  }
  return made.subarray(0, isWord ? length : length - blanks);
}

/** Where the next line begins, if only blanks are left of this one; else -1. */
function afterSoftBreak(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 32 || bytes[at] === 9) at++;
  // Some programs end lines with one CR too many.
  while (bytes[at] === 13) at++;
  if (at >= bytes.length) return at;
  return bytes[at] === 10 ? at + 1 : -1;
}

/** Some programs break lines within the three characters of an encoded byte. */
function behindSoftBreak(bytes: Buffer, at: number): number {
  const next = bytes[at] === EQUALS ? afterSoftBreak(bytes, at + 1) : -1;
  return next === -1 ? at : next;
}

function hexDigit(byte = 0): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const upper = byte & 0xdf;
  return upper >= 65 && upper <= 70 ? upper - 55 : -1;
}

function fromUuencode(bytes: Buffer): DecodedBody | undefined {
  const lines = bytes.toString("latin1").split(/\r?\n/);
  const begin = lines.findIndex((line) => /^begin(?:-base64)? [0-7]{3,4} /.test(line));
  if (begin === -1) return undefined;
  const isBase64 = lines[begin]?.startsWith("begin-base64");
  const below = lines.slice(begin + 1);
  const end = below.findIndex((line) => line.trimEnd() === (isBase64 ? "====" : "end"));
  const body = end === -1 ? below : below.slice(0, end);
  const content = isBase64 ? Buffer.from(body.join(""), "base64") : fromUuencodedLines(body);
  const around = [...lines.slice(0, begin), ...below.slice(body.length + 1)];
  return around.every((line) => line.trim() === "")
    ? { content }
    : { content, doubt: "What stands around a file in uuencode was left out." };
}

function fromUuencodedLines(lines: readonly string[]): Buffer {
  const made = Buffer.alloc(lines.reduce((sum, line) => sum + six(line, 0), 0));
  let length = 0;
  for (const line of lines) {
    const to = length + six(line, 0);
    for (let at = 1; length < to; at += 4) {
      const [a, b, c, d] = [six(line, at), six(line, at + 1), six(line, at + 2), six(line, at + 3)];
      // Bytes beyond the end of a line are overwritten by the next one.
      made[length] = (a << 2) | (b >> 4);
      made[length + 1] = (b << 4) | (c >> 2);
      made[length + 2] = (c << 6) | d;
      length = Math.min(to, length + 3);
    }
  }
  return made;
}

/** Six bits of a uuencoded line. */
function six(line: string, at: number): number {
  return ((line.charCodeAt(at) || 32) - 32) & 63;
}
