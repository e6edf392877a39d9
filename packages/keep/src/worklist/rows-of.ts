import { csvFields } from "../words/csv-row.ts";
import { invalid } from "../words/keep-error.ts";

/** A row of a worklist. */
export type WorklistRow =
  | { line: number; target: string; action: string; stamp: string; extra: string }
  | { line: number; bad: string; text: string };

/** Turns physical lines into rows. A row may take several lines, so it remembers. */
export interface RowReader {
  /** The rows that this line completes. */
  take(text: string, line: number): WorklistRow[];
  /** The rows that were waiting for more. */
  end(): WorklistRow[];
}

/** A quoted field over more lines than this is a forgotten quote. */
const MOST_LINES = 50;

const NAMED = ["target", "action", "stamp"];

/**
 * Reads the header of a CSV.
 *
 * @throws KeepError when it names neither `target` nor `stamp`.
 */
export function csvColumns(header: string): string[] {
  const columns = (csvFields(header) ?? []).map((name) => name.trim());
  const twice = NAMED.find((name) => columns.indexOf(name) !== columns.lastIndexOf(name));
  if (twice !== undefined || !(columns.includes("target") || columns.includes("stamp"))) {
    throw invalid(
      "The first line",
      "a header with a column target, or action and target, or stamp, each once",
      header.slice(0, 80),
    );
  }
  return columns;
}

/** Reads the rows of a CSV whose header is known. */
export function csvRows(columns: readonly string[]): RowReader {
  let waiting: { text: string; line: number }[] = [];

  function row(text: string, line: number, fields: readonly string[]): WorklistRow {
    if (fields.length > columns.length) {
      const reason = `The row: expected ${columns.length} columns, got ${fields.length}.`;
      return { line, bad: reason, text };
    }
    return rowOf(
      line,
      text,
      (name) => fields[columns.indexOf(name)] ?? "",
      () =>
        Object.fromEntries(
          columns.flatMap((name, i) => (NAMED.includes(name) ? [] : [[name, fields[i] ?? ""]])),
        ),
    );
  }

  /** The quote of the first line that waits is never closed: it is bad, and the others are read by themselves. */
  function giveUp(): WorklistRow[] {
    const [first, ...others] = waiting;
    waiting = [];
    if (first === undefined) return [];
    const reason = "The row: expected each quoted field to be closed, got a quote that is not.";
    const rest = others.flatMap(({ text, line }) => take(text, line));
    return [{ line: first.line, bad: reason, text: first.text }, ...rest];
  }

  function take(text: string, line: number): WorklistRow[] {
    if (waiting.length === 0 && text.trim() === "") return [];
    waiting.push({ text, line });
    const whole = waiting.length === 1 ? text : waiting.map((part) => part.text).join("\n");
    const fields = csvFields(whole);
    if (fields !== undefined) {
      const start = waiting[0]?.line ?? line;
      waiting = [];
      return [row(whole, start, fields)];
    }
    return waiting.length >= MOST_LINES ? giveUp() : [];
  }

  function end(): WorklistRow[] {
    const rows: WorklistRow[] = [];
    while (waiting.length > 0) rows.push(...giveUp());
    return rows;
  }

  return { take, end };
}

/** Reads the rows of NDJSON, an object a line. */
export function jsonRows(): RowReader {
  return { take: jsonRow, end: () => [] };
}

function jsonRow(text: string, line: number): WorklistRow[] {
  if (text.trim() === "") return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Told below: it is no object.
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [{ line, bad: "The line: expected a JSON object, got something else.", text }];
  }
  const object = value as Record<string, unknown>;
  const wrong = NAMED.find(
    (name) =>
      !["string", "number", "undefined"].includes(typeof object[name]) && object[name] !== null,
  );
  if (wrong !== undefined) {
    return [{ line, bad: `${wrong}: expected a text, got ${typeof object[wrong]}.`, text }];
  }
  const others = () =>
    Object.fromEntries(Object.entries(object).filter(([name]) => !NAMED.includes(name)));
  return [
    rowOf(line, text, (name) => String((object[name] as string | number | null) ?? ""), others),
  ];
}

/** The item that a row's values name. Where a stamp is given it is asked for: it is the narrowest. */
function rowOf(
  line: number,
  text: string,
  value: (name: string) => string,
  others: () => object,
): WorklistRow {
  const [target = "", action = "", stamp = ""] = NAMED.map((name) => value(name).trim());
  const extra = JSON.stringify(others());
  const carried = extra === "{}" ? "" : extra;
  if (stamp !== "") return { line, target: "", action: "", stamp, extra: carried };
  if (target !== "") return { line, target, action, stamp, extra: carried };
  const got = action === "" ? "neither" : "an action alone";
  return { line, bad: `The row: expected a target or a stamp, got ${got}.`, text };
}
