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
  /** As the runtime gave it. Its body has been read, except for a download, which reads it later. */
  received: Response;
  /** As much of the body as was read, within the call's limits. */
  text: string;
  /** How many bytes of the body were read, or are kept of an error's body. */
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
 * @throws ApiError for a status that `new Response()` refuses.
 */
export function toResponse(answer: Answer): Response {
  const { request, received, text } = answer;
  // What a test double gives may lack some of these.
  type Given = Partial<Response> & Pick<Response, "ok" | "status" | "headers">;
  const { ok, status, statusText = "", headers, url = "" } = received as Given;
  if (status < 200 || status > 599) throw toApiError(answer);
  // With these statuses `new Response()` refuses any body, even an empty one, and a test double may have one.
  const body = ![204, 205, 304].includes(status) && (ok ? text : shownBody(answer).text);
  const response = new Response(body || null, {
    status,
    // A reason phrase that `new Response()` refuses is dropped: it carries no meaning.
    statusText: /[^ -~\x80-\xff]/.test(statusText) ? "" : request.redact(statusText),
    headers: redactHeaders(request.redact, headers),
  });
  return Object.defineProperty(response, "url", { value: request.redact(url) });
}

/** The error for an answer with an error status. */
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

/** The error for a success whose body cannot be used. `what` completes "a body that is". */
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

/** A body without secrets: its value, and its text. */
interface Shown {
  value: unknown;
  text: string;
}

/** JSON is redacted value by value: masking its text as a whole could break an escape in it. */
function shownBody({ request: { redact }, text }: Answer): Shown {
  try {
    const json: unknown = JSON.parse(text);
    const value = redactJson(redact, json);
    const written = JSON.stringify(value);
    return { value, text: written === JSON.stringify(json) ? text : written };
  } catch {
    // Not JSON, or nested too deeply to walk through.
    const masked = redact(text);
    return { value: masked, text: masked };
  }
}

/** The value of a JSON text, or undefined where it is not JSON: a body is often empty, or a proxy's page. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
