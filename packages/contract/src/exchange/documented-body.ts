import { parseJsonBody, parseMediaType } from "./json-body.ts";
import type { MediaType } from "./json-body.ts";
import type { Content } from "./operation.ts";
import { place } from "./place.ts";
import type { Place } from "./place.ts";
import type { PrismBody } from "./prism.ts";

/**
 * A body's bytes, or why it cannot be read; undefined where the caller will see the failure, such as a broken
 * connection.
 */
export type BodyBytes = Uint8Array | { unreadable: string } | undefined;

/** A parsed body with its place in the spec, or what is wrong with it. */
export type DocumentedBody =
  | PrismBody
  | { wrong: Place }
  /** It broke off, or its media type is not read. */
  | undefined;

/**
 * Checks a body against the documented media types, and parses it if it is JSON. Others are not parsed: how they map to
 * a schema is not defined.
 */
export async function readDocumentedBody(
  side: "request" | "response",
  contents: readonly Content[],
  contentType: string | undefined,
  read: () => Promise<BodyBytes>,
): Promise<DocumentedBody> {
  const mediaType = parseMediaType(contentType ?? UNNAMED);
  const content = mediaType && documentedContent(contents, mediaType);
  if (mediaType === undefined || content === undefined) {
    const expected = contents.map((documented) => documented.mediaType.toLowerCase()).join(" or ");
    return { wrong: place(`${side}.media-type`, expected, contentType ?? "no content-type") };
  }
  if (!isJson(mediaType)) return undefined;

  const bytes = await read();
  if (bytes === undefined) return undefined;
  if ("unreadable" in bytes) {
    return { wrong: place(`${side}.body`, "a body that can be checked", bytes.unreadable) };
  }
  const parsed = parseJsonBody(bytes, mediaType.parameters.get("charset"));
  if ("problem" in parsed) return { wrong: place(`${side}.body`, ...parsed.problem) };
  return { content, value: parsed.value };
}

/** The media type of a body that has none: RFC 9110, section 8.3. */
const UNNAMED = "application/octet-stream";

/** The vendor's media type is JSON, but does not say so in its name. */
const JSON_TYPES = /^[^/]+\/(json|.+\+json|vnd\.np6\.cm\.mail\.archive)$/;

function isJson({ essence }: MediaType): boolean {
  return JSON_TYPES.test(essence);
}

/** The documented content for a media type: by its own name, else by its range (`text/*`), else by that of all. */
function documentedContent(contents: readonly Content[], came: MediaType): Content | undefined {
  const [type] = came.essence.split("/");
  const documented = contents
    .map((content) => ({ content, range: parseMediaType(content.mediaType) }))
    // A content with more parameters is more specific, and comes first.
    .toSorted(
      (one, other) => (other.range?.parameters.size ?? 0) - (one.range?.parameters.size ?? 0),
    );
  return [came.essence, `${type}/*`, "*/*"]
    .map((essence) =>
      documented.find(({ range }) => range?.essence === essence && isWithin(came, range)),
    )
    .find((match) => match !== undefined)?.content;
}

/** Whether a media type has the documented parameters; JSON has only one charset, named or not. */
function isWithin({ parameters }: MediaType, range: MediaType): boolean {
  return [...range.parameters].every(
    ([name, value]) =>
      name === "charset" || parameters.get(name)?.toLowerCase() === value.toLowerCase(),
  );
}
