import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Report } from "../report/report.ts";
import { REPORTERS } from "../report/reporters.ts";
import type { ReporterName } from "../report/reporters.ts";

/** The reporter of that name. */
export function reporterNamed(name = "pretty"): ReporterName {
  if (Object.hasOwn(REPORTERS, name)) return name as ReporterName;
  const names = Object.keys(REPORTERS);
  throw new TypeError(
    `Expected --reporter to be ${names.slice(0, -1).join(", ")} or ${names.at(-1)}, got "${name}".`,
  );
}

/** Writes the report to a file, whose folder is made, and prints one for people; without a file, prints the report. */
export async function publish(
  report: Report,
  reporter: ReporterName,
  out: string | undefined,
): Promise<void> {
  const text = REPORTERS[reporter](report);
  if (out === undefined || out === "-") {
    console.log(text);
    return;
  }
  try {
    await mkdir(dirname(out), { recursive: true });
    await writeFile(out, `${text}\n`);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(`Expected --out to be a file that can be written, got ${out} (${code}).`, {
      cause,
    });
  }
  // In a workflow, what people read are annotations.
  const forPeople = process.env["GITHUB_ACTIONS"] === "true" ? "github" : "pretty";
  console.log(REPORTERS[forPeople](report));
}
