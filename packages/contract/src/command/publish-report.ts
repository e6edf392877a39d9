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

/**
 * The file of that name; undefined for standard output.
 *
 * @throws TypeError when the name is a blank.
 */
export function fileNamed(out: string | undefined): string | undefined {
  if (out?.trim() === "") throw new TypeError("--out: expected a file, got a blank.");
  return out === "-" ? undefined : out;
}

/** Writes the report to a file and prints one for people; without a file, prints the report. */
export async function publish(
  report: Report,
  reporter: ReporterName,
  file: string | undefined,
): Promise<void> {
  const text = REPORTERS[reporter](report);
  if (file === undefined) {
    return print(text);
  }
  // Printed first, so that it is there even if the file cannot be written.
  await print(REPORTERS[isInWorkflow() ? "github" : "pretty"](report));
  await write(file, text);
}

/**
 * The same for the report of a command that could not run. For people, the error is printed on standard error
 * elsewhere.
 */
export async function publishError(
  report: Report,
  reporter: ReporterName,
  file: string | undefined,
): Promise<void> {
  if (file !== undefined) {
    if (isInWorkflow()) await print(REPORTERS.github(report));
    await write(file, REPORTERS[reporter](report));
  } else if (reporter !== "pretty") await print(REPORTERS[reporter](report));
}

/** In a workflow of GitHub, people read annotations. */
function isInWorkflow(): boolean {
  return process.env["GITHUB_ACTIONS"] === "true";
}

/** Prints a text. If the reader of the output leaves (`| head`), that is no error. */
async function print(text: string): Promise<void> {
  const { stdout } = process;
  // Without a listener, the error would also end the process.
  stdout.on("error", () => {});
  const error = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => {
    stdout.write(`${text}\n`, resolve);
  });
  if (error && error.code !== "EPIPE") {
    throw new Error(`Standard output: expected one that can be written, got ${error.code}.`, {
      cause: error,
    });
  }
}

/** Writes a file, without terminal colours, and makes its folder. */
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

/** Node's own `recursive` loops forever where a folder cannot be made and the error is ENOENT, as in `/proc`. */
async function makeFolder(folder: string): Promise<void> {
  const parent = dirname(folder);
  if (existsSync(folder) || parent === folder) return;
  await makeFolder(parent);
  await mkdir(folder).catch((error: unknown) => {
    // Another process may have made it meanwhile.
    if (!existsSync(folder)) throw error;
  });
}
