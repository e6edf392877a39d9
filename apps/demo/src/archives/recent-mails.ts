import { webcrypto } from "node:crypto";
import type { MailReader, SafeMail } from "@np6-archives/safe-mail";
import { unreadableMail } from "@np6-archives/safe-mail";
import { LRUCache } from "lru-cache";
import type { FoundArchive, Sources } from "./find-archives.ts";
import { keepWeighed } from "./keep-weighed.ts";
import { MOST_HELD, canBeRead, contentOf, copyKey, readUpTo } from "./mail-content.ts";
import { headIn } from "./mail-heads.ts";
import type { MailHead } from "./mail-heads.ts";

/** A mail that was fetched, and may still be being read. */
export interface FetchedMail {
  /** From its first bytes. */
  readonly head: MailHead;
  /** Rejects only when the viewer closes. */
  readonly opened: Promise<OpenedMail>;
}

/** A mail, and the bytes it was read from. */
export interface OpenedMail {
  /** If it could not be read, its head comes from its first bytes. */
  readonly mail: SafeMail;
  /** The source; only its beginning when the mail is too big. */
  readonly source: Uint8Array;
  readonly complete: boolean;
  /** The SHA-256 of the source, in hex; undefined unless it is complete. */
  readonly sha256: string | undefined;
  /** Whether it is the kept copy. */
  readonly isKept: boolean;
}

/** The size of the cache of recent mails, in bytes: every tab of a mail is a page of its own. */
const KEPT_BYTES = 192 * 1024 * 1024;
/** How long they are cached, in milliseconds: about as long as somebody looks at one. */
const LIFETIME = 600_000;

/**
 * How long a mail to be shown may take to download, in milliseconds: the client only limits the time without a byte.
 */
const PATIENCE = 120_000;

/** Fetches and reads mails, and caches the last ones. */
export class RecentMails {
  readonly #sources: Sources;
  readonly #reader: MailReader;
  readonly #kept = new LRUCache<string, Promise<FetchedMail>>({
    maxSize: KEPT_BYTES,
    ttl: LIFETIME,
    ttlAutopurge: true,
  });
  /** Mails that could not be read this time. */
  readonly #refused = new WeakSet<Promise<FetchedMail>>();

  constructor(sources: Sources, reader: MailReader) {
    this.#sources = sources;
    this.#reader = reader;
  }

  /** The mail, read. @throws whatever the client throws while downloading. */
  async open(archive: FoundArchive): Promise<OpenedMail> {
    return (await this.fetch(archive)).opened;
  }

  /**
   * The mail, fetched. With `anew`, one that could not be read before is fetched and read once more.
   *
   * @throws whatever the client throws while downloading.
   */
  fetch(archive: FoundArchive, anew = false): Promise<FetchedMail> {
    const key = copyKey(archive);
    const known = canBeRead(archive) ? this.#kept.get(key) : undefined;
    if (known !== undefined && !(anew && this.#refused.has(known))) return known;
    const fetched = this.#fetch(archive);
    void keepWeighed(this.#kept, key, fetched, async ({ opened }) => {
      const read = await opened;
      if (mayBeReadAnew(read.mail)) this.#refused.add(fetched);
      return weightOf(read);
    });
    return fetched;
  }

  async #fetch(archive: FoundArchive): Promise<FetchedMail> {
    const { body, isKept } = await contentOf(this.#sources, archive);
    const { bytes, complete } = await readUpTo(body, MOST_HELD, PATIENCE);
    const head = await headIn(bytes);
    const read = async () => {
      const sha256 = complete ? await sha256Of(bytes) : undefined;
      const mail = complete ? await this.#reader.read(bytes) : unreadableMail("too-big");
      const isRefused = mail.problem !== undefined && mail.headers.length === 0;
      const shown = isRefused ? { ...mail, ...head } : mail;
      return { mail: shown, source: bytes, complete, sha256, isKept };
    };
    const opened = read();
    // Whoever awaits it gets the error.
    opened.catch(() => undefined);
    return { head, opened };
  }
}

/** In the background, so that other pages do not wait for the digest of a large mail. */
async function sha256Of(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest("SHA-256", bytes)).toString("hex");
}

/** A mail that took too much may be readable the next time. */
function mayBeReadAnew({ problem }: SafeMail): boolean {
  return problem === "too-slow" || problem === "too-much-memory" || problem === "unreadable";
}

function weightOf({ mail, source }: OpenedMail): number {
  const attachments = mail.attachments.reduce((sum, { content }) => sum + content.byteLength, 0);
  const words =
    mail.text.length + (mail.html?.content.length ?? 0) + (mail.html?.opening.length ?? 0);
  return 1 + source.byteLength + attachments + 2 * words;
}
