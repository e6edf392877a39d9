/** What a `content-type` header says. */
export interface MediaType {
  /** Type and subtype in lower case, without parameters. */
  essence: string;
  /** By lower-case name; values as they were written, without quotes. */
  parameters: ReadonlyMap<string, string>;
}

/** Reads a `content-type` header by RFC 9110, section 8.3.1; undefined when it is malformed. */
export function parseMediaType(header: string): MediaType | undefined {
  const match = MEDIA_TYPE.exec(header.trim());
  if (match === null) return undefined;
  const parameters = [...match[2]!.matchAll(PARAMETER)].map(
    ([, name, value]) => [name!.toLowerCase(), value!.replaceAll('"', "")] as const,
  );
  return { essence: match[1]!.toLowerCase(), parameters: new Map(parameters) };
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(`(${TOKEN})=(${TOKEN}|"[^"]*")`, "g");
const MEDIA_TYPE = new RegExp(
  `^(${TOKEN}/${TOKEN})((?:[ \\t]*;(?:[ \\t]*${TOKEN}=(?:${TOKEN}|"[^"]*"))?)*)[ \\t]*$`,
);

/**
 * Parses a JSON body strictly: it has to be UTF-8 without a byte order mark (RFC 8259, section 8.1). A problem is what
 * was expected and what came.
 */
export function parseJsonBody(
  bytes: Uint8Array,
  charset: string | undefined,
): { value: unknown } | { problem: [expected: string, received: string] } {
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) {
    return { problem: ["JSON in UTF-8", `charset ${charset}`] };
  }
  if (bytes.length === 0) return { problem: ["JSON", "an empty body"] };
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return { problem: ["JSON in UTF-8", "a byte order mark"] };
  }
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    return { problem: ["JSON in UTF-8", "bytes that are not UTF-8"] };
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return { problem: ["JSON", `${bytes.length} bytes that are not JSON`] };
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
