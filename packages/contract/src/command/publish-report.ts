import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Report } from "../report/report.ts";
import { REPORTERS } from "../report/reporters.ts";
import type { ReporterName } from "../report/reporters.ts";

/**
 * The reporter of that name.
 *
 * @throws TypeError when there is none.
 */
export function reporterNamed(name = "pretty"): ReporterName {
  if (Object.hasOwn(REPORTERS, name)) return name as ReporterName;
  const names = Object.keys(REPORTERS);
  throw new TypeError(
    `--reporter: expected ${names.slice(0, -1).join(", ")} or ${names.at(-1)}, got "${name}".`,
  );
}

/** Writes the report to a file and prints one for people; without a file, prints the report. */
export async function publish(
  report: Report,
  reporter: ReporterName,
  out: string | undefined,
): Promise<void> {
  const text = REPORTERS[reporter](report);
  if (isStdout(out)) {
    console.log(text);
    return;
  }
  await write(out, text);
  console.log(REPORTERS[isInWorkflow() ? "github" : "pretty"](report));
}

/** The same for a report of a command that could not run. People get to read that on standard error, elsewhere. */
export async function publishError(
  report: Report,
  reporter: ReporterName,
  out: string | undefined,
): Promise<void> {
  if (!isStdout(out)) {
    await write(out, REPORTERS[reporter](report));
    if (isInWorkflow()) console.log(REPORTERS.github(report));
  } else if (reporter !== "pretty") console.log(REPORTERS[reporter](report));
}

function isStdout(out: string | undefined): out is undefined | "-" {
  return out === undefined || out === "-";
}

/** In a workflow, what people read are annotations. */
function isInWorkflow(): boolean {
  return process.env["GITHUB_ACTIONS"] === "true";
}

/** Writes a file, without the colours of a terminal, and makes the folder that it stands in. */
async function write(file: string, text: string): Promise<void> {
  try {
    await makeFolder(dirname(file));
    await writeFile(file, `${stripVTControlCharacters(text)}\n`);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`--out: expected a file that can be written, got ${file} (${code}).`, {
      cause,
    });
  }
}

/** Node's own `recursive` never ends in a folder that takes none and says ENOENT for it, as `/proc` does. */
async function makeFolder(folder: string): Promise<void> {
  const parent = dirname(folder);
  if (existsSync(folder) || parent === folder) return;
  await makeFolder(parent);
  await mkdir(folder).catch((error: unknown) => {
    // Another report may stand there, too.
    if (!existsSync(folder)) throw error;
  });
}
