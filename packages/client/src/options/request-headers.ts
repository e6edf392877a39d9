import { invalid, kindOf } from "../errors/invalid.ts";

/** Headers as callers may give them. `undefined` keeps what is there, `null` removes it. */
export type RequestHeaders =
  | Iterable<readonly [string, string]>
  | Record<string, string | null | undefined>;

/**
 * `base` with `headers` over it, under lower-case names, so that a header in another case is the same header.
 *
 * @throws TypeError for a name or value that HTTP does not allow. The message shows no value: that may be a secret.
 */
export function mergedHeaders(
  base: Record<string, string>,
  headers: RequestHeaders = {},
): Record<string, string> {
  // A string may be a secret, so only its class is shown.
  if (Object(headers) !== headers) throw invalid("headers", "an object", kindOf(headers));
  const merged = { ...base };
  for (const [name, value] of Symbol.iterator in headers ? headers : Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw invalid("a header's name", "a token", name);
    if (value === null) delete merged[name.toLowerCase()];
    else if (value !== undefined) merged[name.toLowerCase()] = checkedHeaderValue(name, value);
  }
  return merged;
}

/**
 * A string that can be a header's value: visible Latin-1, with spaces and tabs only inside.
 *
 * @throws TypeError for all else. The message does not show it: that may be a secret.
 */
export function checkedHeaderValue(name: string, value: unknown): string {
  if (
    typeof value === "string" &&
    /^([!-~\x80-\xff]([\t -~\x80-\xff]*[!-~\x80-\xff])?)?$/.test(value)
  ) {
    return value;
  }
  throw new TypeError(
    `${name}: expected a valid header value: Latin-1, no line break, no space at an end.`,
  );
}
