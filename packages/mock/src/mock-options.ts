import { lenientInstant } from "./data/lenient-instant.ts";
import { LINK_LIFE } from "./data/link-window.ts";
import type { OwnArchive } from "./data/own-archive.ts";
import { LONGEST_LATENCY } from "./server/fault.ts";
import type { JournalEntry } from "./server/journal.ts";

/** Every option of {@link startMock}; each has a default. */
export interface MockOptions {
  /** The port that the API listens on. Default 0: any free one. */
  port?: number | undefined;
  /** The port that the mails are served on. Default 0: any free one. */
  blobPort?: number | undefined;
  /** The interface that both listen on. Default `127.0.0.1`. */
  host?: string | undefined;
  /** Any number. The dataset is made from it: the same seed and `now` give the same bytes. Default 8. */
  seed?: number | undefined;
  /**
   * Where the mock's clock starts, a Date or the text of an ISO 8601 instant with its zone, such as
   * `2026-02-01T09:00:00Z`; it runs on from there. Default: the real time.
   */
  now?: Date | string | undefined;
  /** The keys that `X-Key` may hold. Default: any that is not blank. */
  apiKeys?: readonly string[] | undefined;
  /** How many API requests a second are answered before 429, a whole number from 1 on. Default: no limit. */
  rateLimit?: number | undefined;
  /** Milliseconds that every answer waits, a day at most. Default 0. */
  latency?: number | undefined;
  /** The path of a folder of .eml files to serve. Default: the mock's own mails. */
  mails?: string | undefined;
  /** The path of the OpenAPI file to keep to. Default: that of @np6-archives/spec. */
  spec?: string | undefined;
  /** Archives of your own, or the path of a JSON or YAML file that holds them. Default: none. */
  archives?: readonly OwnArchive[] | string | undefined;
  /** False: nothing but the archives of your own; every other id is unknown. Default true. */
  seeded?: boolean | undefined;
  /** Where the API is reached from elsewhere: what the docs page says. Default: where it listens. */
  publicUrl?: string | undefined;
  /** Where the mails are reached from elsewhere: where the links lead. Default: where they are served. */
  publicBlobUrl?: string | undefined;
  /** A path that the API's operations begin with, such as `/v8`. `/__mock/` stays at the root. Default: none. */
  basePath?: string | undefined;
  /** Whether pages of other origins may read the answers: for tests of browser code. Default false. */
  cors?: boolean | undefined;
  /** Whether a changed spec, mail folder or archives file is taken in without a restart. Default false. */
  watch?: boolean | undefined;
  /** Called once for each answered request, with secrets redacted. Default: nothing is logged. */
  onRequest?: ((entry: JournalEntry) => void) | undefined;
  /**
   * Called with one line for each thing worth knowing: at the start, such as a file that is no mail; with `watch`, what
   * was taken in or why not. Default: nothing.
   */
  onWarning?: ((line: string) => void) | undefined;
}

/** What an option has to be: in words, and as a check. */
type Kind = readonly [expected: string, isOne: (value: unknown) => boolean];

const isText = (value: unknown): boolean => typeof value === "string";
const isFilled = (value: unknown): boolean => isText(value) && String(value).trim() !== "";
const isNumber = (value: unknown, least: number, most: number): boolean =>
  typeof value === "number" && value >= least && value <= most;
const PORT: Kind = [
  "a whole number from 0 to 65535",
  (value) => Number.isInteger(value) && isNumber(value, 0, 65_535),
];
const TEXT: Kind = ["a text", isText];
const FILLED: Kind = ["a text that is not blank", isFilled];
const YES_OR_NO: Kind = ["true or false", (value) => typeof value === "boolean"];
const FUNCTION: Kind = ["a function", (value) => typeof value === "function"];

const KINDS: Readonly<Record<keyof MockOptions, Kind>> = {
  port: PORT,
  blobPort: PORT,
  host: FILLED,
  seed: ["a number", (value) => typeof value === "number"],
  now: ["a Date or a text", (value) => isText(value) || value instanceof Date],
  apiKeys: [
    "an array of texts that are not blank",
    (value) => Array.isArray(value) && value.every(isFilled),
  ],
  rateLimit: [
    "a whole number of requests a second, 1 or more",
    (value) => Number.isSafeInteger(value) && Number(value) >= 1,
  ],
  latency: [
    `a number of milliseconds from 0 to ${LONGEST_LATENCY}`,
    (value) => isNumber(value, 0, LONGEST_LATENCY),
  ],
  mails: FILLED,
  spec: FILLED,
  // Errors within an array are reported with their place where it is read.
  archives: ["an array, or a path that is not blank", (value) => !isText(value) || isFilled(value)],
  seeded: YES_OR_NO,
  publicUrl: TEXT,
  publicBlobUrl: TEXT,
  basePath: TEXT,
  cors: YES_OR_NO,
  watch: YES_OR_NO,
  onRequest: FUNCTION,
  onWarning: FUNCTION,
};

