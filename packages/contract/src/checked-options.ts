/** What an option has to be, and whether a value is one. */
export type Kind = readonly [expected: string, isOne: (value: unknown) => boolean];

/**
 * Checks the options that a program passes; each of them may be left out.
 *
 * @param name the function that takes the options, for the error.
 * @param tell puts a value of an option into words, without what is secret in it.
 * @throws TypeError for an unknown option, and for a value that the option cannot have.
 */
export function checkOptions(
  name: string,
  options: unknown,
  kinds: Readonly<Record<string, Kind>>,
  tell: (value: unknown, option?: string) => string,
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${name}: expected an object with options, got ${tell(options)}.`);
  }
  for (const [option, value] of Object.entries(options)) {
    if (!Object.hasOwn(kinds, option)) {
      const known = Object.keys(kinds).join(", ");
      throw new TypeError(`${name}: expected one of the options ${known}, got ${tell(option)}.`);
    }
    const [expected, isOne] = kinds[option]!;
    if (value !== undefined && !isOne(value)) {
      throw new TypeError(`${option}: expected ${expected}, got ${tell(value, option)}.`);
    }
  }
}
