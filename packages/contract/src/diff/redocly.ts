import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, stripVTControlCharacters } from "node:util";
import { Worker } from "node:worker_threads";

/** One change, as Redocly reports it. */
export interface RedoclyChange {
  path: string;
  kind: "added" | "removed" | "modified";
  impact: "patch" | "minor" | "major";
  /** The kind of object that changed, such as `Schema`. */
  typeName: string;
  /** Which of its keys changed, if that is no object itself; `key` if the object itself has another key. */
  property?: string;
  verdicts?: { ruleId: string; impact: string; message: string }[];
  /** The old and the new value; without `value` where there is none. */
  base?: { value?: unknown };
  revision?: { value?: unknown };
}

const OPTIONS = ["--format", "json", "--fail-on", "none", "--lint-config", "off"];

/** The folders of running comparisons, to be removed on an exit in their midst. */
const inUse = new Set<string>();
process.once("exit", () => inUse.forEach(remove));

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Compares two specs, each in one document. Mostly, for a spec in CI, they are equal: then no thread is started. */
export async function redoclyChanges(before: unknown, after: unknown): Promise<RedoclyChange[]> {
  if (isDeepStrictEqual(before, after)) return [];
  const folder = mkdtempSync(join(tmpdir(), "np6-archives-diff-"));
  inUse.add(folder);
  try {
    const files = [join(folder, "old.json"), join(folder, "new.json")];
    // Synchronous: an exit while a file is being written could not remove the folder.
    for (const [i, spec] of [before, after].entries()) {
      writeFileSync(files[i]!, JSON.stringify(spec));
    }
    // Otherwise a configuration in the caller's folder could change the result.
    const config = join(folder, "redocly.yaml");
    writeFileSync(config, "extends: [diff-recommended]");
    const output = await redocly(["diff", ...files, "--config", config, ...OPTIONS]);
    return (JSON.parse(output) as { changes: RedoclyChange[] }).changes;
  } finally {
    inUse.delete(folder);
    remove(folder);
  }
}

/**
 * Runs Redocly's command line, as the package exports nothing. In a thread, as Redocly walks schemas by recursion: a
 * thread's stack can be made large enough for a chain of a thousand schemas.
 */
async function redocly(argv: string[]): Promise<string> {
  const manifest = fileURLToPath(import.meta.resolve("@redocly/cli/package.json"));
  const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_NOTIFICATIONS: "true" };
  const thread = new Worker(join(dirname(manifest), "bin", "cli.js"), {
    argv,
    env,
    stdout: true,
    stderr: true,
    resourceLimits: { stackSizeMb: 64 },
  });
  const ended = once(thread, "exit").catch((error: unknown) => [(error as Error).message]);
  const [stdout, stderr, [failure]] = await Promise.all([
    text(thread.stdout),
    text(thread.stderr),
    ended,
  ]);
  if (failure === 0) return stdout;
  const reason = complaint(stripVTControlCharacters(stderr)) ?? `Redocly ended with ${failure}`;
  throw new Error(`specs: expected two that can be compared, got this: ${reason}`);
}

/** Redocly's first complaint, in one line. On Node 20 its output begins with a box of words about that. */
function complaint(told: string): string | undefined {
  const [, which, place, problem] =
    /^\[1\] .*\b(old|new)\.json\S* at (.+)\n\s*(\S.*)$/m.exec(told) ?? [];
  if (problem !== undefined) return `${problem} (${place} of the ${which} one)`;
  const [, reason] = /^\w*Error: (.+)$/m.exec(told) ?? [];
  // The file that it names is removed before anybody reads this.
  return reason?.replace(/ in "[^"]*\b(old|new)\.json" \(\S+\)$/, " in the $1 one");
}
