import type { MailArchive, paths } from "@np6-archives/spec";
import createClient from "openapi-fetch";
import type { Client } from "openapi-fetch";
import type { Answer } from "./answer.ts";
import { ApiPromise } from "./api-promise.ts";
import type { ApiCall } from "./api-promise.ts";
import { archivesIn } from "./archives-in.ts";
import { openMail } from "./download.ts";
import type { DownloadOptions, MailContent } from "./download.ts";
import { createLog } from "./log.ts";
import { Observer } from "./observer.ts";
import {
  checkedBaseUrl,
  checkedKey,
  duration,
  environment,
  limitsOf,
  refuseBrowser,
} from "./options.ts";
import type { ClientOptions, Limits, RequestOptions } from "./options.ts";
import { PlainRequest } from "./plain-request.ts";
import { Redactor } from "./redact.ts";
import { headerRecord, sentHeaders } from "./request-headers.ts";
import { checkedId, rangeQuery, serializePath } from "./request-values.ts";
import type { DateRange } from "./request-values.ts";
import { aroundSending, checkedArchive, isLoopbackHttp, SignedLink } from "./signed-link.ts";
import { send } from "./transport.ts";
import type { TransportSettings } from "./transport.ts";

/** openapi-fetch makes the request and is then done: the answer is read here, where its body is bounded and checked. */
const HANDLED = new Response(null, { status: 204 });

/** Lists the archived mails of an NP6 account and opens them. It keeps no state: one instance serves all calls. */
export class ArchivesClient {
  /**
   * The openapi-fetch client of the three operations, on the same transport: a call takes `timeout`, `totalTimeout`
   * and `maxRetries` too. It throws for no status and checks no body.
   */
  readonly raw: Client<paths>;

  readonly #requests: Client<paths>;
  readonly #baseUrl: string;
  readonly #apiKey: string;
  readonly #headers: Record<string, string | null>;
  readonly #redactor: Redactor;
  readonly #limits: Limits;
  readonly #validate: boolean;
  readonly #transport: TransportSettings;

  /** @throws TypeError when an option is not valid, there is no key, or this is a browser. */
  constructor(options: ClientOptions = {}) {
    refuseBrowser(options.dangerouslyAllowBrowser);
    this.#apiKey = checkedKey(options.apiKey);
    this.#baseUrl = checkedBaseUrl(options.baseUrl);
    this.#limits = limitsOf(options, { timeout: 30_000, totalTimeout: 120_000, maxRetries: 2 });
    this.#validate = options.validate ?? true;
    const level = options.logLevel ?? environment("NP6_LOG") ?? "off";
    const levelFrom = options.logLevel === undefined ? "NP6_LOG" : "logLevel";
    const log = createLog(options.logger ?? console, level, levelFrom);
    this.#transport = {
      fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
      maxRetryDelay: duration("maxRetryDelay", options.maxRetryDelay ?? 60_000),
      observer: new Observer(options.hooks ?? {}, log),
    };

