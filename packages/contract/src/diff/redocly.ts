import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Runs the command line that comes with the package: Redocly exports nothing. */
export function redocly(args: string[]): Promise<string> {
  const manifest = fileURLToPath(import.meta.resolve("@redocly/cli/package.json"));
  const cli = join(dirname(manifest), "bin", "cli.js");
  const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_NOTIFICATIONS: "true" };
  // Not in the caller's folder, where a redocly.yaml could change what is told.
  const options = { cwd: dirname(manifest), env, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((fulfil, reject) => {
    execFile(process.execPath, [cli, ...args], options, (error, stdout, stderr) => {
      if (error === null) return fulfil(stdout);
      const reason = stderr.split("\n").find((line) => line.trim() !== "") ?? error.message;
      return reject(
        new Error(`specs: expected two that can be compared, got this: ${reason.trim()}`),
      );
    });
  });
}
