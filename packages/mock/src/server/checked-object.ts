/**
 * The entries of an object that may come from anywhere, such as the body of a control request.
 *
 * @throws TypeError when it is no object, or holds another name than these.
 */
export function entriesOf(
  value: unknown,
  what: string,
  names: readonly string[],
  expected = "an object",
): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`${what}: expected ${expected}, got ${shown(value)}.`);
  }
  const stranger = Object.keys(value).find((name) => !names.includes(name));
  if (stranger !== undefined) {
    throw new TypeError(
      `${what}: expected no more than ${names.join(", ")}, got ${shown(stranger)}.`,
    );
  }
  return value as Record<string, unknown>;
}

/** A value in an error sentence: as JSON, which has no word for some numbers, cut where it gets long. */
export function shown(value: unknown): string {
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return (text ?? String(value)).slice(0, 80);
}
