import { pathToFileURL } from "node:url";
import { readRegularFile } from "../files/regular-file.ts";

/** An OpenAPI document with the files that it refers to. */
export interface SpecFiles {
  /** Where they are, its own first; also those that are not there. */
  urls: string[];
  /** The one document that they make. JSON where there are several, else the file as it is. */
  text: string;
}

/** Under this name the other files stand in the one document; what begins with `x-` means nothing to OpenAPI. */
const OTHERS = "x-files";

/**
 * Finds the files of a spec. One that cannot be read or parsed refers to no others here; that it is broken is told
 * where the spec is loaded.
 */
export async function readSpecFiles(spec: string): Promise<SpecFiles> {
  const { parse } = await import("yaml");
  const urls = [pathToFileURL(spec).href];
  const contents: unknown[] = [];
  let text = "";
  // Grows while it is walked: each file may name others.
  for (const url of urls) {
    let content: unknown = null;
    try {
      const read = (await readRegularFile(new URL(url))).toString();
      if (contents.length === 0) text = read;
      // One that contains itself by an alias has no end here: it stays as it is.
      content = asInOneDocument(parse(read, { logLevel: "silent", merge: true }), url, urls);
    } catch {}
    contents.push(content);
  }
  const [first, ...others] = contents;
  if (others.length > 0) text = JSON.stringify({ ...(first as object), [OTHERS]: others });
  return { urls, text };
}

/** A value of the file at `from` with its references as they are in the one document. A file that one names joins `urls`. */
function asInOneDocument(value: unknown, from: string, urls: string[]): unknown {
  if (Array.isArray(value)) return value.map((one) => asInOneDocument(one, from, urls));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]: [string, unknown]) => [
      name,
      name === "$ref" && typeof one === "string"
        ? referenceInOneDocument(one, from, urls)
        : asInOneDocument(one, from, urls),
    ]),
  );
}

function referenceInOneDocument(reference: string, from: string, urls: string[]): string {
  const url = URL.canParse(reference, from) ? new URL(reference, from) : undefined;
  if (url?.protocol !== "file:") return reference;
  const pointer = url.hash.slice(1);
  url.hash = "";
  const found = urls.indexOf(url.href);
  const index = found === -1 ? urls.push(url.href) - 1 : found;
  return index === 0 ? `#${pointer}` : `#/${OTHERS}/${index - 1}${pointer}`;
}
