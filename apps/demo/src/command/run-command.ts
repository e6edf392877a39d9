import { Command } from "commander";
import { whenPackageManagerEnds } from "./package-manager.ts";

/** The exit code for a start that cannot succeed as asked. */
const CANNOT_START = 2;

/** An error that the person who started the command can fix. It is shown in one line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Runs a command that serves until it is stopped: by Ctrl-C, by SIGTERM, or by the end of the
 * package manager that started it. It exits with 0 then, and with 2 and one line on stderr when
 * it could not start.
 *
 * @param help what `--help` prints.
 * @param start starts everything and gives what stops it.
 */
export async function runCommand(
  help: string,
  start: () => Promise<() => Promise<void>>,
): Promise<void> {
  // When the reader of the output leaves (`| head`), the output ends, but not the command.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  readArguments(help);
  let stop: (() => Promise<void>) | undefined;
  let stopping = false;
  const end = () => {
    // A second Ctrl-C does not wait, nor does anything that hangs.
    if (stopping) process.exit(0);
    stopping = true;
    setTimeout(() => process.exit(0), 3000).unref();
    void Promise.resolve(stop?.()).finally(() => process.exit(0));
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  whenPackageManagerEnds(end);
  try {
    stop = await start();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(CANNOT_START);
  }
}

/** Prints the help and ends the process if that is asked for, or says in one line what was not understood. */
function readArguments(help: string): void {
  const command = new Command().helpOption("--help");
  command.helpInformation = () => help;
  command.configureOutput({
    // Commander says `error: unknown option '--hepl'`, and on a second line which one was meant.
    outputError: (text, write) => {
      const [what = "", meant = ""] = text
        .replace(/^error: (.)/, (_, first: string) => first.toUpperCase())
        .split("\n");
      const hint = meant && `${meant.replace(/[()]/g, "")} `;
      write(
        `${what.replaceAll("'", "").replace(/\.$/, "")}. ${hint}There is no option but --help: environment variables set everything.\n`,
      );
    },
  });
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : CANNOT_START));
  command.parse(process.argv.slice(2), { from: "user" });
}
