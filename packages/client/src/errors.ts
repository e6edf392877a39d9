import type { BodyIssue } from "@np6-archives/spec/validate";

/** What every error of this package is an instance of. An abort is not: it rejects with the signal's own reason. */
export class ArchivesError extends Error {
  override name = "ArchivesError";
}

/** No complete answer came: refused, reset, or redirected to where the key must not go. `cause` is what the runtime said. */
export class ConnectionError extends ArchivesError {
  override name = "ConnectionError";
}

/** A limit passed: `timeout` for one attempt, or `totalTimeout` for the call. `cause` is the failure of the attempt before, if any. */
export class TimeoutError extends ArchivesError {
  override name = "TimeoutError";
  /** The `x-request-id` of the answer that had begun, or of the attempt before. */
  readonly requestId: string | undefined;

  constructor(message: string, options: ErrorOptions & { requestId?: string | undefined } = {}) {
    super(message + about(options.requestId), options);
    this.requestId = options.requestId;
  }
}

/** A 2xx whose body is not the documented list. */
export class ResponseValidationError extends ArchivesError {
  override name = "ResponseValidationError";
  readonly status: number;
  readonly requestId: string | undefined;
  /** The first places where the body differs, at most 10. They name types, never values. */
  readonly issues: readonly BodyIssue[];

  constructor(
    what: string,
    answer: { status: number; requestId: string | undefined; issues: readonly BodyIssue[] },
  ) {
    const shown = answer.issues
      .slice(0, 3)
      .map(
        ({ path, expected, received }) =>
          `${path || "the body"}: ${expected} expected, ${received} came`,
      );
    const more = answer.issues.length > shown.length ? "; ..." : "";
    super(
      `${what} answered ${answer.status} with a body that is not a list of archives: ${shown.join("; ")}${more}${about(answer.requestId)}`,
    );
    this.status = answer.status;
    this.requestId = answer.requestId;
    this.issues = answer.issues;
  }
}

/** The archive has no link, as the service sometimes answers. Listing again later may bring one. */
export class LinkBlankError extends ArchivesError {
  override name = "LinkBlankError";
}

/** The link has expired, and listing again brought no other (or `refresh` was off). */
export class LinkExpiredError extends ArchivesError {
  override name = "LinkExpiredError";
}

/** The mail could not be had whole: refused by the storage, cut off, changed meanwhile, damaged or too long. */
export class DownloadError extends ArchivesError {
  override name = "DownloadError";
  /** The storage's status, where it answered with one. */
  readonly status: number | undefined;
  /** The storage's `x-ms-request-id`. */
  readonly requestId: string | undefined;

  constructor(
    message: string,
    options: ErrorOptions & { status?: number | undefined; requestId?: string | undefined } = {},
  ) {
    super(message + about(options.requestId), options);
    this.status = options.status;
    this.requestId = options.requestId;
  }
}

/** The end of a message that support can work with. */
export function about(requestId: string | undefined): string {
  return requestId === undefined ? "" : ` (request id ${requestId})`;
}
