import { linkState } from "@np6-archives/client";
import type { MailArchive } from "@np6-archives/client";
import { rangeAround } from "./askings.ts";
import type { Listings } from "./listings.ts";

/** Gives the archive with a fresh link, if listing it again brings one. */
export type Renew = (archive: MailArchive) => Promise<MailArchive | undefined>;

/**
 * Renews the links of archives that one listing brought: all of an action that have expired by the clock with one call.
 */
export function renewals(listings: Listings, archives: readonly MailArchive[]): Renew {
  const coming = new Map<string, Promise<ReadonlyMap<string, MailArchive>>>();
  return async (archive) => {
    // A link that the storage refused before its time is renewed alone.
    if (!isDead(archive)) return (await listAgain(listings, [archive])).get(archive.id);
    const { action, target } = archive;
    const key = `${target} ${action}`;
    const asked =
      coming.get(key) ??
      listAgain(
        listings,
        archives.filter((each) => each.action === action && each.target === target && isDead(each)),
      );
    coming.set(key, asked);
    return (await asked).get(archive.id);
  };
}

/** One listing for archives of one action and target. */
async function listAgain(
  listings: Listings,
  group: readonly MailArchive[],
): Promise<ReadonlyMap<string, MailArchive>> {
  const [{ action, target }] = group as [MailArchive];
  const range = rangeAround(group.map(({ sendingDate }) => sendingDate));
  const answer = await listings.list({ action, target, stamp: "" }, range);
  const archives = "state" in answer ? [] : answer.archives;
  return new Map(archives.map((archive) => [archive.id, archive]));
}

export function isDead(archive: MailArchive): boolean {
  return linkState(archive) === "expired";
}
