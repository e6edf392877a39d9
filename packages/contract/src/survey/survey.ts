import type { MailArchive } from "@np6-archives/spec";
import { CouldNotRunError } from "./could-not-run.ts";
import { windowsAt, windowsBeside, windowWithOffset } from "./date-windows.ts";
import type { Window } from "./date-windows.ts";
import { epochMilliseconds } from "./epoch-milliseconds.ts";
import { isLost, isNoApi, isRedirect, isRefused } from "./exchange.ts";
import type { Exchange } from "./exchange.ts";
import type { Probe } from "./probe.ts";

/** The ids to ask for, and which of them were given. */
export interface AskedIds {
  target: string;
  action: string;
  stamp: string;
  /** The ids that were given. Any other is the spec's example, which the server need not know. */
  given: ReadonlySet<"target" | "action" | "stamp">;
}

export type OperationName = "target" | "actionTarget" | "stamp";

/** A listing of one of the three operations. */
export interface Listing {
  operation: OperationName;
  exchange: Exchange;
}

/** A listing within dates, and the whole listing that it should be a part of; undefined if that was not answered. */
export interface WindowListing extends Listing {
  window: Window;
  whole: MailArchive[] | undefined;
}

/** A listing of an id that nobody has. */
interface UnknownListing extends Listing {
  /** Which of its ids is unknown, in words. */
  what: string;
}

/** A link of a listing, and what opening it gave. */
export interface OpenedLink {
  archive: MailArchive;
  exchange: Exchange;
}

/** All requests to a server and their answers, for the checks to look at. */
export interface Survey {
  /** Where the API is. */
  baseUrl: string;
  asked: AskedIds;
  /** When the survey began, in milliseconds since 1970. */
  startedAt: number;
  /** Listings that have to be answered with a list: of each operation, and the target's again at the end. */
  listings: Listing[];
  windows: WindowListing[];
  /** Whether a window, or the whole listing for some windows, was lost. */
  isWindowLost: boolean;
  /** Listings of ids that nobody has. */
  unknown: UnknownListing[];
  /** Listings asked without a key or with a blank one, and with a wrong one. */
  keyless: Listing[];
  wrongKey: Listing[];
  badDate: Listing[];
  head: Exchange | undefined;
  unknownPath: Exchange | undefined;
  links: OpenedLink[];
  /** Every exchange with the API, in order. */
  exchanges: readonly Exchange[];
}

/** The listings that have to be answered with a list, without and within dates. */
export function dueListings({ listings, windows }: Survey): (Listing | WindowListing)[] {
  return [...listings, ...windows];
}

const MOST_LINKS = 3;

/** Sends a server all requests that the checks need, about forty. */
export async function survey(probe: Probe, ids: AskedIds): Promise<Survey> {
  const asked = { ...ids };
  const result: Survey = {
    baseUrl: probe.baseUrl,
    asked,
    startedAt: Date.now(),
    listings: [],
    windows: [],
    isWindowLost: false,
    unknown: [],
    keyless: [],
    wrongKey: [],
    badDate: [],
    head: undefined,
    unknownPath: undefined,
    links: [],
    exchanges: probe.exchanges,
  };
  const { listings } = result;

  const ofTarget = await ask(probe, listings, "target", PATH_OF.target(asked));
  // If no action was given, that of the target's own mail is better than the spec's example.
  const [newest] = ofTarget?.archives ?? [];
  if (!asked.given.has("action") && newest !== undefined) asked.action = newest.action;
  const paths: Paths = {
    target: PATH_OF.target(asked),
    actionTarget: PATH_OF.actionTarget(asked),
    stamp: PATH_OF.stamp(asked),
  };
  const ofActionTarget = await ask(probe, listings, "actionTarget", paths.actionTarget);
  const ofStamp = await ask(probe, listings, "stamp", paths.stamp);
  const answers = [ofTarget, ofActionTarget, ofStamp];
  if (answers.every(isRefused)) {
    throw new CouldNotRunError(
      `key: expected one that the server takes, got status ${ofTarget?.status}.`,
    );
  }
  await assertApi(probe, answers, paths.target);

  await askWindows(probe, result, "target", paths.target, ofTarget, (dates) => [
    ...windowsAt(dates),
    ...windowsBeside(dates),
    windowWithOffset(dates),
  ]);
  await askWindows(probe, result, "actionTarget", paths.actionTarget, ofActionTarget, (dates) => [
    ...windowsBeside(dates),
    windowWithOffset(dates),
  ]);
  await askInvalid(probe, result, paths);

  for (const archive of linksToOpen(answers, result.startedAt)) {
    if (probe.brokenOff !== undefined) break;
    result.links.push({ archive, exchange: await probe.open(archive.url) });
  }
  const vendorType = { accept: "application/vnd.np6.cm.mail.archive" };
  await ask(probe, listings, "target", paths.target, vendorType);

  // Last, as so many bad keys may get us locked out.
  await askWithBadKeys(probe, result, paths);
  return result;
}

type Paths = Record<OperationName, string>;

async function ask(
  probe: Probe,
  into: Listing[],
  operation: OperationName,
  ...request: Parameters<Probe["ask"]>
): Promise<Exchange | undefined> {
  const exchange = await probe.ask(...request);
  if (exchange !== undefined) into.push({ operation, exchange });
  return exchange;
}

