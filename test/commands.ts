import { parse } from "yaml";
import { blocks } from "./documents.ts";

/** The commands in the workflows of the documents. */
const steps = blocks("yaml").flatMap(({ code }) => {
  const { jobs } = parse(code) as { jobs: Record<string, { steps: { run?: string }[] }> };
  return Object.values(jobs).flatMap((job) => job.steps.flatMap((step) => step.run ?? []));
});
const commands = new Set([
  ...blocks("sh").flatMap(({ code }) => code.trim().split("\n")),
  ...steps,
]);
const NEEDS_REGISTRY = /^npm install |\bnpx (?:-y )?\S*@/;

/** The documents' commands that download something from a registry. The release rehearsal runs them. */
export const fetchingCommands = [...commands].filter((command) => NEEDS_REGISTRY.test(command));

/** All others, which need only the packages. */
export const localCommands = [...commands].filter((command) => !NEEDS_REGISTRY.test(command));

/** The command with its server replaced by another. */
export function asking(url: string, command: string): string {
  const servers = /https:\/\/(?:api-cm\.np6|staging\.example)\.com|http:\/\/127\.0\.0\.1:4010/g;
  return command.replaceAll(servers, url);
}
