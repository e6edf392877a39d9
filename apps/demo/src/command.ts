import { whenPackageManagerEnds } from "./package-manager.ts";

/** Something that the person who started a command can put right. It is told in one line. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Address {
  readonly host: string;
  readonly port: number;
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
    process.stderr.write(`${startProblem(error)}\n`);
    process.exit(2);
  }
}

/** Where to listen, by environment: a port from 0 (any that is free) to 65535, and a host that is this machine alone unless told. */
export function addressFrom(
  env: NodeJS.ProcessEnv,
  portName: string,
  hostName: string,
  port: number,
): Address {
  const given = env[portName];
  const value = given === undefined || given === "" ? port : Number(given);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) {
    throw new UsageError(`${portName} must be a port from 0 to 65535, not "${given}".`);
  }
  return { port: value, host: env[hostName] || "127.0.0.1" };
}

function startProblem(error: unknown): string {
  if (error instanceof UsageError || error instanceof TypeError) return error.message;
  const { code, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  const where = `${address ?? "the address"}${port === undefined ? "" : `:${port}`}`;
  if (code === "EADDRINUSE")
    return `Port in use: something else listens on ${where}. Set another port with PORT.`;
  if (code === "EACCES") return `Not allowed to listen on ${where}. Set another port with PORT.`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return `This machine has no address ${where}. Set another with HOST.`;
  return error instanceof Error ? error.message : String(error);
}
