export { ArchivesClient } from "./client.ts";
export {
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
} from "./errors/errors.ts";
export { InputError } from "./errors/input-error.ts";
export { isLinkExpired, linkState } from "./mail/link-state.ts";

export type { MailArchive, operations, paths } from "@np6-archives/spec";
export type { BodyIssue } from "@np6-archives/spec/validate";
export type { ApiPromise, WithResponse } from "./listing/api-promise.ts";
export type { DownloadOptions, MailContent } from "./mail/open-mail.ts";
export type { ApiFailure, ErrorDetails, StorageErrorDetails } from "./errors/errors.ts";
export type {
  AttemptEvent,
  Hooks,
  RequestEvent,
  ResponseEvent,
  RetryEvent,
} from "./options/hooks.ts";
export type { Logger, LogLevel } from "./options/logger.ts";
export type { ClientOptions, Fetch, RequestOptions } from "./options/client-options.ts";
export type { RateLimit } from "./headers/rate-limit-headers.ts";
export type { RequestHeaders } from "./options/request-headers.ts";
export type { DateRange } from "./listing/request-values.ts";
export type { MailFacts } from "./mail/mail-facts.ts";
export type { LinkState } from "./mail/link-state.ts";
