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
  /** Lists the archive again, within so many milliseconds. Undefined leaves an expired link as it is. */
  relist: ((archive: MailArchive, totalTimeout: number) => PromiseLike<MailArchive[]>) | undefined;
}

/** The link of one archive. */
export interface SignedLink {
  /**
   * Sends a GET to the link as it came, replacing it once if it has expired. The answer's status is not judged, but
   * for the one that tells of expiry. `maxRetries` is that of the call unless given.
   *
   * @throws LinkBlankError, LinkExpiredError, DownloadError for a link that must not be opened, and as `send`.
   */
  open(headers?: Record<string, string>, maxRetries?: number): Promise<Answer>;
  /** The error for a mail that cannot be had, with what the last answer and a cause tell. It shows no signature. */
  failure(why: string, last?: Answer, cause?: unknown): DownloadError;
}

export function signedLink(given: MailArchive, access: LinkAccess): SignedLink {
  const { transport, keys, limits, signal } = access;
  let archive = given;
  let canRefresh = access.relist !== undefined;
  const redact = () => createRedact(...keys, ...signaturesOf(archive.url));

  function get(headers: Record<string, string>, limitsLeft: Limits): Promise<Answer> {
    const { url } = archive;
    if (!canBeOpened(url, access.allowHttp)) throw failure("its link is no https URL");
    return send(transport, {
      method: "GET",
      url,
      headers: { ...access.headers, ...headers },
      signal,
      limits: limitsLeft,
      redact: redact(),
      stream: true,
    });
  }

  /** Lists again, and takes the link that comes. Whether that is worth an attempt, `isWorth` says. */
  async function refresh(
    why: string,
    totalTimeout: number,
    isWorth: (fresh: MailArchive) => boolean,
    refusal?: Answer,
  ): Promise<void> {
    const old = archive;
    const listed = canRefresh ? await access.relist?.(old, totalTimeout) : [];
    canRefresh = false;
    const fresh = listed?.find(({ id }) => id === old.id);
    if (fresh === undefined || linkState(fresh) === "blank" || !isWorth(fresh)) {
      throw new LinkExpiredError(
        redact()(`The link of archive ${old.id} ${why}, and there is no other.`),
        refusal && refusalOf(refusal),
      );
    }
    archive = fresh;
  }

  async function open(
    headers: Record<string, string> = {},
    maxRetries = limits.maxRetries,
  ): Promise<Answer> {
    const deadline = Math.min(access.deadline, performance.now() + limits.totalTimeout);
    const left = () => {
      const ms = Math.ceil(deadline - performance.now());
      if (ms > 0) return ms;
      throw new TimeoutError(
        `The mail of archive ${archive.id} was not opened within ${limits.totalTimeout} ms.`,
      );
    };
    const state = linkState(archive);
    if (state === "blank") throw new LinkBlankError(`Archive ${archive.id} has no link.`);
    // Only this machine's clock says so: what the service still lists is for the storage to decide.
    if (state === "expired") await refresh("has expired", left(), () => true);
    for (;;) {
      const answer = await get(headers, { ...limits, maxRetries, totalTimeout: left() });
      if (!saysExpired(answer)) return answer;
      const refused = archive.url;
      const isOther = (fresh: MailArchive) =>
        fresh.url !== refused && linkState(fresh) === "usable";
      const why = `is not accepted by the storage, which answered ${answer.received.status} ${refusalOf(answer).code}`;
      await refresh(why, left(), isOther, answer);
    }
  }

  function failure(why: string, last?: Answer, cause?: unknown): DownloadError {
    const message = redact()(`The mail of archive ${archive.id} could not be downloaded: ${why}`);
    return new DownloadError(message, {
      ...(last && refusalOf(last)),
      ...(cause !== undefined && { cause: redactCause(redact(), cause) }),
    });
  }

  return { open, failure };
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
export function refusalOf(answer: Answer): StorageErrorDetails {
  const { request, received, text } = answer;
  // Browsers may hide the header.
  const code = headerValue(received.headers, "x-ms-error-code") ?? /<Code>([^<]+)/.exec(text)?.[1];
  return { ...factsOf(answer), code: code && request.redact(code) };
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
