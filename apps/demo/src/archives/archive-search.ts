import { addDays, dayOf, isZone, startOfDay } from "../words/zone.ts";

export type SearchBy = "target" | "action" | "stamp";

/** A search, as it stands in the form and in the address of the page. */
export interface Search {
  readonly by: SearchBy;
  readonly target: string;
  readonly action: string;
  readonly stamp: string;
  /** First and last day, `YYYY-MM-DD` in `zone`, both included; empty for no bound. */
  readonly from: string;
  readonly to: string;
  /** The time zone of the days: that of the person who searched, so that a shared search finds the same. */
  readonly zone: string;
}

/** Why a search cannot be made. */
export type SearchProblem =
  | { readonly kind: "missing" | "address"; readonly field: IdName }
  | { readonly kind: "bad-date"; readonly field: "from" | "to"; readonly value: string }
  | { readonly kind: "dates-reversed" };

/** The ids that each way of searching needs. */
export const NEEDED_IDS = {
  target: ["target"],
  action: ["action", "target"],
  stamp: ["stamp"],
} as const;

export type IdName = (typeof NEEDED_IDS)[SearchBy][number];

const FIELDS = ["target", "action", "stamp", "from", "to"] as const;

/** Reads the form. Whatever it contains, the result is a search that can be shown again. */
export function readSearch(query: Readonly<Record<string, string>>): Search {
  const field = (name: (typeof FIELDS)[number]) => (query[name] ?? "").trim().slice(0, 200);
  const by = query["by"];
  const zone = query["zone"] ?? "";
  return {
    by: by === "action" || by === "stamp" ? by : "target",
    target: field("target"),
    action: field("action"),
    stamp: field("stamp"),
    from: field("from"),
    to: field("to"),
    zone: isZone(zone) ? zone : "UTC",
  };
}

/** Periods that can be asked for by one click: the last so many days, today included. */
export const LAST_DAYS = [7, 30] as const;

/**
 * The search for the period that was clicked, if one was. Its days are written out, so that the address keeps its
 * meaning.
 */
export function periodSearch(query: Readonly<Record<string, string>>): Search | undefined {
  const days = LAST_DAYS.find((each) => String(each) === query["days"]);
  if (days === undefined) return undefined;
  const search = readSearch(query);
  const from = addDays(dayOf(Date.now(), search.zone), 1 - days);
  return { ...search, from, to: "" };
}

/** Why a text does not look like an id. */
export interface IdHint {
  readonly field: IdName;
  readonly kind: "address" | "letters" | "form";
  /** The search with the id in capitals, if that looks like an id. */
  readonly better?: Search;
}

const ID = /^[0-9A-Z]+$/;
const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@.]+$/;
const STAMP = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The hint for an id that does not look like one. The service may know better, so it is asked all the same. */
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

/** Whether the address has a search, or only opens the form. */
export function isAsked(query: Readonly<Record<string, string>>): boolean {
  return FIELDS.some((field) => query[field] !== undefined) && query["edit"] === undefined;
}

export function searchProblem(search: Search): SearchProblem | undefined {
  const needed = NEEDED_IDS[search.by];
  // Not sent: it would put a person's address into the logs of others, and find nothing.
  const address = needed.find((field) => ADDRESS.test(search[field]));
  if (address !== undefined) return { kind: "address", field: address };
  const missing = needed.find((field) => search[field] === "");
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

/** Whether the search is limited to some days. */
export function hasDates({ by, from, to }: Search): boolean {
  return by !== "stamp" && (from !== "" || to !== "");
}

/** The query of the search, with only what the search uses. */
export function searchParams(search: Search): URLSearchParams {
  const params = new URLSearchParams({ by: search.by });
  const dates = search.by === "stamp" ? [] : (["from", "to"] as const);
  for (const field of [...NEEDED_IDS[search.by], ...dates])
    if (search[field] !== "") params.set(field, search[field]);
  if (hasDates(search)) params.set("zone", search.zone);
  return params;
}
