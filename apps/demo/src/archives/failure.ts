import {
  ApiError,
  ArchivesError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  ConnectionError,
  DownloadError,
  LinkBlankError,
  LinkExpiredError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  ResponseValidationError,
  ServerError,
  TimeoutError,
  UnprocessableEntityError,
} from "@np6-archives/client";
import { KeepError } from "@np6-archives/keep";
import type { Messages } from "../words/words-en.ts";

/** The client cannot ask for this at all: an id such as `..`. */
export class BadSearchError extends Error {
  override readonly name = "BadSearchError";
}

/** The archive that a page names is not in the search that it names. */
export class NotListedError extends Error {
  override readonly name = "NotListedError";
}

/** There is no page at this address. */
export class PageNotFoundError extends Error {
  override readonly name = "PageNotFoundError";
}

/** What a page says about something that went wrong. */
export interface Failure {
  /** Which words explain it. */
  readonly kind: keyof Messages["failures"];
  /** The status that the viewer answers with. */
  readonly status: 400 | 403 | 404 | 409 | 410 | 429 | 500 | 502 | 504;
  /** The status that NP6 answered with, where it did. */
  readonly upstreamStatus?: number | undefined;
  /** To quote to NP6's support. */
  readonly requestId?: string | undefined;
  /** When to try again. */
  readonly retryAt?: Date | undefined;
}

/** The narrower class first: an `ApiError` is what no class of its own describes. */
const FAILURES = [
  [BadRequestError, "bad-request", 400],
  // A 401 of our own would ask the browser for a password; what is wrong is the key of the server.
  [AuthenticationError, "authentication", 502],
  [PermissionDeniedError, "permission-denied", 403],
  [NotFoundError, "not-found", 404],
  [ConflictError, "conflict", 409],
  [UnprocessableEntityError, "unprocessable", 400],
  [RateLimitError, "rate-limit", 429],
  [ServerError, "server", 502],
  [ApiError, "api", 502],
  [ResponseValidationError, "validation", 502],
  [LinkBlankError, "link-blank", 404],
  [LinkExpiredError, "link-expired", 410],
  [DownloadError, "download", 502],
  [TimeoutError, "timeout", 504],
  [ConnectionError, "connection", 502],
  [KeepError, "kept", 500],
  [BadSearchError, "bad-search", 400],
  [NotListedError, "not-listed", 404],
  [PageNotFoundError, "page-not-found", 404],
] as const;

/** Finds the words and the status for anything that was thrown while a list was asked for or a mail was fetched. */
export function failureOf(error: unknown, asked: "list" | "mail"): Failure {
  const known = FAILURES.find(([type]) => error instanceof type);
  if (known === undefined) return { kind: "unexpected", status: 500 };
  const [, kind, status] = known;
  const { status: upstreamStatus, requestId } = error instanceof ArchivesError ? error : {};
  const wait = error instanceof RateLimitError ? error.retryAfter : undefined;
  const retryAt = wait === undefined ? undefined : new Date(Date.now() + wait);
  const isStorage = asked === "mail" && (kind === "timeout" || kind === "connection");
  return { kind: isStorage ? "download" : kind, status, upstreamStatus, requestId, retryAt };
}

/** The failure in a line for the log. The client's messages hold no key and no link. */
export function failureLine(error: unknown, failure: Failure): string {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return `${failure.status} ${failure.kind === "unexpected" ? stack : `${name}: ${message}`}`;
}
