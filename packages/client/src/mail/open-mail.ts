import { bytesOf, dropBody } from "../http/body.ts";
import type { RequestOptions } from "../options/client-options.ts";
import { mailFacts } from "./mail-facts.ts";
import type { MailFacts } from "./mail-facts.ts";
import { transfer } from "./resumable-body.ts";
import type { TransferLimits } from "./resumable-body.ts";
import type { SignedLink } from "./signed-link.ts";

/** The options of one download, beside those of any call. */
export interface DownloadOptions extends RequestOptions {
  /** Whether an expired link is replaced by listing again, once. Default true. */
  refresh?: boolean | undefined;
  /** The most bytes to take; a longer mail ends in a DownloadError. Default: no limit. */
  maxBytes?: number | undefined;
}

/** A mail as it was sent, an RFC 5322 message, while it comes in. */
export interface MailContent extends MailFacts {
  /**
   * The bytes. The stream resumes by itself when the connection drops, and errors unless the mail came complete and
   * undamaged.
   */
  readonly body: ReadableStream<Uint8Array>;
  /** The whole mail. Uses up `body`, and rejects when that errors. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The whole mail as UTF-8, which a mail need not be: a parser wants `bytes()`. Uses up `body`, and rejects when that
   * errors.
   */
  text(): Promise<string>;
}

/** Opens a link, and gives its bytes as they come. */
export async function openMail(link: SignedLink, limits: TransferLimits): Promise<MailContent> {
  const answer = await link.open();
  const { received } = answer;
  if (received.status !== 200) {
    void dropBody(received);
    throw link.refused(answer);
  }
  const facts = mailFacts(received);
  const body = transfer(link, answer, facts, limits);
  return {
    ...facts,
    body,
    bytes: () => bytesOf(body),
    text: async () => new Response(body).text(),
  };
}
