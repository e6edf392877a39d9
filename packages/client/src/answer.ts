import { apiError } from "./api-errors.ts";
import type { ApiError } from "./api-errors.ts";
import { rateLimitOf } from "./rate-limit.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { Redactor } from "./redact.ts";
import { serverDelay } from "./retry-timing.ts";
import { nameOf } from "./transport.ts";
import type { OutgoingRequest } from "./transport.ts";

/** Statuses that the Response constructor refuses a body for. */
const BODILESS = new Set([204, 205, 304]);

/** The last answer of a call, its body read under the call's limits. */
export class Answer {
  readonly request: OutgoingRequest;
  /** As the runtime gave it. Its body is used up, except where a download goes on to read it. */
  readonly received: Response;
  readonly text: string;

  constructor(request: OutgoingRequest, received: Response, text: string) {
    this.request = request;
    this.received = received;
    this.text = text;
  }

  get requestId(): string | undefined {
    return requestIdOf(this.received, this.request.redactor);
  }

  get rateLimit(): RateLimit | undefined {
    return rateLimitOf(this.received.headers);
  }

  /** A Response that callers may keep, print and read: its body as it came, its headers without secrets. */
  toResponse(): Response {
    const { status, statusText, url, headers } = this.received;
    const { redactor } = this.request;
    const response = new Response(BODILESS.has(status) ? null : this.text, {
      status,
      statusText,
      headers: redactor.headers(headers),
    });
    // The constructor has no way to set it.
    return Object.defineProperty(response, "url", { value: redactor.text(url) });
  }

  /** The error that this answer is, when its status is no success. */
  toError(): ApiError {
    const { redactor } = this.request;
    const { status, headers } = this.received;
    return apiError({
      request: nameOf(this.request),
      status,
      requestId: this.requestId,
      headers: redactor.headers(headers),
      body: parsed(redactor.text(this.text)),
      rateLimit: this.rateLimit,
      retryAfter: serverDelay(headers),
    });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The handle that support asks for: the API's, or the storage's. */
export function requestIdOf(response: Response, redactor: Redactor): string | undefined {
  const id = response.headers.get("x-request-id") ?? response.headers.get("x-ms-request-id");
  return id === null ? undefined : redactor.text(id);
}

const MOST_KEPT = 64 * 1024;

/**
 * Reads the text of an error's body into `kept.text`, at most 64 KiB of it; the rest is not read.
 *
 * The status alone says enough, so a body that breaks off, or goes on until `signal` aborts, is kept as far as it came.
 */
export async function readErrorBody(
  response: Response,
  kept: { text: string },
  signal: AbortSignal,
): Promise<void> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  const stop = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", stop);
  const decoder = new TextDecoder();
  let left = MOST_KEPT;
  try {
    while (left > 0) {
      const { done, value } = await reader.read();
      if (done) return;
      kept.text += decoder.decode(value.subarray(0, left), { stream: true });
      left -= value.length;
    }
  } catch {
    // Kept as far as it came.
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
}

/** Gives up the body of a response that nobody will read, and with it the connection. */
export function dropBody(response: Response): void {
  void response.body?.cancel().catch(() => {});
}
