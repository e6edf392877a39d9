/** Whether a name is one of a time zone, such as `Europe/Paris`. */
export function isZone(name: string): boolean {
  try {
    Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** No mail is older, and before that zones had odd offsets. */
export const FIRST_DAY = "1970-01-01";

/** Longer than any zone's offset from UTC, and shorter than the time between two changes of it. In milliseconds. */
const AROUND = 15 * 3_600_000;

/**
 * The first instant of a day (`YYYY-MM-DD`, from 1970 on) in a zone; undefined for anything else. If the clocks skip
 * its midnight, it is the instant of the change; if midnight comes twice, it is the first.
 */
export function startOfDay(day: string, zone: string): Date | undefined {
  const utc = midnight(day);
  if (utc === undefined) return undefined;
  const instants = [utc - AROUND, utc + AROUND]
    .map((near) => utc - offset(near, zone))
    .filter((instant) => instant + offset(instant, zone) >= utc);
  return new Date(Math.min(...instants));
}

/** The day, `YYYY-MM-DD`, of an instant in a zone. */
export function dayOf(instant: number, zone: string): string {
  return new Date(instant + offset(instant, zone)).toISOString().slice(0, 10);
}

/** The `YYYY-MM-DD` so many days later, or earlier. By the calendar, as a zone has days of 23 and 25 hours. */
export function addDays(day: string, count: number): string {
  const utc = midnight(day);
  return utc === undefined ? day : new Date(utc + count * 86_400_000).toISOString().slice(0, 10);
}

function midnight(day: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || day < FIRST_DAY) return undefined;
  const utc = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(utc) && new Date(utc).toISOString().startsWith(day) ? utc : undefined;
}

/** How far a zone's clock is ahead of UTC at an instant, in milliseconds. */
function offset(instant: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(instant);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  return (
    Date.UTC(
      part("year"),
      part("month") - 1,
      part("day"),
      part("hour"),
      part("minute"),
      part("second"),
    ) -
    Math.floor(instant / 1000) * 1000
  );
}
