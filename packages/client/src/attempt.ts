import { Answer, dropBody, readErrorBody, requestIdOf } from "./answer.ts";
import { ConnectionError, TimeoutError } from "./errors.ts";
import { networkFailure } from "./network-failure.ts";
import { fetchWithinOrigin } from "./redirects.ts";
import { backoff, mayPass, serverDelay } from "./retry-timing.ts";
import { nameOf } from "./transport.ts";
import type { OutgoingRequest, TransportSettings } from "./transport.ts";
import { LONGEST_TIMER, within } from "./within.ts";

/** A failure that may pass: when to try again, and what there is to tell about it. */
export interface Retry {
  /** Milliseconds. */
  delay: number;
  status?: number;
  requestId?: string | undefined;
  error?: ConnectionError;
}

/** One attempt of a call, from sending to the end of the body. */
export class Attempt {
  readonly #settings: TransportSettings;
  readonly #request: OutgoingRequest;
  readonly #number: number;
  /** Milliseconds left of the call's total. */
  readonly #left: number;
  readonly #before: Retry | undefined;
  #received: Response | undefined;
  readonly #errorBody = { text: "" };
  #connectionMayPass = false;

  constructor(
    settings: TransportSettings,
    request: OutgoingRequest,
    number: number,
    left: number,
    before: Retry | undefined,
  ) {
    this.#settings = settings;
    this.#request = request;
    this.#number = number;
    this.#left = left;
    this.#before = before;
  }

  async run(): Promise<Answer | Retry> {
    const limit = Math.min(this.#request.timeout, this.#left);
    try {
      return await within(
        limit,
        this.#request.signal,
        () => this.#timedOut(),
        (signal) => this.#exchange(signal),
      );
    } catch (error) {
      if (error instanceof ConnectionError && this.#connectionMayPass && this.#hasRetryLeft()) {
        return { delay: backoff(this.#number - 1), error };
      }
      throw error;
    }
  }

  /** The error of a call whose total time is over. */
  totalTimeout(last: Retry | undefined = this.#before): TimeoutError {
    const { totalTimeout } = this.#request;
    return new TimeoutError(
      `${nameOf(this.#request)} was not answered with success within ${totalTimeout} ms and ${attempts(this.#number)}`,
      { requestId: this.#requestId() ?? last?.requestId, cause: last?.error },
    );
  }

  async #exchange(signal: AbortSignal): Promise<Answer | Retry> {
    const response = await this.#open(signal);
    if (response.ok) {
      const text = this.#request.body === "text" ? await this.#text(response) : "";
      return new Answer(this.#request, response, text);
    }
    const delay = this.#retryDelay(response);
    if (delay !== undefined) {
      dropBody(response);
      return { delay, status: response.status, requestId: this.#requestId() };
    }
    await readErrorBody(response, this.#errorBody, signal);
    return new Answer(this.#request, response, this.#errorBody.text);
  }

  async #open(signal: AbortSignal): Promise<Response> {
    const { fetch, observer } = this.#settings;
    const { method, url, headers, body } = this.#request;
    observer.request(this.#request, this.#number);
    const sent = performance.now();
    let response: Response;
    try {
      const init: RequestInit = { method, headers, signal, redirect: "manual" };
      response = await fetchWithinOrigin(fetch, url, init, body === "text");
    } catch (thrown) {
      const failure = networkFailure(thrown);
      // A refused redirect has its error already; the rest is a mistake in a fetch of the caller's own.
      if (failure === undefined) throw thrown;
      this.#connectionMayPass = failure === "passing";
      throw this.#connectionError(thrown);
    }
    if (signal.aborted) dropBody(response);
    this.#received = response;
    observer.response(this.#request, this.#number, response, performance.now() - sent);
    return response;
  }

  async #text(response: Response): Promise<string> {
    try {
      return await response.text();
    } catch (thrown) {
      // A body that breaks off is always the network's doing.
      this.#connectionMayPass = true;
      throw this.#connectionError(thrown);
    }
  }

  /** Milliseconds until a further attempt is worth it, or undefined when none is, or none is left. */
  #retryDelay(response: Response): number | undefined {
    if (!this.#hasRetryLeft() || !mayPass(response.status)) return undefined;
    const delay = serverDelay(response.headers) ?? backoff(this.#number - 1);
    return delay <= Math.min(this.#settings.maxRetryDelay, LONGEST_TIMER) ? delay : undefined;
  }

  #hasRetryLeft(): boolean {
    return this.#number <= this.#request.maxRetries;
  }

  /** An error's status says enough even where its body never ends. */
  #timedOut(): Answer {
    const { timeout } = this.#request;
    if (this.#received?.ok === false) {
      return new Answer(this.#request, this.#received, this.#errorBody.text);
    }
    if (this.#left < timeout) throw this.totalTimeout();
    throw new TimeoutError(`${nameOf(this.#request)} was not answered whole within ${timeout} ms`, {
      requestId: this.#requestId() ?? this.#before?.requestId,
      cause: this.#before?.error,
    });
  }

  #connectionError(thrown: unknown): ConnectionError {
    const cause = this.#request.redactor.cause(thrown);
    const { message, cause: deeper } = cause as Error;
    const said = deeper instanceof Error && deeper.message !== "" ? deeper.message : message;
    return new ConnectionError(
      `${nameOf(this.#request)} got no complete answer in ${attempts(this.#number)}: ${said}`,
      { cause },
    );
  }

  #requestId(): string | undefined {
    return this.#received && requestIdOf(this.#received, this.#request.redactor);
  }
}

function attempts(count: number): string {
  return count === 1 ? "1 attempt" : `${count} attempts`;
}
