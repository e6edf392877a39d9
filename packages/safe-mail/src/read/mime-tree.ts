import type { MailPart, MailProblem } from "../safe-mail.ts";
import { guessBoundary, splitParts, withoutLinesOf } from "./boundaries.ts";
import type { Pieces } from "./boundaries.ts";
import { charsetName } from "./charsets/charset-names.ts";
import { readHeader } from "./header-fields.ts";
import type { HeaderField } from "./header-fields.ts";
import { readContentType, readDisposition } from "./header-parameters.ts";
import type { ParameterizedHeader } from "./header-parameters.ts";
import type { Notes } from "./notes.ts";
import { decodeTransfer, encodingOf } from "./transfer-encodings.ts";

/** A mail, or a part of one. */
export interface MimeNode {
  readonly fields: readonly HeaderField[];
  readonly type: ParameterizedHeader;
  readonly disposition: ParameterizedHeader;
  readonly encoding: string;
  /** Decoded; empty for a part that only holds others. */
  readonly content: Buffer;
  /** The parts of a multipart, or the mail in a `message/rfc822` that is shown. */
  readonly children: readonly MimeNode[];
}

/** Why a mail is not read any further. */
export class MailLimitError extends Error {
  readonly problem: MailProblem;

  constructor(problem: MailProblem) {
    super(`Expected a mail within limits, got one that is ${problem}.`);
    this.problem = problem;
  }
}

/** How deep parts may be nested, and how many there may be. */
const MOST_DEPTH = 64;
const MOST_PARTS = 1000;

/** The types of a mail within a mail. */
export const MAILS = /^message\/(?:rfc822|global)$/;

/** RFC 2046 allows 70 characters. */
const MOST_BOUNDARY = 1000;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * Parses a mail to its tree of parts, the bytes of each as they were sent.
 *
 * @throws MailLimitError when it has too many parts, too deep ones or too large a header.
 */
export function parseMime(bytes: Uint8Array, notes: Notes): MimeNode {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return new MimeParser(notes).parse(withLineFeeds(source, notes), 0, true, "");
}

/** Normalises line ends: some programs end all lines, or those below the header, with a CR alone or one CR too many. */
function withLineFeeds(source: Buffer, notes: Notes): Buffer {
  const first = source.indexOf(LINE_FEED);
  if (first > 1 && source[first - 1] === CARRIAGE_RETURN && source[first - 2] === CARRIAGE_RETURN) {
    notes.add("header", "Its lines end in CR CR LF: each was taken for CR LF.");
    return Buffer.from(source.toString("latin1").replaceAll("\r\r\n", "\r\n"), "latin1");
  }
  if (source.includes(LINE_FEED) || !source.includes(CARRIAGE_RETURN)) return source;
  notes.add("header", "Its lines end in CR alone: each was taken for a line feed.");
  return Buffer.from(source.map((byte) => (byte === CARRIAGE_RETURN ? LINE_FEED : byte)));
}

/** Whether all lines end in CR CR LF: if only some do, these may be a file's own bytes. */
function hasReturnsTwice(bytes: Buffer): boolean {
  let at = bytes.indexOf(LINE_FEED);
  if (at === -1) return false;
  for (; at !== -1; at = bytes.indexOf(LINE_FEED, at + 1))
    if (bytes[at - 1] !== CARRIAGE_RETURN || bytes[at - 2] !== CARRIAGE_RETURN) return false;
  return true;
}

class MimeParser {
  readonly #notes: Notes;
  #parts = 0;
  /** The first charset that is named. */
  #charset = "";

  constructor(notes: Notes) {
    this.#notes = notes;
  }