    this.#headers = { "x-key": this.#apiKey, ...headerRecord(options.headers) };
    this.#redactor = new Redactor(this.#apiKey, this.#headers["x-key"]);
    this.#requests = createClient<paths>({
      baseUrl: this.#baseUrl,
      pathSerializer: serializePath,
      Request: PlainRequest as unknown as typeof Request,
    });
    this.raw = createClient<paths>({
      baseUrl: this.#baseUrl,
      pathSerializer: serializePath,
      headers: this.#headers,
      fetch: async (request) => {
        const headers = Object.fromEntries(request.headers);
        return (await this.#send(request, headers, request)).toResponse();
      },
    });
  }

  /**
   * The archives of every action sent to one target. An empty list does not prove that nothing was sent: archiving
   * may be off, the key's user may lack rights, or the dates may miss.
   *
   * The promise rejects with an ApiError of the status' class, ConnectionError, TimeoutError, ResponseValidationError,
   * the reason of the signal, or TypeError for an id, date or option that is not valid.
   */
  listByTarget(
    target: string,
    range?: DateRange | null,
    options: RequestOptions = {},
  ): ApiPromise<MailArchive[]> {
    return this.#list(options, (fetch) =>
      this.#requests.GET("/targets/{id}/archives", {
        fetch,
        params: { path: { id: checkedId("target", target) }, query: rangeQuery(range) },
      }),
    );
  }

  /** The archives of one action sent to one target. Rejects as {@link listByTarget}. */
  listByActionAndTarget(
    action: string,
    target: string,
    range?: DateRange | null,
    options: RequestOptions = {},
  ): ApiPromise<MailArchive[]> {
    return this.#list(options, (fetch) =>
      this.#requests.GET("/actions/{id}/targets/{target}/archives", {
        fetch,
        params: {
          path: { id: checkedId("action", action), target: checkedId("target", target) },
          query: rangeQuery(range),
        },
      }),
    );
  }

  /**
   * The archives of one stamp, which marks one activation: one sending of one action to one target. Commonly one.
   * Rejects as {@link listByTarget}.
   */
  listByStamp(stamp: string, options: RequestOptions = {}): ApiPromise<MailArchive[]> {
    return this.#list(options, (fetch) =>
      this.#requests.GET("/actions/stamp/{id}/archives", {
        fetch,
        params: { path: { id: checkedId("stamp", stamp) } },
      }),
    );
  }

  /**
   * Opens the mail behind an archive's link, without the API key. Resolves when the first bytes can be read.
   *
   * `timeout` is the longest silence here. The client's `totalTimeout` bounds the opening; one given for this download
   * bounds the reading too.
   *
   * Rejects with LinkBlankError, LinkExpiredError, DownloadError, ConnectionError, TimeoutError or the reason of the
   * signal; reading may end in the four last. With `refresh` it may also reject as {@link listByTarget}.
   */
  async download(archive: MailArchive, options: DownloadOptions = {}): Promise<MailContent> {
    const started = performance.now();
    const { signal, refresh = true, maxBytes = Infinity } = options;
    if (!(maxBytes >= 0)) throw new TypeError("maxBytes must be a number of bytes from 0.");
    const limits = limitsOf(options, this.#limits);
    const relist = ({ action, target, sendingDate }: MailArchive, totalTimeout: number) =>
      this.listByActionAndTarget(action, target, aroundSending(sendingDate), {
        ...limits,
        totalTimeout,
        signal,
      });
    const link = new SignedLink(checkedArchive(archive), {
      transport: this.#transport,
      apiKey: this.#apiKey,
      allowHttp: isLoopbackHttp(this.#baseUrl),
      limits: { ...limits, signal },
      headers: headerRecord(options.headers),
      relist: refresh ? relist : undefined,
    });
    return openMail(link, {
      timeout: limits.timeout,
      deadline: started + (options.totalTimeout ?? Infinity),
      maxBytes,
      signal,
    });
  }

  #list(options: RequestOptions, get: TypedGet): ApiPromise<MailArchive[]> {
    return new ApiPromise(this.#call(options, get));
  }

  async #call(options: RequestOptions, get: TypedGet): Promise<ApiCall<MailArchive[]>> {
    let answer!: Answer;
    const headers = sentHeaders(this.#headers, headerRecord(options.headers));
    await get(async (request) => {
      answer = await this.#send(request, headers, options);
      return HANDLED;
    });
    if (!answer.received.ok) throw answer.toError();
    return { answer, data: () => archivesIn(answer, this.#validate) };
  }

  #send(
    { method, url }: Request,
    headers: Record<string, string>,
    options: RequestOptions,
  ): Promise<Answer> {
    const key = headers["x-key"];
    const redactor =
      key === this.#headers["x-key"] ? this.#redactor : new Redactor(this.#apiKey, key);
    const signal = options.signal ?? undefined;
    const { timeout, totalTimeout, maxRetries } = limitsOf(options, this.#limits);
    const body = "text";
    return send(this.#transport, {
      method,
      url,
      headers,
      signal,
      timeout,
      totalTimeout,
      maxRetries,
      redactor,
      body,
    });
  }
}

/** Makes a typed request and hands it to `fetch`. */
type TypedGet = (fetch: (request: Request) => Promise<Response>) => Promise<unknown>;
