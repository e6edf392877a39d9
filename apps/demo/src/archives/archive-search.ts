import type { ArchivesClient, MailArchive } from "@np6-archives/client";
import { dayOf, isZone, nextDay, startOfDay } from "../words/zone.ts";
import { BadSearchError } from "./failure.ts";

export type SearchBy = "target" | "action" | "stamp";

/** What somebody looks for, as it stands in the form and in the address of the page. */
export interface Search {
  readonly by: SearchBy;
  readonly target: string;
  readonly action: string;
  readonly stamp: string;
  /** First and last day, `YYYY-MM-DD` in `zone`, both included; empty for no bound. */
  readonly from: string;
  readonly to: string;
  /** The time zone of the days: that of whoever searched, so that a shared search finds the same. */
  readonly zone: string;
}

/** What keeps a search from being made. */
export type SearchProblem =
  | { readonly kind: "missing"; readonly field: "target" | "action" | "stamp" }
  | { readonly kind: "bad-date"; readonly field: "from" | "to"; readonly value: string }
  | { readonly kind: "dates-reversed" };

/** The ids that each way of searching needs. */
export const NEEDED_IDS = {
  target: ["target"],
  action: ["action", "target"],
  stamp: ["stamp"],
} as const;

const FIELDS = ["target", "action", "stamp", "from", "to"] as const;

/** Reads the form. Whatever it holds, the answer is a search that can be shown again. */
export function readSearch(query: Readonly<Record<string, string>>): Search {
  const [target, action, stamp, from, to] = FIELDS.map((field) =>
    (query[field] ?? "").trim().slice(0, 200),
  ) as [string, string, string, string, string];
  const by = query["by"];
  const zone = query["zone"] ?? "";
  return {
    by: by === "action" || by === "stamp" ? by : "target",
    target,
    action,
    stamp,
    from,
    to,
    zone: isZone(zone) ? zone : "UTC",
  };
}

/** Periods that can be asked for by one click: the last so many days, today included. */
export const LAST_DAYS = [7, 30] as const;

/** The search for the period that was clicked, if one was: its days are written out, so that the address stays true. */
export function periodSearch(query: Readonly<Record<string, string>>): Search | undefined {
  const days = LAST_DAYS.find((each) => String(each) === query["days"]);
  if (days === undefined) return undefined;
  const search = readSearch(query);
  const from = dayOf(Date.now() - (days - 1) * 86_400_000, search.zone);
  return { ...search, from, to: "" };
}

/** What keeps a text from being an id, as far as that can be seen. */
export interface IdHint {
  readonly field: "target" | "action" | "stamp";
  readonly kind: "address" | "letters" | "form";
  /** The search with the id in capitals, where that would be one. */
  readonly better?: Search;
}

const ID = /^[0-9A-Z]+$/;
const STAMP = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** What to say of an id that does not look like one; the service may know better, so it is asked all the same. */
export function idHint(search: Search): IdHint | undefined {
  for (const field of NEEDED_IDS[search.by]) {
    const id = search[field];
    if (id === "" || (field === "stamp" ? STAMP : ID).test(id)) continue;
    if (id.includes("@")) return { field, kind: "address" };
    const capitals = id.toUpperCase();
    if (field === "stamp" || !ID.test(capitals)) return { field, kind: "form" };
    return { field, kind: "letters", better: { ...search, [field]: capitals } };
  }
  return undefined;
}

/** Whether the address names a search at all, or only opens the form. */
export function isAsked(query: Readonly<Record<string, string>>): boolean {
  return FIELDS.some((field) => query[field] !== undefined) && query["edit"] === undefined;
}

export function searchProblem(search: Search): SearchProblem | undefined {
  const missing = NEEDED_IDS[search.by].find((field) => search[field] === "");
  if (missing !== undefined) return { kind: "missing", field: missing };
  if (search.by === "stamp") return undefined;
  for (const field of ["from", "to"] as const) {
    const value = search[field];
    if (value !== "" && startOfDay(value, search.zone) === undefined)
      return { kind: "bad-date", field, value };
  }
  if (search.from !== "" && search.to !== "" && search.to < search.from)
    return { kind: "dates-reversed" };
  return undefined;
}

/** The query that leads to the search, with nothing in it that the search does not use. */
export function searchParams(search: Search): URLSearchParams {
  const params = new URLSearchParams({ by: search.by });
  const dates = search.by === "stamp" ? [] : (["from", "to"] as const);
  for (const field of [...NEEDED_IDS[search.by], ...dates])
    if (search[field] !== "") params.set(field, search[field]);
  if (dates.some((field) => search[field] !== "")) params.set("zone", search.zone);
  return params;
}

/**
 * Asks NP6, and puts the newest first.
 *
 * @throws BadSearchError when an id is none that can be asked for.
 * @throws whatever else the client throws.
 */
export async function listArchives(client: ArchivesClient, search: Search): Promise<MailArchive[]> {
  const archives = await ask(client, search).catch((error: unknown) => {
    // The client's word for wrong use.
    if (error instanceof TypeError) throw new BadSearchError(error.message, { cause: error });
    throw error;
  });
  const times = new Map(archives.map((archive) => [archive, Date.parse(archive.sendingDate)]));
  return archives.toSorted((a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0));
}

function ask(client: ArchivesClient, search: Search): Promise<MailArchive[]> {
  if (search.by === "stamp") return client.listByStamp(search.stamp);
  const startDate = startOfDay(search.from, search.zone) ?? null;
  const endDate = search.to === "" ? null : (startOfDay(nextDay(search.to), search.zone) ?? null);
  const range = { startDate, endDate };
  return search.by === "target"
    ? client.listByTarget(search.target, range)
    : client.listByActionAndTarget(search.action, search.target, range);
}
