import { pathToFileURL } from "node:url";
import { readRegularFile } from "../files/regular-file.ts";

/** An OpenAPI document with the files that it refers to. */
export interface SpecFiles {
  /** Their URLs, the document's own first; also of files that are missing. */
  urls: string[];
  /** All of them as one document: JSON if there are several, else the file as it is. */
  text: string;
}

/** The key of the other files in that document. OpenAPI ignores keys that begin with `x-`. */
const OTHERS = "x-files";

/**
 * Finds the files of a spec. A file that cannot be read or parsed counts as one without references; the error is
 * reported where the spec is loaded.
 */
export async function readSpecFiles(spec: string): Promise<SpecFiles> {
  const { parse } = await import("yaml");
  const urls = [pathToFileURL(spec).href];
  const contents: unknown[] = [];
  let text = "";
  // Grows during the loop: each file may refer to others.
  for (const url of urls) {
    let content: unknown = null;
    try {
      const read = (await readRegularFile(new URL(url))).toString();
      if (contents.length === 0) text = read;
      // A file with an alias to itself would never end here: the error leaves it as it is.
      content = asInOneDocument(parse(read, { logLevel: "silent", merge: true }), url, urls);
    } catch {}
    contents.push(content);
  }
  const [first, ...others] = contents;
  if (others.length > 0) text = JSON.stringify({ ...(first as object), [OTHERS]: others });
  return { urls, text };
}

/**
 * A value of the file at `from` with its references rewritten for the one document. A file that they name is added to
 * `urls`.
 */
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
