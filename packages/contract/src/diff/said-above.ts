import { isSaidInPathItems, withOperations } from "./path-items.ts";
import { parameterKey } from "./references.ts";

type Node = Record<string, unknown>;

/** Two specs to compare. */
export type Pair = readonly [before: Node, after: Node];

/** What may be said once for all operations, or for those of a path, and what holds where nobody says it. */
const HELD: Readonly<Record<string, unknown[]>> = { security: [], servers: [{ url: "/" }] };

/**
 * Says at each operation what holds for it, where a path or an operation of either spec says some of it: to compare the
 * words of one place does not tell what holds when they go, or move, to another place.
 */
export function withSaidAbove(specs: Pair): Pair {
  const [before, after] = Object.keys(HELD).reduce(withHeldAtOperations, specs);
  if ([before, after].some((spec) => REFERENCE_TO_PARAMETERS.test(JSON.stringify(spec)))) {
    return [before, after];
  }
  return [withParametersAtOperations(before), withParametersAtOperations(after)];
}

/** One into those of a path item, as bundlers write it, would lead to nothing when they go to the operations. */
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
    // Behind its own, which stay in the places that the author knows.
    return inherited.length === 0
      ? operation
      : { ...operation, parameters: [...own, ...inherited] };
  });
}

/** The parameters of a path, those aside that an operation has of its own. */
export function inheritedParameters(spec: Node, own: unknown[], ofPath: unknown): unknown[] {
  const keys = new Set(own.map((parameter) => parameterKey(spec, parameter)));
  return listed(ofPath).filter((parameter) => !keys.has(parameterKey(spec, parameter)));
}

/** A list that may be left out. */
export function listed(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
