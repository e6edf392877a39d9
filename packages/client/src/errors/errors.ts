import type { BodyIssue } from "@np6-archives/spec/validate";
import type { RateLimit } from "../headers/rate-limit-headers.ts";
import { instanceAcrossCopies } from "./instance-across-copies.ts";

/** What an error can carry beside its message. What is left out is undefined in the error. */
export interface ErrorDetails extends ErrorOptions {
  /** The answer's status, if there was an answer. */
  status?: number | undefined;
  /** The request's id, which support asks for. */
  requestId?: string | undefined;
}

/** The base class of this package's errors. An abort is not one: the call rejects with the signal's own reason. */
export class ArchivesError extends Error {
  /** The class's name, also in minified code. */
  override name = "ArchivesError";
  /** The answer's status, if there was an answer. */
  declare readonly status: number | undefined;
  /** The request's id, which support asks for: `x-request-id` of the API, `x-ms-request-id` of the storage. */
  declare readonly requestId: string | undefined;

  /** The message gets the request id at its end. */
  constructor(message: string, details: ErrorDetails = {}) {
    const { status, requestId } = details;
    super(requestId === undefined ? message : `${message} (request id ${requestId})`, details);
    this.status = status;
    this.requestId = requestId;
  }
}

/** No complete answer came: refused, reset, or redirected to where the key must not go. `cause` is what the runtime said. */
export class ConnectionError extends ArchivesError {
  override name = "ConnectionError";
}

/**
 * A time limit was reached: `timeout` for one attempt, or `totalTimeout` for the call. `cause` is the failure of the
 * attempt before.
 */
export class TimeoutError extends ArchivesError {
  override name = "TimeoutError";
}

/** The archive has no link, as the service sometimes answers. Listing again later may bring one. */
export class LinkBlankError extends ArchivesError {
  override name = "LinkBlankError";
}

/** What an error about the storage can tell. */
export interface StorageErrorDetails extends ErrorDetails {
  /** The storage's own name for what went wrong. Default: none. */
  code?: string | undefined;
}

/** The link has expired, and listing again brought no other (or `refresh` was off). */
export class LinkExpiredError extends ArchivesError {
  override name = "LinkExpiredError";
  /** The storage's own name for why it refused, such as `AuthenticationFailed`, if it gave one. */
  declare readonly code: string | undefined;

  /** The message gets the request id at its end. */
  constructor(message: string, details: StorageErrorDetails = {}) {
    super(message, details);
    this.code = details.code;
  }
}

/**
 * The mail could not be downloaded completely: refused by the storage, cut off, changed meanwhile, damaged or too long.
 */
export class DownloadError extends ArchivesError {
  override name = "DownloadError";
  /** The storage's own name for why it refused, such as `BlobNotFound`, if it gave one. */
  declare readonly code: string | undefined;

  /** The message gets the request id at its end. */
  constructor(message: string, details: StorageErrorDetails = {}) {
    super(message, details);
    this.code = details.code;
  }
}

/** A 2xx whose body is not the documented list, or is longer than `maxBodyBytes`. */
export class ResponseValidationError extends ArchivesError {
  override name = "ResponseValidationError";
  declare readonly status: number;
  /** The first places where the body differs, at most 10. They name types, never values. */
  declare readonly issues: readonly BodyIssue[];

  /** `issues` may be only the first few. */
  constructor(message: string, details: ErrorDetails & { issues: readonly BodyIssue[] }) {
    super(message, details);
    this.issues = details.issues;
  }
}

/** What an {@link ApiError} is built from. */
export interface ApiFailure {
  /** The answer's status, 300 or more. */
  status: number;
  /** The answer's `x-request-id`. */
  requestId: string | undefined;
  /** Without secrets. */
  headers: Headers;
  /** Without secrets. */
  body: unknown;
  /** What the `X-RateLimit-*` headers say. */
  rateLimit: RateLimit | undefined;
  /** How long the service asks to wait, in milliseconds. */
  retryAfter: number | undefined;
}

/** The API answered with an error status. Each status that callers handle differently has a class of its own. */
export class ApiError extends ArchivesError {
  override name = "ApiError";
  declare readonly status: number;
  /** The answer's headers, secrets redacted. */
  declare readonly headers: Headers;
  /** The parsed body if it is JSON, else its text; at most 64 KiB of it, secrets redacted. Commonly `""`. */
  declare readonly body: unknown;
  /** What the `X-RateLimit-*` headers say, if any came. */
  declare readonly rateLimit: RateLimit | undefined;
  /** How long the service asks to wait, in milliseconds, if it says so. */
  declare readonly retryAfter: number | undefined;

  /** `failure` is the answer, without secrets. */
  constructor(message: string, failure: ApiFailure) {
    super(message, failure);
    this.headers = failure.headers;
    this.body = failure.body;
    this.rateLimit = failure.rateLimit;
    this.retryAfter = failure.retryAfter;
  }
}

/** 400: the request is not valid. */
export class BadRequestError extends ApiError {
  override name = "BadRequestError";
}

/** 401: the key is missing or not known. */
export class AuthenticationError extends ApiError {
  override name = "AuthenticationError";
}

/** 403: the key's user may not read this. */
export class PermissionDeniedError extends ApiError {
  override name = "PermissionDeniedError";
}

/** 404: not known, or a value that is not valid. */
export class NotFoundError extends ApiError {
  override name = "NotFoundError";
}

/** 409: a conflict. The contract does not document this status. */
export class ConflictError extends ApiError {
  override name = "ConflictError";
}

/** 422: the request cannot be processed. The contract does not document this status. */
export class UnprocessableEntityError extends ApiError {
  override name = "UnprocessableEntityError";
}

/** 429: too many calls, and retries were used up or off, or would have had to wait longer than `maxRetryDelay`. */
export class RateLimitError extends ApiError {
  override name = "RateLimitError";
}

/** 5xx: the service failed. */
export class ServerError extends ApiError {
  override name = "ServerError";
}

for (const ErrorClass of [
  ArchivesError,
  ConnectionError,
  TimeoutError,
  LinkBlankError,
  LinkExpiredError,
  DownloadError,
  ResponseValidationError,
  ApiError,
  BadRequestError,
  AuthenticationError,
  PermissionDeniedError,
  NotFoundError,
  ConflictError,
  UnprocessableEntityError,
  RateLimitError,
  ServerError,
]) {
  instanceAcrossCopies(ErrorClass);
}

const BY_STATUS: Record<number, typeof ApiError> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  422: UnprocessableEntityError,
  429: RateLimitError,
};

/** The error of the class that belongs to the status. */
export function apiError(message: string, failure: ApiFailure): ApiError {
  const { status } = failure;
  const of5xx = status >= 500 && status < 600 ? ServerError : ApiError;
  return new (BY_STATUS[status] ?? of5xx)(message, failure);
}
