import type { MailArchive } from "@np6-archives/spec";
import type { Violation } from "../exchange/violation.ts";

/** One request and its outcome. */
export interface Exchange {
  /** Method, path and query, and what was unusual: `GET /targets/000T123/archives, without a key`. */
  label: string;
  /** Undefined when no answer came. */
  status: number | undefined;
  headers: Headers;
  body: Uint8Array;
  /** False where there is more of the body than was read. */
  isWhole: boolean;
  /** Why there is no whole answer. */
  failure: Failure | undefined;
  /** Why earlier tries of the same request failed: a status, a connection, a deadline. */
  failedTries: readonly string[];
  /** Whether it failed or was rate limited, and was then repeated. */
  wasTriedAgain: boolean;
  /** Milliseconds from the request to the end of its answer. */
  duration: number;
  /** Where the answer is not what the contract says. */
  violations: Violation[];
  /** The list of a 200 answer that keeps the contract. */
  archives: MailArchive[] | undefined;
}

/** Why a request got no whole answer. */
export interface Failure {
  reason: string;
  kind:
    | "deadline"
    /** The connection was there, and broke. */
    | "broken"
    /** There was no connection at all; that may pass. */
    | "unreachable"
    /** No connection was made in the time in which TCP itself retries. */
    | "dropped"
    /**
     * What is there speaks neither HTTP nor TLS, has an untrusted certificate, or is a proxy that refuses everybody.
     * That does not pass.
     */
    | "not-http";
}

/** Whether it broke one of our own limits, which no document knows. */
export function isOurLimit(failure: Failure | undefined): boolean {
  return failure?.kind === "deadline" || failure?.kind === "dropped";
}

/** Whether there is no real answer: none that is whole, or a failure of the server or a timeout. */
export function isLost({ failure, status }: Exchange): boolean {
  return failure !== undefined || status === 408 || (status !== undefined && status >= 500);
}

/** Whether it is no sign of an API: lost, or a redirect. */
export function isNoApi(exchange: Exchange | undefined): boolean {
  return exchange === undefined || isLost(exchange) || isRedirect(exchange);
}

export function isRedirect({ status }: Exchange): boolean {
  return status !== undefined && status >= 300 && status < 400;
}

export function isRefused(exchange: Exchange | undefined): boolean {
  return exchange?.status === 401 || exchange?.status === 403;
}

/** The request id, which the vendor's support asks for, or Azure's for a link; undefined where there is none. */
export function requestIdOf({ headers }: Exchange): string | undefined {
  return headers.get("x-request-id")?.trim() || headers.get("x-ms-request-id")?.trim() || undefined;
}