  parse(source: Buffer, depth: number, isMail: boolean, defaultType: string): MimeNode {
    if (depth > MOST_DEPTH) throw new MailLimitError("too-deep");
    if (++this.#parts > MOST_PARTS) throw new MailLimitError("too-many-parts");
    const header = readHeader(source, isMail);
    if (header === undefined) throw new MailLimitError("too-deep");
    if (header.broken) this.#notes.add("header", "A header is broken: its end was guessed.");
    const { fields } = header;
    const body = source.subarray(header.end);
    const named = fieldOf(fields, "content-type");
    const guessed = this.#notes.guessedCharset;
    const said = readContentType(named ?? defaultType, this.#charset, guessed);
    this.#charset ||= said.parameters.get("charset") ?? "";
    const disposition = readDisposition(
      fieldOf(fields, "content-disposition") ?? "",
      this.#charset,
      guessed,
    );
    // Without a type it is text, or a file if it has a name.
    const isNamed = fileName({ disposition, type: said }) !== "";
    const value = said.value || (isNamed ? "application/octet-stream" : "text/plain");
    const type = { ...said, value };
    const encoding = encodingOf(fieldOf(fields, "content-transfer-encoding") ?? "");
    const node = { fields, type, disposition, encoding, content: EMPTY, children: NONE };
    if (type.value.startsWith("multipart/")) return this.#multipart(node, body, depth);

    const content = this.#decoded(body, encoding);
    if (MAILS.test(type.value) && disposition.value !== "attachment")
      return { ...node, content, children: [this.parse(content, depth + 1, true, "")] };
    if (said.value === "" && encoding === "base64" && isBinary(content, said))
      return { ...node, type: { ...said, value: "application/octet-stream" }, content };
    return { ...node, content };
  }

  #multipart(node: MimeNode, sent: Buffer, depth: number): MimeNode {
    const isPacked = node.encoding === "base64" || node.encoding === "quoted-printable";
    const packed = isPacked ? unpacked(sent, node) : sent;
    const body = hasReturnsTwice(packed) ? withLineFeeds(packed, this.#notes) : packed;
    const named = boundaryOf(node);
    const parts = this.#partsIn(body, named);
    if (parts === undefined) return asOnePart(node, withoutLinesOf(named.trimEnd(), sent), body);
    if (parts.goesOn)
      this.#notes.add("boundary", "Parts follow the boundary that ends it: they are read, too.");
    if (parts.isCutOff)
      this.#notes.add("boundary", "The boundary that ends it is missing: it may be cut off.");
    const defaultType = node.type.value === "multipart/digest" ? "message/rfc822" : "";
    return {
      ...node,
      children: parts.pieces.map((piece) => this.parse(piece, depth + 1, false, defaultType)),
    };
  }

  /** The parts by the named boundary, else by a line that looks like one; undefined where there is none. */
  #partsIn(body: Buffer, named: string): Pieces | undefined {
    const parts = named === "" ? undefined : splitParts(body, named.trimEnd());
    if (parts !== undefined && parts.pieces.length > 0) return parts;
    const why =
      named === ""
        ? "No boundary is named"
        : `The boundary that is named ${parts === undefined ? "does not occur" : "has no part"}`;
    const head = body.subarray(0, GUESS_WITHIN);
    const guess = guessBoundary(parts === undefined ? head : withoutLinesOf(named.trimEnd(), head));
    const guessed = guess === undefined ? undefined : splitParts(body, guess);
    const read = guessed === undefined ? "read as one part" : "guessed";
    this.#notes.add("boundary", `${why}: ${read}.`);
    return guessed;
  }

  #decoded(body: Buffer, encoding: string): Buffer {
    const read = decodeTransfer(body, encoding);
    const doubt =
      read === undefined
        ? `The transfer encoding ${JSON.stringify(encoding.slice(0, 40))} could not be read: left as it is.`
        : read.doubt;
    if (doubt !== undefined) this.#notes.add("encoding", doubt);
    return read?.content ?? body;
  }
}

/** Whether bytes are no text: text has a NUL only at its end, except for UTF-16, which is named or has its mark. */
function isBinary(content: Buffer, { parameters }: ParameterizedHeader): boolean {
  const start = content.toString("latin1", 0, 1000);
  const isNamed = /^utf-(?:16|32)/.test(charsetName(parameters.get("charset")));
  return !isNamed && !/^(?:\xFF\xFE|\xFE\xFF)/.test(start) && /\0[^\0]/.test(start);
}

const EMPTY = Buffer.alloc(0);
const NONE: readonly MimeNode[] = [];

/** The named boundary; empty where there is none, or it cannot be meant. */
function boundaryOf({ type }: MimeNode): string {
  const named = type.parameters.get("boundary") ?? "";
  return named.length > MOST_BOUNDARY ? "" : named;
}

/** A multipart must not be encoded. If one says so and its boundary does not occur, it is decoded. */
function unpacked(sent: Buffer, node: MimeNode): Buffer {
  const boundary = boundaryOf(node);
  if (boundary === "" || sent.includes(`--${boundary}`)) return sent;
  return decodeTransfer(sent, node.encoding)?.content ?? sent;
}

/** How many bytes are searched for a boundary. */
const GUESS_WITHIN = 256 * 1024;

/**
 * A multipart in which no part was found, turned into a single part.
 *
 * @param bare its content without the boundary lines.
 */
function asOnePart(node: MimeNode, bare: Buffer, body: Buffer): MimeNode {
  if (bare.toString("latin1").trim() === "") return node;
  const isHtml = PAGE_START.test(body.toString("latin1", 0, 1000));
  const type = { ...node.type, value: isHtml ? "text/html" : "text/plain" };
  return { ...node, type, content: decodeTransfer(bare, node.encoding)?.content ?? bare };
}

const PAGE_START =
  /^\s*<(?:!--|(?:!doctype|html|head|body|table|div|p|font|span|center|b|br|h\d|img|a|style|meta)\b)/i;

/** The value of the first field of a name, each character one byte. */
export function fieldOf(fields: readonly HeaderField[], name: string): string | undefined {
  return fields.find((field) => field.name.toLowerCase() === name)?.value;
}

/** The nodes of the tree in document order, each with its depth. */
export function* mimeNodes(
  node: MimeNode,
  depth = 0,
): Generator<{ node: MimeNode; depth: number }> {
  yield { node, depth };
  for (const child of node.children) yield* mimeNodes(child, depth + 1);
}

/** The first charset that a mail names; empty where there is none. */
export function charsetOf(mail: MimeNode): string {
  for (const { node } of mimeNodes(mail)) {
    const charset = node.type.parameters.get("charset");
    if (charset) return charset;
  }
  return "";
}

/** The name of a file, decoded; empty where it has none. */
export function fileName({ disposition, type }: Pick<MimeNode, "disposition" | "type">): string {
  return (
    disposition.parameters.get("filename") ||
    type.parameters.get("name") ||
    disposition.parameters.get("name") ||
    ""
  );
}

export function mailPart(node: MimeNode, depth: number): MailPart {
  const holds = node.type.value.startsWith("multipart/");
  return {
    depth,
    type: node.type.value,
    charset: node.type.parameters.get("charset") ?? "",
    encoding: holds ? "" : node.encoding || "7bit",
    disposition: node.disposition.value,
    name: fileName(node),
    size: holds ? undefined : node.content.byteLength,
  };
}
