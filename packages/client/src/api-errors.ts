import { about, ArchivesError } from "./errors.ts";
import type { RateLimit } from "./rate-limit.ts";

/** An answer of the API that is no success, as {@link apiError} takes it. */
export interface ApiFailure {
  /** Method and path, without secrets. */
  request: string;
  status: number;
  requestId: string | undefined;
  headers: Headers;
  body: unknown;
  rateLimit: RateLimit | undefined;
  /** Milliseconds. */
  retryAfter: number | undefined;
}

/** The API answered, and not with success. There is a class of its own for each status that asks for a reaction of its own. */
export class ApiError extends ArchivesError {
  override name = "ApiError";
  readonly status: number;
  /** `x-request-id`: the handle that the vendor's support asks for. */
  readonly requestId: string | undefined;
  /** The answer's headers, secrets redacted. */
  readonly headers: Headers;
  /** The parsed body if it is JSON, else its text; at most 64 KiB of it, secrets redacted. Commonly `""`. */
  readonly body: unknown;
  readonly rateLimit: RateLimit | undefined;

  constructor(failure: ApiFailure) {
    super(`${failure.request} answered ${failure.status}${about(failure.requestId)}`);
    this.status = failure.status;
    this.requestId = failure.requestId;
    this.headers = failure.headers;
    this.body = failure.body;
    this.rateLimit = failure.rateLimit;
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

/** 409. */
export class ConflictError extends ApiError {
  override name = "ConflictError";
}

/** 422. */
export class UnprocessableEntityError extends ApiError {
  override name = "UnprocessableEntityError";
}

/** 429: too many calls, and retrying was used up, off, or would have meant to wait longer than `maxRetryDelay`. */
export class RateLimitError extends ApiError {
  override name = "RateLimitError";
  /** How long the service asks to wait, in milliseconds, if it says so. */
  readonly retryAfter: number | undefined;

  constructor(failure: ApiFailure) {
    super(failure);
    this.retryAfter = failure.retryAfter;
  }
}

/** 5xx: the service failed. */
export class ServerError extends ApiError {
  override name = "ServerError";
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
export function apiError(failure: ApiFailure): ApiError {
  const ErrorClass = BY_STATUS[failure.status] ?? (failure.status >= 500 ? ServerError : ApiError);
  return new ErrorClass(failure);
}
