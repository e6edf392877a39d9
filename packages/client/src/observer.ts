import { requestIdOf } from "./answer.ts";
import type { Retry } from "./attempt.ts";
import type { Hooks } from "./hooks.ts";
import type { Log } from "./log.ts";
import type { OutgoingRequest } from "./transport.ts";

/** Tells hooks and log what happens, with secrets redacted; makes nothing that neither wants. */
export class Observer {
  readonly #hooks: Hooks;
  readonly #log: Log;

  constructor(hooks: Hooks, log: Log) {
    this.#hooks = hooks;
    this.#log = log;
  }

  request(request: OutgoingRequest, attempt: number): void {
    const { method, redactor } = request;
    this.#log("debug", () => `${method} ${redactor.text(request.url)} (attempt ${attempt})`);
    this.#hooks.onRequest?.({
      method,
      url: redactor.text(request.url),
      headers: redactor.headers(request.headers),
      attempt,
    });
  }

  response(request: OutgoingRequest, attempt: number, response: Response, duration: number): void {
    const { method, redactor } = request;
    const { status } = response;
    this.#log("debug", () => {
      const id = requestIdOf(response, redactor) ?? "none";
      return `${method} ${redactor.text(request.url)} answered ${status} after ${Math.round(duration)} ms, request id ${id}`;
    });
    this.#hooks.onResponse?.({
      method,
      url: redactor.text(request.url),
      headers: redactor.headers(response.headers),
      attempt,
      status,
      requestId: requestIdOf(response, redactor),
      duration,
    });
  }

  retry(
    request: OutgoingRequest,
    attempt: number,
    { delay, status, requestId, error }: Retry,
  ): void {
    const { method, redactor } = request;
    this.#log("info", () => {
      const why = error?.message ?? `it answered ${status}`;
      return `${method} ${redactor.text(request.url)} is tried again in ${Math.round(delay)} ms: ${why}`;
    });
    this.#hooks.onRetry?.({
      method,
      url: redactor.text(request.url),
      attempt,
      delay,
      status,
      requestId,
      error,
    });
  }
}
