import { types } from "node:util";
import type { MailProblem, SafeMail } from "../safe-mail.ts";
import { hasWords } from "../show/html-text.ts";
import { InlineImages } from "../show/inline-images.ts";
import { linksInHeader, linksInText } from "../show/mail-links.ts";
import { safeHtml } from "../show/safe-html.ts";
import type { SafeHtml } from "../show/safe-html.ts";
import { readAddresses } from "./addresses.ts";
import { mailAttachment } from "./attachments.ts";
import { withoutMarksWithin } from "./charsets/charsets.ts";
import { decodeHeader } from "./encoded-words.ts";
import { mailBodies } from "./mail-bodies.ts";
import type { MailBodies } from "./mail-bodies.ts";
import { isoDate } from "./mail-date.ts";
import {
  charsetOf,
  fieldOf,
  fileName,
  MailLimitError,
  mailPart,
  mimeNodes,
  parseMime,
} from "./mime-tree.ts";
import type { MimeNode } from "./mime-tree.ts";
import { Notes } from "./notes.ts";

/** A mail of which only the source can be shown, and why. Never throws. */
export function unreadableMail(problem: MailProblem): SafeMail {
  const nothing = { subject: "", from: "", to: "", cc: "", replyTo: "", date: "", messageId: "" };
  const none = { headers: [], links: [], blocked: [], attachments: [], parts: [], notes: [] };
  return { ...nothing, ...none, text: "", html: undefined, problem };
}

/** @throws TypeError for what is no Uint8Array. */
export function expectBytes(bytes: unknown): asserts bytes is Uint8Array {
  // Not `instanceof`: in jsdom a Buffer belongs to another class.
  if (!types.isUint8Array(bytes))
    throw new TypeError(`bytes: expected a Uint8Array, got ${kindOf(bytes)}.`);
}

/** What a value is: `ArrayBuffer`, `Promise`, `Null`. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}

/**
 * Reads an RFC 5322 mail. It never rejects because of what is in the mail: `problem` says what cannot be shown.
 *
 * @throws TypeError when `bytes` are no bytes.
 */
export async function readMail(bytes: Uint8Array): Promise<SafeMail> {
  expectBytes(bytes);
  try {
    return read(bytes);
  } catch (error) {
    return unreadableMail(error instanceof MailLimitError ? error.problem : "unreadable");
  }
}

function read(bytes: Uint8Array): SafeMail {
  const notes = new Notes();
  const root = parseMime(bytes, notes);
  const charset = charsetOf(root);
  const fields = root.fields.map(({ name, value }) => {
    return { name, value: withoutMarksWithin(value, charset, notes.guessedCharset) };
  });
  const bodies = mailBodies(root, notes);
  const images = new InlineImages(
    bodies.files.map((file) => inlineImage(file, charset)),
    bodies.location && decodeHeader(bodies.location, charset),
  );
  const shown = showHtml(bodies, images);
  for (const what of shown.html?.leftOut ?? []) notes.add("left-out", `${what} is not shown.`);
  const hasText = hasWords(bodies.text);
  const isBlank = shown.html?.isBlank ?? shown.problem === undefined;
  if (!hasText && isBlank)
    notes.add(
      "left-out",
      `It has no text to show${bodies.files.length > 0 ? ", only files" : ""}.`,
    );
  else if (isBlank && bodies.html.length > 0)
    notes.add("left-out", "Its html shows nothing: the text beside it does.");
  if (root.children.length === 0 && root.fields.length === 0 && bytes.length > 0)
    notes.add("header", "It begins with no header: all of it was taken for the text.");
  const all = (name: string) =>
    fields.filter((field) => field.name.toLowerCase() === name).map(({ value }) => value);
  const first = (name: string) => decodeHeader(fieldOf(fields, name) ?? "", charset);
  const people = (name: string) => readAddresses(all(name).join(", "), charset);
  const headers = fields.map(({ name, value }) => {
    return { name, value: decodeHeader(value, charset, notes.guessedCharset) };
  });
  return {
    subject: first("subject"),
    from: people("from"),
    to: people("to"),
    cc: people("cc"),
    replyTo: people("reply-to"),
    date: isoDate(first("date")),
    messageId: first("message-id"),
    headers,
    text: bodies.text,
    html: shown.html && { opening: shown.html.opening, content: shown.html.content },
    links: [
      ...all("list-unsubscribe").flatMap((value) => linksInHeader(decodeHeader(value, charset))),
      ...(shown.html?.links ?? []),
      ...linksInText(bodies.text),
    ],
    blocked: shown.html?.blocked ?? [],
    attachments: bodies.files.map((file, index) =>
      mailAttachment(file, index, images.wasShown(index)),
    ),
    parts: [...mimeNodes(root)].map(({ node, depth }) => mailPart(node, depth)),
    problem: shown.problem,
    notes: notes.list(),
  };
}

/** A longer text is no picture's name. Each part of a mail may have one as long as a header. */
const MOST_NAMING = 20_000;

function inlineImage(node: MimeNode, charset: string) {
  const decoded = (name: string) => {
    const value = fieldOf(node.fields, name);
    return value && decodeHeader(value.slice(0, MOST_NAMING), charset);
  };
  return {
    contentId: decoded("content-id"),
    sentId: fieldOf(node.fields, "content-id"),
    name: fileName(node),
    location: decoded("content-location"),
    mimeType: node.type.value,
    content: node.content,
  };
}

function showHtml(
  { html }: MailBodies,
  images: InlineImages,
): { html?: SafeHtml; problem?: MailProblem } {
  if (html.every(({ text }) => text.trim() === "")) return {};
  try {
    const pages = html.map(({ text, own }) => ({
      html: text,
      picture: images.resolver(own.from, own.to),
    }));
    return { html: safeHtml(pages) };
  } catch (error) {
    if (error instanceof RangeError) return { problem: "html-too-deep" };
    throw error;
  }
}
