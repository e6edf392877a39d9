/** How a request chooses an answer of Prism's own with the header `Prefer`, as in Prism. */
export interface Preference {
  /** `code=404`: this documented status. */
  code?: number;
  /** `example=many`: this named example of the spec. */
  example?: string;
  /** `dynamic=true`: values invented from the schema; `dynamic=false`: the first example. */
  dynamic?: boolean;
  /** `seed=any`: the same invented values each time. */
  seed?: string;
}

/**
 * Reads a `Prefer` header. Undefined when it asks for nothing that Prism knows.
 *
 * @throws TypeError when a value is of the wrong kind, in words for the person who sent it.
 */
export function parsePrefer(header: string | undefined): Preference | undefined {
  if (header === undefined) return undefined;
  const preference: Preference = {};
  for (const [, name = "", quoted, bare] of header.matchAll(
    /(?:^|,)\s*([^\s=,;]+)\s*(?:=\s*(?:"([^"]*)"|([^,;]*)))?[^,]*/g,
  )) {
    const value = (quoted ?? bare ?? "").trim();
    switch (name.toLowerCase()) {
      case "code":
        if (!/^[1-5]\d\d$/.test(value)) {
          throw new TypeError(
            `Prefer: expected code=STATUS, such as code=404, got ${quote(value)}.`,
          );
        }
        preference.code ??= Number(value);
        break;
      case "example":
        if (value === "") throw new TypeError("Prefer: expected example=NAME, got no name.");
        preference.example ??= value;
        break;
      case "dynamic":
        if (value !== "true" && value !== "false") {
          throw new TypeError(
            `Prefer: expected dynamic=true or dynamic=false, got ${quote(value)}.`,
          );
        }
        preference.dynamic ??= value === "true";
        break;
      case "seed":
        preference.seed ??= value;
        break;
      default:
      // Other preferences (return=minimal, ...) are for other servers: RFC 7240 says to ignore them.
    }
  }
  return Object.keys(preference).length === 0 ? undefined : preference;
}

function quote(value: string): string {
  return JSON.stringify(value.slice(0, 40));
}
