/** Any of these, also percent-encoded, would leave the path segment that it is meant for. */
const DOTS = /^(?:\.|%2e){1,2}$/i;

/**
 * An id that can be one segment of a path.
 *
 * @throws TypeError when it is no text, blank, or a dot segment that a server or proxy would resolve.
 */
export function checkedId(name: string, id: unknown): string {
  if (typeof id !== "string") throw new TypeError(`${name} must be a text, and ${kind(id)} came.`);
  if (id.trim() === "") throw new TypeError(`${name} must not be empty.`);
  if (DOTS.test(id)) throw new TypeError(`${name} must be an id, and ${JSON.stringify(id)} came.`);
  return id;
}

/** The path of an operation: each value stays one segment, whatever characters it holds. Throws as {@link checkedId}. */
export function serializePath(template: string, values: Record<string, unknown>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    try {
      return encodeURIComponent(checkedId(name, values[name]));
    } catch (cause) {
      if (!(cause instanceof URIError)) throw cause;
      throw new TypeError(`${name} must be well-formed Unicode.`, { cause });
    }
  });
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
export function rangeQuery(
  range: DateRange | null | undefined,
): Record<"startDate" | "endDate", string | null> {
  if (range !== null && range !== undefined && typeof range !== "object") {
    throw new TypeError(`The range must be { startDate?, endDate? }, and ${kind(range)} came.`);
  }
  const startDate = instant("startDate", range?.startDate);
  const endDate = instant("endDate", range?.endDate);
  if (startDate !== null && endDate !== null && Date.parse(startDate) >= Date.parse(endDate)) {
    throw new TypeError(
      `startDate must be before endDate, and ${startDate} is not before ${endDate}.`,
    );
  }
  return { startDate, endDate };
}

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/;

function instant(name: string, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  let date: Date | undefined;
  if (value instanceof Date) date = value;
  else if (typeof value === "string" && isCalendarDay(ISO.exec(value))) date = new Date(value);
  if (date === undefined || Number.isNaN(date.getTime())) {
    const came = typeof value === "string" ? JSON.stringify(value) : kind(value);
    throw new TypeError(`${name} must be a valid Date or an ISO 8601 date, and ${came} came.`);
  }
  return date.toISOString();
}

/** Date would take the 30th of February for the 2nd of March. */
function isCalendarDay(match: RegExpExecArray | null): boolean {
  if (match === null) return false;
  const day = Number(match[3]);
  return day <= 28 || day <= new Date(Date.UTC(Number(match[1]), Number(match[2]), 0)).getUTCDate();
}

function kind(value: unknown): string {
  if (value === null) return "null";
  if (value instanceof Date) return "an invalid Date";
  return Array.isArray(value) ? "array" : typeof value;
}
