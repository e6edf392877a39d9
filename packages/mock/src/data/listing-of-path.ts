/** Which archives a request asks for. */
export type Listing =
  | { by: "target"; target: string }
  | { by: "action and target"; action: string; target: string }
  | { by: "stamp"; stamp: string };

/** The listing that a path of the API names, or undefined when it names none. Ids come percent-decoded. */
export function listingOf(path: string): Listing | undefined {
  const [, first, second, third, fourth, fifth, ...rest] = path.split("/").map(decoded);
  if (rest.length > 0) return undefined;
  if (first === "targets" && second && third === "archives" && fourth === undefined) {
    return { by: "target", target: second };
  }
  if (first !== "actions" || !second || !third) return undefined;
  if (second === "stamp" && fourth === "archives" && fifth === undefined) {
    return { by: "stamp", stamp: third };
  }
  if (third === "targets" && fourth && fifth === "archives") {
    return { by: "action and target", action: second, target: fourth };
  }
  return undefined;
}

/** The segment decoded, or undefined when its escapes are broken. */
function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
