import { UnwritableError } from "../words/store-failures.ts";

/** Codes for a connection that could not be made, or broke. */
const AWAY = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
]);
/**
 * SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html: connections that broke (08), a server that
 * stops, crashes or starts (57P0x), a standby (25006).
 */
const GONE = /^(08...|57P0[123]|25006)$/;
/**
 * A connection that was idle or in a transaction for too long (57P05, 25P0x), too many connections (53300), a deadlock
 * or a serialization failure (40).
 */
const PASSING = /^(57P05|25P0[34]|53300|40001|40P01)$/;
/** SQLSTATE for a write to a standby, which is read-only. */
export const STANDBY = "25006";
/** A disk that is full, and other things that the server cannot get (53), or cannot do with its files (58). */
const UNWRITABLE = /^(53[12]..|58...)$/;
const BROKEN =
  /connection terminated|not queryable|timeout expired|timeout exceeded when trying to connect/i;

/** Whether a retry may succeed. */
export function isPassing(error: unknown): boolean {
  return isGone(error) || PASSING.test((error as NodeJS.ErrnoException).code ?? "");
}

/** Whether the server went away, or was not there. */
export function isGone(error: unknown): boolean {
  const { code = "", syscall, message } = error as NodeJS.ErrnoException;
  // A socket that is a file goes with its server.
  const isSocket = code === "ENOENT" && syscall === "connect";
  return isSocket || isNowhere(error) || AWAY.has(code) || GONE.test(code) || BROKEN.test(message);
}

/** Whether the host has no address: where it had one, its container restarts; where it never had, it was mistyped. */
export function isNowhere(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOTFOUND";
}

/** The error to report: a full disk is not the fault of the query. */
export function told(error: unknown): unknown {
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (!UNWRITABLE.test(code)) return error;
  return new UnwritableError(`The ledger cannot be written: ${message}`, { cause: error });
}

export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return message || code || "no answer";
}

export function unreached(error: unknown): UnwritableError {
  return new UnwritableError(`The ledger cannot be reached: ${reasonOf(error)}`, { cause: error });
}
