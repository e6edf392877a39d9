/** The three forms of a date in HTTP (RFC 9110, section 5.6.7): today's, that of RFC 850, and that of asctime. */
const FORMS = [
  /^(?<weekday>\w{3}), (?<day>\d\d) (?<month>\w{3}) (?<year>\d{4}) (?<time>[\d:]{8}) GMT$/,
  /^(?<weekday>\w{3})\w{3,6}, (?<day>\d\d)-(?<month>\w{3})-(?<year>\d\d) (?<time>[\d:]{8}) GMT$/,
  /^(?<weekday>\w{3}) (?<month>\w{3}) (?<day>[ \d]\d) (?<time>[\d:]{8}) (?<year>\d{4})$/,
];

/**
 * Milliseconds since 1970, or undefined for what is no date of HTTP.
 *
 * `now`, in the same unit, tells the century of a year of two digits: the one that lies 50 years ahead at most.
 */
export function httpDate(text: string, now: number): number | undefined {
  const parts = FORMS.map((form) => form.exec(text)?.groups).find((groups) => groups);
  if (parts === undefined) return undefined;
  const { weekday, month, time } = parts;
  let year = Number(parts["year"]);
  if (parts["year"]?.length === 2) {
    const thisYear = new Date(now).getUTCFullYear();
    year += thisYear - (thisYear % 100);
    if (year > thisYear + 50) year -= 100;
  }
  const day = parts["day"]?.replace(" ", "0");
  const written = `${weekday}, ${day} ${month} ${year} ${time} GMT`;
  const at = Date.parse(written);
  // Date.parse makes the 3rd of March of the 31st of February, and does not mind the day of the week.
  return !Number.isNaN(at) && new Date(at).toUTCString() === written ? at : undefined;
}
