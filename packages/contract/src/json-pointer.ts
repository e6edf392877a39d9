/** The keys of a JSON pointer, such as `/paths/~1targets`. */
export function pointerKeys(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => unescaped(decoded(key)));
}

/**
 * A part of a reference with its percent escapes decoded; unchanged where they are malformed, so that it leads to
 * nothing.
 */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The JSON pointer, from the root of a document, for the keys that lead to a value. */
export function pointerTo(keys: readonly string[]): string {
  return ["#", ...keys.map((key) => escaped(key))].join("/");
}

/** A place, and all places that contain it. */
export function withHolders(place: string): string[] {
  const keys = place.split("/");
  return keys.map((_, i) => keys.slice(0, i + 1).join("/"));
}

/** A key as it stands in a JSON pointer (RFC 6901, section 3). */
export function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** A key, or a whole pointer to show to people, without the escapes of a JSON pointer. */
export function unescaped(key: string): string {
  return key.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** The value that keys lead to; undefined where they lead nowhere. */
export function valueAt(document: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (node, key) =>
      typeof node === "object" && node !== null && Object.hasOwn(node, key)
        ? (node as Record<string, unknown>)[key]
        : undefined,
    document,
  );
}
