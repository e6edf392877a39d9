export { ArchivesClient } from "./client.ts";
export {
  ApiError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  ServerError,
  UnprocessableEntityError,
} from "./api-errors.ts";
export {
  ArchivesError,
  ConnectionError,
  DownloadError,
  LinkBlankError,
  LinkExpiredError,
  ResponseValidationError,
  TimeoutError,
} from "./errors.ts";
export { isLinkExpired, linkState } from "./sas-link.ts";

export type { MailArchive, operations, paths } from "@np6-archives/spec";
export type { BodyIssue } from "@np6-archives/spec/validate";
export type { ApiPromise, WithResponse } from "./api-promise.ts";
export type { DownloadOptions, MailContent } from "./download.ts";
export type { Hooks, RequestEvent, ResponseEvent, RetryEvent } from "./hooks.ts";
export type { Logger, LogLevel } from "./log.ts";
export type { ClientOptions, Fetch, RequestOptions } from "./options.ts";
export type { RateLimit } from "./rate-limit.ts";
export type { RequestHeaders } from "./request-headers.ts";
export type { DateRange } from "./request-values.ts";
export type { LinkState } from "./sas-link.ts";
