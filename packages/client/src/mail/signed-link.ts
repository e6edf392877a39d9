import type { MailArchive } from "@np6-archives/spec";
import { createRedact } from "@np6-archives/spec/redact";
import { DownloadError, LinkBlankError, LinkExpiredError, TimeoutError } from "../errors/errors.ts";
import type { StorageErrorDetails } from "../errors/errors.ts";
import { headerValue } from "../headers/header-value.ts";
import { factsOf } from "../http/received-answer.ts";
import type { Answer } from "../http/received-answer.ts";
import { redactCause } from "../http/redact-cause.ts";
import { send } from "../http/transport.ts";
import type { Transport } from "../http/transport.ts";
import type { Limits } from "../options/limits.ts";
import { parsedUrl } from "../options/url.ts";
import { linkState } from "./link-state.ts";

/** What opening a link needs from the client and from the call. */
export interface LinkAccess {
  transport: Transport;
  /** The secrets to redact, beside the link's signature. */
  keys: readonly (string | undefined)[];
  /** Whether plain http is allowed: only where the API itself is http, on this machine. */
  allowHttp: boolean;
  /** For each opening of the link. */
  limits: Limits;
  /** When the last opening must have ended, on the clock of `performance.now()`. */
  deadline: number;
  signal: AbortSignal | undefined;
  headers: Record<string, string>;
  /** Undefined where an expired link is not replaced. */
  relist: Relist | undefined;
}

/** Lists an archive again, within what the call has left. */
export type Relist = (
  archive: MailArchive,
  left: { totalTimeout: number; signal: AbortSignal | undefined },
) => PromiseLike<MailArchive[]>;

/** The link of one archive. */
export interface SignedLink {
  /**
   * Sends a GET to the link, and replaces it once if it has expired. The answer may have any other status.
   *
   * `headers` resume a mail, with a `signal` of their own: the link is then tried once, and only the storage, not this
   * machine's clock, decides whether it has expired.
   *
   * @throws LinkBlankError, LinkExpiredError, DownloadError for a link that must not be opened, and as `send`.
   */
  open(headers?: Record<string, string>, signal?: AbortSignal): Promise<Answer>;
  /** The error for an answer with an unexpected status. */
  refused(answer: Answer): DownloadError;
  /**
   * The error for a mail that cannot be downloaded, with the facts of the last answer and a cause. It shows no
   * signature.
   */
  failure(why: string, last?: Answer, cause?: unknown): DownloadError;
}

export function signedLink(given: MailArchive, access: LinkAccess): SignedLink {
  const { transport, keys, limits } = access;
  let archive = given;
  let { relist } = access;
  const redact = () => createRedact(...keys, ...signaturesOf(archive.url));

  async function open(headers?: Record<string, string>, signal = access.signal): Promise<Answer> {
    const deadline = Math.min(access.deadline, performance.now() + limits.totalTimeout);
    const left = () => {
      const ms = Math.ceil(deadline - performance.now());
      if (ms > 0) return ms;
      throw new TimeoutError(
        `The mail of archive ${archive.id} was not opened within ${limits.totalTimeout} ms.`,
      );
    };

    /** Lists again, and takes the new link if `isWorth` finds it worth an attempt. */
    async function refresh(
      why: string,
      isWorth: (fresh: MailArchive) => boolean,
      refusal?: Answer,
    ): Promise<void> {
      const old = archive;
      const listed = await relist?.(old, { totalTimeout: left(), signal });
      // A link is replaced only once.
      relist = undefined;
      const fresh = listed?.find(({ id }) => id === old.id);
      if (fresh === undefined || linkState(fresh) === "blank" || !isWorth(fresh)) {
        throw new LinkExpiredError(
          redact()(`The link of archive ${old.id} ${why}, and there is no other.`),
          refusal && refusalOf(refusal),
        );
      }
      archive = fresh;
    }

    const state = headers ? "usable" : linkState(archive);
    if (state === "blank") throw new LinkBlankError(`Archive ${archive.id} has no link.`);
    // Only this machine's clock says so: any link that is listed now is tried, as the storage decides.
    if (state === "expired") await refresh("has expired", () => true);
    for (;;) {
      const { url } = archive;
      if (!canBeOpened(url, access.allowHttp)) throw failure("its link is no https URL");
      const maxRetries = headers ? 0 : limits.maxRetries;
      const answer = await send(transport, {
        method: "GET",
        url,
        headers: { ...access.headers, ...headers },
        signal,
        limits: { ...limits, maxRetries, totalTimeout: left() },
        redact: redact(),
        stream: true,
      });
      if (!saysExpired(answer)) return answer;
      const isOther = (fresh: MailArchive) => fresh.url !== url && linkState(fresh) === "usable";
      const why = `is not accepted by the storage, which answered ${answered(answer)}`;
      await refresh(why, isOther, answer);
    }
  }

  function refused(answer: Answer): DownloadError {
    const why = answer.received.status === 412 ? "it changed meanwhile: " : "";
    return failure(`${why}the storage answered ${answered(answer)}`, answer);
  }

  function failure(why: string, last?: Answer, cause?: unknown): DownloadError {
    const message = redact()(`The mail of archive ${archive.id} could not be downloaded: ${why}`);
    return new DownloadError(message, {
      ...(last && refusalOf(last)),
      ...(cause !== undefined && { cause: redactCause(redact(), cause) }),
    });
  }

  return { open, refused, failure };
}

/** The signature of a link, as written and decoded. */
function signaturesOf(url: string): string[] {
  const signature = /[?&]sig=([^&#]*)/.exec(url)?.[1] ?? "";
  return [signature, ...new URLSearchParams(`sig=${signature}`).values()];
}

/** Whether a fetch takes the link. Asked first, as runtimes put a URL that they refuse into their error. */
function canBeOpened(url: string, allowHttp: boolean): boolean {
  const { protocol, username, password }: Partial<URL> = parsedUrl(url) ?? {};
  return (protocol === "https:" || (allowHttp && protocol === "http:")) && !username && !password;
}

/** What an error tells of the storage's answer: status, request id and the storage's own code. */
function refusalOf(answer: Answer): StorageErrorDetails {
  const { request, received, text } = answer;
  // Browsers may hide the header.
  const code = headerValue(received.headers, "x-ms-error-code") ?? /<Code>([^<]+)/.exec(text)?.[1];
  return { ...factsOf(answer), code: code && request.redact(code) };
}

/** The storage's answer in a message: its status and code. */
function answered(answer: Answer): string {
  const { status, code = "" } = refusalOf(answer);
  return `${status} ${code}`.trimEnd();
}

/**
 * Azure's answer to a signature that is not valid, or not valid now. Its emulator sends the same text under another
 * code, which it also uses for failures that a new link would not mend.
 */
function saysExpired(answer: Answer): boolean {
  const { received, text } = answer;
  if (received.status !== 403) return false;
  return refusalOf(answer).code === "AuthenticationFailed" || /failed to authenticate/i.test(text);
}

/** The narrowest range that holds the archive whichever of its bounds is inclusive. */
export function aroundSending({
  sendingDate,
}: MailArchive): { startDate: Date; endDate: Date } | null {
  const instant = Date.parse(sendingDate);
  if (Number.isNaN(instant)) return null;
  return { startDate: new Date(instant - 1000), endDate: new Date(instant + 1000) };
}
