import { resolve } from "node:path";
import { describeValue } from "../exchange/violation.ts";
import { pointerKeys, withHolders } from "../json-pointer.ts";
import { withKinds } from "./alike/kinds.ts";
import { withOneAlternative } from "./alike/one-alternative.ts";
import { inOneSpelling } from "./alike/one-spelling.ts";
import { POSITION } from "./alike/one-writing.ts";
import { withSaidAbove } from "./alike/said-above.ts";
import { directions, isInInput } from "./directions.ts";
import { judgement } from "./judgement.ts";
import type { Judgement } from "./judgement.ts";
import { proseChanges } from "./prose-changes.ts";
import { readSpec } from "./read-spec.ts";
import { redoclyChanges } from "./redocly.ts";
import type { RedoclyChange } from "./redocly.ts";
import { valueThrough } from "./references.ts";
import { scopeChanges } from "./scope-changes.ts";
import type { ScopeChange } from "./scope-changes.ts";
import { writtenPlace } from "./written-place.ts";

/** The version bump that a change demands of whoever publishes the spec. */
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
 * Compares the meaning of two OpenAPI files, given by their paths, with `redocly diff`. Each may consist of several
 * files.
 *
 * @throws Error of one line when a file cannot be read as OpenAPI or the two cannot be compared.
 * @throws TypeError for what is no path.
 */
export async function diff(oldSpec: string, newSpec: string): Promise<SpecDiff> {
  for (const [name, file] of Object.entries({ oldSpec, newSpec })) {
    if (typeof file !== "string") {
      throw new TypeError(`${name}: expected the path of a file, got ${describeValue(file)}.`);
    }
  }
  const read = await Promise.all([readSpec(resolve(oldSpec)), readSpec(resolve(newSpec))]);
  const written = inOneSpelling(withOneAlternative(withKinds(read)));
  const [before, after] = withSaidAbove(written);
  const found = (await redoclyChanges(before, after)).map((change) => ({
    change,
    place: writtenPlace(change.path, change.property, written, change.kind === "removed"),
  }));
  const ways = written.map(directions);
  const judged = ({ change, place }: Found): Judgement => {
    const keys = pointerKeys(place);
    // Where both refer to another schema, Redocly reports only the first place of all that do so.
    const known = written.flatMap((spec, i) => ways[i]!.get(valueThrough(spec, keys)) ?? []);
    const either = new Set(known.flatMap((inputs) => [...inputs]));
    const both = [...either].filter((isInput) => known.every((inputs) => inputs.has(isInput)));
    const inputs = [both, [...either]].find(({ length }) => length > 0) ?? [isInInput(change.path)];
    const judgements = inputs.map((isInput) => judgement(change, after, isInput));
    const most = largest(judgements);
    return judgements.findLast(({ impact }) => impact === most)!;
  };
  const prose = proseChanges(before, after).map((place) =>
    writtenPlace(place, undefined, written, false),
  );
  const changes = unique([
    ...found.map((each) => specChange(each, judged(each))),
    ...scopeChanges(before, after).map((change) => scopeChange(change)),
    ...untold(prose, found).map((place) => proseChange(place)),
  ]);
  const bump = largest(changes);
  return { bump, isBreaking: bump === "major", changes };
}

function largest(judged: readonly { impact: Bump }[]): Bump {
  return BUMPS.findLast((step) => judged.some(({ impact }) => impact === step)) ?? "none";
}

interface Found {
  change: RedoclyChange;
  /** Where the spec's author wrote it. */
  place: string;
}

function specChange({ change, place }: Found, { impact, rule }: Judgement): SpecChange {
  const { kind, typeName, property, verdicts } = change;
  const verdict = verdicts?.find((candidate) => candidate.impact === impact);
  const name = property === POSITION ? "Position" : property;
  const what = name === undefined ? typeName : `${name} of ${typeName}`;
  const message = verdict?.message ?? `${what} ${kind}.`;
  return { impact, path: place, message, rule: rule ?? verdict?.ruleId };
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

/** The places of which Redocly reports neither themselves, nor anything around them or inside them. */
function untold(places: readonly string[], found: readonly Found[]): string[] {
  const told = new Set(
    found.map(({ place, change: { property } }) => (property ? `${place}/${property}` : place)),
  );
  const around = new Set([...told].flatMap((place) => withHolders(place)));
  return places.filter(
    (place) => !around.has(place) && !withHolders(place).some((holder) => told.has(holder)),
  );
}

/** Removes duplicates: what is written once may apply to several operations. */
function unique(changes: readonly SpecChange[]): SpecChange[] {
  return [...new Map(changes.map((change) => [JSON.stringify(change), change])).values()];
}
