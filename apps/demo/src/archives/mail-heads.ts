import { readMail } from "@np6-archives/safe-mail";
import type { SafeMail } from "@np6-archives/safe-mail";
import { LRUCache } from "lru-cache";
import type { FoundArchive, Sources } from "./find-archives.ts";
import { canBeRead, contentOf, copyKey, readUpTo } from "./mail-content.ts";

/** The facts in a mail's header, without reading the rest of it. */
export type MailHead = Pick<
  SafeMail,
  "subject" | "from" | "to" | "cc" | "replyTo" | "date" | "messageId"
>;

/** The header section comes first (RFC 5322), and is hardly ever longer. In bytes. */
const HEAD_BYTES = 16 * 1024;

/** How many are read at the same time, for all users together: the storage serves others, too. */
const AT_A_TIME = 4;

/** How long a storage may take, in milliseconds: a list is not worth more. */
const PATIENCE = 10_000;

const MOST_KEPT = 20_000;
/** How long a head is cached, in milliseconds. */
const LIFETIME = 3_600_000;

/** After a line with content, as some mails begin with empty lines. */
const HEADER_END = /(?<=\S)[ \t]*\r?\n[ \t]*\r?\n/;

/**
 * Reads the beginnings of mails for lists, and caches their heads for all users. It fails quietly: a list without
 * subjects is still a list.
 */
export class MailHeads {
  readonly #kept = new LRUCache<string, Promise<MailHead | undefined>>({
    max: MOST_KEPT,
    ttl: LIFETIME,
  });
  readonly #waiting: (() => void)[] = [];
  readonly #sources: Sources;
  #reading = 0;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /**
   * Undefined if the link is known not to open, if reading failed this time, or if the subject is too far behind. Never
   * rejects.
   */
  read(archive: FoundArchive): Promise<MailHead | undefined> {
    if (!canBeRead(archive)) return Promise.resolve(undefined);
    const key = copyKey(archive);
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const head = this.#inTurn(() => this.#readHead(archive)).catch(() => {
      // The error may contain the link, so it is not logged. The next list tries again.
      this.#kept.delete(key);
      return undefined;
    });
    this.#kept.set(key, head);
    return head;
  }

  async #readHead(archive: FoundArchive): Promise<MailHead | undefined> {
    const body =
      archive.kept === undefined
        ? await openRange(archive.url)
        : (await contentOf(this.#sources, archive)).body;
    // The rest is dropped if the storage sends all of the mail.
    const { bytes } = await readUpTo(body, HEAD_BYTES, PATIENCE);
    const head = await headIn(bytes);
    return head.subject === "" && headerOf(bytes).isCutOff ? undefined : head;
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#reading >= AT_A_TIME) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#reading += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#reading -= 1;
      else next();
    }
  }
}

async function openRange(url: string): Promise<AsyncIterable<Uint8Array>> {
  const { protocol, hostname } = new URL(url);
  const isHere = /^(localhost|127\.[\d.]+|\[::1])$/.test(hostname);
  if (protocol !== "https:" && !(protocol === "http:" && isHere)) throw new TypeError("no https");
  const response = await fetch(url, {
    headers: { range: `bytes=0-${HEAD_BYTES - 1}`, "accept-encoding": "identity" },
    redirect: "error",
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (response.status !== 200 && response.status !== 206) {
    await response.body?.cancel();
    throw new Error(`The storage answered ${response.status}.`);
  }
  if (response.body === null) throw new Error("The storage answered without a body.");
  return response.body;
}

/** The head of a mail, from its beginning: what comes later is not in it. */
export async function headIn(bytes: Uint8Array): Promise<MailHead> {
  const { header } = headerOf(bytes);
  const { subject, from, to, cc, replyTo, date, messageId } = await readMail(header);
  return { subject, from, to, cc, replyTo, date, messageId };
}

/** The last field with its continuation lines: in a header that is cut off it is incomplete. */
const LAST_FIELD = /(?<=\n)[^ \t\r\n][^\n]*(?:\n[ \t][^\n]*)*$/;

function headerOf(bytes: Uint8Array): { header: Buffer; isCutOff: boolean } {
  const beginning = Buffer.from(bytes.subarray(0, HEAD_BYTES));
  const text = beginning.toString("latin1");
  const end = HEADER_END.exec(text);
  if (end !== null)
    return { header: beginning.subarray(0, end.index + end[0].length), isCutOff: false };
  if (beginning.byteLength < HEAD_BYTES) return { header: beginning, isCutOff: false };
  return { header: Buffer.from(text.replace(LAST_FIELD, ""), "latin1"), isCutOff: true };
}
