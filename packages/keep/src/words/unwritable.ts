import { KeepError } from "./keep-error.ts";

/** What a file system says of a place that can not be written. */
const CODES = new Set([
  "EACCES",
  "EDQUOT",
  "EFBIG",
  "EIO",
  "EMFILE",
  "ENFILE",
  "ENOSPC",
  "EPERM",
  "EROFS",
]);
/** What it says of one that went while it was in use. */
const GONE = new Set(["ENOENT", "ENOTDIR"]);
/** SQLite's PERM, BUSY, READONLY, IOERR, FULL and CANTOPEN (https://sqlite.org/rescode.html). */
const SQLITE_CODES = new Set([3, 5, 8, 10, 13, 14]);

/** The store or its ledger can not be written: nothing that was asked for is to blame, and the same call goes on. */
export class UnwritableError extends KeepError {
  /** The class' name, also where code is minified. */
  override name = "UnwritableError";
}

/** The error as it is told, if it means that a store can not be written; undefined for any other. */
export function unwritable(error: unknown, wasOpen: boolean): UnwritableError | undefined {
  if (error instanceof UnwritableError) return error;
  const { code = "", errcode, message } = error as NodeJS.ErrnoException & { errcode?: number };
  // The low byte is the code, what is above it tells more of the same.
  const isOne =
    CODES.has(code) ||
    (wasOpen && GONE.has(code)) ||
    (errcode !== undefined && SQLITE_CODES.has(errcode & 0xff));
  if (!isOne) return undefined;
  return new UnwritableError(`The store can not be written: ${message}`, { cause: error });
}
