import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { csvFields } from "../words/csv-row.ts";
import { KeepError, invalid } from "../words/keep-error.ts";
import { csvColumns } from "./rows-of.ts";

/** A CSV whose rows are read one after the other. */
export interface Table {
  columns: string[];
  rows: AsyncIterable<string[]>;
}

/**
 * Opens a CSV of sending events. Reading its rows rejects with KeepError at a quote that is not closed: an event that
 * is left out would be an answer that is wrong.
 *
 * @throws KeepError when it can not be read, or its header does not fit.
 */
export async function openTable(path: string): Promise<Table> {
  const rows = rowsOf(path);
  const { value: header } = await rows.next();
  if (header === undefined) throw invalid("--sent", "a CSV with a header", "an empty file");
  return { columns: csvColumns(header.text), rows: fieldsOf(rows) };
}

async function* fieldsOf(rows: AsyncIterable<{ fields: string[] }>): AsyncGenerator<string[]> {
  for await (const { fields } of rows) yield fields;
}

async function* rowsOf(path: string): AsyncGenerator<{ text: string; fields: string[] }> {
  let text = "";
  let line = 0;
  let start = 1;
  try {
    for await (const read of createInterface({
      input: createReadStream(path),
      crlfDelay: Infinity,
    })) {
      line += 1;
      if (text === "") start = line;
      text = text === "" ? read.replace(/^\uFEFF/, "") : `${text}\n${read}`;
      if (text.trim() === "") text = "";
      const fields = text === "" ? undefined : csvFields(text);
      if (fields === undefined) continue;
      yield { text, fields };
      text = "";
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new KeepError(invalid("--sent", `a file that can be read (${code})`, path).message, {
      cause: error,
    });
  }
  if (text !== "")
    throw invalid("--sent", `closed quotes from line ${start} on`, text.slice(0, 40));
}