/**
 * Checks the options that a program passes against {@link MockOptions}.
 *
 * @throws TypeError for an unknown option, and for a value that the option cannot have.
 */
export function checkOptions(options: MockOptions): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`startMock: expected an object with options, got ${told(options)}.`);
  }
  for (const [name, value] of Object.entries(options)) {
    const kind: Kind | undefined = Object.hasOwn(KINDS, name)
      ? KINDS[name as keyof MockOptions]
      : undefined;
    if (kind === undefined) {
      const known = Object.keys(KINDS).join(", ");
      throw new TypeError(`startMock: expected one of the options ${known}, got ${told(name)}.`);
    }
    const [expected, isOne] = kind;
    if (value === undefined || isOne(value)) continue;
    // The wrong value may still hold a key, so no text of it is shown.
    const came = name === "apiKeys" ? withoutTexts(value) : told(value);
    throw new TypeError(`${name}: expected ${expected}, got ${came}.`);
  }
}

/** Describes a value without the texts in it. */
function withoutTexts(value: unknown): string {
  return Array.isArray(value) ? "an array with other values" : `a ${typeof value}`;
}

function told(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80));
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/**
 * A key that a request can carry.
 *
 * @throws TypeError when no header can hold it. The message does not show it: it is a secret.
 */
export function checkedKey(key: string, name: string): string {
  if (/^[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?$/.test(key)) return key;
  throw new TypeError(
    `${name}: expected a key that a header can hold: Latin-1, no line break, no space at an end.`,
  );
}

/** Between these, every date of the data and its links has a year of four digits. */
const EARLIEST = Date.UTC(1971, 0);
const LATEST = Date.UTC(10_000, 0) - 2 * LINK_LIFE;

/**
 * The instant of an option, in milliseconds since 1970.
 *
 * @throws TypeError when it is no instant, or one around which the data cannot be dated.
 */
export function checkedNow(now: Date | string, name: string): number {
  const milliseconds = lenientInstant(now);
  const shown = typeof now === "string" ? JSON.stringify(now) : String(now);
  if (Number.isNaN(milliseconds)) {
    throw new TypeError(
      `${name}: expected an ISO 8601 instant such as 2026-02-01T09:00:00Z, got ${shown}.`,
    );
  }
  if (milliseconds < EARLIEST || milliseconds >= LATEST) {
    const [from, to] = [EARLIEST, LATEST].map((limit) => new Date(limit).toISOString());
    throw new TypeError(
      `${name}: expected an instant from ${from} to ${to}, so that mails before it and links after it have dates, got ${shown}.`,
    );
  }
  return milliseconds;
}

/**
 * A public URL without a slash at its end.
 *
 * @throws TypeError when it is no http or https URL, has more than an origin and a path, or escapes in it are not UTF-8.
 */
export function checkedPublicUrl(value: string, name: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.search + url.hash + url.username + url.password !== ""
  ) {
    // What is before an @ is a secret.
    const shown = value.replace(/\/\/[^/]*@/, "//...@").slice(0, 80);
    throw new TypeError(
      `${name}: expected an http or https URL such as http://mock:4011, got ${JSON.stringify(shown)}.`,
    );
  }
  try {
    decodeURIComponent(url.pathname);
  } catch {
    throw new TypeError(
      `${name}: expected a URL whose escapes are UTF-8, got ${JSON.stringify(value.slice(0, 80))}.`,
    );
  }
  return url.href.replace(/\/+$/, "");
}

/**
 * A base path with a slash at its beginning and none at its end; blank for the root.
 *
 * @throws TypeError when it is no path, or the mock's own.
 */
export function checkedBasePath(value: string, name: string): string {
  const path = value.replace(/\/+$/, "");
  if (path === "" && /^\/?$/.test(value)) return "";
  if (!/^(?:\/[\w.~-]+)+$/.test(path) || /^\/__mock(?:\/|$)|\/\.\.?(?:\/|$)/.test(path)) {
    throw new TypeError(
      `${name}: expected a path such as /v8, other than /__mock, got ${JSON.stringify(value.slice(0, 80))}.`,
    );
  }
  return path;
}
