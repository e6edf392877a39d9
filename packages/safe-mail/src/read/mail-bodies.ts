import { htmlText } from "../show/html-text.ts";
import { readAddresses } from "./addresses.ts";
import { charsetName, isKnownCharset } from "./charsets/charset-names.ts";
import { decodeText, withoutMarksWithin } from "./charsets/charsets.ts";
import { decodeHeader } from "./encoded-words.ts";
import { joinFlowed } from "./flowed-text.ts";
import { charsetOf, fieldOf, fileName } from "./mime-tree.ts";
import type { MimeNode } from "./mime-tree.ts";
import type { Notes } from "./notes.ts";

/** What to show of a mail, and its files. */
export interface MailBodies {
  readonly text: string;
  /** Html pages in sequence; empty where there is no html. */
  readonly html: readonly Body[];
  /** The html's own `Content-Location`, against which its pictures are resolved. */
  readonly location: string | undefined;
  readonly files: readonly MimeNode[];
}

interface Body {
  readonly text: string;
  /** The files that came with it: those of its `multipart/related`, or of its mail. */
  readonly own: FileRange;
}

/** A range in the list of files. */
interface FileRange {
  from: number;
  to: number;
}

/** A piece of a mail in its two forms, each a list of bodies in sequence. */
interface Piece {
  plain: readonly Body[];
  html: readonly Body[];
}

/** Alternatives for mail programs that know them: the same content as the html, and no files. */
const OTHER_FORMS = new Set(["text/x-amp-html", "text/watch-html"]);

const TNEF = "Files that are packed in a winmail.dat are not shown.";
const SMIME = "What is in an S/MIME file, encrypted or signed as a whole, is not shown.";

/** Types whose content is not shown here, and what to say about it. */
const UNOPENED: ReadonlyMap<string, string> = new Map([
  ["application/ms-tnef", TNEF],
  ["application/vnd.ms-tnef", TNEF],
  ["application/pkcs7-mime", SMIME],
  ["application/x-pkcs7-mime", SMIME],
  ["application/pgp-encrypted", "It is encrypted with PGP: what is in it is not shown."],
  ["message/external-body", "A file is not in the mail, which only says where it is."],
  ["message/partial", "It has one piece of a mail that was sent in several."],
]);

/**
 * The bodies of the tree: the parts of an alternative are forms of one piece, others follow each other in both forms.
 */
export function mailBodies(root: MimeNode, notes: Notes): MailBodies {
  const files: MimeNode[] = [];
  let location: string | undefined;
  let shown = 0;

  /** A part without children is either shown or a file. */
  const single = (
    node: MimeNode,
    own: FileRange,
    inAlternative: boolean,
    isForm: boolean,
  ): Piece[] => {
    const { value } = node.type;
    const isFile = node.disposition.value === "attachment";
    if (isFile || !isShown(node)) {
      if (!isFile && isForm && OTHER_FORMS.has(value))
        notes.add("left-out", `The form of the mail as ${value} is not shown.`);
      else files.push(node);
      const isTnef = /^winmail\.dat$/i.test(fileName(node));
      const unopened = UNOPENED.get(isTnef ? "application/ms-tnef" : value);
      if (unopened !== undefined) notes.add("left-out", unopened);
      return [];
    }
    shown++;
    // A named part that is shown, such as a log or a patch, can be saved, too.
    const isNamed = !inAlternative && shown > 1 && fileName(node) !== "";
    if (node !== root && (isNamed || node.disposition.parameters.get("filename"))) files.push(node);
    if (!HTML.has(value)) return [{ plain: [{ text: plainText(node, notes), own }], html: [] }];
    location ??= fieldOf(node.fields, "content-location");
    return [{ plain: [], html: [{ text: decodeBody(node, notes), own }] }];
  };

  const visit = (
    node: MimeNode,
    around: FileRange,
    inAlternative: boolean,
    isForm: boolean,
  ): Piece[] => {
    const { children, type } = node;
    const isMultipart = type.value.startsWith("multipart/");
    const [inner] = children;
    if (inner === undefined) return isMultipart ? [] : single(node, around, inAlternative, isForm);
    if (type.value === "multipart/alternative") {
      const chosen: Piece = { plain: [], html: [] };
      for (const child of children)
        choose(chosen, visit(child, around, true, true), child.type.value, notes);
      return [chosen];
    }
    if (!isMultipart && node !== root && fileName(node) !== "") files.push(node);
    const isOwn = !isMultipart || type.value === "multipart/related";
    const own = isOwn ? { from: files.length, to: files.length } : around;
    const pieces = isMultipart ? [] : [heading(inner, own, notes)];
    for (const child of children)
      for (const piece of visit(child, own, inAlternative, false)) pieces.push(piece);
    own.to = files.length;
    return pieces;
  };

  const filled = visit(root, { from: 0, to: 0 }, false, false).filter(
    ({ plain, html }) => plain.length + html.length > 0,
  );
  const hasHtml = filled.some(({ html }) => html.length > 0);
  const onlyHtml = filled.every(({ plain }) => plain.length === 0);
  return {
    text: onlyHtml ? "" : filled.map(asText).join("\n"),
    html: hasHtml ? filled.flatMap(asHtml) : [],
    location,
    files,
  };
}

/**
 * Of several forms of a kind the last is the best (RFC 2046, section 5.1.4), except for those that are nearly plain.
 *
 * @param pieces of one form. A text between html pages belongs to the html, and is not the whole text.
 */
