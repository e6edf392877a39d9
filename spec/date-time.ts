/**
 * Whether `text` is a date-time of RFC 3339, section 5.6: date, time, optional fraction, and a zone.
 *
 * It reads character codes because it runs twice for every archive of a listing: a regular expression takes several
 * times as long.
 */
export function isDateTime(text: string): boolean {
  const length = text.length;
  if (length < 20) return false;
  const digits = (at: number): number => {
    const tens = text.charCodeAt(at) - 48;
    const ones = text.charCodeAt(at + 1) - 48;
    return tens >>> 0 > 9 || ones >>> 0 > 9 ? Number.NaN : tens * 10 + ones;
  };
  const century = digits(0);
  const yearOfCentury = digits(2);
  const month = digits(5);
  const day = digits(8);
  const hour = digits(11);
  const minute = digits(14);
  const second = digits(17);
  // NaN fails every comparison, so a character that is no digit ends here too.
  if (!(century >= 0 && yearOfCentury >= 0 && month >= 1 && month <= 12 && day >= 1)) return false;
  if (day > 28) {
    const leap = yearOfCentury === 0 ? century % 4 === 0 : yearOfCentury % 4 === 0;
    const last =
      month === 2
        ? leap
          ? 29
          : 28
        : month === 4 || month === 6 || month === 9 || month === 11
          ? 30
          : 31;
    if (day > last) return false;
  }
  // 60 is a leap second.
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return false;
  const separator = text.charCodeAt(10) | 32;
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45 || separator !== 116) return false;
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return false;

  let at = 19;
  if (text.charCodeAt(at) === 46) {
    const start = ++at;
    while (at < length && (text.charCodeAt(at) - 48) >>> 0 <= 9) at++;
    if (at === start) return false;
  }
  const zone = text.charCodeAt(at);
  if ((zone | 32) === 122) return at + 1 === length;
  if (zone !== 43 && zone !== 45) return false;
  return (
    at + 6 === length &&
    digits(at + 1) <= 23 &&
    text.charCodeAt(at + 3) === 58 &&
    digits(at + 4) <= 59
  );
}
