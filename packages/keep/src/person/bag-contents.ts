import type { Ledger, Soon } from "../ledger/ledger.ts";
import { KeepError, invalid } from "../words/keep-error.ts";
import type { Gap, KnownArchive } from "../words/rows.ts";

/** A kept mail, and its name in the bag. */
export interface BagMail extends KnownArchive {
  name: string;
}

/** What could not be had; of an archive with its instant, or an empty text. */
interface BagGap extends Gap {
  sendingDate: string;
}

/** What a bag holds of a person. */
export interface BagContents {
  targets: readonly string[];
  mails: readonly BagMail[];
  gaps: readonly BagGap[];
  /** Since when a target was not asked for, of all the longest; undefined if only stamps without a target were. */
  asked: string | undefined;
  /** The targets with neither a mail nor a gap, and whether they were asked for. */
  without: readonly { target: string; isAsked: boolean }[];
}

/** File systems allow 255 bytes in a name. */
const MOST_LETTERS = 220;

/**
 * What the ledger has of some targets.
 *
 * Rejects with KeepError when nothing is known of them.
 */
export async function contentsOf(ledger: Ledger, targets: readonly string[]): Promise<BagContents> {
  const archives = await ofAll(targets, (target) => ledger.archivesOf(target));
  const dates = new Map(
    archives.map(({ id, state, sendingDate }) => [`${state} ${id}`, sendingDate]),
  );
  const found = await ofAll(targets, (target) => ledger.gapsOf(target));
  const gaps = found.map((gap): BagGap =>
    Object.assign(gap, { sendingDate: dates.get(`${gap.state} ${gap.archive}`) ?? "" }),
  );
  const items = await ofAll(targets, (target) => ledger.itemsOf(target));
  if (archives.length + items.length === 0) {
    throw invalid("--target", "ids that the store knows", targets.join(" "));
  }
  const kept = archives.filter(({ state }) => state === "kept");
  const foreign = kept.find(({ target }) => !targets.includes(target));
  if (foreign) throw new KeepError(`Archive ${foreign.id} is another target's.`);
  const taken = new Set<string>();
  const mails = kept
    .toSorted((a, b) => instantOf(a) - instantOf(b))
    .map((archive): BagMail => Object.assign(archive, { name: bagName(archive, taken) }));
  const had = new Set([...mails, ...gaps].map(({ target }) => target));
  const known = new Set(items.map(({ target }) => target));
  const without = targets
    .filter((target) => !had.has(target))
    .map((target) => ({ target, isAsked: known.has(target) }));
  const times = items.toSorted((a, b) => ((a.lastTried ?? "") < (b.lastTried ?? "") ? -1 : 1));
  const lastTimes = new Map(times.map(({ target, lastTried }) => [target, lastTried]));
  const [asked] = [...lastTimes.values()].flatMap((time) => time ?? []).toSorted();
  return { targets, mails, gaps, asked, without };
}

async function ofAll<Row>(
  targets: readonly string[],
  rowsOf: (target: string) => Soon<Row[]>,
): Promise<Row[]> {
  const rows: Row[][] = [];
  for (const target of targets) rows.push(await rowsOf(target));
  return rows.flat();
}

/** A date that cannot be parsed comes first: NaN would break the sorting. */
const instantOf = ({ sendingDate }: KnownArchive) => Date.parse(sendingDate) || 0;

/** Without a percent sign, which BagIt's manifests write in another way than `sha256sum` reads it. */
function bagName({ sendingDate, action, id }: KnownArchive, taken: Set<string>): string {
  const sent = new Date(sendingDate);
  const instant = Number.isNaN(sent.getTime())
    ? sendingDate
    : sent.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const whole = [instant, action, id]
    .map((part) => part.replaceAll(/[^A-Za-z0-9._-]/g, "_"))
    .join("_");
  const plain = whole.slice(0, MOST_LETTERS);
  let name = plain;
  for (let n = 2; taken.has(name.toLowerCase()); n += 1) name = `${plain}-${n}`;
  taken.add(name.toLowerCase());
  return `${name}.eml`;
}
