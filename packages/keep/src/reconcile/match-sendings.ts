import type { Ledger, Soon } from "../ledger/ledger.ts";
import type { KnownArchive } from "../words/rows.ts";
import type { Sending } from "./sendings.ts";

/** What an event waits as: those that tell more choose their archives first. */
const TIMED = -1;
const WITH_ACTION = -2;
const VAGUE = -3;
/** In the order in which they choose. */
export const TURNS = [TIMED, WITH_ACTION, VAGUE];
/** The row of an event that has no archive. */
export const NONE = 0;

/** An instant of the sender and one of the archive are the same within this. Milliseconds. */
const SAME_TIME = 60_000;
const DAY = 86_400_000;
const NEVER = "never listed";

/** An archive, and its instant as a number. */
interface TimedArchive extends KnownArchive {
  at: number;
}

const timed = (archives: readonly KnownArchive[]): TimedArchive[] =>
  archives.map((archive) => ({ ...archive, at: Date.parse(archive.sendingDate) }));

/** How far an archive is from an event's instant; 0 anywhere within a day that is all that is told. Milliseconds. */
function distanceOf({ sentAt, isDay }: Sending, { at }: TimedArchive): number {
  if (Number.isNaN(sentAt)) return 0;
  const after = at - sentAt;
  return isDay && after >= 0 && after < DAY ? 0 : Math.abs(after);
}

/** The nearer one, and of those that are as near one that is kept. */
function isBetter(sending: Sending, one: TimedArchive, other: TimedArchive): boolean {
  const nearer = distanceOf(sending, other) - distanceOf(sending, one);
  return nearer === 0 ? one.state === "kept" && other.state !== "kept" : nearer > 0;
}

/** A list of so many rows is read once, and so many rows of such lists are remembered. */
const LONG = 100;
const MOST_REMEMBERED = 100_000;

/** Reads lists. An address that gets each mailing has thousands of rows, and as many events, which would each read all. */
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

/** Gives each event its archive: one answers for one event only. */
export function matcher(ledger: Ledger, lastRow: number) {
  /** By row: whether an event has it already. */
  const taken = new Uint8Array(lastRow + 1);
  const archivesOf = longOnes(async (target) => timed(await ledger.archivesOf(target)));
  const itemsOf = longOnes((target) => ledger.itemsOf(target));

  /** The archives that may be an event's, and whether they are those of its stamp. */
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

  /** Takes the row of an event's archive. One that tells neither stamp nor action and instant waits for its turn. */
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

  /** The event's item was to be listed and was not: that is why nothing is known of its mail. */
  async function itemGap({ target, action, stamp }: Sending): Promise<string | undefined> {
    const own = stamp === "" ? undefined : await ledger.itemOfStamp(stamp);
    const items = own ? [own] : target === "" ? [] : await itemsOf(target);
    // What one stamp brought says nothing of another sending.
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
