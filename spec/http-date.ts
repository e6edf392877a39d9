/**
 * Milliseconds since 1970, or undefined for a text in none of HTTP's three date formats (RFC 9110, section 5.6.7):
 * today's, that of RFC 850, and that of asctime, which has no zone and means GMT.
 *
 * `now`, in the same unit, decides the century of a year of two digits: the date is at most 50 years ahead.
 */
export function httpDate(text: string, now: number): number | undefined {
  let [weekday = "", day = "", month = "", year = "", time = "", zone = ""] = text.split(/,? +|-/);
  if (/^[A-Z]/.test(day)) [month, day, time, year, zone] = [day, month, year, time, "GMT"];
  if (year.length === 2) {
    const thisYear = new Date(now).getUTCFullYear();
    const inThisCentury = thisYear - (thisYear % 100) + Number(year);
    year = String(inThisCentury > thisYear + 50 ? inThisCentury - 100 : inThisCentury);
  }
  const written = `${weekday.slice(0, 3)}, ${day.padStart(2, "0")} ${month} ${year} ${time} ${zone}`;
  const at = new Date(written);
  // Date.parse takes the 31st of February for the 3rd of March, and ignores the day of the week.
  return at.toUTCString() === written ? at.getTime() : undefined;
}
