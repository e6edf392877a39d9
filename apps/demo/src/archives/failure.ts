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

/** The client refuses to ask for this, such as for the id `..`. */
export class BadSearchError extends Error {
  override readonly name = "BadSearchError";
}

/** The archive in a page's address is not in its search. */
export class NotListedError extends Error {
  override readonly name = "NotListedError";
}

/** There is no page at this address. */
export class PageNotFoundError extends Error {
  override readonly name = "PageNotFoundError";
}

/** What a page shows about a failure. */
export interface Failure {
  /** The key of the words that explain it. */
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

/** Subclasses first: an `ApiError` is any that has no class of its own. */
const FAILURES = [
  [BadRequestError, "bad-request", 400],
  // Not 401, at which the browser would ask for a password: what is wrong is the server's key.
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

/** The words and the status for any error while listing or fetching. */
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

/** The failure as a line for the log. The client's messages contain no key and no link. */
export function failureLine(error: unknown, failure: Failure): string {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return `${failure.status} ${failure.kind === "unexpected" ? stack : `${name}: ${message}`}`;
}
