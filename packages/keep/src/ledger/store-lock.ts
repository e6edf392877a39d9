import { accessSync, chownSync, closeSync, constants, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { KeepError } from "../words/keep-error.ts";
import { damaged } from "../words/store-failures.ts";

/**
 * Takes a store, or the ledger of one, for this process alone. SQLite takes a lock of the operating system, which a
 * process that is killed holds no longer.
 *
 * @throws KeepError when another process has it, or the file is no lock.
 */
export function lockStore(path: string, option = "--store"): () => void {
  makeLockFile(path);
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (damaged(error)) {
      const what = "the lock of a store, which is an empty file, got another one";
      throw new KeepError(`${path}: expected ${what}. Remove it while nothing works there.`, {
        cause: error,
      });
    }
    if ((error as { errcode?: number }).errcode !== 5) throw error;
    throw new KeepError(
      `${option}: expected one that is free, got one that another command is working on.`,
      { cause: error },
    );
  }
  return () => db.close();
}

/**
 * On POSIX a process that closes any descriptor of a file loses all its locks on it, also those of SQLite. So an
 * existing lock file is opened by SQLite alone
 * (https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
 */
function makeLockFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
    // Otherwise a first run as root would lock out the user that runs it later.
    if (process.getuid?.() === 0) {
      const { uid, gid } = statSync(dirname(path));
      chownSync(path, uid, gid);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    // SQLite opens a file that cannot be written read-only, and then locks nothing.
    accessSync(path, constants.W_OK);
  }
}
