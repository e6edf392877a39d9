import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { KeepError } from "../words/keep-error.ts";

/**
 * Takes a store for this process alone. The lock is the operating system's, by way of SQLite: a process that is
 * killed holds it no longer.
 *
 * @throws KeepError when another process has it.
 */
export function lockStore(path: string): () => void {
  closeSync(openSync(path, "a", 0o600));
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if ((error as { errcode?: number }).errcode !== 5) throw error;
    throw new KeepError(
      "--store: expected one that is free, got one that another run is working on.",
      {
        cause: error,
      },
    );
  }
  return () => db.close();
}
