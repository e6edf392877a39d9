import { fileSignature } from "../files/file-signatures.ts";
import { readSpecFiles } from "./spec-files.ts";

/**
 * A text that changes when a spec does. The spec may be in several files, which are found again after each change of
 * one.
 */
export function specSignature(spec: string): () => Promise<string> {
  // A broken file names no others; those that it named before still count.
  const urls = new Set<string>();
  let known: string | undefined;
  return async () => {
    let now = await signatureOf(urls);
    while (now !== known) {
      known = now;
      for (const url of (await readSpecFiles(spec)).urls) urls.add(url);
      now = await signatureOf(urls);
    }
    return now;
  };
}

async function signatureOf(urls: Iterable<string>): Promise<string> {
  return (await Promise.all(Array.from(urls, (url) => fileSignature(new URL(url))))).join("\n");
}
