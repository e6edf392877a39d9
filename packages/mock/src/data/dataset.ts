import type { Blob, FindBlob } from "../storage/blobs.ts";
import type { DatasetArchive } from "./dataset-archive.ts";
import { archiveMaker } from "./dataset-archive.ts";
import type { Listing } from "./listing-of-path.ts";
import type { Mail } from "./mail.ts";
import { newestFirst } from "./newest-first.ts";
import type { ReadyArchive } from "./own-mail.ts";
import { random } from "./random.ts";
import type { Content } from "./story-ids.ts";
import {
  MANY_COUNT,
  REFERENCE,
  STAMP_STORIES,
  STAMP_TARGET,
  TARGET_STORIES,
  UNKNOWN_TARGET,
} from "./story-ids.ts";

/** An id that tells a story, like a payment provider's test card. */
export interface WellKnownId {
  /** What the id names. */
  kind: "target" | "action" | "stamp";
  /** As the API takes it in a path. */
  id: string;
  /** What happens, in one sentence. */
  story: string;
}

/** What the mock has to tell: made from `seed` and `now`, and the user's own archives. */
export interface Dataset {
  /** The instant that the sending dates count back from: `now`, rounded down to the hour, as ISO 8601. */
  now: string;
  /** The ids of every action. */
  actions: readonly string[];
  /** The ids of every target, those that tell a story last. */
  targets: readonly string[];
  /** Newest first. The target with 10,000 archives is left out here; its listing has them. */
  archives: readonly DatasetArchive[];
  /** The ids that tell a story, and what each tells. */
  wellKnown: readonly WellKnownId[];
}

/** The dataset with the ways into it that the two origins need. */
export interface ArchiveStore {
  dataset: Dataset;
  /** The user's own of its archives, in their order. */
  own: readonly DatasetArchive[];
  /** The archives asked for, newest first; undefined when an id is unknown. */
  list(listing: Listing): readonly DatasetArchive[] | undefined;
  blob: FindBlob;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Links of mails younger than this open for another DAY at least. */
const FRESH_DAYS = 31;
const SPAN_DAYS = 60;
/** Without those of the target that has ten thousand. */
const ARCHIVE_COUNT = 400;

/** What archives are made from. */
interface Makings {
  seed: number;
  archive: ReturnType<typeof archiveMaker>;
  actions: readonly string[];
  mails: readonly Mail[];
}

/** Makes the archives of one seed, one clock and one storage origin. */
export function createStore(options: {
  seed: number;
  /** What ages count back from. */
  now: Date;
  /** What time it is: whether a link has expired. */
  clock: Date;
  blobUrl: string;
  /** The mails to serve, in order. At least one. */
  mails: readonly Mail[];
  /** True when the mails are the user's own: then 000T123 has each of them once, and only stories have others. */
  ownMails: boolean;
  /** The user's own archives, and whether the seeded ones are there as well. */
  own: { archives: readonly ReadyArchive[]; seeded: boolean };
}): ArchiveStore {
  const { seed, blobUrl, mails, ownMails, own } = options;
  const now = Math.floor(options.now.getTime() / HOUR) * HOUR;
  const blobs = new Map<string, Blob>();
  const archive = archiveMaker({ now, clock: options.clock.getTime(), blobUrl, blobs });
  const light = mails.filter(({ heavy }) => !heavy);
  const usual = light.length > 0 ? light : mails;

  const seeded = own.seeded
    ? seededData({ seed, archive, mails: usual }, mails, ownMails)
    : { actions: [], targets: [], archives: [], stamps: [] };
  const ownArchives = ownData({ seed, archive, mails: usual }, own.archives);
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
  /** Made when first asked for: it is most of the work and few ask. */
  const makeMany = (): void => {
    if (many === undefined || manyMade) return;
    manyMade = true;
    const makings = { seed, archive, actions: seeded.actions, mails: usual };
    const made = storyArchives(makings, many.id, "many");
    byTarget.set(many.id, newestFirst([...made, ...(byTarget.get(many.id) ?? [])]));
    for (const one of made) byStamp.set(one.stamp, [one]);
  };

  const listTarget = (target: string): readonly DatasetArchive[] | undefined => {
    if (target === many?.id) makeMany();
    return byTarget.get(target);
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
      const archivesOf = listTarget(listing.target);
      if (listing.by === "target") return archivesOf;
      return actions.includes(listing.action)
        ? archivesOf?.filter(({ action }) => action === listing.action)
        : undefined;
    },
    blob(path) {
      if (!blobs.has(path)) makeMany();
      return blobs.get(path);
    },
  };
}

