import { redactHeaders } from "@np6-archives/spec/redact";
import { apiError } from "../errors/errors.ts";
import type { ApiError } from "../errors/errors.ts";
import { rateLimitOf } from "../headers/rate-limit-headers.ts";
import { serverDelay } from "../timing/retry-timing.ts";
import { nameOf } from "./outgoing-request.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";

/** The last answer of a call. */
export interface Answer {
  request: OutgoingRequest;
  /** As the runtime gave it. Its body is used up, except where a download goes on to read it. */
  received: Response;
  /** What came of the body under the call's limits. */
  text: string;
}

/** What errors and hooks tell of an answer: its status, and the request id of the API or of the storage. */
export function factsOf({ request, received: { status, headers } }: Answer): AnswerFacts {
  const id = headers.get("x-request-id") ?? headers.get("x-ms-request-id");
  return { status, requestId: id === null ? undefined : request.redact(id) };
}

interface AnswerFacts {
  status: number;
  /** The handle that support asks for. */
  requestId: string | undefined;
}

/** A Response that callers may keep, print and read: a success's body as it came, all else without secrets. */
export function toResponse({ request, received, text }: Answer): Response {
  const { ok, status, statusText, headers, url } = received;
  const body = ok ? text : request.redact(text);
  // Some statuses allow no body, not even an empty one.
  const response = new Response(body || null, {
    status,
    statusText,
    headers: redactHeaders(request.redact, headers),
  });
  return Object.defineProperty(response, "url", { value: request.redact(url) });
}

/** The error that an answer is, when its status is no success. */
export function toApiError(answer: Answer): ApiError {
  const { request, received, text } = answer;
  const { headers } = received;
  const facts = factsOf(answer);
  let body: unknown = request.redact(text);
  try {
    body = JSON.parse(body as string);
  } catch {
    // Commonly it is empty, or a proxy's page.
  }
  return apiError(`${nameOf(request)} answered ${facts.status}`, {
    ...facts,
    headers: redactHeaders(request.redact, headers),
    body,
    rateLimit: rateLimitOf(headers),
    retryAfter: serverDelay(headers),
  });
}
