import type { MailArchive } from "@np6-archives/spec";
import { createRedact } from "@np6-archives/spec/redact";
import { DownloadError, LinkBlankError, LinkExpiredError } from "../errors/errors.ts";
import { factsOf } from "../http/received-answer.ts";
import type { Answer } from "../http/received-answer.ts";
import { redactCause } from "../http/redact-cause.ts";
import { send } from "../http/transport.ts";
import type { Transport } from "../http/transport.ts";
import type { Limits } from "../options/limits.ts";
import { linkState } from "./link-state.ts";

/** What opening a link takes from the client and from the call. */
export interface LinkAccess {
  transport: Transport;
  apiKey: string | undefined;
  /** Plain http will do, too: the API itself is http on this machine. */
  allowHttp: boolean;
  limits: Limits;
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
  /** The error for a mail that can not be had, as an answer or a cause tells. It shows no signature. */
  failure(why: string, from?: Answer | { cause: unknown }): DownloadError;
}

export function signedLink(given: MailArchive, access: LinkAccess): SignedLink {
  const { transport, apiKey, limits, signal } = access;
  let archive = given;
  let canRefresh = access.relist !== undefined;
  const redact = () => createRedact(apiKey, ...signaturesOf(archive.url));

  function get(headers: Record<string, string>, limitsLeft: Limits): Promise<Answer> {
    const { url } = archive;
    const allowed = access.allowHttp ? /^https?:/i : /^https:/i;
    if (!allowed.test(url)) throw failure("its link is no https URL");
    const sent = { ...access.headers, ...headers };
    return send(transport, {
      method: "GET",
      url,
      headers: sent,
      signal,
      limits: limitsLeft,
      redact: redact(),
      stream: true,
    });
  }

  async function refresh(why: string, totalTimeout: number): Promise<void> {
    const old = archive;
    const listed = canRefresh ? await access.relist?.(old, totalTimeout) : [];
    canRefresh = false;
    const fresh = listed?.find(({ id, url }) => id === old.id && url !== old.url);
    if (fresh === undefined || linkState(fresh) !== "usable") {
      throw new LinkExpiredError(`The link of archive ${old.id} ${why}, and there is no other.`);
    }
    archive = fresh;
  }

  async function open(
    headers: Record<string, string> = {},
    maxRetries = limits.maxRetries,
  ): Promise<Answer> {
    const deadline = performance.now() + limits.totalTimeout;
    const left = () => Math.max(1, deadline - performance.now());
    const state = linkState(archive);
    if (state === "blank") throw new LinkBlankError(`Archive ${archive.id} has no link.`);
    if (state === "expired") await refresh("has expired", left());
    for (;;) {
      const answer = await get(headers, { ...limits, maxRetries, totalTimeout: left() });
      if (!saysExpired(answer)) return answer;
      await refresh("is not accepted by the storage", left());
    }
  }

  function failure(why: string, from?: Answer | { cause: unknown }): DownloadError {
    const message = redact()(`The mail of archive ${archive.id} could not be downloaded: ${why}`);
    if (from === undefined) return new DownloadError(message);
    return new DownloadError(
      message,
      "cause" in from ? { cause: redactCause(redact(), from.cause) } : factsOf(from),
    );
  }

  return { open, failure };
}

/** The signature of a link, as it stands there and decoded. */
function signaturesOf(url: string): string[] {
  const signature = /[?&]sig=([^&#]*)/.exec(url)?.[1] ?? "";
  return [signature, ...new URLSearchParams(`sig=${signature}`).values()];
}

/**
 * Azure's answer to a signature that is not valid, or not at this time; its emulator calls it AuthorizationFailure.
 * Browsers may hide the header.
 */
function saysExpired({ received, text }: Answer): boolean {
  const code = received.headers.get("x-ms-error-code") ?? text;
  return received.status === 403 && /AuthenticationFailed|AuthorizationFailure/.test(code);
}

/** The narrowest range that holds the archive whichever of its bounds is inclusive. */
export function aroundSending({
  sendingDate,
}: MailArchive): { startDate: Date; endDate: Date } | null {
  const instant = Date.parse(sendingDate);
  if (Number.isNaN(instant)) return null;
  return { startDate: new Date(instant - 1000), endDate: new Date(instant + 1000) };
}
