import { parse } from "yaml";
import { blocks } from "./documents.ts";

/** What the workflows in the documents run. */
const steps = blocks("yaml").flatMap(({ code }) => {
  const { jobs } = parse(code) as { jobs: Record<string, { steps: { run?: string }[] }> };
  return Object.values(jobs).flatMap((job) => job.steps.flatMap((step) => step.run ?? []));
});
const commands = new Set([
  ...blocks("sh").flatMap(({ code }) => code.trim().split("\n")),
  ...steps,
]);
const NEEDS_REGISTRY = /^npm install |\bnpx (?:-y )?\S*@/;

/** The documents' commands that fetch something from a registry first. The release rehearsal runs them. */
export const fetchingCommands = [...commands].filter((command) => NEEDS_REGISTRY.test(command));

/** All others: they need no more than the packages. */
export const localCommands = [...commands].filter((command) => !NEEDS_REGISTRY.test(command));

/** A command that asks another server than the one it names. */
export function asking(url: string, command: string): string {
  const servers = /https:\/\/(?:api-cm\.np6|staging\.example)\.com|http:\/\/127\.0\.0\.1:4010/g;
  return command.replaceAll(servers, url);
}
