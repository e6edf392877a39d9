import { invalidInput, kindOf } from "../errors/invalid.ts";

/**
 * `.` or `..`, plain or percent-encoded, as `encodeURIComponent` writes them: a server or proxy would resolve these.
 */
const DOTS = /^(\.|%252e){1,2}$/i;

/**
 * The path of an operation: each value stays one segment, whatever characters it holds.
 *
 * @throws InputError for a value that is no id. It is named by the segment before it: `target` in `/targets/{id}`.
 */
export function serializePath(template: string, values: Record<string, unknown>): string {
  const segments = template.split("/").map((segment, i, all) => {
    if (!segment.startsWith("{")) return segment;
    const value = values[segment.slice(1, -1)];
    const id = encoded(value);
    if (id !== "" && !DOTS.test(id)) return id;
    throw invalidInput(
      String(all[i - 1]).replace(/s$/, ""),
      "an id, a text that is neither empty nor dots",
      value,
    );
  });
  return segments.join("/");
}

/** Percent-encoded; empty for what is no string, is blank, or is not well-formed Unicode. */
function encoded(id: unknown): string {
  try {
    return typeof id === "string" && id.trim() !== "" ? encodeURIComponent(id) : "";
  } catch {
    return "";
  }
}

/** The dates between which archives are listed. What is left out, or null, is not sent: that side stays open. */
export interface DateRange {
  /** Only mails sent at this instant or later: a `Date` or an ISO 8601 text. */
  startDate?: Date | string | null | undefined;
  /** Only mails sent before this instant: a `Date` or an ISO 8601 text. */
  endDate?: Date | string | null | undefined;
}

/**
 * The query for a range, from its question mark on, in UTC; empty when nothing bounds it.
 *
 * @throws InputError when a date is not valid or the start is not before the end.
 */
export function rangeQuery(range: DateRange | null | undefined): string {
  if (range === null || range === undefined) return "";
  const { startDate: start, endDate: end, ...others }: DateRange = Object(range);
  // A misspelt name would be ignored, and everything listed.
  const [unknownName] = Object.keys(others);
  const isObject = kindOf(range) === "Object";
  if (!isObject || unknownName !== undefined) {
    throw invalidInput("range", "{ startDate?, endDate? }", isObject ? unknownName : range);
  }
  const startDate = instant("startDate", start);
  const endDate = instant("endDate", end);
  if (startDate && endDate && startDate >= endDate) {
    throw invalidInput("startDate", `a date before endDate, ${endDate}`, startDate);
  }
  const query = new URLSearchParams();
  if (startDate) query.set("startDate", startDate);
  if (endDate) query.set("endDate", endDate);
  const written = query.toString();
  return written && `?${written}`;
}

const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** In UTC; empty where there is none. */
function instant(name: string, value: Date | string | null | undefined): string {
  if (value === null || value === undefined) return "";
  const isInstant =
    kindOf(value) === "Date" ||
    (typeof value === "string" && ISO.test(value) && isCalendarDay(value));
  const text = isInstant && new Date(value).toJSON();
  // Not valid, or a year before 0 or after 9999: `toJSON` writes it with a sign and six digits, which is no date-time.
  if (!text || !/^\d/.test(text))
    throw invalidInput(name, "a valid Date or an ISO 8601 date", value);
  return text;
}

/** Date would take the 30th of February for the 2nd of March. */
function isCalendarDay(value: string): boolean {
  const day = value.slice(0, 10);
  return new Date(day).toJSON()?.startsWith(day);
}
