import type { Ledger, Soon } from "../ledger/ledger.ts";
import type { KnownArchive } from "../words/rows.ts";
import type { Sending } from "./sendings.ts";

/** Placeholders for events that wait: those with more facts choose their archives first. */
const TIMED = -1;
const WITH_ACTION = -2;
const VAGUE = -3;
/** The order in which they choose. */
export const TURNS = [TIMED, WITH_ACTION, VAGUE];
/** The row of an event that has no archive. */
export const NONE = 0;

/** Within this the sender's instant and the archive's are the same. Milliseconds. */
const SAME_TIME = 60_000;
const DAY = 86_400_000;
const NEVER = "never listed";

/** An archive, and its instant as a number. */
interface TimedArchive extends KnownArchive {
  at: number;
}

const timed = (archives: readonly KnownArchive[]): TimedArchive[] =>
  archives.map((archive) => ({ ...archive, at: Date.parse(archive.sendingDate) }));

/** How far an archive is from an event's instant; 0 anywhere within the day if only a day is given. Milliseconds. */
function distanceOf({ sentAt, isDay }: Sending, { at }: TimedArchive): number {
  if (Number.isNaN(sentAt)) return 0;
  const after = at - sentAt;
  return isDay && after >= 0 && after < DAY ? 0 : Math.abs(after);
}

/** Whether `one` is nearer, or as near and the only one of the two that is kept. */
function isBetter(sending: Sending, one: TimedArchive, other: TimedArchive): boolean {
  const nearer = distanceOf(sending, other) - distanceOf(sending, one);
  return nearer === 0 ? one.state === "kept" && other.state !== "kept" : nearer > 0;
}

/** From this many rows on a list is remembered, up to this many rows in all. */
const LONG = 100;
const MOST_REMEMBERED = 100_000;

/**
 * Remembers long lists: an address that gets each mailing has thousands of rows, and as many events, each of which
 * would read all of them.
 */
function longOnes<Row>(read: (target: string) => Soon<Row[]>): (target: string) => Promise<Row[]> {
  const remembered = new Map<string, Row[]>();
  let count = 0;
  return async (target) => {
    const known = remembered.get(target);
    if (known !== undefined) return known;
    const rows = await read(target);
    if (rows.length < LONG) return rows;
    count += rows.length;
    if (count > MOST_REMEMBERED) {
      remembered.clear();
      count = rows.length;
    }
    remembered.set(target, rows);
    return rows;
  };
}

/** Matches events with archives, each archive with only one event. */
export function matcher(ledger: Ledger, lastRow: number) {
  /** By row: whether it is matched already. */
  const taken = new Uint8Array(lastRow + 1);
  const archivesOf = longOnes(async (target) => timed(await ledger.archivesOf(target)));
  const itemsOf = longOnes((target) => ledger.itemsOf(target));

  /** The archives that fit an event, and whether its stamp led to them. */
  async function candidates(sending: Sending) {
    const { target, action, stamp } = sending;
    const stamped = stamp === "" ? [] : timed(await ledger.archivesOfStamp(stamp));
    const isStamped = stamped.length > 0;
    const all = isStamped || target === "" ? stamped : await archivesOf(target);
    const found = all.filter(
      (archive) =>
        (action === "" || archive.action === action) &&
        (target === "" || archive.target === target) &&
        distanceOf(sending, archive) <= SAME_TIME,
    );
    return { found, isStamped };
  }

  /**
   * Matches an event, and returns the row of its archive. An event with neither a stamp nor both action and instant
   * waits for its turn.
   */
  async function match(sending: Sending, turn?: number): Promise<number> {
    const { action, stamp, sentAt } = sending;
    const isTimed = !Number.isNaN(sentAt);
    const waitsAs = action !== "" ? WITH_ACTION : isTimed ? TIMED : VAGUE;
    const mayWait = turn === undefined && !(isTimed && action !== "");
    if (mayWait && stamp === "") return waitsAs;
    const { found, isStamped } = await candidates(sending);
    if (mayWait && !isStamped) return waitsAs;
    let best: TimedArchive | undefined;
    for (const archive of found) {
      if (taken[archive.row] === 0 && (best === undefined || isBetter(sending, archive, best)))
        best = archive;
    }
    if (best === undefined) return NONE;
    taken[best.row] = 1;
    return best.row;
  }

  async function answer(sending: Sending, row: number) {
    const { found } = row === NONE ? { found: [] } : await candidates(sending);
    const archive = found.find((each) => each.row === row);
    if (archive) return { result: archive.state, archive: archive.id };
    return { result: (await itemGap(sending)) ?? NEVER, archive: "" };
  }

  /** The state of the event's item if that could not be listed, which is why nothing is known of its mail. */
  async function itemGap({ target, action, stamp }: Sending): Promise<string | undefined> {
    const own = stamp === "" ? undefined : await ledger.itemOfStamp(stamp);
    const items = own ? [own] : target === "" ? [] : await itemsOf(target);
    // An item with a stamp of its own says nothing about another sending.
    const fitting = items.filter(
      (item) =>
        (item === own || item.stamp === "") &&
        (item.action === "" || action === "" || item.action === action),
    );
    const isListed = fitting.some(({ state }) => state === "listed");
    return isListed ? undefined : fitting[0]?.state;
  }

  return { match, answer };
}
