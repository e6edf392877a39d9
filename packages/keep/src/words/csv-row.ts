/** One row as RFC 4180 writes it, without the line's end. */
export function csvRow(values: readonly (string | number | null | undefined)[]): string {
  return values.map((value) => csvField(String(value ?? ""))).join(",");
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * The fields of one row, or undefined while a quote is open. A reader of its own, and no library's: a library takes
 * all that follows a forgotten quote for one field, and thousands of rows would be lost in it without a word.
 */
export function csvFields(row: string): string[] | undefined {
  if (!row.includes('"')) return row.split(",");
  const fields: string[] = [];
  const field = /("(?:[^"]|"")*"|[^,"][^,]*|)(,|$)/y;
  while (field.lastIndex <= row.length) {
    const found = field.exec(row);
    if (found === null) return undefined;
    const [, text = "", end] = found;
    fields.push(text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text);
    if (end === "") return fields;
  }
  return fields;
}
