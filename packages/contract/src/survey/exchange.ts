import type { MailArchive } from "@np6-archives/spec";
import type { Violation } from "../exchange/violation.ts";

/** One request and what came of it. */
export interface Exchange {
  /** Method, path and query, and what was odd about it: `GET /targets/000T123/archives, without a key`. */
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
  /** Whether it failed, or was rate limited, and was tried again. */
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
    /** There was no connection to begin with; that may pass. */
    | "unreachable"
    /** Nothing came of asking for a connection, for as long as TCP itself asks. */
    | "dropped"
    /**
     * What is there speaks no HTTP, no TLS, shows a certificate that is not trusted, or is a proxy that lets nobody
     * through. That does not pass.
     */
    | "not-http";
}

/** Whether it is a limit of ours that was broken, of which no document knows. */
export function isOurLimit(failure: Failure | undefined): boolean {
  return failure?.kind === "deadline" || failure?.kind === "dropped";
}

/** Whether the server never came to say what it had to: no whole answer, or a failure of its own, or a time that is up. */
export function isLost({ failure, status }: Exchange): boolean {
  return failure !== undefined || status === 408 || (status !== undefined && status >= 500);
}

/** Whether it says nothing of an API being there: lost, or sent elsewhere. */
export function isNoApi(exchange: Exchange | undefined): boolean {
  return exchange === undefined || isLost(exchange) || isRedirect(exchange);
}

export function isRedirect({ status }: Exchange): boolean {
  return status !== undefined && status >= 300 && status < 400;
}

export function isRefused(exchange: Exchange | undefined): boolean {
  return exchange?.status === 401 || exchange?.status === 403;
}

/** The request's id, which the vendor's support asks for, or Azure's for a link; undefined where there is none. */
export function requestIdOf({ headers }: Exchange): string | undefined {
  return headers.get("x-request-id")?.trim() || headers.get("x-ms-request-id")?.trim() || undefined;
}
