/** Dates to list between. */
export interface Window {
  /** Milliseconds since 1970; undefined where there is no such bound. */
  start: number | undefined;
  end: number | undefined;
  /** The query that asks for it. */
  query: string;
}

/** Whether a date, in milliseconds since 1970, is in a window and not at a bound of it. */
export function isInside(date: number, { start, end }: Window): boolean {
  return date > (start ?? -Infinity) + ON_BOUND && date < (end ?? Infinity) - ON_BOUND;
}

/** How far a date may be from a bound and still count as on it, in milliseconds: servers round fractions. */
export const ON_BOUND = 1000;

const BESIDE = ON_BOUND + 500;
const HOUR = 3_600_000;

/**
 * A window from the middle one of some dates on, and one up to it: whether its bounds are inclusive is an open
 * question.
 */
export function windowsAt(dates: readonly number[]): Window[] {
  const middle = middleOf(dates);
  return [utcWindow(middle, undefined), utcWindow(undefined, middle)];
}

/**
 * A window that begins just after the middle one of some dates, one that ends just before, one just around it, and one
 * before any mail.
 */
export function windowsBeside(dates: readonly number[]): Window[] {
  const middle = middleOf(dates);
  return [
    utcWindow(middle + BESIDE, undefined),
    utcWindow(undefined, middle - BESIDE),
    utcWindow(middle - BESIDE, middle + BESIDE),
    BEFORE_ANY_MAIL,
  ];
}

/** Without a fraction of a second, which is optional in a date. */
const BEFORE_ANY_MAIL: Window = {
  start: undefined,
  end: Date.UTC(2000),
  query: "endDate=2000-01-01T00%3A00%3A00Z",
};

/**
 * A window with bounds in another zone, an hour before two of some dates: a server that ignores the zone loses the
 * first and lists the second.
 */
export function windowWithOffset(dates: readonly number[]): Window {
  const middle = middleOf(dates);
  const next = dates.filter((date) => date > middle).toSorted((a, b) => a - b)[0] ?? middle;
  const text = (instant: number): string =>
    new Date(instant + 2 * HOUR).toISOString().replace("Z", "+02:00");
  return windowOf(middle - HOUR, Math.max(next - HOUR, middle + BESIDE), text);
}

function middleOf(dates: readonly number[]): number {
  const sorted = [...new Set(dates)].toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Date.now() - 24 * HOUR;
}

function utcWindow(start: number | undefined, end: number | undefined): Window {
  return windowOf(start, end, (instant) => new Date(instant).toISOString());
}

function windowOf(
  start: number | undefined,
  end: number | undefined,
  format: (instant: number) => string,
): Window {
  const query = new URLSearchParams();
  if (start !== undefined) query.set("startDate", format(start));
  if (end !== undefined) query.set("endDate", format(end));
  return { start, end, query: query.toString() };
}