/** What is there without anybody's doing. The target with ten thousand archives gets them later. */
function seededData(
  { seed, archive, mails }: Omit<Makings, "actions">,
  allMails: readonly Mail[],
  ownMails: boolean,
): { actions: string[]; targets: string[]; archives: DatasetArchive[]; stamps: string[] } {
  const anyOf = random(seed, "ids");
  const actions = ownMails
    ? ["00000A"]
    : [...REFERENCE.actions, "000PE4", ...Array.from({ length: 5 }, () => `000${anyOf.code(3)}`)];
  const others = ownMails
    ? []
    : Array.from({ length: 38 }, () => `000${anyOf.code(4 + anyOf.integer(2))}`);
  const makings = { seed, archive, actions, mails };
  const archives = referenceArchives({ ...makings, mails: allMails }, ownMails);
  for (const { id, content } of TARGET_STORIES) {
    if (content !== "many") archives.push(...storyArchives(makings, id, content));
  }
  for (const { id, content } of STAMP_STORIES) {
    archives.push(...stampArchives(makings, id, content));
  }
  if (!ownMails) archives.push(...otherArchives(makings, others, ARCHIVE_COUNT - archives.length));
  return {
    actions,
    targets: [REFERENCE.target, ...others, STAMP_TARGET],
    archives,
    stamps: STAMP_STORIES.map(({ id }) => id),
  };
}

/**
 * The user's own archives. Those without a date are some hours apart, the first one newest. Clients remember mails by
 * their ids, so an archive keeps its own as long as it is the same mail of the same sending, and no other one gets it.
 */
function ownData(
  { seed, archive, mails }: Omit<Makings, "actions">,
  own: readonly ReadyArchive[],
): DatasetArchive[] {
  const spacing = Math.min(6 * HOUR, (FRESH_DAYS * DAY) / (own.length + 1));
  const equals = new Map<string, number>();
  return own.map((one, index) => {
    const { target, action = REFERENCE.actions[0] } = one;
    const same = JSON.stringify([target, action, one.stamp, one.mail]);
    const earlier = equals.get(same) ?? 0;
    equals.set(same, earlier + 1);
    const draw = random(seed, `own archive ${same} ${earlier}`);
    const picked = draw.pick(mails);
    return archive(draw, {
      target,
      action,
      age: (index + 1) * spacing + (one.link === "expired" ? 33 * DAY : 0),
      sendingDate: one.sendingDate,
      stamp: one.stamp,
      link: one.link,
      mail: one.content ?? picked,
    });
  });
}

/** Target 000T123: every mail once, young enough to open; after them some whose links have expired. */
function referenceArchives({ seed, archive, mails }: Makings, ownMails: boolean): DatasetArchive[] {
  const draw = random(seed, REFERENCE.target);
  const spacing = (FRESH_DAYS * DAY) / mails.length;
  const fresh = mails.map((mail, index) =>
    // A mail of a user's folder keeps its link when another one comes or goes.
    archive(ownMails ? random(seed, `mail ${mail.nameBytes ?? mail.name}`) : draw, {
      action: ownMails ? "00000A" : draw.pick(index === 0 ? ["00000A"] : REFERENCE.actions),
      target: REFERENCE.target,
      age: index * spacing,
      mail,
      ...(index === 0 && { stamp: REFERENCE.stamp }),
    }),
  );
  if (ownMails) return fresh;
  const expired = [34, 38, 41, 47, 52, 58].map((days) =>
    archive(draw, {
      action: draw.pick(REFERENCE.actions),
      target: REFERENCE.target,
      age: days * DAY,
      mail: draw.pick(mails),
    }),
  );
  return [...fresh, ...expired];
}

/** The archives of a target that tells a story. */
function storyArchives(
  { seed, archive, actions, mails }: Makings,
  target: string,
  content: Content,
): DatasetArchive[] {
  const draw = random(seed, target);
  const send = (age: number, index?: number): DatasetArchive => {
    const mail = draw.pick(mails);
    const action = draw.pick(actions);
    // The newest is of the reference action, so that both ways to list meet the story.
    return archive(draw, {
      action: index === 0 ? REFERENCE.actions[0] : action,
      target,
      age,
      mail,
    });
  };
  if (content === "nothing") return [];
  if (content === "blank link") {
    const blank = archive(draw, { action: "00000A", target, age: DAY, mail: undefined });
    return [blank, send(2 * DAY)];
  }
  if (content === "many") {
    const spacing = (SPAN_DAYS * DAY) / MANY_COUNT;
    return Array.from({ length: MANY_COUNT }, (_, index) => send(index * spacing, index));
  }
  const ages = content === "expired links" ? [35, 42, 56] : [3, 9, 17];
  return ages.map((days, index) => send(days * DAY, index));
}

/** The archive of an activation that tells a story, sent to 000T123. */
function stampArchives(
  { seed, archive, mails }: Makings,
  stamp: string,
  content: Content,
): DatasetArchive[] {
  if (content === "nothing") return [];
  const draw = random(seed, stamp);
  const mail = draw.pick(mails);
  const age = (content === "expired links" ? 45 : 5) * DAY;
  const sent = { action: REFERENCE.actions[0], target: STAMP_TARGET, age, stamp };
  return [archive(draw, { ...sent, mail: content === "blank link" ? undefined : mail })];
}

/** Archives of any action, to any of some targets, at any time. */
function otherArchives(
  { seed, archive, actions, mails }: Makings,
  targets: readonly string[],
  count: number,
): DatasetArchive[] {
  const draw = random(seed, "archives");
  return Array.from({ length: count }, () =>
    archive(draw, {
      action: draw.pick(actions),
      target: draw.pick(targets),
      age: draw.integer(SPAN_DAYS * 24 * 60) * MINUTE,
      mail: draw.pick(mails),
    }),
  );
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
