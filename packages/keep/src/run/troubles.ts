import {
  ApiError,
  ArchivesError,
  AuthenticationError,
  BadRequestError,
  DownloadError,
  InputError,
  LinkBlankError,
  LinkExpiredError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  ServerError,
} from "@np6-archives/client";
import type { Trouble } from "../words/rows.ts";
import type { ArchiveState, UnlistedState } from "../words/states.ts";

/** What a failure means: `fatal` ends the run, `limited` and `passing` are tried again, the others settle. */
export type Verdict<State> =
  | { is: "settled"; state: State }
  | { is: "passing" }
  | { is: "limited"; wait: number | undefined }
  | { is: "fatal" };

/** What a failed listing means for its item. */
export function listingVerdict(error: unknown): Verdict<UnlistedState> {
  if (error instanceof RateLimitError) return { is: "limited", wait: waitOf(error) };
  if (error instanceof AuthenticationError) return { is: "fatal" };
  if (error instanceof PermissionDeniedError) return { is: "settled", state: "forbidden" };
  if (error instanceof NotFoundError) return { is: "settled", state: "unknown" };
  if (error instanceof BadRequestError) return { is: "settled", state: "invalid" };
  // The client refuses to send such an id.
  if (error instanceof InputError) return { is: "settled", state: "invalid" };
  const isFinal =
    error instanceof ApiError && !(error instanceof ServerError) && error.status !== 408;
  if (isFinal) return { is: "settled", state: "failed" };
  return error instanceof ArchivesError ? { is: "passing" } : { is: "fatal" };
}

/** Milliseconds that a 429 asks to wait. Its reset counts without a header that says that no call remains. */
function waitOf({ retryAfter, rateLimit }: RateLimitError): number | undefined {
  const rest = (rateLimit?.reset?.getTime() ?? 0) - Date.now();
  return retryAfter ?? (rest > 0 ? rest : undefined);
}

/** The storage answered 200, but not with a mail. */
export class NoMailError extends ArchivesError {
  override name = "NoMailError";

  constructor(id: string, why: string) {
    super(`What the storage sent for archive ${id} is no mail to keep: ${why}.`, { status: 200 });
  }
}

/** How far a download had come when it failed. */
export interface Reached {
  opened: boolean;
  size: number | undefined;
  bytes: number;
}

/** What a failed download means for its archive. After `damaged` another try is worthwhile. */
export function mailVerdict(
  error: unknown,
  { opened, size, bytes }: Reached,
): Verdict<ArchiveState> {
  if (error instanceof LinkBlankError) return { is: "settled", state: "blank" };
  if (error instanceof LinkExpiredError) return { is: "settled", state: "expired" };
  if (!(error instanceof ArchivesError)) return { is: "fatal" };
  if (!(error instanceof DownloadError)) return { is: "passing" };
  const { status, code } = error;
  // The storage works, but is busy: https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes
  if (status === 429 || code === "ServerBusy") return { is: "limited", wait: undefined };
  if (status === 404) return { is: "settled", state: "missing" };
  const answered = status !== undefined && status >= 400;
  if (answered) {
    const mayPass = status >= 500 || status === 408;
    return mayPass ? { is: "passing" } : { is: "settled", state: "failed" };
  }
  if (!opened) return { is: "settled", state: "failed" };
  const cutOff = size === undefined ? error.cause !== undefined : bytes < size;
  return cutOff ? { is: "passing" } : { is: "settled", state: "damaged" };
}

/** A failure as the ledger stores it. The client's errors hold no secrets. */
export function troubleOf(error: unknown): Trouble {
  const { name, message } = error as Error;
  const { status, requestId } = error instanceof ArchivesError ? error : {};
  return { reason: `${name}: ${message}`, status, requestId };
}
