import { withoutComments } from "./header-fields.ts";

/**
 * A day, a month, a year and a time, in the orders in which mails have them. Not left to `Date`, which takes `No 5` for
 * a date.
 */
const DAY_FIRST =
  /\b(\d{1,2})[\s.-]+([a-z]{3})[a-z]{0,6}[\s.,-]+(\d{2,4})[\s,]+(\d{1,2})(?:\s*:\s*|\.(?=\d\d))(\d{1,2})(?:(?:\s*:\s*|\.(?=\d\d))(\d{1,2}))?(?:[.,](\d+))?(?:\s*([ap])m\b)?/i;
const MONTH_FIRST =
  /\b([a-z]{3})[a-z]{0,6}\.? +(\d{1,2}),? +(?:(\d{4}),? +)?(\d{1,2})\s*:\s*(\d{1,2})(?:\s*:\s*(\d{1,2}))?(?:[.,](\d+))?(?:\s*([ap])m\b)?/i;
const ISO = /\b(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?/i;

/** In Unix's form the year comes last, before or after the zone. */
const LAST_YEAR = /(?<![+-]\s*)\b\d{4}\b/;

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** The hours ahead of UTC of names that mean only one zone. Those of RFC 5322 first. */
const ZONES = new Map(
  Array.from(
    `ut 0 utc 0 gmt 0 z 0 est -5 edt -4 cst -6 cdt -5 mst -7 mdt -6 pst -8 pdt -7 wet 0 west 1 cet 1 cest 2 met 1
    mest 2 mez 1 mesz 2 bst 1 eet 2 eest 3 msk 3 hkt 8 sgt 8 jst 9 kst 9 aest 10 aedt 11 est5edt -5 cst6cdt -6
    mst7mdt -7 pst8pdt -8`.matchAll(/(\S+)\s+(-?\d+)/g),
    ([, name = "", hours]) => [name, Number(hours)] as const,
  ),
);

/**
 * A `Date` as an ISO 8601 instant; unchanged where it cannot be read. Without a zone it is read as UTC (RFC 5322,
 * section 4.3), so the result does not depend on the machine.
 */
export function isoDate(written: string): string {
  if (written.length > 200) return written;
  const bare = withoutComments(written).trim();
  const found = fieldsOf(bare);
  if (found === undefined) return written;
  const { year, month, day, hour, minute, second, rest } = found;
  const offset = minutesAhead(rest);
  const date = new Date(Date.UTC(year, month, day, hour, minute));
  const isReal =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month &&
    date.getUTCDate() === day &&
    hour < 24 &&
    minute < 60;
  if (!isReal || second > 60 || offset === undefined) return written;
  const late = second * 1000 + found.milliseconds - offset * 60_000;
  return new Date(date.getTime() + late).toISOString();
}

function fieldsOf(text: string) {
  const after = ({ index, 0: { length } }: RegExpExecArray) => text.slice(index + length);
  const iso = ISO.exec(text);
  if (iso !== null) {
    const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = numbers(
      ...iso.slice(1, 7),
    );
    const milliseconds = millisecondsOf(iso[7]);
    return { year, month: month - 1, day, hour, minute, second, milliseconds, rest: after(iso) };
  }
  const first = DAY_FIRST.exec(text);
  const other = first ?? MONTH_FIRST.exec(text);
  if (other === null) return undefined;
  const [, one, two, three, four, five, six, fraction, half] = other;
  const [dayText, monthText] = first === null ? [two, one] : [one, two];
  const month = MONTHS.indexOf(monthText?.toLowerCase() ?? "");
  const [day = 0, hours = 0, minute = 0, second = 0] = numbers(dayText, four, five, six);
  const noon = half?.toLowerCase() === "p" ? 12 : 0;
  const hour = half === undefined ? hours : (hours % 12) + noon;
  const milliseconds = millisecondsOf(fraction);
  const behind = after(other);
  const year = three ?? LAST_YEAR.exec(behind)?.[0];
  if (year === undefined) return undefined;
  const rest = three === undefined ? behind.replace(LAST_YEAR, "") : behind;
  return { year: yearOf(year), month, day, hour, minute, second, milliseconds, rest };
}

function millisecondsOf(fraction: string | undefined): number {
  return Math.trunc(Number(`0.${fraction ?? 0}`) * 1000);
}

const numbers = (...texts: (string | undefined)[]) => texts.map((one) => Number(one ?? 0));

/** RFC 5322, section 4.3: two digits below 50 mean this century, and three digits count from 1900. */
function yearOf(text: string): number {
  const year = Number(text);
  if (text.length === 4) return year;
  return text.length === 2 && year < 50 ? 2000 + year : 1900 + year;
}

/** The zone after the time, in minutes ahead of UTC; undefined for an unknown one. */
function minutesAhead(rest: string): number | undefined {
  const zone = /^\s*(?:(?:UTC?|GMT)?([+-])\s*(\d{1,4})(?::(\d{2}))?(?!\d)|([a-z]\w*))/i.exec(rest);
  if (zone === null) return rest.trim() === "" ? 0 : undefined;
  const [, sign, hours = "", minutes = "", name] = zone;
  if (name !== undefined) {
    const ahead = ZONES.get(name.toLowerCase());
    if (ahead !== undefined) return ahead * 60;
    // The military zones were once specified the wrong way round, so they mean nothing (RFC 5322, section 4.3).
    return /^[a-ik-z]$/i.test(rest.trim()) ? 0 : undefined;
  }
  // `-700` is seven hours: the last two digits are minutes.
  const digits = hours + minutes;
  const ahead =
    digits.length < 3
      ? Number(digits) * 60
      : Number(digits.slice(0, -2)) * 60 + Number(digits.slice(-2));
  return sign === "-" ? -ahead : ahead;
}
