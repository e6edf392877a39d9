import { httpDate } from "@np6-archives/spec/http-date";

const HOUR = 3_600_000;

/**
 * The warning for a clock that is more than an hour off an answer's `Date` header, as links expire by this machine's
 * clock. Undefined where it is not, or there is no such header.
 */
export function clockWarning(date: string | null, now: number): string | undefined {
  const theirs = httpDate(date ?? "", now);
  if (theirs === undefined || Math.abs(now - theirs) <= HOUR) return undefined;
  const hours = Math.round(Math.abs(now - theirs) / HOUR);
  const off = hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
  return now > theirs
    ? `The clock of this machine is ${off} ahead of the service's: links that work are taken for expired.`
    : `The clock of this machine is ${off} behind the service's: links that expired are asked for.`;
}
