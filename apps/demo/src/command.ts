import { whenPackageManagerEnds } from "./package-manager.ts";

/** Something that the person who started a command can put right. It is told in one line. */
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
  if (process.argv.includes("--help")) {
    process.stdout.write(help);
    return;
  }
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
    const [unknown] = process.argv.slice(2);
    if (unknown !== undefined) {
      throw new UsageError(
        `Unknown option ${unknown}: there is none but --help, environment variables set everything.`,
      );
    }
    stop = await start();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(2);
  }
}
