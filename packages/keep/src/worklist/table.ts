import { rowsOf } from "../csv/csv-rows.ts";
import type { CsvRow } from "../csv/csv-rows.ts";
import { KeepError, invalid } from "../words/keep-error.ts";
import { fileFrom } from "./file-from.ts";
import { csvColumns, surplus } from "./row-readers.ts";

/** A CSV whose rows are read one after the other. */
export interface Table {
  path: string;
  columns: string[];
  rows: AsyncIterable<TableRow>;
}

interface TableRow {
  line: number;
  fields: string[];
}

/**
 * Opens a CSV of sending events. Reading its rows rejects with KeepError at one that is no row: an event that is left
 * out would be an answer that is wrong.
 *
 * @throws KeepError when it cannot be read, or its header does not fit.
 */
export async function openTable(path: string): Promise<Table> {
  const rows = rowsOf(fileFrom("--sent", path));
  try {
    const { value: header } = await rows.next();
    if (!header) throw invalid("--sent", "a CSV with a header", "an empty file");
    const columns = csvColumns(header.text, KNOWN);
    return { path, columns, rows: wholeRows(path, columns, rows) };
  } catch (error) {
    await rows.return(undefined);
    throw error;
  }
}

const KNOWN = ["target", "action", "sentAt", "stamp"];

/** The error for a line of a table. */
export function refused(path: string, line: number, problem: string): KeepError {
  return new KeepError(`${path}, line ${line}: ${problem}`);
}

async function* wholeRows(
  path: string,
  columns: readonly string[],
  rows: AsyncIterable<CsvRow>,
): AsyncGenerator<TableRow> {
  for await (const row of rows) {
    const bad = "bad" in row ? row.bad : surplus(columns, row.fields);
    if (bad !== undefined) throw refused(path, row.line, bad);
    if (!("bad" in row)) yield row;
  }
}
