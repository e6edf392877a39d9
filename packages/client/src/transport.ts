import { Answer } from "./answer.ts";
import { Attempt } from "./attempt.ts";
import type { Retry } from "./attempt.ts";
import type { Observer } from "./observer.ts";
import type { Fetch, Limits } from "./options.ts";
import type { Redactor } from "./redact.ts";
import { pause } from "./within.ts";

/** A request as it goes out, with the limits of its call. */
export interface OutgoingRequest extends Limits {
  method: string;
  url: string;
  headers: Record<string, string>;
  signal: AbortSignal | undefined;
  redactor: Redactor;
  /** `text`: the body is read under the limits, redirects within the origin are followed. `stream`: neither. */
  body: "text" | "stream";
}

/** What all calls of a client share. */
export interface TransportSettings {
  fetch: Fetch;
  /** Milliseconds. */
  maxRetryDelay: number;
  observer: Observer;
}

/**
 * Sends a request, and again what may pass, until an answer is worth no further attempt. Its status is not judged.
 *
 * @throws ConnectionError, TimeoutError, or the reason of the caller's signal.
 */
export async function send(settings: TransportSettings, request: OutgoingRequest): Promise<Answer> {
  const deadline = performance.now() + request.totalTimeout;
  let before: Retry | undefined;
  for (let number = 1; ; number++) {
    const attempt = new Attempt(settings, request, number, deadline - performance.now(), before);
    const outcome = await attempt.run();
    if (outcome instanceof Answer) return outcome;

    const left = deadline - performance.now();
    if (outcome.delay >= left) {
      await pause(Math.max(0, left), request.signal);
      throw attempt.totalTimeout(outcome);
    }
    settings.observer.retry(request, number, outcome);
    await pause(outcome.delay, request.signal);
    before = outcome;
  }
}

/** A request as messages call it: method and path, without the query and without secrets. */
export function nameOf({ method, url, redactor }: OutgoingRequest): string {
  return `${method} ${redactor.text(new URL(url).pathname)}`;
}
