import { parameterKey } from "../references.ts";
import { isSaidInPathItems, withOperations } from "./path-items.ts";

type Node = Record<string, unknown>;

/** Two specs to compare. */
export type Pair = readonly [before: Node, after: Node];

/** Keys that may be set for all operations, or those of a path, with their defaults. */
const HELD: Readonly<Record<string, unknown[]>> = { security: [], servers: [{ url: "/" }] };

/**
 * Moves to each operation what applies to it from above, if a path or operation of either spec sets some of it:
 * comparing place by place does not show what applies when such a key is removed, or moved.
 */
export function withSaidAbove(specs: Pair): Pair {
  const [before, after] = Object.keys(HELD).reduce(withHeldAtOperations, specs);
  if ([before, after].some((spec) => REFERENCE_TO_PARAMETERS.test(JSON.stringify(spec)))) {
    return [before, after];
  }
  return [withParametersAtOperations(before), withParametersAtOperations(after)];
}

/**
 * A reference into the parameters of a path item, as bundlers write it, would break when they are moved to the
 * operations.
 */
const REFERENCE_TO_PARAMETERS =
  /"\$ref":"#\/(paths|webhooks|components\/pathItems)\/[^/"]+\/parameters\//;

function withHeldAtOperations(specs: Pair, key: string): Pair {
  if (!specs.some((spec) => isSaidInPathItems(spec, key))) return specs;
  const moved = ({ [key]: ofAll = HELD[key], ...others }: Node): Node =>
    withOperations(others, key, (operation, ofPath = ofAll) => ({ [key]: ofPath, ...operation }));
  return [moved(specs[0]), moved(specs[1])];
}

function withParametersAtOperations(spec: Node): Node {
  return withOperations(spec, "parameters", (operation, ofPath) => {
    const own = listed(operation["parameters"]);
    const inherited = inheritedParameters(spec, own, ofPath);
    // After its own parameters, so that those keep their positions.
    return inherited.length === 0
      ? operation
      : { ...operation, parameters: [...own, ...inherited] };
  });
}

/** The parameters of a path, without those that an operation overrides. */
export function inheritedParameters(spec: Node, own: unknown[], ofPath: unknown): unknown[] {
  const keys = new Set(own.map((parameter) => parameterKey(spec, parameter)));
  return listed(ofPath).filter((parameter) => !keys.has(parameterKey(spec, parameter)));
}

/** A list that may be left out. */
export function listed(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
