import { httpDate } from "@np6-archives/spec/http-date";

const HOUR = 3_600_000;

/**
 * What is to be said of a clock that differs by more than an hour from that of an answer, as its `Date` header has it:
 * a link is taken for dead by this machine's. Undefined where it does not, or none is told.
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
