import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

/** One change, in the words of Redocly. */
export interface RedoclyChange {
  path: string;
  kind: "added" | "removed" | "modified";
  impact: "patch" | "minor" | "major";
  /** The kind of object that changed, such as `Schema`. */
  typeName: string;
  /** Which of its keys, where that is no object itself; `key` where the object stands at another key. */
  property?: string;
  verdicts?: { ruleId: string; impact: string; message: string }[];
  /** What there was, and what there is; without a value where there is nothing. */
  base?: { value?: unknown };
  revision?: { value?: unknown };
}

/** Compares two specs, each in one piece. */
export async function redoclyChanges(before: unknown, after: unknown): Promise<RedoclyChange[]> {
  const folder = await mkdtemp(join(tmpdir(), "np6-archives-diff-"));
  try {
    const files = [join(folder, "old.json"), join(folder, "new.json")];
    for (const [i, spec] of [before, after].entries()) {
      await writeFile(files[i]!, JSON.stringify(spec));
    }
    const output = await redocly(["diff", ...files, "--format", "json", "--fail-on", "none"]);
    return (JSON.parse(output) as { changes: RedoclyChange[] }).changes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs the command line that comes with the package: Redocly exports nothing. */
function redocly(args: string[]): Promise<string> {
  const manifest = fileURLToPath(import.meta.resolve("@redocly/cli/package.json"));
  const cli = join(dirname(manifest), "bin", "cli.js");
  const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_NOTIFICATIONS: "true" };
  // Not in the caller's folder, where a redocly.yaml could change what is told.
  const options = { cwd: dirname(manifest), env, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((fulfil, reject) => {
    execFile(process.execPath, [cli, ...args], options, (error, stdout, stderr) => {
      if (error === null) return fulfil(stdout);
      const reason = complaint(stripVTControlCharacters(stderr)) ?? error.message;
      return reject(new Error(`specs: expected two that can be compared, got this: ${reason}`));
    });
  });
}

/** What Redocly complains of first, in one line. On Node 20 it begins with a frame of words on that. */
function complaint(told: string): string | undefined {
  const [, which, place, problem] =
    /^\[1\] .*\b(old|new)\.json\S* at (\S+)\s+(\S.*)$/m.exec(told) ?? [];
  if (problem !== undefined) return `${problem} (${place} of the ${which} one)`;
  return /^\w*Error: (.+)$/m.exec(told)?.[1];
}
