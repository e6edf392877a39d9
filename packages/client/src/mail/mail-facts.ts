import { contentEncoding, headerCount, headerValue } from "../headers/header-value.ts";

/** What the storage's headers say of a mail. Each may be missing. */
export interface MailFacts {
  /** Bytes in all. */
  readonly size: number | undefined;
  /** The storage's name for this version of the mail. */
  readonly etag: string | undefined;
  /** The MD5 of the whole, in base64. It is checked. */
  readonly contentMd5: string | undefined;
  /** How the storage encoded it, such as `gzip`: `body` is decoded, and nothing tells whether it is whole. Undefined where it did not. */
  readonly encoding: string | undefined;
}

/** Reads them from the answer to a GET of the whole. */
export function mailFacts({ headers }: Response): MailFacts {
  const encoding = contentEncoding(headers);
  // The runtime decodes an encoded body, but length, digest and ranges are those of the encoded bytes.
  const isPlain = encoding === undefined;
  return {
    size: isPlain ? headerCount(headers, "content-length") : undefined,
    etag: (isPlain && headerValue(headers, "etag")) || undefined,
    contentMd5: (isPlain && headerValue(headers, "content-md5")) || undefined,
    encoding,
  };
}

/**
 * How many bytes a mail has in all, as a 206 with the rest from `offset` on says, or why that is not the rest of this
 * mail (RFC 9110, section 15.3.7). A header that is missing is no difference: browsers hide some.
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
