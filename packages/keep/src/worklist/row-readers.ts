import { csvFields } from "../csv/csv-row.ts";
import { csvRows } from "../csv/csv-rows.ts";
import type { CsvRow, RowReader } from "../csv/csv-rows.ts";
import { invalid } from "../words/keep-error.ts";
import { plural } from "../words/plural.ts";

/** A row of a worklist. */
export type WorklistRow =
  | { line: number; target: string; action: string; stamp: string; extra: string }
  | { line: number; bad: string; text: string };

const NAMED = ["target", "action", "stamp"];

/**
 * Reads the header of a CSV.
 *
 * @param known the columns that are read.
 * @throws KeepError when it has neither `target` nor `stamp`, has a known column twice, or misspells one.
 */
export function csvColumns(header: string, known: readonly string[] = NAMED): string[] {
  const columns = (csvFields(header) ?? []).map((name) => name.trim());
  const twice = known.find((name) => columns.indexOf(name) !== columns.lastIndexOf(name));
  if (twice !== undefined || !(columns.includes("target") || columns.includes("stamp"))) {
    throw invalid(
      "The first line",
      "a header in UTF-8, columns separated by commas, with target, or action and target, or stamp, each once",
      header.slice(0, 80),
    );
  }
  const meant = misspelt(columns, known);
  if (meant) throw invalid("The first line", `the column ${meant.name}`, meant.column);
  return columns;
}

const bare = (name: string) => name.toLowerCase().replaceAll(/[\s_-]/g, "");

/** A column that differs from a known one only in case or in what joins its words. */
function misspelt(columns: readonly string[], known: readonly string[]) {
  return columns
    .filter((column) => !known.includes(column))
    .map((column) => ({ column, name: known.find((name) => bare(name) === bare(column)) }))
    .find(({ name }) => name !== undefined && !columns.includes(name));
}

/** The error for a row with more fields than columns; undefined for any other. */
export function surplus(columns: readonly string[], fields: readonly string[]): string | undefined {
  return fields.length > columns.length
    ? `The row: expected ${plural(columns.length, "column")}, got ${fields.length}.`
    : undefined;
}

/**
 * The error for ids from a text that is not UTF-8; undefined for any others. Different bytes become the same U+FFFD,
 * and so do lone surrogates that JSON escapes.
 */
export function garbled(...ids: string[]): string | undefined {
  return ids.some((id) => id.toWellFormed().includes("\uFFFD"))
    ? "The row: expected ids in UTF-8, got U+FFFD in place of what is not."
    : undefined;
}

/** Reads the rows of a worklist in CSV whose header is known. */
export function csvItems(columns: readonly string[]): RowReader<WorklistRow> {
  const reader = csvRows();

  function item(row: CsvRow): WorklistRow {
    if ("bad" in row) return row;
    const { line, text, fields } = row;
    const bad = surplus(columns, fields);
    if (bad !== undefined) return { line, bad, text };
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

  return {
    take: (text, line) => reader.take(text, line).map(item),
    end: () => reader.end().map(item),
  };
}

/** Reads the rows of a worklist in NDJSON, an object a line. */
export function jsonItems(): RowReader<WorklistRow> {
  return { take: jsonRow, end: () => [] };
}

function jsonRow(text: string, line: number): WorklistRow[] {
  if (text.trim() === "") return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Reported below as no object.
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [{ line, bad: "The line: expected a JSON object, got something else.", text }];
  }
  const object = value as Record<string, unknown>;
  const meant = misspelt(Object.keys(object), NAMED);
  if (meant) {
    return [{ line, bad: `The line: expected the key ${meant.name}, got ${meant.column}.`, text }];
  }
  const wrong = NAMED.find((name) => !isId(object[name]));
  if (wrong !== undefined) {
    const got =
      typeof object[wrong] === "number" ? "a number that loses digits" : typeof object[wrong];
    return [{ line, bad: `${wrong}: expected a text, got ${got}.`, text }];
  }
  const others = () =>
    Object.fromEntries(Object.entries(object).filter(([name]) => !NAMED.includes(name)));
  return [
    rowOf(line, text, (name) => String((object[name] as string | number | null) ?? ""), others),
  ];
}

/** A number beyond JavaScript's precision would ask for another id. */
function isId(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    typeof value === "string" ||
    Number.isSafeInteger(value)
  );
}

/** The item of a row's values. If there is a stamp, it is what is asked for, as it is the narrowest. */
function rowOf(
  line: number,
  text: string,
  value: (name: string) => string,
  others: () => object,
): WorklistRow {
  const [target = "", action = "", stamp = ""] = NAMED.map((name) => value(name).trim());
  const bad = garbled(target, action, stamp);
  if (bad !== undefined) return { line, bad, text };
  const extra = JSON.stringify(others());
  const carried = extra === "{}" ? "" : extra;
  if (stamp !== "") return { line, target, action: "", stamp, extra: carried };
  if (target !== "") return { line, target, action, stamp, extra: carried };
  const got = action === "" ? "neither" : "an action alone";
  return { line, bad: `The row: expected a target or a stamp, got ${got}.`, text };
}
