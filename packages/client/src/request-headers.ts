/** Headers as callers may give them. `undefined` keeps what is there, `null` removes it. */
export type RequestHeaders =
  | Headers
  | Iterable<readonly [string, string]>
  | Record<string, string | null | undefined>;

/**
 * Headers under lower-case names, so that the same header in another case is the same header.
 *
 * @throws TypeError for a name or value that HTTP does not allow. It shows no value: that may be a secret.
 */
export function headerRecord(headers: RequestHeaders | undefined): Record<string, string | null> {
  const record: Record<string, string | null> = {};
  if (headers === undefined) return record;
  for (const [name, value] of Symbol.iterator in headers ? headers : Object.entries(headers)) {
    if (value === undefined) continue;
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
      throw new TypeError(`${JSON.stringify(name)} is not a valid header name.`);
    }
    if (value !== null && !isHeaderValue(value)) {
      throw new TypeError(`The value of the header ${name} is not valid.`);
    }
    record[name.toLowerCase()] = value;
  }
  return record;
}

/** The headers of two records that are sent: the later beats the earlier, `null` removes. */
export function sentHeaders(
  base: Record<string, string | null>,
  own: Record<string, string | null>,
): Record<string, string> {
  const sent: Record<string, string> = {};
  for (const name in base) {
    const value = name in own ? own[name] : base[name];
    if (typeof value === "string") sent[name] = value;
  }
  for (const name in own) {
    const value = own[name];
    if (typeof value === "string") sent[name] = value;
  }
  return sent;
}

/** Whether a text can travel as a header's value: visible Latin-1, with spaces and tabs only inside. */
export function isHeaderValue(value: unknown): boolean {
  return (
    typeof value === "string" &&
    /^(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?$/.test(value)
  );
}
