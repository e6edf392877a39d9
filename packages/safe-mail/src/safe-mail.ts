import type { BlockedItem } from "./show/blocked-items.ts";
import type { MailLink } from "./show/mail-links.ts";

/** A mail, read and made safe to show. What the mail does not have is an empty text or an empty list. */
export interface SafeMail {
  /** Decoded. */
  readonly subject: string;
  /** The authors, `Name <address>`, separated by commas. */
  readonly from: string;
  /** The recipients, in the form of `from`. */
  readonly to: string;
  /** Who got a copy, in the form of `from`. */
  readonly cc: string;
  /** Where answers go, in the form of `from`. */
  readonly replyTo: string;
  /** The mail's own `Date`, as ISO 8601 where it could be read, else unchanged. */
  readonly date: string;
  /** The mail's own `Message-ID`, brackets included. */
  readonly messageId: string;
  /** All header fields, in their order. */
  readonly headers: readonly MailHeader[];
  /** The plain body. */
  readonly text: string;
  /** Undefined when the mail has no html, or none that could be shown (see `problem`). */
  readonly html: MailHtml | undefined;
  /** Every address to which the mail links. */
  readonly links: readonly MailLink[];
  /** What the html would have loaded. */
  readonly blocked: readonly BlockedItem[];
  /** Files, those shown within the html included. */
  readonly attachments: readonly MailAttachment[];
  /** The MIME tree, in document order. */
  readonly parts: readonly MailPart[];
  /** Why (a part of) the mail cannot be shown; undefined when all of it can. */
  readonly problem: MailProblem | undefined;
  /** What had to be guessed, or was left out. */
  readonly notes: readonly MailNote[];
}

/** Something that had to be guessed to read a mail, or that is not shown. */
export interface MailNote {
  /** What it is about. */
  readonly kind: "charset" | "boundary" | "encoding" | "header" | "left-out";
  /** One sentence. */
  readonly text: string;
}

/** Why a mail, or its html alone in the case of `html-too-deep`, cannot be shown. */
export type MailProblem =
  | "too-big"
  | "too-slow"
  | "too-much-memory"
  | "too-deep"
  | "too-many-parts"
  | "unreadable"
  | "html-too-deep";

/** A header field. */
export interface MailHeader {
  /** As it is spelled in the mail. */
  readonly name: string;
  /** Unfolded and decoded. */
  readonly value: string;
}

/** The safe document, in two pieces, so that something can be inserted before the body's content. */
export interface MailHtml {
  /** From the start up to and including the opening tag of the body. */
  readonly opening: string;
  /** What is in the body. */
  readonly content: string;
}

/** A file that came with the mail. */
export interface MailAttachment {
  /** As it was sent, decoded; without a name `part-N`, or `part-N.eml` for a mail. */
  readonly name: string;
  /**
   * A name to save it under: without path, control and bidirectional characters, 255 bytes at most, its real extension
   * last.
   */
  readonly safeName: string;
  /** The media type. */
  readonly type: string;
  /** Bytes, decoded. */
  readonly size: number;
  /** The SHA-256 of the decoded bytes, in hexadecimal digits. */
  readonly sha256: string;
  /** Shown inside the html, and seldom of interest by itself. */
  readonly inline: boolean;
  /** The decoded bytes. */
  readonly content: Uint8Array<ArrayBuffer>;
}

/** One node of the MIME tree. */
export interface MailPart {
  /** How many parts contain it: 0 for the mail itself. */
  readonly depth: number;
  /** The media type. */
  readonly type: string;
  /** As the part names it. */
  readonly charset: string;
  /** The transfer encoding that it names. */
  readonly encoding: string;
  /** `inline`, `attachment` or what else it names. */
  readonly disposition: string;
  /** The file name, decoded. */
  readonly name: string;
  /** Bytes, decoded; undefined for a part that only holds others. */
  readonly size: number | undefined;
}
