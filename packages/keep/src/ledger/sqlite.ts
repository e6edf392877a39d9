import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { basename } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { SQLInputValue, StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { KeepError, messageOf } from "../words/keep-error.ts";
import { damaged, isRefusedWrite } from "../words/store-failures.ts";
import { namesIdInRow } from "../words/targets.ts";
import * as sql from "./sqlite-sql.ts";

/**
 * Opens a ledger's file; a new one is made unless it is only to be read.
 *
 * @throws KeepError when there is none to read, the file is no ledger, or a newer version of this package made it.
 */
export function openSqlite(file: string, readOnly: boolean) {
  if (!existsSync(file)) {
    if (readOnly) throw new KeepError(`${file}: expected a ledger, got ${whyNone(file)}.`);
    closeSync(openSync(file, "a", 0o600));
  }
  const db = openAtVersion(file, readOnly);
  db.function("names_id", (text, id) => Number(namesIdInRow(String(text ?? ""), String(id))));
  const statements = new Map<string, StatementSync>();

  function statement(text: string): StatementSync {
    const made = statements.get(text) ?? db.prepare(text);
    statements.set(text, made);
    return made;
  }

  return {
    all: <Row>(text: string, ...values: SQLInputValue[]) =>
      statement(text).all(...values) as unknown as Row[],
    /** Row by row, with a statement of its own: another reader must not reset it. */
    stream: <Row>(text: string, ...values: SQLInputValue[]) =>
      db.prepare(text).iterate(...values) as unknown as Iterable<Row>,
    /** Returns whether a row was changed. */
    run: (text: string, ...values: SQLInputValue[]) => statement(text).run(...values).changes > 0,
    /** All of the changes or none. */
    together: (change: () => void): void => {
      db.exec("BEGIN IMMEDIATE");
      try {
        change();
        db.exec("COMMIT");
      } catch (error) {
        if (db.isTransaction) db.exec("ROLLBACK");
        throw error;
      }
    },
    exec: (text: string) => db.exec(text),
    close: (): void => {
      statements.clear();
      db.close();
    },
  };
}

/** A file in a folder that may not be entered is not known to be none. */
function whyNone(file: string): string {
  try {
    statSync(file, { throwIfNoEntry: false });
    return "no such file";
  } catch (error) {
    return JSON.stringify(messageOf(error));
  }
}

function openAtVersion(file: string, readOnly: boolean): DatabaseSync {
  const db = openFile(file, readOnly);
  try {
    db.exec(readOnly ? sql.OPEN_TO_READ : sql.OPEN);
    expectVersion(db, file);
    if (!readOnly) db.exec(sql.CREATE);
    return db;
  } catch (error) {
    if (db.isOpen) db.close();
    if (!readOnly || !isRefusedWrite(error)) throw damaged(error) ?? error;
    if (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size) {
      throw new KeepError(
        `${file}: expected a ledger that can be read here, got one with ${basename(file)}-wal beside it, which SQLite reads only where it may write. Copy the store to such a place.`,
        { cause: error },
      );
    }
    return asItStands(file);
  }
}

/** @throws KeepError for a ledger that a newer version made, which is closed then. */
function expectVersion(db: DatabaseSync, file: string): void {
  const { user_version: version } = db.prepare(sql.VERSION_OF).get() as { user_version: number };
  if (version <= sql.VERSION) return;
  db.close();
  throw new KeepError(
    `${file}: expected a ledger of version ${sql.VERSION} or older, got ${version}: a newer np6-archives-keep made it.`,
  );
}

/** SQLite's own message does not name the file. */
function openFile(file: string, readOnly: boolean): DatabaseSync {
  try {
    return new DatabaseSync(file, { readOnly });
  } catch (error) {
    if (!readOnly) throw error;
    throw new KeepError(`${file}: expected a ledger that can be read, got "${messageOf(error)}".`, {
      cause: error,
    });
  }
}

/**
 * For a user who may only read: as immutable, the file needs no others beside it. Else SQLite has to write there even
 * to read, unless another process has left its files (https://sqlite.org/wal.html#readonly).
 */
function asItStands(file: string): DatabaseSync {
  const url = pathToFileURL(file);
  url.searchParams.set("immutable", "1");
  const db = new DatabaseSync(url, { readOnly: true });
  expectVersion(db, file);
  return db;
}
