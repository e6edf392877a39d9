import { rowsOf } from "../csv/csv-rows.ts";
import type { CsvRow } from "../csv/csv-rows.ts";
import { isCalendarDay } from "../run/run-limits.ts";
import { KeepError, invalid } from "../words/keep-error.ts";
import { fileFrom } from "../worklist/file-from.ts";
import { csvColumns, garbled, surplus } from "../worklist/row-readers.ts";

/**
 * One sending. A fact that is not known is an empty text, and NaN as the instant; the instant of a day is its first.
 */
export interface Sending {
  fields: string[];
  target: string;
  action: string;
  stamp: string;
  sentAt: number;
  isDay: boolean;
}

const KNOWN = ["target", "action", "sentAt", "stamp"];
const ISO = /^(\d{4}-\d\d-\d\d)(?:([T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d(?::?\d\d)?)?)?$/;
const IS_DAY = /^\d{4}-\d\d-\d\d$/;

/**
 * Opens a CSV of sending events, to be read one by one. Reading rejects with KeepError at a bad row: leaving an event
 * out would give a wrong answer.
 *
 * Rejects with KeepError when it cannot be read, or its header does not fit.
 */
export async function openSendings(path: string) {
  const rows = rowsOf(fileFrom("--sent", path));
  try {
    const { value: header } = await rows.next();
    if (!header) throw invalid("--sent", "a CSV with a header", "an empty file");
    const columns = csvColumns(header.text, KNOWN);
    return { columns, sendings: sendingsOf(path, columns, rows) };
  } catch (error) {
    await rows.return(undefined);
    throw error;
  }
}

async function* sendingsOf(
  path: string,
  columns: readonly string[],
  rows: AsyncIterable<CsvRow>,
): AsyncGenerator<Sending> {
  for await (const row of rows) {
    const sending = "bad" in row ? row.bad : sendingOf(row.fields, columns);
    if (typeof sending === "string") {
      throw new KeepError(`${path}, line ${row.line}: ${sending}`);
    }
    yield sending;
  }
}

/** The sending of a row, or what is wrong with it. */
function sendingOf(fields: string[], columns: readonly string[]): Sending | string {
  const value = (name: string) => (fields[columns.indexOf(name)] ?? "").trim();
  const [target, action, stamp] = [value("target"), value("action"), value("stamp")];
  const bad = surplus(columns, fields) ?? garbled(target, action, stamp);
  if (bad !== undefined) return bad;
  const sent = value("sentAt");
  const sentAt = instantOf(sent);
  if (sentAt === undefined) {
    return invalid("sentAt", "an ISO 8601 instant such as 2026-02-01T09:00:00Z", sent).message;
  }
  return { fields, target, action, stamp, sentAt, isDay: IS_DAY.test(sent) };
}

/** Without a zone it is UTC. NaN for an empty text, undefined for one that is no instant. */
function instantOf(text: string): number | undefined {
  if (text === "") return Number.NaN;
  const [, day = "", time = "T00:00", zone = "Z"] = ISO.exec(text) ?? [];
  // PostgreSQL writes an offset of whole hours without minutes, which Date does not read.
  const minutes = /^[+-]\d\d$/.test(zone) ? ":00" : "";
  const instant = Date.parse(`${day}${time.replace(" ", "T")}${zone}${minutes}`);
  return isCalendarDay(day) && !Number.isNaN(instant) ? instant : undefined;
}