/** Lists within the windows that `wanted` makes of the dates in the whole list. */
async function askWindows(
  probe: Probe,
  result: Survey,
  operation: OperationName,
  path: string,
  of: Exchange | undefined,
  wanted: (dates: readonly number[]) => Window[],
): Promise<void> {
  // A listing that was lost has no dates to make windows of.
  if (of === undefined || isLost(of)) {
    result.isWindowLost = true;
    return;
  }
  const dates = (of.archives ?? []).map(({ sendingDate }) => epochMilliseconds(sendingDate));
  for (const window of wanted(dates)) {
    const exchange = await probe.ask(`${path}?${window.query}`);
    if (exchange === undefined || isLost(exchange)) result.isWindowLost = true;
    if (exchange !== undefined)
      result.windows.push({ operation, exchange, window, whole: of.archives });
  }
}

/** Asks for what does not exist: unknown ids, invalid dates, a method and a path that are not documented. */
async function askInvalid(probe: Probe, result: Survey, paths: Paths): Promise<void> {
  const { asked, unknown, badDate } = result;
  const nobody = { target: "Z9Z9Z9Z9", action: "Z9Z9Z9", stamp: crypto.randomUUID() };
  const { target, action } = nobody;
  const listings = [
    ["target", "target", PATH_OF.target(nobody)],
    ["target of an action", "actionTarget", PATH_OF.actionTarget({ ...asked, target })],
    ["action", "actionTarget", PATH_OF.actionTarget({ ...asked, action })],
    ["stamp", "stamp", PATH_OF.stamp(nobody)],
  ] as const;
  for (const [what, operation, path] of listings) {
    const exchange = await probe.ask(path);
    if (exchange !== undefined) unknown.push({ what, operation, exchange });
  }

  await ask(probe, badDate, "target", `${paths.target}?startDate=yesterday`);
  await ask(probe, badDate, "actionTarget", `${paths.actionTarget}?endDate=2026-02-30`);
  result.head = await probe.ask(paths.target, { method: "HEAD" });
  result.unknownPath = await probe.ask(`${paths.target}/no-such-path`);
}

async function askWithBadKeys(probe: Probe, result: Survey, paths: Paths): Promise<void> {
  const { keyless, wrongKey } = result;
  for (const operation of ["target", "actionTarget", "stamp"] as const) {
    const path = paths[operation];
    await ask(probe, keyless, operation, path, { key: "none" });
    await ask(probe, keyless, operation, path, { key: "blank" });
    await ask(probe, wrongKey, operation, path, { key: "wrong" });
    await ask(probe, wrongKey, operation, path, { key: "near" });
  }
  // A server may handle requests with dates in another place than the rest.
  const withDates = "?startDate=2000-01-01T00:00:00Z";
  await ask(probe, keyless, "target", paths.target + withDates, { key: "none" });
  await ask(probe, wrongKey, "actionTarget", paths.actionTarget + withDates, { key: "wrong" });
}

/** The path of each listing, below the base URL. */
export const PATH_OF = {
  target: ({ target }: { target: string }) => `/targets/${inPath(target)}/archives`,
  actionTarget: ({ action, target }: { action: string; target: string }) =>
    `/actions/${inPath(action)}/targets/${inPath(target)}/archives`,
  stamp: ({ stamp }: { stamp: string }) => `/actions/stamp/${inPath(stamp)}/archives`,
};

/**
 * If no listing was answered for a reason that may not be the API's own, tries whether anything else is answered.
 *
 * @throws CouldNotRunError when there are only failures, or only redirects: maintenance, or another server.
 */
async function assertApi(
  probe: Probe,
  listings: (Exchange | undefined)[],
  path: string,
): Promise<void> {
  if (!listings.every(isNoApi)) return;
  const isLate = listings.some((exchange) => exchange?.failure?.kind === "deadline");
  if (isLate && !isNoApi(probe.greeting)) return;
  const others = [
    await probe.ask(path, { key: "none", always: true }),
    await probe.ask(`${path}/no-such-path`, { key: "none", always: true }),
  ];
  if (!others.every(isNoApi)) return;
  const [first] = listings;
  const last = first?.failure?.reason ?? `status ${first?.status}`;
  const what = listings.every((exchange) => exchange !== undefined && isRedirect(exchange))
    ? "redirects"
    : "failures";
  throw new CouldNotRunError(`${probe.origin}: expected an API, got nothing but ${what}: ${last}.`);
}

/** One link of each listing, and the newest and oldest of the first; only links that should still open. */
function linksToOpen(listings: (Exchange | undefined)[], now: number): MailArchive[] {
  const usable = listings.map((listing) =>
    (listing?.archives ?? []).filter(
      ({ url, expiresOn }) => URL.canParse(url) && epochMilliseconds(expiresOn) > now + 60_000,
    ),
  );
  const chosen = [usable[0]!.at(0), usable[0]!.at(-1), usable[1]!.at(0), usable[2]!.at(0)];
  const byUrl = new Map(chosen.flatMap((archive) => (archive ? [[archive.url, archive]] : [])));
  return [...byUrl.values()].slice(0, MOST_LINKS);
}

/** An id in a path. A server's may have half of a pair of UTF-16, which has no percent-escapes and is replaced. */
function inPath(id: string): string {
  return encodeURIComponent(Buffer.from(id).toString());
}
