import { csvFields } from "./csv-row.ts";
import { linesOf } from "./lines.ts";

/** A row of a CSV. */
export type CsvRow =
  | { line: number; text: string; fields: string[] }
  | { line: number; text: string; bad: string };

/** Turns lines into rows. It holds lines back until a row that takes several of them is complete. */
export interface RowReader<Row> {
  /** The rows that this line completes. */
  take(text: string, line: number): Row[];
  /** The rows of the lines that were still held back. */
  end(): Row[];
}

/** A quoted field over more lines than this is a forgotten quote. */
const MOST_LINES = 50;

/** Reads the rows of a CSV, its header too. */
export function csvRows(): RowReader<CsvRow> {
  let waiting: { text: string; line: number }[] = [];

  /** The quote in the first waiting line is never closed: that line is a bad row, and the others are read anew. */
  function giveUp(): CsvRow[] {
    const [first, ...others] = waiting;
    waiting = [];
    if (first === undefined) return [];
    const reason = `The row: expected each quoted field to be closed within ${MOST_LINES} lines, got a quote that is not.`;
    const rest = others.flatMap(({ text, line }) => take(text, line));
    return [{ line: first.line, bad: reason, text: first.text }, ...rest];
  }

  function take(text: string, line: number): CsvRow[] {
    if (waiting.length === 0 && text.trim() === "") return [];
    waiting.push({ text, line });
    const whole = waiting.length === 1 ? text : waiting.map((part) => part.text).join("\n");
    const fields = csvFields(whole);
    if (fields !== undefined) {
      const start = waiting[0]?.line ?? line;
      waiting = [];
      return [{ line: start, text: whole, fields }];
    }
    return waiting.length >= MOST_LINES ? giveUp() : [];
  }

  function end(): CsvRow[] {
    const rows: CsvRow[] = [];
    while (waiting.length > 0) rows.push(...giveUp());
    return rows;
  }

  return { take, end };
}

/** The rows of a CSV, its header and those that are broken too. */
export async function* rowsOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRow> {
  for await (const rows of rowsTogether(bytes)) yield* rows;
}

/** As {@link rowsOf}, in batches as they come: awaiting millions of rows one by one would take most of the time. */
export async function* rowsTogether(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRow[]> {
  const reader = csvRows();
  let line = 0;
  for await (const { lines } of linesOf(bytes)) {
    yield lines.flatMap((text) => {
      line += 1;
      return reader.take(text, line);
    });
  }
  yield reader.end();
}
