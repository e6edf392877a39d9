import { CommanderError } from "commander";
import { errorReport } from "../report/report.ts";
import type { Report } from "../report/report.ts";
import { versions } from "../report/versions.ts";
import type { VerifyOptions } from "../verify/verify-options.ts";
import { argumentError, optionWithoutValue } from "./argument-errors.ts";
import { program } from "./program.ts";
import type { ReportFlags, VerifyFlags } from "./program.ts";
import { fileNamed, publish, publishError, reporterNamed } from "./publish-report.ts";
import { toldError, toldInput } from "./told.ts";

/**
 * Runs the command that the arguments name, and resolves to its exit code.
 *
 * @throws Error of one line when the command cannot run; once its arguments were read, its report says so too.
 */
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
  const { reporter, out, deadline, retries, ...others } = flags;
  const baseUrl = flags.baseUrl ?? (process.env["NP6_BASE_URL"]?.trim() || undefined);
  const options: VerifyOptions = {
    ...others,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(deadline === undefined ? {} : { deadline: wholeNumber("--deadline", deadline) }),
    ...(retries === undefined ? {} : { retries: wholeNumber("--retries", retries) }),
  };
  const subject = toldInput(baseUrl ?? "the mock");
  return reported("verify", subject, { reporter, out }, async () => {
    // Imported only here: Prism takes most of a second to load, and neither --help nor a typing error needs it.
    const [{ verify }, { verifyReport }] = await Promise.all([
      import("../verify/verify.ts"),
      import("../verify/verify-report.ts"),
    ]);
    const result = await verify(options);
    return { report: verifyReport(result), exitCode: result.verdict === "holds" ? 0 : 1 };
  });
}

async function runDiff(oldSpec: string, newSpec: string, flags: ReportFlags): Promise<number> {
  const subject = toldInput(`${oldSpec} → ${newSpec}`);
  const startedAt = Date.now();
  return reported("diff", subject, flags, async () => {
    const [{ diff }, { diffReport }] = await Promise.all([
      import("../diff/diff.ts"),
      import("../diff/diff-report.ts"),
    ]);
    const result = await diff(oldSpec, newSpec);
    return { report: diffReport(subject, result, startedAt), exitCode: result.isBreaking ? 1 : 0 };
  });
}

/** Runs a command and publishes its report, also if it could not run: a dashboard has to show that, too. */
async function reported(
  command: Report["command"],
  subject: string,
  { reporter, out }: { reporter?: string | undefined; out?: string | undefined },
  judge: () => Promise<{ report: Report; exitCode: number }>,
): Promise<number> {
  const name = reporterNamed(reporter);
  const file = fileNamed(out);
  const startedAt = new Date();
  let judged: Awaited<ReturnType<typeof judge>>;
  try {
    judged = await judge();
  } catch (error) {
    const seconds = (Date.now() - startedAt.getTime()) / 1000;
    const head = { command, subject, startedAt: startedAt.toISOString(), versions: versions() };
    const line = toldError(error);
    try {
      await publishError(errorReport({ ...head, seconds }, line), name, file);
    } catch (cause) {
      throw new Error(`${line} ${(cause as Error).message}`, { cause });
    }
    throw error;
  }
  await publish(judged.report, name, file);
  return judged.exitCode;
}

function wholeNumber(option: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new TypeError(`${option}: expected a whole number, got "${text}".`);
}
