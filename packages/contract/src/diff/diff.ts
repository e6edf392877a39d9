import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pointerKeys } from "./openapi-names.ts";
import { withOperationSecurity } from "./operation-security.ts";
import { proseChanges } from "./prose-changes.ts";
import { readSpec } from "./read-spec.ts";
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
 * Compares what two OpenAPI files mean, given by their paths, with `redocly diff`. They may be made of several files.
 *
 * @throws Error of one line when a file can not be read as OpenAPI or the two can not be compared.
 */
export async function diff(oldSpec: string, newSpec: string): Promise<SpecDiff> {
  const [before, after] = await Promise.all([
    readSpec(resolve(oldSpec)),
    readSpec(resolve(newSpec)),
  ]);
  const found = await redoclyChanges(before, after);
  const told = found.map(({ path, property }) => (property ? `${path}/${property}` : path));
  const isTold = (place: string): boolean =>
    told.some((other) => place === other || isWithin(place, other) || isWithin(other, place));
  const prose = proseChanges(before, after)
    .filter((place) => !isTold(place))
    .map((path): SpecChange => {
      const [key = ""] = pointerKeys(path).slice(-1);
      return { impact: "patch", path, message: `${key} modified.`, rule: undefined };
    });
  const changes = [...found.map((change) => specChange(change)), ...prose];
  const bump = BUMPS.findLast((step) => changes.some(({ impact }) => impact === step)) ?? "none";
  return { bump, isBreaking: bump === "major", changes };
}

function isWithin(place: string, whole: string): boolean {
  return place.startsWith(`${whole}/`);
}

async function redoclyChanges(before: Spec, after: Spec): Promise<RedoclyChange[]> {
  const folder = await mkdtemp(join(tmpdir(), "np6-archives-diff-"));
  try {
    const files = [join(folder, "old.json"), join(folder, "new.json")];
    for (const [i, spec] of withOperationSecurity([before, after]).entries()) {
      await writeFile(files[i]!, JSON.stringify(spec));
    }
    const output = await redocly(["diff", ...files, "--format", "json", "--fail-on", "none"]);
    return (JSON.parse(output) as { changes: RedoclyChange[] }).changes;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Spec = Record<string, unknown>;

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
  if (ONLY_EXPLAIN.has(typeName)) {
    return { impact: "patch", path, message: `${typeName} ${kind}.`, rule: undefined };
  }
  const raised = raisedImpact(change);
  const impact = raised?.impact ?? change.impact;
  const verdict = verdicts?.find((candidate) => candidate.impact === impact);
  const what = property === undefined ? typeName : `${property} of ${typeName}`;
  const message = verdict?.message ?? `${what} ${kind}.`;
  return { impact, path, message, rule: raised?.rule ?? verdict?.ruleId };
}

/**
 * Where Redocly's word is too small: it looks at what goes over the wire, but the spec's package publishes types too, in
 * which parameters and components have names. And a new liberty for callers, or a deprecation, is a minor by semver.
 */
function raisedImpact(change: RedoclyChange): Pick<SpecChange, "impact" | "rule"> | undefined {
  const { path, kind, impact, typeName, property } = change;
  if (typeName === "PathItem" && property === "key" && impact !== "major") {
    return { impact: "major", rule: "path-parameter-renamed" };
  }
  if (NAMED_IN_TYPES.test(path) && kind === "removed") {
    return { impact: "major", rule: `${typeName.toLowerCase()}-removed` };
  }
  if (impact !== "patch") return undefined;
  if (typeName.startsWith("SecurityRequirement") && kind === "removed") {
    return { impact: "minor", rule: "security-relaxed" };
  }
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

/** Components that the types have a name for, `MailArchive` or `ParameterStartDate`, and where all of a kind are. */
const NAMED_IN_TYPES =
  /^#\/components\/(schemas|parameters|responses|requestBodies|headers|pathItems)(\/[^/]+)?$/;

/** Objects of OpenAPI that only explain, so that one more of them is no new feature. */
const ONLY_EXPLAIN = new Set(["Example", "ExternalDocs", "Tag"]);

/** Keys of a parameter and its schema that change nothing of what may be sent. */
const PROSE = new Set(["description", "example", "examples", "title", "name", "x-provenance"]);
