import type { archiveMaker, DatasetArchive } from "./dataset-archive.ts";
import type { Mail } from "./mail.ts";
import type { ReadyArchive } from "./own-mail.ts";
import { random } from "./random.ts";
import type { Content } from "./story-ids.ts";
import { REFERENCE, STAMP_STORIES, STAMP_TARGET, TARGET_STORIES } from "./story-ids.ts";

const [FIRST_ACTION] = REFERENCE.actions;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A mail younger than this has a link that opens for at least another day. */
const FRESH_DAYS = 31;
const SPAN_DAYS = 60;
/** Not counting those of the target that has many. */
const ARCHIVE_COUNT = 400;
const MANY_COUNT = 10_000;

/** What archives are made from. */
interface Makings {
  seed: number;
  archive: ReturnType<typeof archiveMaker>;
  actions: readonly string[];
  mails: readonly Mail[];
}

/** The built-in data. The target with ten thousand archives gets them later. */
export function seededData(
  { seed, archive, mails }: Omit<Makings, "actions">,
  allMails: readonly Mail[],
  ownMails: boolean,
): { actions: string[]; targets: string[]; archives: DatasetArchive[]; stamps: string[] } {
  const anyOf = random(seed, "ids");
  const actions = ownMails
    ? [FIRST_ACTION]
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
 * their ids, so an archive keeps its id as long as it is the same mail of the same sending, and no other one gets it.
 */
export function ownData(
  { seed, archive, mails }: Omit<Makings, "actions">,
  own: readonly ReadyArchive[],
): DatasetArchive[] {
  const spacing = Math.min(6 * HOUR, (FRESH_DAYS * DAY) / (own.length + 1));
  const equals = new Map<string, number>();
  return own.map((one, index) => {
    const { target, action = FIRST_ACTION } = one;
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
    // A mail of a user's folder keeps its link when others are added or removed.
    archive(ownMails ? random(seed, `mail ${mail.nameBytes ?? mail.name}`) : draw, {
      action: ownMails ? FIRST_ACTION : draw.pick(index === 0 ? [FIRST_ACTION] : REFERENCE.actions),
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

/** The archives of a target with a story. */
export function storyArchives(
  { seed, archive, actions, mails }: Makings,
  target: string,
  content: Content,
): DatasetArchive[] {
  const draw = random(seed, target);
  const send = (age: number, index?: number): DatasetArchive => {
    const mail = draw.pick(mails);
    const action = draw.pick(actions);
    // The newest is from the reference action, so that both ways of listing show the story.
    return archive(draw, {
      action: index === 0 ? FIRST_ACTION : action,
      target,
      age,
      mail,
    });
  };
  if (content === "nothing") return [];
  if (content === "blank link") {
    const blank = archive(draw, { action: FIRST_ACTION, target, age: DAY, mail: undefined });
    return [blank, send(2 * DAY)];
  }
  if (content === "many") {
    const spacing = (SPAN_DAYS * DAY) / MANY_COUNT;
    return Array.from({ length: MANY_COUNT }, (_, index) => send(index * spacing, index));
  }
  const ages = content === "expired links" ? [35, 42, 56] : [3, 9, 17];
  return ages.map((days, index) => send(days * DAY, index));
}

/** The archive of an activation with a story, sent to 000STAMPS. */
function stampArchives(
  { seed, archive, mails }: Makings,
  stamp: string,
  content: Content,
): DatasetArchive[] {
  if (content === "nothing") return [];
  const draw = random(seed, stamp);
  const mail = draw.pick(mails);
  const age = (content === "expired links" ? 45 : 5) * DAY;
  const sent = { action: FIRST_ACTION, target: STAMP_TARGET, age, stamp };
  return [archive(draw, { ...sent, mail: content === "blank link" ? undefined : mail })];
}

/** Archives of random actions and of random ones of these targets, at random times. */
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
