import PostalMime from "postal-mime";
import type { Email } from "postal-mime";
import type { MailPart } from "../safe-mail.ts";

/** The part of postal-mime's parse tree that we read. The library keeps it to itself; its version is pinned and a test holds the shape. */
export interface MimeNode {
  readonly childNodes: readonly MimeNode[];
  readonly contentType: {
    readonly parsed: { readonly value: string; readonly params: Readonly<Record<string, string>> };
    readonly multipart: string | false;
  };
  readonly contentTransferEncoding: { readonly encoding: string };
  readonly contentDisposition: {
    readonly parsed: { readonly value: string; readonly params: Readonly<Record<string, string>> };
  };
  readonly content: ArrayBuffer | null;
  getTextContent(): string;
}

/** How deep parts may lie in each other, and how large all headers together may be, in bytes. */
const LIMITS = { maxNestingDepth: 64, maxHeadersSize: 1024 * 1024 };

/** Parses a mail and gives its tree of parts as well. */
export async function parseMime(bytes: Uint8Array): Promise<{ email: Email; root: MimeNode }> {
  const parser = new PostalMime(LIMITS);
  const email = await parser.parse(bytes);
  return { email, root: (parser as unknown as { root: MimeNode }).root };
}

/** The nodes of the tree in document order, each with its depth. */
export function* mimeNodes(
  node: MimeNode,
  depth = 0,
): Generator<{ node: MimeNode; depth: number }> {
  yield { node, depth };
  for (const child of node.childNodes) yield* mimeNodes(child, depth + 1);
}

export function mailPart(node: MimeNode, depth: number): MailPart {
  const { parsed, multipart } = node.contentType;
  const disposition = node.contentDisposition.parsed;
  return {
    depth,
    type: parsed.value,
    charset: parsed.params["charset"] ?? "",
    encoding: multipart === false ? node.contentTransferEncoding.encoding : "",
    disposition: disposition.value,
    name: disposition.params["filename"] ?? parsed.params["name"] ?? "",
    size: multipart === false ? (node.content?.byteLength ?? 0) : undefined,
  };
}
