/** Whether a name is one of a time zone, such as `Europe/Paris`. */
export function isZone(name: string): boolean {
  try {
    Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The instant at which a day (`YYYY-MM-DD`) begins in a zone; nothing when it is no such day. */
export function startOfDay(day: string, zone: string): Date | undefined {
  const utc = midnight(day);
  if (utc === undefined) return undefined;
  // The offset at the instant first guessed, then at the better guess: clocks may change in between.
  const guess = utc - offset(utc, zone);
  return new Date(utc - offset(guess, zone));
}

/** The day after a `YYYY-MM-DD`. */
export function nextDay(day: string): string {
  const utc = midnight(day);
  return utc === undefined ? day : new Date(utc + 86_400_000).toISOString().slice(0, 10);
}

function midnight(day: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return undefined;
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
