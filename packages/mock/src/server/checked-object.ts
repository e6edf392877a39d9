/**
 * The entries of an object that may come from anywhere, such as the body of a control request.
 *
 * @throws TypeError when it is no object, or has a name that is not among these.
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
  const unknownName = Object.keys(value).find((name) => !names.includes(name));
  if (unknownName !== undefined) {
    throw new TypeError(
      `${what}: expected no more than ${names.join(", ")}, got ${shown(unknownName)}.`,
    );
  }
  return value as Record<string, unknown>;
}

/**
 * A value as an error shows it: as JSON, except for numbers, some of which JSON cannot write, and cut where it gets
 * long.
 */
export function shown(value: unknown): string {
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return (text ?? String(value)).slice(0, 80);
}
