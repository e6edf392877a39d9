import { resolve } from "node:path";
import { judgement } from "./judgement.ts";
import type { Judgement } from "./judgement.ts";
import { inOneSpelling } from "./one-spelling.ts";
import { pointerKeys } from "./openapi-names.ts";
import { proseChanges } from "./prose-changes.ts";
import { readSpec } from "./read-spec.ts";
import { redoclyChanges } from "./redocly.ts";
import type { RedoclyChange } from "./redocly.ts";
import { withSaidAbove } from "./said-above.ts";
import { scopeChanges } from "./scope-changes.ts";
import type { ScopeChange } from "./scope-changes.ts";
import { writtenPlace } from "./written-place.ts";

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
 * @throws Error of one line when a file cannot be read as OpenAPI or the two cannot be compared.
 */
export async function diff(oldSpec: string, newSpec: string): Promise<SpecDiff> {
  const read = await Promise.all([readSpec(resolve(oldSpec)), readSpec(resolve(newSpec))]);
  const written = inOneSpelling(read);
  const [before, after] = withSaidAbove(written);
  const found = await redoclyChanges(before, after);
  const prose = untold(proseChanges(before, after), found);
  const changes = unique([
    ...found.map((change) =>
      specChange(
        change,
        judgement(change, after),
        writtenPlace(change.path, written, change.kind === "removed"),
      ),
    ),
    ...scopeChanges(before, after).map((change) => scopeChange(change)),
    ...prose.map((place) => proseChange(writtenPlace(place, written, false))),
  ]);
  const bump = BUMPS.findLast((step) => changes.some(({ impact }) => impact === step)) ?? "none";
  return { bump, isBreaking: bump === "major", changes };
}

function specChange(
  { kind, typeName, property, verdicts }: RedoclyChange,
  { impact, rule }: Judgement,
  path: string,
): SpecChange {
  const verdict = verdicts?.find((candidate) => candidate.impact === impact);
  const what = property === undefined ? typeName : `${property} of ${typeName}`;
  const message = verdict?.message ?? `${what} ${kind}.`;
  return { impact, path, message, rule: rule ?? verdict?.ruleId };
}

function scopeChange({ path, scope, kind }: ScopeChange): SpecChange {
  const impact = ({ removed: "major", added: "minor", modified: "patch" } as const)[kind];
  const rule = kind === "removed" ? "scope-removed" : undefined;
  return { impact, path, message: `Scope \`${scope}\` was ${kind}.`, rule };
}

function proseChange(path: string): SpecChange {
  const [key = ""] = pointerKeys(path).slice(-1);
  return { impact: "patch", path, message: `${key} modified.`, rule: undefined };
}

/** The places that Redocly does not speak of, nor of what they are in or what is in them. */
function untold(places: readonly string[], found: readonly RedoclyChange[]): string[] {
  const told = found.map(({ path, property }) => (property ? `${path}/${property}` : path));
  return places.filter(
    (place) =>
      !told.some((other) => place === other || isWithin(place, other) || isWithin(other, place)),
  );
}

function isWithin(place: string, whole: string): boolean {
  return place.startsWith(`${whole}/`);
}

/** What is written once may hold at several operations. */
function unique(changes: readonly SpecChange[]): SpecChange[] {
  return [...new Map(changes.map((change) => [JSON.stringify(change), change])).values()];
}
