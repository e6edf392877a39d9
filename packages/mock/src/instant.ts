const pattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt\s](\d\d):(\d\d):(\d\d)(\.\d+)?(?:[Zz]|([+-])(\d\d):?(\d\d)?)$/;

const fourCenturies = 146_097 * 86_400_000;

/**
 * The instant that a date-time names, in milliseconds since 1970 with the fraction kept, or NaN.
 *
 * It takes what Prism's check of `format: date-time` takes (a space for the T, an offset of hours alone, a leap
 * second); `Date.parse` does not, and cuts the fraction after three digits.
 */
export function instant(text: string): number {
  const match = pattern.exec(text);
  if (match === null) return Number.NaN;
  const [, year, month, day, hour, minute, second, fraction = "0", sign, hours = 0, minutes = 0] =
    match;
  // Date.UTC takes the years 0 to 99 for 1900 to 1999; the calendar repeats itself every 400 years.
  const local = Date.UTC(
    Number(year) + 400,
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return local - fourCenturies + Number(fraction) * 1000 - (sign === "-" ? -offset : offset);
}
