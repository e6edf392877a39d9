/** One row as RFC 4180 writes it, without the line's end. */
export function csvRow(values: readonly (string | number | null | undefined)[]): string {
  return values.map((value) => csvField(String(value ?? ""))).join(",");
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The fields of one row, or undefined while a quote is open. No library does this, as those take all that follows a
 * forgotten quote for one field: thousands of rows would be lost in it without a word.
 */
export function csvFields(row: string): string[] | undefined {
  if (!row.includes('"')) return row.split(",");
  const fields: string[] = [];
  for (let start = 0; start <= row.length;) {
    const isQuoted = row[start] === '"';
    const end = isQuoted ? endOfQuoted(row, start) : endOf(row, start);
    // Only a comma may follow a closing quote.
    if (end === undefined || (end < row.length && row[end] !== ",")) return undefined;
    const text = row.slice(start, end);
    fields.push(isQuoted ? text.slice(1, -1).replaceAll('""', '"') : text);
    start = end + 1;
  }
  return fields;
}

function endOf(row: string, start: number): number {
  const comma = row.indexOf(",", start);
  return comma < 0 ? row.length : comma;
}

/** The position after the closing quote, or undefined where there is none yet. */
function endOfQuoted(row: string, start: number): number | undefined {
  for (let at = start + 1; ; at += 2) {
    at = row.indexOf('"', at);
    if (at < 0) return undefined;
    if (row[at + 1] !== '"') return at + 1;
  }
}
