import { redactHeaders, redactJson } from "@np6-archives/spec/redact";
import type { BodyIssue } from "@np6-archives/spec/validate";
import { apiError, ResponseValidationError } from "../errors/errors.ts";
import type { ApiError } from "../errors/errors.ts";
import { headerValue } from "../headers/header-value.ts";
import { rateLimitOf } from "../headers/rate-limit-headers.ts";
import { serverDelay } from "../timing/retry-rules.ts";
import { nameOf } from "./outgoing-request.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";

/** The last answer of a call. */
export interface Answer {
  request: OutgoingRequest;
  /** As the runtime gave it. Its body is used up, except where a download goes on to read it. */
  received: Response;
  /** What came of the body under the call's limits. */
  text: string;
  /** Bytes of the body that came, or that are kept of it. */
  size: number;
}

/** What errors and hooks tell of an answer: its status, and the request id of the API or of the storage. */
export function factsOf({ request, received: { status, headers } }: Answer): AnswerFacts {
  const id = headerValue(headers, "x-request-id") || headerValue(headers, "x-ms-request-id");
  return { status, requestId: id ? request.redact(id) : undefined };
}

interface AnswerFacts {
  status: number;
  /** The request's id, which support asks for. */
  requestId: string | undefined;
}

/**
 * A Response that callers may keep, print and read: a success's body as it came, all else without secrets.
 *
 * @throws ApiError when there can be no Response of such a status.
 */
export function toResponse(answer: Answer): Response {
  const { request, received, text } = answer;
  // What a double of fetch gives has not always all of it.
  type Given = Partial<Response> & Pick<Response, "ok" | "status" | "headers">;
  const { ok, status, statusText = "", headers, url = "" } = received as Given;
  if (status < 200 || status > 599) throw toApiError(answer);
  // These statuses allow no body, not even an empty one, and a double may have one.
  const body = ![204, 205, 304].includes(status) && (ok ? text : shownBody(answer).text);
  const response = new Response(body || null, {
    status,
    // It means nothing, and what a server writes may be none that a Response is made with.
    statusText: /[^ -~\x80-\xff]/.test(statusText) ? "" : request.redact(statusText),
    headers: redactHeaders(request.redact, headers),
  });
  return Object.defineProperty(response, "url", { value: request.redact(url) });
}

/** The error that an answer is, when its status is no success. */
export function toApiError(answer: Answer): ApiError {
  const { request, received } = answer;
  const { headers } = received;
  const facts = factsOf(answer);
  return apiError(`${nameOf(request)} answered ${facts.status}`, {
    ...facts,
    headers: redactHeaders(request.redact, headers),
    body: shownBody(answer).value,
    rateLimit: rateLimitOf(headers),
    retryAfter: serverDelay(headers),
  });
}

/** The error that a success is whose body is of no use: it is `what`. */
export function unusableBody(
  answer: Answer,
  what: string,
  issues: readonly BodyIssue[],
): ResponseValidationError {
  const facts = factsOf(answer);
  return new ResponseValidationError(
    `${nameOf(answer.request)} answered ${facts.status} with a body that is ${what}`,
    { ...facts, issues },
  );
}

/** A body without secrets, as what it says and as text. */
interface Shown {
  value: unknown;
  text: string;
}

/** JSON stays JSON: its texts may be escaped in ways that masking the whole would break. */
function shownBody({ request: { redact }, text }: Answer): Shown {
  try {
    const json: unknown = JSON.parse(text);
    const value = redactJson(redact, json);
    const written = JSON.stringify(value);
    return { value, text: written === JSON.stringify(json) ? text : written };
  } catch {
    // It is none, or nested too deep to go through.
    const masked = redact(text);
    return { value: masked, text: masked };
  }
}

/** What a text of JSON says. Undefined where it is none: commonly a body is empty, or a proxy's page. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
