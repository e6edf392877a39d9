import { firstCommand } from "../control/first-command.ts";
import type { MockOptions } from "../mock-options.ts";
import type { Mock } from "../running-mock.ts";

/** The addresses, as a line for machines. */
export function listeningJson({ url, blobUrl }: Mock): string {
  return JSON.stringify({ event: "listening", url, blobUrl });
}

/** The addresses, for a person, and a first command to try where there is something to list. */
export function greeting(
  { url, blobUrl, dataset }: Mock,
  { basePath = "", apiKeys }: MockOptions,
): string {
  const command = firstCommand(`${url}${basePath}`, dataset, apiKeys);
  return `
  API    ${url}${basePath}
  Mails  ${blobUrl}
  Docs   ${url}/
${command === undefined ? "" : `\n  ${command}\n`}
`;
}
