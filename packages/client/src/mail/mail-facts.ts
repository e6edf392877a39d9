import { contentEncoding, headerCount, headerValue } from "../headers/header-value.ts";

/** What the storage's headers say of a mail. Each may be missing. */
export interface MailFacts {
  /** The total number of bytes. */
  readonly size: number | undefined;
  /** The storage's name for this version of the mail. */
  readonly etag: string | undefined;
  /** The MD5 of the whole mail, in base64. It is checked. */
  readonly contentMd5: string | undefined;
  /**
   * How the storage encoded it, such as `gzip`; undefined where it did not. `body` is decoded, and cannot be checked
   * for completeness.
   */
  readonly encoding: string | undefined;
}

/** The facts in the answer to a GET of the whole mail. */
export function mailFacts({ headers }: Response): MailFacts {
  const encoding = contentEncoding(headers);
  // The runtime decodes an encoded body, but length, digest and ranges are those of the encoded bytes.
  return {
    size: encoding ? undefined : headerCount(headers, "content-length"),
    etag: (!encoding && headerValue(headers, "etag")) || undefined,
    contentMd5: (!encoding && headerValue(headers, "content-md5")) || undefined,
    encoding,
  };
}

/**
 * The total size of a mail according to a 206 with the bytes from `offset` on, or why those are not the rest of this
 * mail (RFC 9110, section 15.3.7). A missing header is no mismatch: browsers hide some.
 */
export function sizeWithRest(
  { headers }: Response,
  facts: MailFacts,
  offset: number,
): number | string {
  const etag = headerValue(headers, "etag") || facts.etag;
  if (etag !== facts.etag) return "it changed meanwhile";
  const encoding = contentEncoding(headers);
  if (encoding !== undefined) return `the rest came encoded, as ${encoding}`;
  const range = headerValue(headers, "content-range");
  if (range === undefined) {
    if (facts.size === undefined) return "a part came that does not say which";
    const length = headerCount(headers, "content-length") ?? facts.size - offset;
    return offset + length === facts.size ? facts.size : `${length} bytes came from ${offset} on`;
  }
  const [, start, end, total] = /^bytes (\d+)-(\d+)\/(?:(\d+)|\*)$/i.exec(range) ?? [];
  const size = Number(total ?? facts.size ?? Number(end) + 1);
  const isRest =
    Number(start) === offset && Number(end) + 1 === size && size === (facts.size ?? size);
  return isRest ? size : `another part came, "${range}"`;
}
