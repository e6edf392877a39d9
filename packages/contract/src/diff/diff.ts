import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parse } from "yaml";
import { redocly } from "./redocly.ts";

/** What a change asks of the version of whoever publishes the spec. */
export type Bump = "none" | "patch" | "minor" | "major";

/** One change between two specs. */
export interface SpecChange {
  /** The bump that this change alone demands. */
  impact: Exclude<Bump, "none">;
  /** Where, as a JSON pointer into the spec: `#/paths/~1targets~1{id}~1archives/get`. */
  path: string;
  /** What changed, in one sentence. */
  message: string;
  /** The rule that says so, such as `required-properties-removed`; undefined where none does. */
  rule: string | undefined;
}

/** What changed between two specs. */
export interface SpecDiff {
  /** The smallest bump that is honest about the changes. */
  bump: Bump;
  /** Whether it demands a major version. */
  isBreaking: boolean;
  /** All changes, in the order of the new spec. */
  changes: SpecChange[];
}

/** From the least to the most. */
const BUMPS: readonly Bump[] = ["none", "patch", "minor", "major"];

/**
 * Compares two OpenAPI files, given by their paths, with `redocly diff`.
 *
 * Rejects with an Error of one line when a file can not be read as OpenAPI or the two can not be compared.
 */
export async function diff(oldSpec: string, newSpec: string): Promise<SpecDiff> {
  const files = [oldSpec, newSpec].map((file) => resolve(file));
  await Promise.all(files.map(assertOpenApi));
  const output = JSON.parse(
    await redocly(["diff", ...files, "--format", "json", "--fail-on", "none"]),
  ) as {
    changes: RedoclyChange[];
  };
  const changes = output.changes.map((change) => specChange(change));
  const bump = BUMPS.findLast((step) => changes.some(({ impact }) => impact === step)) ?? "none";
  return { bump, isBreaking: bump === "major", changes };
}

async function assertOpenApi(file: string): Promise<void> {
  const text = await readFile(file, "utf8").catch(() => {
    throw new Error(`There is no spec at ${file}.`);
  });
  let document: unknown;
  try {
    document = parse(text, { logLevel: "silent" });
  } catch {
    // Told below, like every other text that is no OpenAPI.
  }
  if (typeof (document as { openapi?: unknown } | null | undefined)?.openapi === "string") return;
  throw new Error(`${file} is not an OpenAPI document.`);
}

interface RedoclyChange {
  path: string;
  kind: "added" | "removed" | "modified";
  impact: SpecChange["impact"];
  typeName: string;
  property?: string;
  verdicts?: { ruleId: string; impact: string; message: string }[];
}

function specChange(change: RedoclyChange): SpecChange {
  const { path, kind, typeName, property, verdicts } = change;
  const raised = raisedImpact(change);
  const impact = raised?.impact ?? change.impact;
  const verdict = verdicts?.find((candidate) => candidate.impact === impact);
  const what = property === undefined ? typeName : `${property} of ${typeName}`;
  const message = verdict?.message ?? `${what} ${kind}.`;
  return { impact, path, message, rule: raised?.rule ?? verdict?.ruleId };
}

/**
 * Where Redocly's word is too small: it looks at what goes over the wire, but the spec's package publishes types too, in
 * which parameters and schemas have names. And a new liberty for callers, or a deprecation, is a minor by semver.
 */
function raisedImpact(change: RedoclyChange): Pick<SpecChange, "impact" | "rule"> | undefined {
  const { path, kind, impact, typeName, property } = change;
  if (typeName === "PathItem" && property === "key" && impact !== "major") {
    return { impact: "major", rule: "path-parameter-renamed" };
  }
  if (/^#\/components\/schemas\/[^/]+$/.test(path) && kind === "removed") {
    return { impact: "major", rule: "schema-removed" };
  }
  if (impact !== "patch") return undefined;
  if (property === "deprecated") return { impact: "minor", rule: "deprecated" };
  const isInput = path.includes("/parameters/") || path.includes("/requestBody/");
  if (
    isInput &&
    (typeName === "Schema" || typeName === "Parameter") &&
    !PROSE.has(property ?? "")
  ) {
    return { impact: "minor", rule: "input-relaxed" };
  }
  return undefined;
}

/** Keys of a parameter and its schema that change nothing of what may be sent. */
const PROSE = new Set(["description", "example", "examples", "title", "name", "x-provenance"]);
