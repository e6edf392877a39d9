import { constants } from "node:os";
import { KeepError } from "./keep-error.ts";

/** Error codes of a place that cannot be written, also over a network. */
const CODES = new Set([
  "EACCES",
  "EBUSY",
  "EDQUOT",
  "EFBIG",
  "EHOSTDOWN",
  "EIO",
  "EMFILE",
  "ENFILE",
  "ENOSPC",
  "ENOTCONN",
  "EPERM",
  "EROFS",
  "ESTALE",
]);
/** Node.js has no name for a used-up quota, a stale NFS handle or a broken file system. */
const NAMELESS = /^Unknown system error -\d+/;
/** Codes of a place that accepts no more bytes. */
const REFUSED = new Set(["EACCES", "EDQUOT", "ENOSPC", "EPERM", "EROFS"]);
/** Error codes of a place that went away, or became something else, while it was in use. */
const GONE = new Set(["EEXIST", "ENOENT", "ENOTDIR"]);
/** SQLite's PERM, BUSY, READONLY, IOERR, FULL and CANTOPEN (https://sqlite.org/rescode.html). */
const SQLITE_CODES = new Set([3, 5, 8, 10, 13, 14]);

/** Codes of a place that accepts no more bytes: READONLY, IOERR, FULL and CANTOPEN. */
const SQLITE_REFUSED = new Set([8, 10, 13, 14]);

/** SQLite's ERROR (for our statements, a missing table), CORRUPT and NOTADB. */
const DAMAGED = new Set([1, 11, 26]);

/** The store or its ledger cannot be written: that is no item's fault, and the same call goes on where it stopped. */
export class UnwritableError extends KeepError {
  /** The class's name, also in minified code. */
  override name = "UnwritableError";
}

/** The system's error code, if there is one; otherwise Node.js' own. */
export function systemCode(error: unknown): string {
  const { code = "", errno = 0 } = (error ?? {}) as NodeJS.ErrnoException;
  if (!NAMELESS.test(code)) return code;
  const names = Object.entries(constants.errno);
  return names.find(([, number]) => number === -errno)?.[0] ?? code;
}

/** The error to report, if it means that a store cannot be written; undefined for any other. */
export function unwritable(
  error: unknown,
  wasOpen: boolean,
  what = "store",
): UnwritableError | undefined {
  if (error instanceof UnwritableError) return error;
  const { errcode, message } = error as Error & { errcode?: number };
  const code = systemCode(error);
  // The low byte is the code; the bytes above it only add detail.
  const isOne =
    CODES.has(code) ||
    NAMELESS.test(code) ||
    (wasOpen && GONE.has(code)) ||
    (errcode !== undefined && SQLITE_CODES.has(errcode & 0xff));
  if (!isOne) return undefined;
  // The name of an unfinished file is of no use to anybody, but that of the one which it was to become is.
  const told = message
    .replace(/, \w+ '.*\.part' -> /s, ", for ")
    .replace(/, \w+ '.*\.part'/s, "")
    .replace(/^(Unknown system error -\d+): \1/, code);
  return new UnwritableError(`The ${what} cannot be written: ${told}`, { cause: error });
}

/** Whether an error means that a place accepts no more bytes: it is read-only, or full. */
export function isRefusedWrite(error: unknown): boolean {
  const { errcode = 0 } = (error ?? {}) as { errcode?: number };
  return REFUSED.has(systemCode(error)) || SQLITE_REFUSED.has(errcode & 0xff);
}

/** The error to report, if it means that the ledger is damaged; undefined for any other. */
export function damaged(error: unknown): KeepError | undefined {
  const { errcode, message } = error as Error & { errcode?: number };
  if (errcode === undefined || !DAMAGED.has(errcode & 0xff)) return undefined;
  const got = `The ledger: expected a whole SQLite file, got another file or a damaged one (${message}).`;
  return new KeepError(got, { cause: error });
}
