import { constants } from "node:os";
import { KeepError } from "./keep-error.ts";

/** What a file system says of a place that cannot be written, one that is reached by a network among them. */
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
/** Node.js has no name for a quota that is used up, a handle that NFS lost, or a file system that is broken. */
const NAMELESS = /^Unknown system error -\d+/;
/** Those of a place that takes no byte more. */
const REFUSED = new Set(["EACCES", "EDQUOT", "ENOSPC", "EPERM", "EROFS"]);
/** What it says of one that went, or became something else, while it was in use. */
const GONE = new Set(["EEXIST", "ENOENT", "ENOTDIR"]);
/** SQLite's PERM, BUSY, READONLY, IOERR, FULL and CANTOPEN (https://sqlite.org/rescode.html). */
const SQLITE_CODES = new Set([3, 5, 8, 10, 13, 14]);

/** Those of a place that takes no byte more: READONLY, IOERR, FULL and CANTOPEN. */
const SQLITE_REFUSED = new Set([8, 10, 13, 14]);

/** SQLite's ERROR, which our statements meet where a table is not there, CORRUPT and NOTADB. */
const DAMAGED = new Set([1, 11, 26]);

/** The store or its ledger cannot be written: no item is to blame for that, and the same call goes on where it stopped. */
export class UnwritableError extends KeepError {
  /** The class' name, also where code is minified. */
  override name = "UnwritableError";
}

/** The system's name for what failed, where it has one; otherwise what Node.js calls it. */
export function systemCode(error: unknown): string {
  const { code = "", errno = 0 } = (error ?? {}) as NodeJS.ErrnoException;
  if (!NAMELESS.test(code)) return code;
  const names = Object.entries(constants.errno);
  return names.find(([, number]) => number === -errno)?.[0] ?? code;
}

/** The error as it is told, if it means that a store cannot be written; undefined for any other. */
export function unwritable(
  error: unknown,
  wasOpen: boolean,
  what = "store",
): UnwritableError | undefined {
  if (error instanceof UnwritableError) return error;
  const { errcode, message } = error as Error & { errcode?: number };
  const code = systemCode(error);
  // The low byte is the code, what is above it tells more of the same.
  const isOne =
    CODES.has(code) ||
    NAMELESS.test(code) ||
    (wasOpen && GONE.has(code)) ||
    (errcode !== undefined && SQLITE_CODES.has(errcode & 0xff));
  if (!isOne) return undefined;
  // The name of a half file tells nobody anything.
  const told = message
    .replace(/, \w+ '.*\.part.*$/s, "")
    .replace(/^(Unknown system error -\d+): \1/, code);
  return new UnwritableError(`The ${what} cannot be written: ${told}`, { cause: error });
}

/** Whether an error means that a place takes no byte: it may only be read, or is full. */
export function isRefusedWrite(error: unknown): boolean {
  const { errcode = 0 } = (error ?? {}) as { errcode?: number };
  return REFUSED.has(systemCode(error)) || SQLITE_REFUSED.has(errcode & 0xff);
}

/** The error as it is told, if it means that the ledger is damaged; undefined for any other. */
export function damaged(error: unknown): KeepError | undefined {
  const { errcode, message } = error as Error & { errcode?: number };
  if (errcode === undefined || !DAMAGED.has(errcode & 0xff)) return undefined;
  const got = `The ledger: expected a whole SQLite file, got another file or a damaged one (${message}).`;
  return new KeepError(got, { cause: error });
}
