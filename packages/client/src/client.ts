import type { MailArchive, paths } from "@np6-archives/spec";
import { createRedact } from "@np6-archives/spec/redact";
import type { Redact } from "@np6-archives/spec/redact";
import type { Client } from "openapi-fetch";
import { invalid } from "./errors/invalid.ts";
import { createObserve } from "./http/observe.ts";
import { toApiError } from "./http/received-answer.ts";
import type { Answer } from "./http/received-answer.ts";
import { send } from "./http/transport.ts";
import type { Transport } from "./http/transport.ts";
import { apiPromise } from "./listing/api-promise.ts";
import type { ApiPromise } from "./listing/api-promise.ts";
import { archivesIn } from "./listing/archives-in.ts";
import { rawClient } from "./listing/raw-client.ts";
import { rangeQuery, serializePath } from "./listing/request-values.ts";
import type { DateRange } from "./listing/request-values.ts";
import { openMail } from "./mail/open-mail.ts";
import type { DownloadOptions, MailContent } from "./mail/open-mail.ts";
import { aroundSending, signedLink } from "./mail/signed-link.ts";
import type { Relist } from "./mail/signed-link.ts";
import {
  checkedBaseUrl,
  checkedFunction,
  checkedKey,
  environment,
  refuseBrowser,
} from "./options/client-options.ts";
import type { ClientOptions, Fetch, RequestOptions } from "./options/client-options.ts";
import { atLeast, limitsOf } from "./options/limits.ts";
import type { Limits } from "./options/limits.ts";
import type { LogLevel } from "./options/logger.ts";
import { mergedHeaders } from "./options/request-headers.ts";
import { LONGEST_TIMER } from "./timing/time-limit.ts";

/** Lists the archived mails of an NP6 account and opens them. It keeps no state: one instance serves all calls. */
export class ArchivesClient {
  /**
   * The openapi-fetch client of the three operations, on the same transport: a call takes `timeout`, `totalTimeout`,
   * `maxRetries` and `maxBodyBytes` too. It does not throw on an error status, and checks only that a body is JSON and
   * not too long.
   */
  readonly raw: Client<paths>;

  readonly #baseUrl: string;
  readonly #headers: Record<string, string>;
  readonly #keys: readonly (string | undefined)[];
  readonly #redact: Redact;
  readonly #limits: Limits;
  readonly #transport: Transport;
  readonly #read: (answer: Answer) => MailArchive[];

