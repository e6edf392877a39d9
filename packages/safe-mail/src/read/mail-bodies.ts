import { htmlText } from "../show/html-text.ts";
import { readAddresses } from "./addresses.ts";
import { charsetName, decodeText, isKnownCharset } from "./charsets.ts";
import { decodeHeader } from "./encoded-words.ts";
import { joinFlowed } from "./flowed-text.ts";
import { fieldOf, fileName } from "./mime-tree.ts";
import type { MimeNode } from "./mime-tree.ts";
import type { Notes } from "./notes.ts";

/** What is to be shown of a mail, and its files. */
export interface MailBodies {
  readonly text: string;
  readonly html: string;
  /** Where the html says it was, and so its pictures. */
  readonly location: string | undefined;
  readonly files: readonly MimeNode[];
}

/** The two forms of one piece of a mail. */
interface Piece {
  plain: string[];
  html: string[];
}

/** Alternatives for mail programs that know them; they are the same as the html, and no files. */
const OTHER_FORMS = new Set(["text/x-amp-html", "text/watch-html"]);

/** Bodies from the tree: those of an alternative are two forms of one, others follow each other in both. */
export function mailBodies(root: MimeNode, notes: Notes): MailBodies {
  const pieces: Piece[] = [];
  const files: MimeNode[] = [];
  let location: string | undefined;

  const visit = (node: MimeNode, shared: Piece | undefined, inAlternative: boolean) => {
    const { value } = node.type;
    const isFile = node.disposition.value === "attachment";
    if (node.children.length > 0) {
      const [inner] = node.children;
      if (!value.startsWith("multipart/") && inner !== undefined) pieces.push(heading(inner));
      const alternative = value === "multipart/alternative";
      let piece = shared;
      if (alternative && piece === undefined) pieces.push((piece = { plain: [], html: [] }));
      for (const child of node.children) {
        if (!alternative) visit(child, piece, false);
        else if (piece !== undefined) {
          const form: Piece = { plain: [], html: [] };
          visit(child, form, true);
          choose(piece, form, child.type.value, notes);
        }
      }
    } else if (value.startsWith("multipart/")) {
      // It holds nothing.
    } else if (!isFile && isShown(node)) {
      const piece = shared ?? { plain: [], html: [] };
      if (shared === undefined) pieces.push(piece);
      if (HTML.has(value)) {
        piece.html.push(decodeBody(node, notes));
        location ??= fieldOf(node.fields, "content-location");
      } else piece.plain.push(plainText(node, notes));
      // A log or a patch that is shown within the mail can be saved, too.
      if (shared === undefined && pieces.length > 1 && fileName(node) !== "") files.push(node);
    } else if (!isFile && inAlternative && OTHER_FORMS.has(value)) {
      notes.add("left-out", `The form of the mail as ${value} is not shown.`);
    } else files.push(node);
  };
  visit(root, undefined, false);

  const filled = pieces.filter(({ plain, html }) => plain.length + html.length > 0);
  const hasHtml = filled.some(
    ({ html, plain }) => html.length > 0 && plain.length + html.length > 0,
  );
  const onlyHtml = filled.every(({ plain }) => plain.length === 0);
  return {
    text: onlyHtml ? "" : filled.map(asText).join("\n"),
    html: hasHtml ? filled.map(asHtml).join("\n") : "",
    location,
    files,
  };
}

/** Of several forms of one kind the last is the best (RFC 2046, section 5.1.4), but for those that are nearly plain. */
function choose(chosen: Piece, form: Piece, type: string, notes: Notes): void {
  for (const kind of ["plain", "html"] as const) {
    if (form[kind].length === 0) continue;
    const isFirst = chosen[kind].length === 0;
    if (!isFirst) notes.add("left-out", `Of two forms of the text as ${kind} one is shown.`);
    if (isFirst || !NEARLY_PLAIN.has(type)) chosen[kind] = form[kind];
  }
}

const HTML = new Set(["text/html", "application/xhtml+xml"]);
const PLAIN = new Set(["text/plain", "message/delivery-status"]);

/** Can be read as they stand, where they are no files with a name. */
const NEARLY_PLAIN = new Set([
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
  if (plain.length > 0) return plain.join("\n");
  try {
    return htmlText(html.join("\n"));
  } catch {
    // Nested too deeply; the html itself says so.
    return "";
  }
}

function asHtml({ plain, html }: Piece): string {
  return html.length > 0
    ? html.join("\n")
    : `<pre style="white-space:pre-wrap;font:inherit">\n${escaped(plain.join("\n"))}</pre>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** A mail within a mail begins with who wrote it and what about. */
function heading({ fields }: MimeNode): Piece {
  const lines = ["From", "Subject", "Date", "To", "Cc"].flatMap((name) => {
    const raw = fieldOf(fields, name.toLowerCase());
    if (raw === undefined) return [];
    const isPeople = name !== "Subject" && name !== "Date";
    return [`${name}: ${isPeople ? readAddresses(raw, "") : decodeHeader(raw)}`];
  });
  return { plain: [`\n${lines.join("\n")}\n`], html: [] };
}

function plainText(node: MimeNode, notes: Notes): string {
  const { parameters } = node.type;
  const text = decodeBody(node, notes).replaceAll(/\r+\n?/g, "\n");
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
  return read.text;
}

/** The charset that an html names only itself; nothing where it can not be the one that it was found in. */
function charsetInMeta(content: Buffer): string {
  const found = /<meta[^>]+charset\s*=\s*["']?([\w.:-]+)/i.exec(
    content.toString("latin1", 0, 2048),
  );
  const charset = charsetName(found?.[1]);
  return isKnownCharset(charset) && !/^utf-(?:16|32|7)/.test(charset) ? charset : "";
}
