/**
 * The value of a header without the blanks around it, which HTTP does not count in (RFC 9110, section 5.5) but some
 * runtimes hand on; undefined when there is none.
 */
export function headerValue(headers: Pick<Headers, "get">, name: string): string | undefined {
  return headers.get(name)?.trim();
}

/** A header that is a whole number, or undefined when there is none or it is something else. */
export function headerCount(headers: Pick<Headers, "get">, name: string): number | undefined {
  const text = headerValue(headers, name) ?? "";
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** How a body is encoded, in lower case, or undefined when its bytes are what was meant. */
export function contentEncoding(headers: Pick<Headers, "get">): string | undefined {
  const encoding = headerValue(headers, "content-encoding")?.toLowerCase();
  return encoding === "identity" ? undefined : encoding || undefined;
}
