import type { MailArchive } from "@np6-archives/spec";
import type { Answer } from "./answer.ts";
import { DownloadError, LinkBlankError, LinkExpiredError } from "./errors.ts";
import { Redactor } from "./redact.ts";
import { sentHeaders } from "./request-headers.ts";
import { linkState } from "./sas-link.ts";
import { send } from "./transport.ts";
import type { OutgoingRequest, TransportSettings } from "./transport.ts";

/** What opening a link takes from the client and from the call. */
export interface LinkAccess {
  transport: TransportSettings;
  apiKey: string;
  /** Whether plain http will do: only where the API itself is http on this machine. */
  allowHttp: boolean;
  limits: Pick<OutgoingRequest, "timeout" | "totalTimeout" | "maxRetries" | "signal">;
  /** `null` stands for a header that is not sent. */
  headers: Record<string, string | null>;
  /** Lists the archive again, within milliseconds, or undefined to leave an expired link as it is. */
  relist: ((archive: MailArchive, totalTimeout: number) => Promise<MailArchive[]>) | undefined;
}

/** The link of one archive, replaced at most once when it has expired. */
export class SignedLink {
  readonly #access: LinkAccess;
  #archive: MailArchive;
  #redactor: Redactor;
  #refreshed = false;

  /** How messages call it. The link itself holds a signature. */
  get name(): string {
    return `The download of archive ${this.#archive.id}`;
  }

  constructor(archive: MailArchive, access: LinkAccess) {
    this.#access = access;
    this.#archive = archive;
    this.#redactor = redactorFor(archive.url, access.apiKey);
  }

  /**
   * Sends a GET to the link as it came. Its status is not judged, but for the one that means that it has expired.
   *
   * @throws LinkBlankError, LinkExpiredError, DownloadError for a link that must not be opened, and what a call throws.
   */
  async open(
    headers: Record<string, string>,
    limits: Partial<LinkAccess["limits"]> = {},
  ): Promise<Answer> {
    const deadline = performance.now() + this.#access.limits.totalTimeout;
    const left = () => Math.max(1, deadline - performance.now());
    if (linkState(this.#archive) === "blank") {
      throw new LinkBlankError(`Archive ${this.#archive.id} has no link.`);
    }
    if (linkState(this.#archive) === "expired") await this.#refresh("it has expired", left());
    const answer = await this.#get(headers, { ...limits, totalTimeout: left() });
    if (!saysExpired(answer)) return answer;

    await this.#refresh("the storage does not accept it (any more)", left());
    const second = await this.#get(headers, { ...limits, totalTimeout: left() });
    if (saysExpired(second)) throw this.#expired("the storage does not accept the new one either");
    return second;
  }

  /** The error for an answer that is not the mail. */
  refusal(answer: Answer): DownloadError {
    const code = answer.received.headers.get("x-ms-error-code") ?? "";
    return this.failure(`the storage answered ${answer.received.status} ${code}`.trim(), answer);
  }

  /** The error for a mail that can not be had. */
  failure(why: string, from: Answer | { cause?: unknown } = {}): DownloadError {
    const details =
      "received" in from
        ? { status: from.received.status, requestId: from.requestId }
        : { cause: this.#redactor.cause(from.cause) };
    return new DownloadError(this.#redactor.text(`${this.name} failed: ${why}`), details);
  }

  #get(headers: Record<string, string>, limits: Partial<LinkAccess["limits"]>): Promise<Answer> {
    const { transport, allowHttp } = this.#access;
    const redactor = this.#redactor;
    const { url } = this.#archive;
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed?.protocol !== "https:" && !(allowHttp && parsed?.protocol === "http:")) {
      throw this.failure("its link is no https URL");
    }
    return send(transport, {
      ...this.#access.limits,
      ...limits,
      method: "GET",
      url,
      headers: linkHeaders(this.#access.headers, headers),
      redactor,
      body: "stream",
    });
  }

  async #refresh(why: string, totalTimeout: number): Promise<void> {
    const { relist } = this.#access;
    if (relist === undefined || this.#refreshed) throw this.#expired(why);
    this.#refreshed = true;
    const old = this.#archive;
    const listed = await relist(old, totalTimeout);
    const fresh = listed.find(({ id, url }) => id === old.id && url !== old.url);
    if (fresh === undefined || linkState(fresh) !== "usable") {
      throw this.#expired(`${why}, and listing again brought no other`);
    }
    this.#archive = fresh;
    this.#redactor = redactorFor(fresh.url, this.#access.apiKey);
  }

  #expired(why: string): LinkExpiredError {
    return new LinkExpiredError(`The link of archive ${this.#archive.id} is of no use: ${why}.`);
  }
}

/** Knows the signature of the link, as it stands in it and decoded. */
function redactorFor(url: string, apiKey: string): Redactor {
  const signature = URL.canParse(url) ? new URL(url).searchParams.get("sig") : null;
  return new Redactor(apiKey, signature, /[?&]sig=([^&#]*)/.exec(url)?.[1]);
}

/** Azure's answer to a signature that is not valid, or not valid at this time. Browsers may hide the header. */
function saysExpired({ received, text }: Answer): boolean {
  if (received.status !== 403) return false;
  const code = received.headers.get("x-ms-error-code");
  return code === "AuthenticationFailed" || text.includes("<Code>AuthenticationFailed</Code>");
}

/** The key belongs to the API: it goes to no link, not even when the caller gives it for one. */
function linkHeaders(
  own: Record<string, string | null>,
  ours: Record<string, string>,
): Record<string, string> {
  // An encoded body could be neither measured nor continued.
  return sentHeaders({ "accept-encoding": "identity", ...own }, { ...ours, "x-key": null });
}

/** The narrowest range that holds the archive whichever of its bounds is inclusive. */
export function aroundSending(sendingDate: string): { startDate?: Date; endDate?: Date } {
  const instant = Date.parse(sendingDate);
  if (Number.isNaN(instant)) return {};
  return { startDate: new Date(instant - 1000), endDate: new Date(instant + 1000) };
}

/** @throws TypeError for what is no archive at all. */
export function checkedArchive(archive: unknown): MailArchive {
  const { id, url } = (archive ?? {}) as Partial<MailArchive>;
  if (typeof id === "string" && typeof url === "string") return archive as MailArchive;
  throw new TypeError("An archive must be an object as the listings give it, with `id` and `url`.");
}

/** Whether a base URL is plain http on this machine, as a mock's is. */
export function isLoopbackHttp(baseUrl: string): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
