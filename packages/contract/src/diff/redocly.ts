import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, stripVTControlCharacters } from "node:util";
import { Worker } from "node:worker_threads";

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

const OPTIONS = ["--format", "json", "--fail-on", "none", "--lint-config", "off"];

/** The folders of comparisons that go on. An exit in their midst leaves none behind. */
const inUse = new Set<string>();
process.once("exit", () => inUse.forEach(remove));

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Compares two specs, each in one piece. Most that are compared, of a spec in CI, are the same: they start no thread. */
export async function redoclyChanges(before: unknown, after: unknown): Promise<RedoclyChange[]> {
  if (isDeepStrictEqual(before, after)) return [];
  const folder = mkdtempSync(join(tmpdir(), "np6-archives-diff-"));
  inUse.add(folder);
  try {
    const files = [join(folder, "old.json"), join(folder, "new.json")];
    // At once: a file that is yet being made while an exit removes the folder would keep it.
    for (const [i, spec] of [before, after].entries()) {
      writeFileSync(files[i]!, JSON.stringify(spec));
    }
    // Else one in the caller's folder could change what is told.
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
 * Runs the command line that comes with the package: Redocly exports nothing. It does so in a thread, because it goes from
 * schema to schema by recursion, and a thread's stack may be as large as a thousand schemas need that lead to each other.
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

/** What Redocly complains of first, in one line. On Node 20 it begins with a frame of words on that. */
function complaint(told: string): string | undefined {
  const [, which, place, problem] =
    /^\[1\] .*\b(old|new)\.json\S* at (\S+)\s+(\S.*)$/m.exec(told) ?? [];
  if (problem !== undefined) return `${problem} (${place} of the ${which} one)`;
  const [, reason] = /^\w*Error: (.+)$/m.exec(told) ?? [];
  // By the time that it is told, the file that it names is gone.
  return reason?.replace(/ in "\S*\b(old|new)\.json" \(\S+\)$/, " in the $1 one");
}
