import type { ArchivesClient, MailArchive } from "@np6-archives/client";
import type { MailWorkerPool } from "./mail-worker-pool.ts";
import type { Mail } from "./mail.ts";
import { unreadableMail } from "./read-mail.ts";

/** A mail, and the bytes it was read from. */
export interface OpenedMail {
  readonly mail: Mail;
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
  readonly #client: ArchivesClient;
  readonly #reader: MailWorkerPool;
  readonly #kept = new Map<string, { readonly opened: Promise<OpenedMail>; weight: number }>();

  constructor(client: ArchivesClient, reader: MailWorkerPool) {
    this.#client = client;
    this.#reader = reader;
  }

  /** @throws whatever the client throws while downloading. */
  open(archive: MailArchive): Promise<OpenedMail> {
    const known = this.#kept.get(archive.id);
    if (known !== undefined) {
      this.#kept.delete(archive.id);
      this.#kept.set(archive.id, known);
      return known.opened;
    }
    const entry = { opened: this.#fetch(archive), weight: 0 };
    this.#kept.set(archive.id, entry);
    void this.#weigh(archive.id, entry);
    return entry.opened;
  }

  /** A failure is told to whoever asked, and not kept. */
  async #weigh(id: string, entry: { opened: Promise<OpenedMail>; weight: number }): Promise<void> {
    try {
      entry.weight = weightOf(await entry.opened);
      this.#shrink();
    } catch {
      this.#kept.delete(id);
    }
  }

  async #fetch(archive: MailArchive): Promise<OpenedMail> {
    const content = await this.#client.download(archive);
    const { bytes, complete } = await readUpTo(content.body, MOST_BYTES);
    const mail = complete ? await this.#reader.read(bytes) : unreadableMail("too-big");
    return { mail, source: bytes, complete };
  }

  #shrink(): void {
    let total = 0;
    for (const { weight } of this.#kept.values()) total += weight;
    for (const [id, { weight }] of this.#kept) {
      if (total <= KEPT_BYTES) break;
      if (weight === 0) continue;
      this.#kept.delete(id);
      total -= weight;
    }
  }
}

function weightOf({ mail, source }: OpenedMail): number {
  const attachments = mail.attachments.reduce((sum, { content }) => sum + content.byteLength, 0);
  const words =
    mail.text.length + (mail.html?.content.length ?? 0) + (mail.html?.opening.length ?? 0);
  return source.byteLength + attachments + 2 * words;
}

async function readUpTo(
  body: ReadableStream<Uint8Array>,
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
