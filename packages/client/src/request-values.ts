import { invalid } from "./invalid.ts";

/** Any of these, also percent-encoded, would leave the path segment that it is meant for. */
const DOTS = /^(\.|%2e){1,2}$/i;

/**
 * An id that can be one segment of a path.
 *
 * @throws TypeError when it is no text, blank, no Unicode, or a dot segment that a server or proxy would resolve.
 */
export function checkedId(name: string, id: unknown): string {
  if (typeof id === "string" && id.trim() !== "" && !DOTS.test(id) && !LONE_SURROGATE.test(id)) {
    return id;
  }
  throw invalid(name, "an id, a text that is not empty", id);
}

/** Half a character, which a URL can not hold. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The path of an operation: each value stays one segment, whatever characters it holds. Throws as {@link checkedId}. */
export function serializePath(template: string, values: Record<string, unknown>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(checkedId(name, values[name])),
  );
}

/** The dates between which archives are listed. Either may be left out, or null. */
export interface DateRange {
  /** Only mails sent at this instant or later: a `Date` or an ISO 8601 text. */
  startDate?: Date | string | null | undefined;
  /** Only mails sent before this instant: a `Date` or an ISO 8601 text. */
  endDate?: Date | string | null | undefined;
}

/**
 * The query for a range, in UTC; what is left out is not sent.
 *
 * @throws TypeError when a date is not valid or the start is not before the end.
 */
export function rangeQuery(range: DateRange | null | undefined): {
  startDate: string | null;
  endDate: string | null;
} {
  if (typeof (range ?? {}) !== "object")
    throw invalid("The range", "{ startDate?, endDate? }", range);
  const startDate = instant("startDate", range?.startDate);
  const endDate = instant("endDate", range?.endDate);
  if (startDate !== null && endDate !== null && Date.parse(startDate) >= Date.parse(endDate)) {
    throw invalid("startDate", `before endDate, ${endDate}`, startDate);
  }
  return { startDate, endDate };
}

const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;

function instant(name: string, value: Date | string | null | undefined): string | null {
  if (value === null || value === undefined) return null;
  const isDate =
    value instanceof Date || (typeof value === "string" && ISO.test(value) && isCalendarDay(value));
  const text = isDate ? new Date(value).toJSON() : null;
  if (text === null) throw invalid(name, "a valid Date or an ISO 8601 date", value);
  return text;
}

/** Date would take the 30th of February for the 2nd of March. */
function isCalendarDay(value: string): boolean {
  const day = value.slice(0, 10);
  return day.slice(8) <= "28" || new Date(day).toJSON()?.startsWith(day);
}
