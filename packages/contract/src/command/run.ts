import { CommanderError } from "commander";
import { diffReport } from "../diff/diff-report.ts";
import type { VerifyOptions } from "../verify/verify.ts";
import { argumentError, optionWithoutValue } from "./argument-errors.ts";
import { program } from "./program.ts";
import type { ReportFlags, VerifyFlags } from "./program.ts";
import { publish, reporterNamed } from "./publish-report.ts";

/** Runs the command that the arguments name, and gives its exit code. What keeps it from running is thrown. */
export async function run(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const root = program({ verify: runVerify, diff: runDiff }, (code) => {
    exitCode = code;
  });
  const incomplete = optionWithoutValue(root, args);
  if (incomplete !== undefined) throw new TypeError(incomplete);
  if (args.length === 0) {
    root.outputHelp();
    return 2;
  }
  try {
    await root.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    throw new TypeError(argumentError(root, args, error), { cause: error });
  }
  return exitCode;
}

async function runVerify(flags: VerifyFlags & ReportFlags): Promise<number> {
  const reporter = reporterNamed(flags.reporter);
  const { reporter: _name, out, ...asked } = flags;
  const options: VerifyOptions = asked;
  // Prism takes most of a second to load, and --help and typing errors need none of it.
  const { verify } = await import("../verify/verify.ts");
  const { verifyReport } = await import("../verify/verify-report.ts");
  const result = await verify(options);
  await publish(verifyReport(result), reporter, out);
  return result.verdict === "holds" ? 0 : 1;
}

async function runDiff(oldSpec: string, newSpec: string, flags: ReportFlags): Promise<number> {
  const startedAt = performance.now();
  const reporter = reporterNamed(flags.reporter);
  const { diff } = await import("../diff/diff.ts");
  const result = await diff(oldSpec, newSpec);
  const seconds = (performance.now() - startedAt) / 1000;
  await publish(diffReport(`${oldSpec} → ${newSpec}`, result, seconds), reporter, flags.out);
  return result.isBreaking ? 1 : 0;
}
