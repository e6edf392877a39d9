import { createHash } from "node:crypto";
import { decodeWords } from "postal-mime";
import type { Address, Attachment, Email } from "postal-mime";
import type { SafeMail, MailAttachment, MailProblem } from "../safe-mail.ts";
import { InlineImages } from "../show/inline-images.ts";
import { linksInHeader, linksInText } from "../show/mail-links.ts";
import { safeHtml } from "../show/safe-html.ts";
import type { SafeHtml } from "../show/safe-html.ts";
import { mailPart, mimeNodes, parseMime } from "./mime-tree.ts";
import type { MimeNode } from "./mime-tree.ts";

const MOST_PARTS = 1000;

/** A mail of which nothing can be shown but its source, and why. Never throws. */
export function unreadableMail(problem: MailProblem): SafeMail {
  const nothing = { subject: "", from: "", to: "", cc: "", replyTo: "", date: "", text: "" };
  const none = { headers: [], links: [], blocked: [], attachments: [], parts: [] };
  return { ...nothing, ...none, html: undefined, problem };
}

/** Reads an RFC 5322 mail. It never throws for what is in the mail: `problem` says what can not be shown. */
export async function readMail(bytes: Uint8Array): Promise<SafeMail> {
  let parsed: Awaited<ReturnType<typeof parseMime>>;
  try {
    parsed = await parseMime(bytes);
  } catch (error) {
    return unreadableMail(/depth|size/i.test(String(error)) ? "too-deep" : "unreadable");
  }
  const { email, root } = parsed;
  const nodes = [...mimeNodes(root)];
  if (nodes.length > MOST_PARTS) return unreadableMail("too-many-parts");

  const shown = showHtml(decodeByMeta(email.html ?? "", root), email.attachments);
  const text = email.text ?? "";
  const listUnsubscribe = email.headers.filter(({ key }) => key === "list-unsubscribe");
  return {
    subject: email.subject ?? "",
    from: addresses(email.from && [email.from]),
    to: addresses(email.to),
    cc: addresses(email.cc),
    replyTo: addresses(email.replyTo),
    date: email.date ?? "",
    headers: email.headers.map(({ originalKey, value }) => ({
      name: originalKey,
      value: decodeWords(value),
    })),
    text,
    html: shown.html && { opening: shown.html.opening, content: shown.html.content },
    links: [
      ...listUnsubscribe.flatMap(({ value }) => linksInHeader(value)),
      ...(shown.html?.links ?? []),
      ...linksInText(text),
    ],
    blocked: shown.html?.blocked ?? [],
    attachments: email.attachments.map((attachment, index) =>
      mailAttachment(
        attachment,
        index,
        nodes.some(({ node }) => node.content === attachment.content && writtenInLines(node)),
      ),
    ),
    parts: nodes.map(({ node, depth }) => mailPart(node, depth)),
    problem: shown.problem,
  };
}

function showHtml(
  html: string,
  attachments: Attachment[],
): { html?: SafeHtml; problem?: MailProblem } {
  if (html.trim() === "") return {};
  const images = attachments.flatMap(({ contentId, mimeType, content }) =>
    contentId === undefined ? [] : [{ contentId, mimeType, content: bytesOf(content) }],
  );
  try {
    return { html: safeHtml(html, new InlineImages(images)) };
  } catch (error) {
    if (error instanceof RangeError) return { problem: "html-too-deep" };
    throw error;
  }
}

/**
 * Some html parts name their charset only in a meta tag, and are read as UTF-8 then. Where that
 * is wrong, they are decoded again.
 */
function decodeByMeta(html: string, root: MimeNode): string {
  let mended = html;
  for (const { node } of mimeNodes(root)) {
    const { value, params } = node.contentType.parsed;
    if (value !== "text/html" || params["charset"] !== undefined || node.content === null) continue;
    const start = Buffer.from(node.content, 0, Math.min(2048, node.content.byteLength)).toString(
      "latin1",
    );
    const charset = /<meta[^>]+charset\s*=\s*["']?([\w.:-]+)/i.exec(start)?.[1];
    if (charset === undefined || /^utf-?8$/i.test(charset)) continue;
    try {
      const read = new TextDecoder(charset).decode(node.content);
      mended = mended.replace(node.getTextContent(), () => read);
    } catch {
      // A charset nobody knows: UTF-8 is as good a guess as any.
    }
  }
  return mended;
}

/** postal-mime ends the last line of such a part with a line break that belongs to the boundary. */
function writtenInLines(node: MimeNode): boolean {
  return node.contentTransferEncoding.encoding !== "base64";
}

function mailAttachment(attachment: Attachment, index: number, inLines: boolean): MailAttachment {
  const decoded = bytesOf(attachment.content);
  const content = inLines && decoded.at(-1) === 10 ? decoded.subarray(0, -1) : decoded;
  return {
    name: attachment.filename ?? `part-${index + 1}`,
    type: attachment.mimeType,
    size: content.byteLength,
    sha256: createHash("sha256").update(content).digest("hex"),
    inline: attachment.related === true,
    content,
  };
}

function bytesOf(content: Attachment["content"]): Uint8Array<ArrayBuffer> {
  return typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content);
}

function addresses(list: Email["to"]): string {
  return (list ?? []).map(address).join(", ");
}

function address(entry: Address): string {
  if (entry.group !== undefined) return `${entry.name}: ${entry.group.map(address).join(", ")}`;
  return entry.name === "" ? entry.address : `${entry.name} <${entry.address}>`;
}
