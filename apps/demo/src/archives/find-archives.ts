import type { ArchivesClient, MailArchive } from "@np6-archives/client";
import { KeepError } from "@np6-archives/keep";
import type { KeptArchive, KeptMails, KeptQuery } from "@np6-archives/keep";
import { addDays, startOfDay } from "../words/zone.ts";
import type { Search } from "./archive-search.ts";
import { BadSearchError } from "./failure.ts";

/** Where mails are looked up: NP6, the store of kept mails, or both. */
export interface Sources {
  readonly client?: ArchivesClient | undefined;
  readonly kept?: KeptMails | undefined;
}

/** An archive that a search found. One that is only in the store gets a blank link. */
export interface FoundArchive extends MailArchive {
  /** The copy that is kept, if there is one. */
  readonly kept?: KeptArchive;
}

/** What a search found. */
export interface Found {
  /** The newest first. */
  readonly archives: readonly FoundArchive[];
  /** Why one of the two sources gave no list, so that only the other's is shown: a KeepError if it is the store. */
  readonly failure?: unknown;
}

/**
 * Asks NP6 and the store of kept mails.
 *
 * @throws BadSearchError when an id is none that can be asked for.
 * @throws KeepError when the store cannot be read, and there is no NP6 to ask.
 * @throws whatever else the client throws, unless something is kept that can be shown.
 */
export async function findArchives({ client, kept }: Sources, search: Search): Promise<Found> {
  let copies = new Map<string, KeptArchive>();
  let listed: MailArchive[] = [];
  let failure: unknown;
  try {
    const found = kept === undefined ? [] : await keptArchives(kept, search);
    copies = new Map(found.map((copy) => [copy.id, copy]));
  } catch (error) {
    if (client === undefined) throw error;
    failure = error;
  }
  try {
    if (client !== undefined) listed = await ask(client, search);
  } catch (error) {
    // The client throws a TypeError for wrong use.
    failure =
      error instanceof TypeError ? new BadSearchError(error.message, { cause: error }) : error;
    if (copies.size === 0) throw failure;
  }
  const found = listed.map((archive): FoundArchive => {
    const copy = copies.get(archive.id);
    copies.delete(archive.id);
    return copy === undefined ? archive : Object.assign({ kept: copy }, archive);
  });
  for (const copy of copies.values()) {
    const { id, action, target, sendingDate, expiresOn } = copy;
    found.push({ id, action, target, sendingDate, expiresOn, url: "", kept: copy });
  }
  const times = new Map(found.map((archive) => [archive, Date.parse(archive.sendingDate)]));
  const archives = found.toSorted((a, b) => (times.get(b) || 0) - (times.get(a) || 0));
  return failure === undefined ? { archives } : { archives, failure };
}

/** Looks up kept mails. @throws KeepError when that cannot be read. */
export async function findKept(kept: KeptMails, query: KeptQuery): Promise<KeptArchive[]> {
  try {
    return await kept.find(query);
  } catch (error) {
    const message = "The ledger of the store cannot be read; `verify` tells more.";
    throw new KeepError(message, { cause: error });
  }
}

async function keptArchives(kept: KeptMails, search: Search): Promise<KeptArchive[]> {
  if (search.by === "stamp") return findKept(kept, { stamp: search.stamp });
  const { target, action } = search;
  const all = await findKept(kept, search.by === "action" ? { target, action } : { target });
  const { startDate, endDate } = rangeOf(search);
  return all.filter(({ sendingDate }) => {
    const at = Date.parse(sendingDate);
    return !(startDate && at < startDate.getTime()) && !(endDate && at >= endDate.getTime());
  });
}

function ask(client: ArchivesClient, search: Search): Promise<MailArchive[]> {
  if (search.by === "stamp") return client.listByStamp(search.stamp);
  const range = rangeOf(search);
  return search.by === "target"
    ? client.listByTarget(search.target, range)
    : client.listByActionAndTarget(search.action, search.target, range);
}

function rangeOf({ from, to, zone }: Search): { startDate: Date | null; endDate: Date | null } {
  return {
    startDate: startOfDay(from, zone) ?? null,
    endDate: startOfDay(addDays(to, 1), zone) ?? null,
  };
}
