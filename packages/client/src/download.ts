import type { RequestOptions } from "./options.ts";
import type { SignedLink } from "./signed-link.ts";
import { Transfer } from "./transfer.ts";
import type { TransferLimits } from "./transfer.ts";

/** What a download may set for itself, beside what any call may. */
export interface DownloadOptions extends RequestOptions {
  /** Whether an expired link is replaced by listing again, once. Default true. */
  refresh?: boolean | undefined;
  /** The most bytes to take; a longer mail ends in a DownloadError. Default no limit. */
  maxBytes?: number | undefined;
}

/** A mail as it was sent, an RFC 5322 message, while it comes in. */
export class MailContent {
  /** The bytes. It goes on by itself when the connection drops, and errors unless every byte has come as it should. */
  readonly body: ReadableStream<Uint8Array>;
  /** Bytes in all, if the storage says so. */
  readonly size: number | undefined;
  readonly etag: string | undefined;
  /** The MD5 of the whole, in base64, if the storage says so. It is checked. */
  readonly contentMd5: string | undefined;

  constructor(
    body: ReadableStream<Uint8Array>,
    about: { size: number | undefined; etag: string | undefined; contentMd5: string | undefined },
  ) {
    this.body = body;
    this.size = about.size;
    this.etag = about.etag;
    this.contentMd5 = about.contentMd5;
  }

  /** The whole mail. Uses up `body`. */
  bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Response(this.body).arrayBuffer().then((buffer) => new Uint8Array(buffer));
  }

  /** The whole mail as UTF-8, which a mail need not be: a parser wants `bytes()`. Uses up `body`. */
  text(): Promise<string> {
    return new Response(this.body).text();
  }
}

/** Opens a link, and gives its bytes as they come. */
export async function openMail(link: SignedLink, limits: TransferLimits): Promise<MailContent> {
  const answer = await link.open({});
  if (answer.received.status !== 200) throw link.refusal(answer);
  const transfer = new Transfer(link, answer.received, limits);
  return new MailContent(transfer.body, transfer);
}
