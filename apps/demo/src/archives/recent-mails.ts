import { Readable } from "node:stream";
import type { MailReader } from "@np6-archives/safe-mail";
import type { SafeMail } from "@np6-archives/safe-mail";
import { unreadableMail } from "@np6-archives/safe-mail";
import { LRUCache } from "lru-cache";
import type { FoundArchive, Sources } from "./archive-search.ts";
import { NotListedError } from "./failure.ts";

/** A mail, and the bytes it was read from. */
export interface OpenedMail {
  readonly mail: SafeMail;
  /** The source; only its beginning when the mail is too big. */
  readonly source: Uint8Array;
  readonly complete: boolean;
}

/** Larger mails are not read, only offered for download. In bytes. */
const MOST_BYTES = 40 * 1024 * 1024;

/** What is kept of mails lately read, in bytes: every tab of a mail is a page of its own. */
const KEPT_BYTES = 192 * 1024 * 1024;

/** Fetches mails and reads them, and keeps the last ones. */
export class RecentMails {
  readonly #sources: Sources;
  readonly #reader: MailReader;
  readonly #kept = new LRUCache<string, Promise<OpenedMail>>({ maxSize: KEPT_BYTES });

  constructor(sources: Sources, reader: MailReader) {
    this.#sources = sources;
    this.#reader = reader;
  }

  /** @throws whatever the client throws while downloading. */
  open(archive: FoundArchive): Promise<OpenedMail> {
    const known = this.#kept.get(archive.id);
    if (known !== undefined) return known;
    const opened = this.#fetch(archive);
    // It weighs next to nothing until it is here.
    this.#kept.set(archive.id, opened, { size: 1 });
    void this.#weigh(archive.id, opened);
    return opened;
  }

  /** A failure is told to whoever asked, and not kept; nor is a mail that could not be read this time. */
  async #weigh(id: string, opened: Promise<OpenedMail>): Promise<void> {
    try {
      const read = await opened;
      if (this.#kept.peek(id) !== opened) return;
      if (mayBeReadAnew(read.mail)) this.#kept.delete(id);
      else this.#kept.set(id, opened, { size: weightOf(read) });
    } catch {
      if (this.#kept.peek(id) === opened) this.#kept.delete(id);
    }
  }

  async #fetch(archive: FoundArchive): Promise<OpenedMail> {
    const { body } = await contentOf(this.#sources, archive);
    const { bytes, complete } = await readUpTo(body, MOST_BYTES);
    const mail = complete ? await this.#reader.read(bytes) : unreadableMail("too-big");
    return { mail, source: bytes, complete };
  }
}

/**
 * The bytes of a mail: of the copy that is kept, else of what is behind its link.
 *
 * @throws whatever the client throws, or the store.
 */
export async function contentOf(
  { client, kept }: Sources,
  archive: FoundArchive,
  signal?: AbortSignal,
): Promise<{ body: ReadableStream<Uint8Array>; size: number | undefined }> {
  if (archive.kept !== undefined && kept !== undefined) {
    const body = Readable.toWeb(Readable.from(kept.read(archive.kept)));
    return { body: body as ReadableStream<Uint8Array>, size: archive.kept.bytes };
  }
  if (client === undefined) throw new NotListedError();
  return client.download(archive, { signal });
}

/** What takes too much today may be read tomorrow. */
function mayBeReadAnew({ problem }: SafeMail): boolean {
  return problem === "too-slow" || problem === "too-much-memory" || problem === "unreadable";
}

function weightOf({ mail, source }: OpenedMail): number {
  const attachments = mail.attachments.reduce((sum, { content }) => sum + content.byteLength, 0);
  const words =
    mail.text.length + (mail.html?.content.length ?? 0) + (mail.html?.opening.length ?? 0);
  return 1 + source.byteLength + attachments + 2 * words;
}

async function readUpTo(
  body: AsyncIterable<Uint8Array>,
  most: number,
): Promise<{ bytes: Uint8Array; complete: boolean }> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (length > most) return { bytes: Buffer.concat(chunks, most), complete: false };
  }
  return { bytes: Buffer.concat(chunks, length), complete: true };
}
