const PATTERN =
  /^(\d{4})-(0[1-9]|1[0-2])-(\d\d)[Tt\s]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d+)?(?:[Zz]|([+-])(\d\d):?(\d\d)?)$/;

const FOUR_CENTURIES = 146_097 * 86_400_000;

/**
 * The instant of a date-time or a Date, in milliseconds since 1970 with the fraction kept, or NaN if it is not valid:
 * no time, no zone, a day that its month does not have.
 *
 * It accepts what Prism's check of `format: date-time` accepts (a space for the T, an offset of hours alone, a leap
 * second). `Date.parse` does not, takes 30 February for 2 March, and cuts the fraction after three digits.
 */
export function lenientInstant(given: string | Date): number {
  if (typeof given !== "string") return given.getTime();
  const match = PATTERN.exec(given);
  if (match === null) return Number.NaN;
  const [, year, month, day, hour, minute, second, fraction = "0", sign, hours = 0, minutes = 0] =
    match;
  // Date.UTC takes the years 0 to 99 for 1900 to 1999, so 400 years are added: the calendar repeats itself after those.
  const midnight = Date.UTC(Number(year) + 400, Number(month) - 1, Number(day));
  if (new Date(midnight).getUTCDate() !== Number(day)) return Number.NaN;
  const time = (Number(hour) * 60 + Number(minute)) * 60_000 + Number(second) * 1000;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return (
    midnight - FOUR_CENTURIES + time + Number(fraction) * 1000 - (sign === "-" ? -offset : offset)
  );
}
