#!/usr/bin/env node
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { ParseArgsConfig, ParseArgsOptionsConfig } from "node:util";
import { createRedact } from "@np6-archives/spec/redact";
import { diff, diffReport } from "./diff.ts";
import { reporters } from "./report.ts";
import type { Report, ReporterName } from "./report.ts";
import { verifyReport } from "./verify-report.ts";
import type { VerifyOptions } from "./verify.ts";

const usage = `Holds servers and specs to the NP6 mail archive contract.

Usage:
  np6-archives-contract verify [--base-url URL] [options]   hold a server to the contract
  np6-archives-contract diff OLD NEW [options]              what changed between two specs

Options of verify (the key comes from NP6_API_KEY):
  --base-url URL     the server; without it, the mock is started and verified
  --target ID        a target that the server knows; by default the spec's example
  --action ID        an action that sent something to it; by default that of its newest mail
  --stamp ID         a stamp that the server knows; by default the spec's example
  --observe          print what the server answers to the open questions, as a table

Options of both:
  --reporter NAME    pretty (default), json, junit or github
  --out FILE         write the report there, and print a readable one; - is standard output
  --help, --version

Exit codes of verify: 0 the contract holds, 1 it is violated, 2 it could not run.
Exit codes of diff: 0 nothing breaks anybody, 1 something does, 2 it could not run.`;

const shared = {
  reporter: { type: "string" },
  out: { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} satisfies ParseArgsOptionsConfig;

const verifyOptions = {
  ...shared,
  "base-url": { type: "string" },
  target: { type: "string" },
  action: { type: "string" },
  stamp: { type: "string" },
  observe: { type: "boolean" },
} satisfies ParseArgsOptionsConfig;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`np6-archives-contract: ${createRedact()(message.split("\n")[0]!)}`);
  process.exitCode = 2;
}

async function main([command, ...rest]: string[]): Promise<number> {
  if (command === undefined || command === "--help" || command === "-h") {
    console.log(usage);
    return command === undefined ? 2 : 0;
  }
  if (command === "--version") {
    console.log(await version());
    return 0;
  }
  if (command === "verify") return runVerify(rest);
  if (command === "diff") return runDiff(rest);
  throw new TypeError(`There is no command "${command}", only verify and diff. --help tells more.`);
}

async function runVerify(args: string[]): Promise<number> {
  const { values } = parsed("verify", { args, options: verifyOptions });
  if (await printed(values)) return 0;
  const reporter = reporterNamed(values.reporter);
  const options: VerifyOptions = { observe: values.observe ?? false };
  for (const name of ["target", "action", "stamp"] as const) {
    if (values[name] !== undefined) options[name] = values[name];
  }
  if (values["base-url"] !== undefined) options.baseUrl = values["base-url"];
  // Prism takes most of a second to load, and --help and typing errors need none of it.
  const { verify } = await import("./verify.ts");
  const result = await verify(options);
  await publish(verifyReport(result), reporter, values.out);
  return result.verdict === "holds" ? 0 : 1;
}

async function runDiff(args: string[]): Promise<number> {
  const startedAt = performance.now();
  const { values, positionals } = parsed("diff", {
    args,
    options: shared,
    allowPositionals: true,
  });
  if (await printed(values)) return 0;
  const reporter = reporterNamed(values.reporter);
  const [oldSpec, newSpec] = positionals;
  if (oldSpec === undefined || newSpec === undefined || positionals.length > 2) {
    throw new TypeError(`diff takes two files, OLD and NEW, not ${positionals.length}.`);
  }
  const result = await diff(oldSpec, newSpec);
  const seconds = (performance.now() - startedAt) / 1000;
  await publish(diffReport(`${oldSpec} → ${newSpec}`, result, seconds), reporter, values.out);
  return result.isBreaking ? 1 : 0;
}

/** The arguments of a command. Where they are wrong, Node's own words are about `--` and no command of ours. */
function parsed<const Config extends ParseArgsConfig>(
  command: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const [, culprit = ""] = /'([^ ']+)/.exec(message) ?? [];
    const takesValue = config.options?.[culprit.replace(/^--/, "")]?.type === "string";
    const reasons: Record<string, string> = {
      ERR_PARSE_ARGS_UNKNOWN_OPTION: `${command} has no option ${culprit}`,
      ERR_PARSE_ARGS_INVALID_OPTION_VALUE: takesValue
        ? `${culprit} of ${command} needs a value, as in ${culprit}=VALUE`
        : `${culprit} of ${command} takes no value`,
      ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL: `${command} takes options alone, not "${culprit}"`,
    };
    throw new TypeError(`${reasons[code ?? ""] ?? message}. --help tells more.`, { cause: error });
  }
}

async function printed({
  help,
  version: asked,
}: {
  help?: boolean;
  version?: boolean;
}): Promise<boolean> {
  if (help) console.log(usage);
  else if (asked) console.log(await version());
  return Boolean(help ?? asked);
}

function reporterNamed(name = "pretty"): ReporterName {
  if (Object.hasOwn(reporters, name)) return name as ReporterName;
  throw new TypeError(`There is no reporter "${name}", only ${Object.keys(reporters).join(", ")}.`);
}

async function publish(
  report: Report,
  reporter: ReporterName,
  out: string | undefined,
): Promise<void> {
  const text = reporters[reporter](report);
  if (out === undefined || out === "-") {
    console.log(text);
    return;
  }
  await writeFile(out, `${text}\n`).catch((cause: unknown) => {
    throw new Error(`${out} can not be written: ${(cause as NodeJS.ErrnoException).code}.`, {
      cause,
    });
  });
  // In a workflow, what people read are annotations.
  console.log(reporters[process.env["GITHUB_ACTIONS"] === "true" ? "github" : "pretty"](report));
}

async function version(): Promise<string> {
  const manifest = await readFile(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
