import { linkState } from "@np6-archives/client";
import type { MailArchive, MailContent } from "@np6-archives/client";
import type { Stored } from "../store/store.ts";
import type { Trouble } from "../words/rows.ts";
import type { ArchiveState } from "../words/states.ts";
import type { ActiveJob } from "./job.ts";
import type { Listings } from "./listings.ts";
import { TRIES, triesAt } from "./outage.ts";
import type { Outage } from "./outage.ts";
import { isDead } from "./renewals.ts";
import type { Renew } from "./renewals.ts";
import { NoMailError, mailVerdict, troubleOf } from "./troubles.ts";
import type { Reached } from "./troubles.ts";

/** How long the storage may take to say whether a mail is there. Milliseconds. */
const PROBE_TIMEOUT = 30_000;

/** The bytes of a mail as they were stored, or why there are none. */
type Download = { stored: Stored } | { state: ArchiveState; trouble: Trouble };

/** All downloads of a run. */
export interface Downloads {
  /** Passes a mail's bytes to `into`, again for each attempt, or says why its archive has none. */
  download(
    archive: MailArchive,
    renew: Renew | undefined,
    into: (body: AsyncIterable<Uint8Array>) => Promise<Stored>,
  ): Promise<Download>;
  /**
   * Whether a mail that was downloaded before is still there, without fetching it; undefined where there is no such
   * mail.
   */
  probe(): Promise<boolean | undefined>;
}

/** @param storage is told of failures. */
export function downloads(job: ActiveJob, storage: Outage, listings: Listings): Downloads {
  const { client, ledger, giveUpAfter, soft, hard } = job;
  /** A mail that was downloaded in this run. */
  let lastTaken: MailArchive | undefined;

  async function download(
    listed: MailArchive,
    renew: Renew | undefined,
    into: (body: AsyncIterable<Uint8Array>) => Promise<Stored>,
  ): Promise<Download> {
    let archive = listed;
    let mayRenew = renew !== undefined;
    let damaged = 0;
    const tries = triesAt(storage, giveUpAfter, soft);
    for (;;) {
      const reached: Reached = { opened: false, size: undefined, bytes: 0 };
      // Outside the `try`: it throws the reason of a stop, which is no failure of this mail.
      if (!isDead(archive)) await storage.pass();
      try {
        const options = { signal: hard, refresh: false, maxRetries: 0 };
        const mail = await client.download(archive, options);
        reached.opened = true;
        reached.size = mail.size;
        const stored = await into(counted(archive.id, mail, reached));
        lastTaken = archive;
        storage.worked();
        return { stored };
      } catch (error) {
        if (hard.aborted) throw error;
        const verdict = mailVerdict(error, reached);
        if (verdict.is === "fatal") throw error;
        const trouble = troubleOf(error);
        if (verdict.is === "settled") {
          if (verdict.state === "expired" && mayRenew) {
            mayRenew = false;
            const renewed = await renew?.(archive);
            if (renewed && linkState(renewed) === "usable") {
              archive = renewed;
              continue;
            }
          }
          damaged += verdict.state === "damaged" ? 1 : TRIES;
          if (trouble.status !== undefined) storage.worked();
          if (damaged >= TRIES) return { state: verdict.state, trouble };
          await tries.wait();
          continue;
        }
        const goesOn = await tries.failed(trouble.reason, verdict.is === "limited");
        if (!goesOn) return { state: "failed", trouble };
      }
    }
  }

  /** A mail that an earlier run kept, with a link that may work. */
  async function takenBefore(): Promise<MailArchive | undefined> {
    const item = await ledger.working();
    for (const archive of (item && (await listings.again(item))) ?? []) {
      const [known] = await ledger.find(archive.id);
      if (known?.state === "kept" && linkState(archive) === "usable") return archive;
    }
    return undefined;
  }

  return {
    download,
    async probe() {
      lastTaken ??= await takenBefore();
      if (lastTaken === undefined) return undefined;
      const signal = AbortSignal.any([soft, AbortSignal.timeout(PROBE_TIMEOUT)]);
      const headers = { "accept-encoding": "identity" };
      // A proxy may redirect everything to its own page: that is an answer, but no mail.
      const init = { method: "HEAD", headers, redirect: "manual", signal } as const;
      const found = await fetch(lastTaken.url, init).catch(() => {});
      if (found?.ok && !isNoMail(found.headers)) return true;
      lastTaken = undefined;
      return undefined;
    },
  };
}

/** Encodings that a fetch decodes without noticing a cut. Other values are no encoding, such as `utf-8`. */
const DECODED = /\b(?:x-)?(?:aws-chunked|gzip|deflate|br|zstd|compress)\b/i;

/** How a web page begins, and no header field of a mail. */
const PAGE = /^\s*</;

/** A mail that was fine before and is now empty, encoded or a page means that the storage does so for all. */
function isNoMail(headers: Headers): boolean {
  const isEmpty = headers.get("content-length") === "0";
  const isPage =
    !headers.has("content-md5") && /^text\/html\b/i.test(headers.get("content-type") ?? "");
  return isEmpty || isPage || DECODED.test(headers.get("content-encoding") ?? "");
}

async function* counted(id: string, { body, encoding, contentMd5 }: MailContent, reached: Reached) {
  if (encoding !== undefined && DECODED.test(encoding)) {
    await body.cancel();
    throw new NoMailError(id, "it came encoded, and nothing tells then whether it is whole");
  }
  for await (const chunk of body) {
    // An MD5 is the storage's own: then these are the bytes that it has.
    const isStart = reached.bytes === 0 && contentMd5 === undefined;
    if (isStart && PAGE.test(Buffer.from(chunk.subarray(0, 100)).toString())) {
      throw new NoMailError(id, "it begins as a web page does, and has no MD5");
    }
    reached.bytes += chunk.length;
    yield chunk;
  }
  if (reached.bytes === 0) throw new NoMailError(id, "it is empty");
}
