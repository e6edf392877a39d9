import type { Blob, FindBlob } from "../storage/blobs.ts";
import type { DatasetArchive } from "./dataset-archive.ts";
import { archiveMaker } from "./dataset-archive.ts";
import type { Listing } from "./listing-of-path.ts";
import type { Mail } from "./mail.ts";
import { newestFirst } from "./newest-first.ts";
import type { ReadyArchives } from "./own-mail.ts";
import { ownData, seededData, storyArchives } from "./seeded-archives.ts";
import { REFERENCE, STAMP_STORIES, TARGET_STORIES, UNKNOWN_TARGET } from "./story-ids.ts";

/** An id with a special behaviour, like a payment provider's test card. */
export interface WellKnownId {
  /** What the id names. */
  kind: "target" | "action" | "stamp";
  /** As the API takes it in a path. */
  id: string;
  /** What happens, in one sentence. */
  story: string;
}

/** What the mock serves: made from `seed` and `now`, and the user's own archives. */
export interface Dataset {
  /** The instant that the sending dates count back from: `now`, rounded down to the hour, as ISO 8601. */
  now: string;
  /** The ids of every action. */
  actions: readonly string[];
  /** The ids of every target, the story ids last. */
  targets: readonly string[];
  /** Newest first. The target with 10,000 archives is left out here; its listing has them. */
  archives: readonly DatasetArchive[];
  /** The story ids, and the story of each. */
  wellKnown: readonly WellKnownId[];
}

/** The dataset with the look-ups that the two origins need. */
export interface ArchiveStore {
  dataset: Dataset;
  /** The user's own archives, in their order. */
  own: readonly DatasetArchive[];
  /** The archives asked for, newest first; undefined when an id is unknown. */
  list(listing: Listing): readonly DatasetArchive[] | undefined;
  blob: FindBlob;
}

const HOUR = 3_600_000;

/** Makes the archives of one seed, one clock and one storage origin. */
export function createStore(options: {
  seed: number;
  /** The instant that ages count back from. */
  now: Date;
  /** The current time, which decides whether a link has expired. */
  clock: Date;
  blobUrl: string;
  /** The mails to serve, in order. At least one. */
  mails: readonly Mail[];
  /** Whether the mails are the user's own: then 000T123 has each of them once, and only story ids have others. */
  ownMails: boolean;
  own: ReadyArchives;
}): ArchiveStore {
  const { seed, blobUrl, mails, ownMails, own } = options;
  const now = Math.floor(options.now.getTime() / HOUR) * HOUR;
  const blobs = new Map<string, Blob>();
  const archive = archiveMaker({ now, clock: options.clock.getTime(), blobUrl, blobs });
  const light = mails.filter(({ heavy }) => !heavy);
  const makings = { seed, archive, mails: light.length > 0 ? light : mails };

  const seeded = own.seeded
    ? seededData(makings, mails, ownMails)
    : { actions: [], targets: [], archives: [], stamps: [] };
  const ownArchives = ownData(makings, own.archives);
  const archives = newestFirst([...seeded.archives, ...ownArchives]);
  const actions = [...new Set([...seeded.actions, ...ownArchives.map(({ action }) => action)])];
  const stories = own.seeded ? TARGET_STORIES : [];
  const targets = [
    ...new Set([
      ...seeded.targets,
      ...ownArchives.map(({ target }) => target),
      ...stories.map(({ id }) => id),
    ]),
  ];
  const byTarget = new Map<string, DatasetArchive[]>(targets.map((target) => [target, []]));
  const byStamp = new Map<string, DatasetArchive[]>(seeded.stamps.map((stamp) => [stamp, []]));
  for (const one of archives) {
    byTarget.get(one.target)?.push(one);
    const sameStamp = byStamp.get(one.stamp);
    if (sameStamp === undefined) byStamp.set(one.stamp, [one]);
    else sameStamp.push(one);
  }

  const many = stories.find(({ content }) => content === "many");
  let manyMade = false;
  /** Made on the first request for them: it is most of the work, and few ask. */
  const makeMany = (): void => {
    if (many === undefined || manyMade) return;
    manyMade = true;
    const made = storyArchives({ ...makings, actions: seeded.actions }, many.id, "many");
    byTarget.set(many.id, newestFirst([...made, ...(byTarget.get(many.id) ?? [])]));
    for (const one of made) byStamp.set(one.stamp, [one]);
  };

  return {
    dataset: {
      now: new Date(now).toISOString(),
      actions,
      targets,
      archives,
      wellKnown: own.seeded ? wellKnownIds(ownMails) : [],
    },
    own: ownArchives,
    list(listing) {
      if (listing.by === "stamp") {
        if (!byStamp.has(listing.stamp)) makeMany();
        return byStamp.get(listing.stamp);
      }
      if (listing.target === many?.id) makeMany();
      const ofTarget = byTarget.get(listing.target);
      if (listing.by === "target") return ofTarget;
      return actions.includes(listing.action)
        ? ofTarget?.filter(({ action }) => action === listing.action)
        : undefined;
    },
    blob(path) {
      if (!blobs.has(path)) makeMany();
      return blobs.get(path);
    },
  };
}

function wellKnownIds(ownMails: boolean): WellKnownId[] {
  const holdings = ownMails
    ? "Its list is the given folder, in file-name order; every link opens."
    : "It received every mail of the mock, each by a link that opens, and some whose links have expired.";
  return [
    { kind: "target", id: REFERENCE.target, story: holdings },
    { kind: "action", id: REFERENCE.actions[0], story: "It sent mails to target 000T123." },
    ...(ownMails
      ? []
      : [
          {
            kind: "action" as const,
            id: REFERENCE.actions[1],
            story: "It sent others to target 000T123.",
          },
        ]),
    {
      kind: "stamp",
      id: REFERENCE.stamp,
      story: "It marks the newest mail of action 00000A to target 000T123.",
    },
    ...TARGET_STORIES.map(({ id, story }) => ({ kind: "target" as const, id, story })),
    ...STAMP_STORIES.map(({ id, story }) => ({ kind: "stamp" as const, id, story })),
    { kind: "target", id: UNKNOWN_TARGET, story: "It is unknown: 404." },
  ];
}
