import type { Language } from "./language.ts";

/** Dates, sizes and numbers in the words of one language. Dates are in UTC, and say so: the page's script turns them into the reader's zone. */
export interface Formats {
  /** In a zone, which it names; what is no instant stays as it is. Default UTC. */
  dateTime(instant: string | Date, zone?: string): string;
  number(value: number): string;
  bytes(value: number): string;
}

/** As RFC 3339 has it, section 5.6, with or without a zone: a blank may stand for the `T`, and letters may be small. */
const DATE_TIME =
  /^([+-]?\d{4,6}-\d\d-\d\d)[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?$/i;

/** The instant that a text names. What is no date and time names none: the engine would find one in `No 5`. */
export function instantOf(at: string | Date): Date | undefined {
  const instant = new Date(at);
  if (Number.isNaN(instant.getTime())) return undefined;
  if (typeof at !== "string") return instant;
  const [, day] = DATE_TIME.exec(at) ?? [];
  // The engine takes the 30th of February for the 2nd of March.
  return day && new Date(day).toJSON()?.startsWith(day) ? instant : undefined;
}

const made = new Map<Language, Formats>();

export function formatsFor(language: Language): Formats {
  let formats = made.get(language);
  if (formats === undefined) made.set(language, (formats = makeFormats(language)));
  return formats;
}

function makeFormats(language: Language): Formats {
  const locale = language === "en" ? "en-GB" : language;
  const dateTime = new Intl.DateTimeFormat(locale, {
    dateStyle: "medium",
    timeStyle: "medium",
    timeZone: "UTC",
  });
  const number = new Intl.NumberFormat(locale);
  const inUnit = (unit: string, unitDisplay: "long" | "short") =>
    new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay, maximumFractionDigits: 1 });
  const bytes = inUnit("byte", "long");
  const kilobytes = inUnit("kilobyte", "short");
  const megabytes = inUnit("megabyte", "short");
  return {
    dateTime: (instant, zone = "UTC") => {
      const at = instantOf(instant);
      if (at === undefined) return String(instant);
      if (zone === "UTC") return `${dateTime.format(at)} UTC`;
      const inZone = { dateStyle: "medium", timeStyle: "long", timeZone: zone } as const;
      return new Intl.DateTimeFormat(locale, inZone).format(at);
    },
    number: (value) => number.format(value),
    bytes: (value) => {
      if (value < 1000) return bytes.format(value);
      return value < 1_000_000
        ? kilobytes.format(value / 1000)
        : megabytes.format(value / 1_000_000);
    },
  };
}