function choose(chosen: Piece, pieces: readonly Piece[], type: string, notes: Notes): void {
  const isPlain = pieces.every(({ plain }) => plain.length > 0);
  const hasHtml = pieces.some(({ html }) => html.length > 0);
  const form: Piece = {
    plain: isPlain ? pieces.flatMap(({ plain }) => plain) : [],
    html: hasHtml ? pieces.flatMap(asHtml) : [],
  };
  for (const kind of ["plain", "html"] as const) {
    if (form[kind].length === 0 || (chosen[kind].length > 0 && isEmpty(form[kind]))) continue;
    const isFirst = isEmpty(chosen[kind]);
    if (!isFirst) notes.add("left-out", `Of two forms of the text as ${kind} one is shown.`);
    if (isFirst || !NEARLY_PLAIN.has(type)) chosen[kind] = form[kind];
  }
}

/** Whether there is nothing but the frame of a page. */
const isEmpty = (bodies: readonly Body[]) =>
  bodies.every(({ text }) => text.replaceAll(PAGE_FRAME, "").trim() === "");

const PAGE_FRAME = /<(?:!doctype|\/?(?:html|head|body))\b[^<>]*>/gi;

const HTML = new Set(["text/html", "application/xhtml+xml"]);
const PLAIN = new Set(["text/plain", "message/delivery-status", "message/global-delivery-status"]);

/** Can be read as they are, if they are no named files. */
const NEARLY_PLAIN = new Set([
  "message/global-headers",
  "text/*",
  "text/ascii",
  "text/enriched",
  "text/markdown",
  "text/rfc822-headers",
  "text/richtext",
  "text/txt",
  "text/x-markdown",
]);

function isShown(node: MimeNode): boolean {
  const { value } = node.type;
  return HTML.has(value) || PLAIN.has(value) || (NEARLY_PLAIN.has(value) && fileName(node) === "");
}

function asText({ plain, html }: Piece): string {
  if (plain.length > 0) return joined(plain);
  try {
    return html.map(({ text }) => htmlText(text)).join("\n");
  } catch {
    // Nested too deeply; the html itself says so.
    return "";
  }
}

function asHtml({ plain, html }: Piece): readonly Body[] {
  const [first] = plain;
  if (html.length > 0 || first === undefined) return html;
  const words = escaped(joined(plain));
  const text = `<pre style="white-space:pre-wrap;font:inherit">\n${words}</pre>`;
  return [{ text, own: first.own }];
}

const joined = (bodies: readonly Body[]) => bodies.map(({ text }) => text).join("\n");

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** A heading for a mail within a mail: who wrote it, and about what. */
function heading(mail: MimeNode, own: FileRange, notes: Notes): Piece {
  const charset = charsetOf(mail);
  const lines = ["From", "Subject", "Date", "To", "Cc"].flatMap((name) => {
    const sent = fieldOf(mail.fields, name.toLowerCase());
    if (sent === undefined) return [];
    const raw = withoutMarksWithin(sent, charset, notes.guessedCharset);
    const isPeople = name !== "Subject" && name !== "Date";
    // Also called for people, as only this reports guesses.
    const text = decodeHeader(raw, charset, notes.guessedCharset);
    return [`${name}: ${isPeople ? readAddresses(raw, charset) : text}`];
  });
  return { plain: [{ text: `\n${lines.join("\n")}\n`, own }], html: [] };
}

/** The start of a file that older programs put into the text: lines of uuencode have no lower-case letters. */
const FILE_WITHIN = /^(?:begin [0-7]{3,4} \S.*\n[!-`][ -`]*$|=ybegin .*\bname=)/m;

function plainText(node: MimeNode, notes: Notes): string {
  const { parameters } = node.type;
  const text = decodeBody(node, notes);
  if (FILE_WITHIN.test(text))
    notes.add(
      "left-out",
      "A file in uuencode or yEnc is within the text, and not taken out of it.",
    );
  if (parameters.get("format")?.toLowerCase() !== "flowed") return text;
  return joinFlowed(text, parameters.get("delsp")?.toLowerCase() === "yes");
}

function decodeBody(node: MimeNode, notes: Notes): string {
  const named = node.type.parameters.get("charset");
  const charset = charsetName(named);
  const isNamed = charset !== "" && charset !== "us-ascii" && isKnownCharset(charset);
  const inMeta = isNamed || !HTML.has(node.type.value) ? "" : charsetInMeta(node.content);
  const read =
    inMeta !== "" && charset === ""
      ? decodeText(node.content, inMeta)
      : decodeText(node.content, named, inMeta);
  if (read.guess !== undefined) notes.add("charset", read.guess);
  return read.text.replaceAll(/\r+\n?/g, "\n");
}

/** The charset that html declares for itself; empty where it cannot be the one in which it was found. */
function charsetInMeta(content: Buffer): string {
  const start = content.toString("latin1", 0, 2048).replaceAll(/<!--[^]*?(?:-->|$)/g, "");
  let found = /^\s*<\?xml\s[^>]*\bencoding\s*=\s*["']([\w.:-]+)/i.exec(start)?.[1];
  for (const [tag] of start.matchAll(/<meta\s[^>]*/gi)) {
    // A named `meta` holds a description, or the like.
    const isDescription = /\sname\s*=/i.test(tag) && !/\shttp-equiv\s*=/i.test(tag);
    const text = isDescription ? tag.replace(/\scontent\s*=\s*(?:"[^"]*"|'[^']*')/i, "") : tag;
    found ??= /charset\s*=\s*["']?([\w.:-]+)/i.exec(text)?.[1];
  }
  const charset = charsetName(found);
  return isKnownCharset(charset) && !/^utf-(?:16|32|7)/.test(charset) ? charset : "";
}
