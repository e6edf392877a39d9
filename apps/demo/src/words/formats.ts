import type { Language } from "./language.ts";

/**
 * Dates, sizes and numbers in one language. Dates are in UTC, and say so; the page's script converts them to the
 * reader's zone.
 */
export interface Formats {
  /** In a zone, which it names; a text that is no instant is returned unchanged. Default UTC. */
  dateTime(instant: string | Date, zone?: string): string;
  number(value: number): string;
  bytes(value: number): string;
}

/** RFC 3339, section 5.6, with or without a zone; also with a blank for the `T`, and in lower case. */
const DATE_TIME =
  /^([+-]?\d{4,6}-\d\d-\d\d)[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?$/i;

/** The instant of a text. Only a date with a time is one: `Date` would find one in `No 5`. */
export function instantOf(at: string | Date): Date | undefined {
  const instant = new Date(at);
  if (Number.isNaN(instant.getTime())) return undefined;
  if (typeof at !== "string") return instant;
  const [, day] = DATE_TIME.exec(at) ?? [];
  // `Date` takes the 30th of February for the 2nd of March.
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
