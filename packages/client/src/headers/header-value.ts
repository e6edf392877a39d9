/**
 * The value of a header, trimmed, or undefined when there is none. The whitespace around it is no part of the value
 * (RFC 9110, section 5.5), but some runtimes keep it.
 */
export function headerValue(headers: Pick<Headers, "get">, name: string): string | undefined {
  return headers.get(name)?.trim();
}

/** The value of a header that is a whole number, or undefined when there is none or it is something else. */
export function headerCount(headers: Pick<Headers, "get">, name: string): number | undefined {
  const text = headerValue(headers, name) ?? "";
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/**
 * The content encoding in lower case, or undefined when the body is not encoded. Some tools put the charset of a text
 * there by mistake, which no runtime decodes.
 */
export function contentEncoding(headers: Pick<Headers, "get">): string | undefined {
  const encoding = headerValue(headers, "content-encoding")?.toLowerCase();
  return encoding?.replace(/^(identity|utf-8)$/, "") || undefined;
}
