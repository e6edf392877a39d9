import { ConnectionError, TimeoutError } from "../errors/errors.ts";
import { invalid } from "../errors/invalid.ts";
import type { Fetch } from "../options/client-options.ts";
import { backoff, mayPass, serverDelay } from "../timing/retry-rules.ts";
import { pause, within } from "../timing/time-limit.ts";
import { dropBody, NoBytesError, readBody } from "./body.ts";
import { networkFailure } from "./network-failure.ts";
import type { Observe } from "./observe.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";
import { nameOf } from "./outgoing-request.ts";
import { factsOf, unusableBody } from "./received-answer.ts";
import type { Answer } from "./received-answer.ts";
import { redactCause } from "./redact-cause.ts";
import { redirectTarget } from "./redirects.ts";

/** How many bytes of an error's body are kept. */
const MOST_KEPT = 64 * 1024;
/** How many more are read and then dropped, so that a key that lies across the cut is masked. */
const AT_CUT = 2048;

/** What all calls of a client share. */
export interface Transport {
  fetch: Fetch;
  /** Milliseconds. */
  maxRetryDelay: number;
  /** Undefined where nobody observes. */
  observe: Observe | undefined;
}

/** A failure that may pass: when to try again, and what there is to tell about it. */
interface Retry {
  /** Milliseconds. */
  delay: number;
  status?: number;
  requestId?: string | undefined;
  error?: ConnectionError | undefined;
}

/**
 * Sends a request, retries what may pass, and gives the last answer whatever its status.
 *
 * @throws ConnectionError, TimeoutError, ResponseValidationError for a success whose body is longer than
 * `maxBodyBytes`, the reason of the caller's signal, or what the caller's own fetch throws.
 */
export async function send(transport: Transport, request: OutgoingRequest): Promise<Answer> {
  const { totalTimeout } = request.limits;
  const deadline = performance.now() + totalTimeout;
  let last: Retry | undefined;
  for (let attempt = 1; ; attempt++) {
    const left = deadline - performance.now();
    // In a busy process a wait may last far longer than asked.
    if (left <= 0) throw timedOut(request, totalTimeout, last);
    const outcome = await sendOnce(transport, request, attempt, left, last);
    if ("received" in outcome) return outcome;

    last = outcome;
    const wait = Math.min(last.delay, deadline - performance.now());
    if (last.delay > wait) {
      await pause(wait, request.signal);
      throw timedOut(request, totalTimeout, last);
    }
    transport.observe?.("onRetry", request, () => ({ attempt, ...outcome }));
    await pause(wait, request.signal);
  }
}

function sendOnce(
  { fetch, maxRetryDelay, observe }: Transport,
  request: OutgoingRequest,
  attempt: number,
  left: number,
  last: Retry | undefined,
): Promise<Answer | Retry> {
  const { method, headers, signal, stream } = request;
  const { timeout, totalTimeout, maxRetries, maxBodyBytes } = request.limits;
  const limit = Math.min(timeout, left);
  const isLast = attempt > maxRetries;
  let answer: Answer | undefined;

  function failed(thrown: unknown, passing: boolean): Retry {
    const cause = redactCause(request.redact, thrown);
    const facts = answer && factsOf(answer);
    const error = new ConnectionError(
      `${nameOf(request)} got no complete answer in ${attempt} attempt(s): ${said(cause)}`,
      { ...facts, cause },
    );
    if (isLast || !passing) throw error;
    return { delay: backoff(attempt - 1), ...facts, error };
  }

  function onTimeout(): Answer {
    // An error's status says enough, even where its body never ends.
    if (answer?.received.ok === false) return bounded(answer);
    throw timedOut(request, limit < timeout ? totalTimeout : timeout, {
      ...last,
      ...(answer && factsOf(answer)),
    });
  }

  return within(limit, signal, onTimeout, async (ended) => {
    observe?.("onRequest", request, () => ({ attempt, headers: Object.entries(headers) }));
    const sent = performance.now();
    const init: RequestInit = { method, headers, signal: ended, redirect: "manual" };
    let came: Answer;
    try {
      came = await lastAnswer(fetch, request, init);
    } catch (thrown) {
      // Neither a refused redirect nor a mistake in the caller's own fetch is a network failure: both are thrown as
      // they are.
      const failure = networkFailure(thrown);
      if (failure === undefined) throw thrown;
      return failed(thrown, failure === "passing");
    }
    answer = came;
    const head = came.received;
    try {
      // The answer may have come after the call had ended.
      ended.throwIfAborted();
      observe?.("onResponse", request, () => {
        const duration = performance.now() - sent;
        return { attempt, ...factsOf(came), duration, headers: head.headers };
      });
    } catch (reason) {
      void dropBody(head);
      throw reason;
    }

    if (head.ok && stream) return came;
    if (head.ok) {
      try {
        await readBody(came, maxBodyBytes + 1, ended);
      } catch (thrown) {
        if (thrown instanceof NoBytesError) throw thrown;
        // A body that breaks off is always the network's doing.
        return failed(thrown, true);
      }
      if (came.size > maxBodyBytes) {
        throw unusableBody(came, `longer than maxBodyBytes, ${maxBodyBytes}`, [
          { path: "", expected: `${maxBodyBytes} bytes at most`, received: "more" },
        ]);
      }
      return came;
    }
    const asked = serverDelay(head.headers) ?? 0;
    if (!isLast && mayPass(head.status) && asked <= maxRetryDelay) {
      void dropBody(head);
      return { delay: asked || backoff(attempt - 1), ...factsOf(came) };
    }
    // The status says enough: as much of the body as came will do.
    await readBody(came, MOST_KEPT + AT_CUT, ended).catch(() => {});
    return bounded(came);
  });
}

/** The answer at the end of its redirects, of which nothing has been read. */
async function lastAnswer(
  fetch: Fetch,
  request: OutgoingRequest,
  init: RequestInit,
): Promise<Answer> {
  let { url } = request;
  for (let hop = 0; ; hop++) {
    const received = checkedResponse(await fetch(url, init));
    const answer: Answer = { request, received, text: "", size: 0 };
    const target = redirectTarget(answer, url, hop);
    if (target === undefined) return answer;
    url = target;
  }
}

/** An error's answer with its body cut to what is kept. */
function bounded(answer: Answer): Answer {
  if (answer.size > MOST_KEPT) {
    const shown = answer.request.redact(answer.text).slice(0, -AT_CUT);
    // A mask may be longer than the secret.
    answer.text = shown.slice(0, MOST_KEPT);
    // Cut only once: after a timeout the reading may still come to its end, and call this again.
    answer.size = MOST_KEPT;
  }
  return answer;
}

function timedOut(
  request: OutgoingRequest,
  limit: number,
  last: Omit<Retry, "delay"> | undefined,
): TimeoutError {
  return new TimeoutError(`${nameOf(request)} was not answered whole within ${limit} ms`, {
    ...last,
    cause: last?.error,
  });
}

/**
 * What a fetch gave, if it can be used as a Response, whatever its class.
 *
 * @throws TypeError for all else.
 */
function checkedResponse(given: Response | undefined): Response {
  if (typeof given?.status === "number" && typeof given.headers?.get === "function") return given;
  throw invalid("what fetch gives", "a Response", given);
}

/** A runtime's own message says little; the reason is in its cause, for a host with several addresses only as a code. */
function said(thrown: unknown): string {
  type Thrown = { [key: string]: string; cause?: never };
  const { message, code, cause } = Object(thrown) as Thrown;
  const { message: why, code: inner } = Object(cause) as Thrown;
  return why || inner || message || `${code}`;
}
