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

/** What opening a link takes from the client and from the call. */
export interface LinkAccess {
  transport: Transport;
  /** What must not be seen beside the link's signature. */
  keys: readonly (string | undefined)[];
  /** Plain http will do, too: the API itself is http on this machine. */
  allowHttp: boolean;
  /** For each time that it is opened. */
  limits: Limits;
  /** When the last of them must have ended, on the clock of `performance.now()`. */
  deadline: number;
  signal: AbortSignal | undefined;
  headers: Record<string, string>;
  /** Undefined leaves an expired link as it is. */
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
   * Sends a GET to the link as it came, replacing it once if it has expired. The answer's status is not judged, but
   * for the one that tells of expiry. With `headers` a mail that was begun goes on, until a signal of its own: it is
   * tried once, and this machine's clock has no say in whether the link has expired.
   *
   * @throws LinkBlankError, LinkExpiredError, DownloadError for a link that must not be opened, and as `send`.
   */
  open(headers?: Record<string, string>, signal?: AbortSignal): Promise<Answer>;
  /** The error for an answer whose status is not the one that was asked for. */
  refused(answer: Answer): DownloadError;
  /** The error for a mail that cannot be had, with what the last answer and a cause tell. It shows no signature. */
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

    /** Lists again, and takes the link that comes. Whether that is worth an attempt, `isWorth` says. */
    async function refresh(
      why: string,
      isWorth: (fresh: MailArchive) => boolean,
      refusal?: Answer,
    ): Promise<void> {
      const old = archive;
      const listed = await relist?.(old, { totalTimeout: left(), signal });
      // Once is enough.
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
    // Only this machine's clock says so: what the service still lists is for the storage to decide.
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

/** The signature of a link, as it stands there and decoded. */
function signaturesOf(url: string): string[] {
  const signature = /[?&]sig=([^&#]*)/.exec(url)?.[1] ?? "";
  return [signature, ...new URLSearchParams(`sig=${signature}`).values()];
}

/** A link that a fetch takes: runtimes put one that they refuse into what they throw. */
function canBeOpened(url: string, allowHttp: boolean): boolean {
  const { protocol, username, password }: Partial<URL> = parsedUrl(url) ?? {};
  return (protocol === "https:" || (allowHttp && protocol === "http:")) && !username && !password;
}

/** What an answer of the storage tells in an error: status, request id and the storage's own code. */
function refusalOf(answer: Answer): StorageErrorDetails {
  const { request, received, text } = answer;
  // Browsers may hide the header.
  const code = headerValue(received.headers, "x-ms-error-code") ?? /<Code>([^<]+)/.exec(text)?.[1];
  return { ...factsOf(answer), code: code && request.redact(code) };
}

/** What an answer of the storage says, in a message. */
function answered(answer: Answer): string {
  const { status, code = "" } = refusalOf(answer);
  return `${status} ${code}`.trimEnd();
}

/**
 * Azure's answer to a signature that is not valid, or not at this time. Its emulator gives it another code, that of
 * answers which no other link would change, but says the same.
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
