import type { BlockedItem } from "./blocked-items.ts";
import type { MailLink } from "./mail-links.ts";

/** A mail, read and made safe to show. */
export interface Mail {
  readonly subject: string;
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly replyTo: string;
  /** The mail's own `Date`, as ISO 8601 where it could be read, else as it stands. */
  readonly date: string;
  readonly headers: readonly MailHeader[];
  readonly text: string;
  /** Nothing when the mail has no html, or none that could be shown (see `problem`). */
  readonly html: MailHtml | undefined;
  readonly links: readonly MailLink[];
  readonly blocked: readonly BlockedItem[];
  readonly attachments: readonly MailAttachment[];
  readonly parts: readonly MailPart[];
  /** Why (a part of) the mail can not be shown. */
  readonly problem: MailProblem | undefined;
}

export type MailProblem =
  | "too-big"
  | "too-slow"
  | "too-deep"
  | "too-many-parts"
  | "unreadable"
  | "html-too-deep";

interface MailHeader {
  readonly name: string;
  readonly value: string;
}

/** The safe document, in two pieces: up to the opening tag of its body, and what is in the body. */
export interface MailHtml {
  readonly opening: string;
  readonly content: string;
}

export interface MailAttachment {
  readonly name: string;
  readonly type: string;
  /** Bytes, decoded. */
  readonly size: number;
  readonly sha256: string;
  /** Shown inside the html, and seldom of interest by itself. */
  readonly inline: boolean;
  readonly content: Uint8Array<ArrayBuffer>;
}

/** One node of the MIME tree, in document order. */
export interface MailPart {
  /** 0 for the mail itself. */
  readonly depth: number;
  readonly type: string;
  readonly charset: string;
  readonly encoding: string;
  readonly disposition: string;
  readonly name: string;
  /** Bytes, decoded; nothing for a part that only holds others. */
  readonly size: number | undefined;
}
