import type { KeepEvent } from "../words/events.ts";
import { invalid } from "../words/keep-error.ts";
import { ownSignal } from "../words/option-values.ts";
import type { SendingRange } from "./askings.ts";
import type { KeepClient } from "./keep-client.ts";

/** The longest time that a timer takes. Milliseconds. */
export const LONGEST = 2 ** 31 - 1;

/** @throws KeepError for dates that are not valid, or a start that is not before the end. */
export function rangeOf(since: string | undefined, until: string | undefined): SendingRange | null {
  const startDate = instant("--since", since);
  const endDate = instant("--until", until);
  if (startDate && endDate && startDate >= endDate) {
    throw invalid("--since", `before --until, ${until}`, since);
  }
  return startDate || endDate ? { startDate, endDate } : null;
}

/** A day means its first instant in UTC; an instant must have a zone. */
function instant(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const isWhole = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const date = new Date(text);
  if (isWhole && isCalendarDay(text.slice(0, 10)) && !Number.isNaN(date.getTime())) return date;
  throw invalid(name, "a day such as 2026-02-01, or an instant such as 2026-02-01T09:00:00Z", text);
}

/** `Date` alone takes the 30th of February for the 2nd of March. */
export function isCalendarDay(text: string): boolean {
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** @throws KeepError for a value that is not valid; JavaScript callers may pass anything. */
export function limitsOf(options: {
  client: KeepClient;
  onEvent?: ((event: KeepEvent) => void) | undefined;
  parallel?: number | undefined;
  giveUpAfter?: number | undefined;
  signal?: AbortSignal | undefined;
}) {
  const { client, onEvent } = options;
  if (typeof client !== "object" || client === null) {
    throw invalid("client", "an ArchivesClient", client);
  }
  if (onEvent !== undefined && typeof onEvent !== "function") {
    throw invalid("onEvent", "a function", onEvent);
  }
  const parallel = positive("--parallel", options.parallel ?? 32, true);
  const giveUpAfter = positive("--give-up-after", options.giveUpAfter ?? 900_000);
  if (giveUpAfter > LONGEST) throw invalid("--give-up-after", `at most ${LONGEST} ms`, giveUpAfter);
  return { parallel, giveUpAfter, signal: ownSignal(options.signal) };
}

/** @throws KeepError for a value that is not valid. */
export function positive(name: string, value: number, whole = false): number {
  if (value > 0 && Number.isFinite(value) && (!whole || Number.isInteger(value))) return value;
  throw invalid(name, whole ? "a whole number of 1 or more" : "a number of more than 0", value);
}
