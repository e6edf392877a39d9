import type { Mock } from "../running-mock.ts";

/** The addresses, as a line for machines. */
export function listeningJson({ url, blobUrl }: Mock): string {
  return JSON.stringify({ event: "listening", url, blobUrl });
}

/** The addresses, for a person, and a first command to try. */
export function greeting({ url, blobUrl }: Mock, basePath = ""): string {
  return `
  API    ${url}${basePath}
  Mails  ${blobUrl}
  Docs   ${url}/

  curl -H "X-Key: demo" "${url}${basePath}/targets/000T123/archives"

`;
}
