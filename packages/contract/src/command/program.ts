import { Command, Option } from "commander";
import { versions } from "../report/versions.ts";

/** The options of verify, as they were typed. */
export interface VerifyFlags {
  baseUrl?: string;
  target?: string;
  action?: string;
  stamp?: string;
  observe?: true;
  require?: true;
  deadline?: string;
  retries?: string;
}

/** The options that both commands have, as they were typed. */
export interface ReportFlags {
  reporter?: string;
  out?: string;
}

/** Run a command, and resolve to its exit code. */
export interface Runs {
  verify: (flags: VerifyFlags & ReportFlags) => Promise<number>;
  diff: (oldSpec: string, newSpec: string, flags: ReportFlags) => Promise<number>;
}

const OPTIONS_OF_VERIFY = [
  new Option(
    "--base-url <URL>",
    "the server; NP6_BASE_URL by default, and without either the mock is started and verified",
  ),
  new Option("--target <ID>", "a target that the server knows; by default the spec's example"),
  new Option(
    "--action <ID>",
    "an action that sent something to it; by default that of its newest mail",
  ),
  new Option("--stamp <ID>", "a stamp that the server knows; by default the spec's example"),
  new Option(
    "--observe",
    "print what the server answers to the open questions of the spec's README, as a table",
  ),
  new Option(
    "--require",
    "exit with 1 also when something was not seen; headers that a server may leave out do not count",
  ),
  new Option("--deadline <MS>", "milliseconds that a request may take, 10000 by default"),
  new Option("--retries <N>", "how often a request that failed is tried again, 2 by default"),
];

const OPTIONS_OF_BOTH = [
  new Option("--reporter <NAME>", "pretty (default), json, junit or github"),
  new Option(
    "--out <FILE>",
    "write the report there (also with exit code 2), and print a readable one; - is standard output",
  ),
];

/** The command line: each command with its options. Parsing throws a CommanderError for wrong arguments. */
export function program(runs: Runs, finish: (exitCode: number) => void): Command {
  const root = silent(new Command("np6-archives-contract"));
  const verify = root.command("verify");
  for (const option of [...OPTIONS_OF_VERIFY, ...OPTIONS_OF_BOTH]) verify.addOption(option);
  verify.action(async (flags: VerifyFlags & ReportFlags) => finish(await runs.verify(flags)));

  const diff = root.command("diff").argument("<OLD>").argument("<NEW>");
  for (const option of OPTIONS_OF_BOTH) diff.addOption(option);
  diff.action(async (oldSpec: string, newSpec: string, flags: ReportFlags) =>
    finish(await runs.diff(oldSpec, newSpec, flags)),
  );
  for (const command of [root, silent(verify), silent(diff)]) {
    command.version(versions().contract, "--version").helpCommand(false);
  }
  return root;
}

/** Commander throws its errors, and the caller prints them in one line. */
function silent(command: Command): Command {
  return command
    .exitOverride()
    .configureOutput({ writeErr() {}, outputError() {} })
    .configureHelp({ formatHelp: usage });
}

function usage(): string {
  return `Holds servers and specs to the NP6 mail archive contract.

Usage:
  np6-archives-contract verify [--base-url URL] [options]   hold a server to the contract
  np6-archives-contract diff OLD NEW [options]              what changed between two specs

Options of verify (the key comes from NP6_API_KEY):
${table(OPTIONS_OF_VERIFY)}

Options of both:
${table(OPTIONS_OF_BOTH)}
  --help, --version

Exit codes of verify: 0 the contract holds, 1 it is violated, 2 there was no API to judge, or it could not run.
Exit codes of diff: 0 nothing breaks anybody, 1 something does, 2 it could not run.
`;
}

function table(options: readonly Option[]): string {
  return options
    .map(({ flags, description }) => `  ${flags.replace(/[<>]/g, "").padEnd(18)} ${description}`)
    .join("\n");
}
