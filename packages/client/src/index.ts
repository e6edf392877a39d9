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
} from "./errors.ts";
export { isLinkExpired, linkState } from "./sas-link.ts";

export type { MailArchive, operations, paths } from "@np6-archives/spec";
export type { BodyIssue } from "@np6-archives/spec/validate";
export type { ApiPromise, WithResponse } from "./api-promise.ts";
export type { DownloadOptions, MailContent } from "./download.ts";
export type { ApiFailure, ErrorDetails } from "./errors.ts";
export type { AttemptEvent, Hooks, RequestEvent, ResponseEvent, RetryEvent } from "./hooks.ts";
export type { Logger, LogLevel } from "./observe.ts";
export type { ClientOptions, Fetch, RequestOptions } from "./options.ts";
export type { RateLimit } from "./rate-limit.ts";
export type { RequestHeaders } from "./request-headers.ts";
export type { DateRange } from "./request-values.ts";
export type { MailFacts } from "./transfer.ts";
export type { LinkState } from "./sas-link.ts";
