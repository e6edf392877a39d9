import { fileSignature } from "../files/file-signatures.ts";
import { readSpecFiles } from "./spec-files.ts";

/** What changes when a spec does. It may be in several files: which they are is found again after each change of one. */
export function specSignature(spec: string): () => Promise<string> {
  // A file that is broken names no others; those that it named before count on.
  const urls = new Set<string>();
  let known: string | undefined;
  return async () => {
    let now = await ofFiles(urls);
    while (now !== known) {
      known = now;
      for (const url of (await readSpecFiles(spec)).urls) urls.add(url);
      now = await ofFiles(urls);
    }
    return now;
  };
}

async function ofFiles(urls: Iterable<string>): Promise<string> {
  return (await Promise.all(Array.from(urls, (url) => fileSignature(new URL(url))))).join("\n");
}