  /** @throws TypeError when an option is not valid, there is no key, or this is a browser. */
  constructor(options: ClientOptions = {}) {
    refuseBrowser(options.dangerouslyAllowBrowser);
    const { validate = true, hooks, logger = console } = options;
    const apiKey = checkedKey(options.apiKey);
    this.#headers = mergedHeaders({ "x-key": apiKey }, options.headers);
    this.#keys = [apiKey, this.#headers["x-key"]];
    this.#redact = createRedact(...this.#keys);
    this.#baseUrl = checkedBaseUrl(options.baseUrl);
    this.#limits = limitsOf(options, {
      timeout: 30_000,
      totalTimeout: 120_000,
      maxRetries: 2,
      maxBodyBytes: 64 * 1024 * 1024,
    });
    const logLevel = options.logLevel ?? environment("NP6_LOG") ?? "off";
    this.#transport = {
      fetch: checkedFunction<Fetch>(
        "fetch",
        options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
      ),
      maxRetryDelay: atLeast(
        0,
        "maxRetryDelay",
        options.maxRetryDelay ?? 60_000,
        LONGEST_TIMER - 1,
      ),
      observe: createObserve(hooks, logger, logLevel as LogLevel),
    };
    if (typeof validate !== "boolean") throw invalid("validate", "a boolean", validate);
    this.#read = (answer) => archivesIn(answer, validate);

    const rawOptions = {
      baseUrl: this.#baseUrl,
      headers: this.#headers,
      pathSerializer: serializePath,
    };
    this.raw = rawClient(rawOptions, (request) =>
      this.#send(request, Object.fromEntries(request.headers), request),
    );
  }

  /**
   * The archives of every action sent to one target. An empty list does not prove that nothing was sent: archiving
   * may be off, the key's user may lack the right, or the mail lies outside the dates.
   *
   * The promise rejects with an ApiError of the status' class, ConnectionError, TimeoutError, ResponseValidationError,
   * the reason of the signal, or TypeError for an id, date or option that is not valid.
   */
  listByTarget(
    target: string,
    range?: DateRange | null,
    options: RequestOptions = {},
  ): ApiPromise<MailArchive[]> {
    return this.#list("/targets/{id}/archives", { id: target }, range, options);
  }

  /** The archives of one action sent to one target. Rejects as {@link listByTarget}. */
  listByActionAndTarget(
    action: string,
    target: string,
    range?: DateRange | null,
    options: RequestOptions = {},
  ): ApiPromise<MailArchive[]> {
    return this.#list(
      "/actions/{id}/targets/{target}/archives",
      { id: action, target },
      range,
      options,
    );
  }

  /**
   * The archives of one stamp, which marks one activation: one sending of one action to one target. Commonly one.
   * Rejects as {@link listByTarget}.
   */
  listByStamp(stamp: string, options: RequestOptions = {}): ApiPromise<MailArchive[]> {
    return this.#list("/actions/stamp/{id}/archives", { id: stamp }, null, options);
  }

  /**
   * Opens the mail behind an archive's link, without the API key or the client's `headers`. Resolves when the first
   * bytes can be read.
   *
   * Here `timeout` is the longest time without a byte. The client's `totalTimeout` limits the opening; one given for
   * this download limits the reading too.
   *
   * Rejects with TypeError for an archive or option that is not valid, LinkBlankError, ConnectionError,
   * LinkExpiredError, DownloadError, TimeoutError or the reason of the signal; reading can fail with the last five.
   * With `refresh` both can also fail as {@link listByTarget} does.
   */
  async download(archive: MailArchive, options: DownloadOptions = {}): Promise<MailContent> {
    const { signal, refresh = true } = options;
    const maxBytes = atLeast(0, "maxBytes", options.maxBytes ?? Infinity);
    const limits = limitsOf(options, this.#limits);
    const deadline = performance.now() + (options.totalTimeout ?? Infinity);

    const { "x-key": _, ...headers } = mergedHeaders(
      // With `identity` alone Deno hands on the encoded bytes of a storage that encodes all the same.
      { "accept-encoding": "identity;q=1" },
      options.headers,
    );
    const relist: Relist = (old, limitsLeft) =>
      this.listByActionAndTarget(old.action, old.target, aroundSending(old), {
        ...limits,
        ...limitsLeft,
      });
    const link = signedLink(archive, {
      transport: this.#transport,
      keys: this.#keys,
      allowHttp: /^http:\/\/(localhost|127\.[\d.]+|\[::1])(:|\/|$)/.test(this.#baseUrl),
      limits,
      deadline,
      signal,
      headers,
      relist: refresh ? relist : undefined,
    });
    const { maxRetryDelay } = this.#transport;
    return openMail(link, { timeout: limits.timeout, deadline, maxBytes, maxRetryDelay, signal });
  }

  #list<Path extends keyof paths>(
    path: Path,
    ids: paths[Path]["get"]["parameters"]["path"],
    range: DateRange | null | undefined,
    options: RequestOptions,
  ): ApiPromise<MailArchive[]> {
    const call = async () => {
      const headers = mergedHeaders(this.#headers, options.headers);
      const url = this.#baseUrl + serializePath(path, ids) + rangeQuery(range);
      const answer = await this.#send({ method: "GET", url }, headers, options);
      if (!answer.received.ok) throw toApiError(answer);
      return answer;
    };
    return apiPromise(call(), this.#read);
  }

  #send(
    { method, url }: Pick<Request, "method" | "url">,
    headers: Record<string, string>,
    options: RequestOptions,
  ): Promise<Answer> {
    const key = headers["x-key"];
    return send(this.#transport, {
      method,
      url,
      headers,
      signal: options.signal,
      limits: limitsOf(options, this.#limits),
      redact: key === this.#headers["x-key"] ? this.#redact : createRedact(key, ...this.#keys),
      stream: false,
    });
  }
}
