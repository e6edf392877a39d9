import { pointerTo, valueAt } from "../json-pointer.ts";
import { isObject } from "./openapi-names.ts";
import { referred } from "./references.ts";

type Node = Record<string, unknown>;

/** An OAuth scope that only one of two specs has, or whose description differs. */
export interface ScopeChange {
  path: string;
  scope: string;
  kind: "added" | "removed" | "modified";
}

/** The scopes that differ in the security schemes that both specs have: Redocly ignores them. */
export function scopeChanges(oldSpec: Node, newSpec: Node): ScopeChange[] {
  const old = schemes(oldSpec);
  return Object.entries(schemes(newSpec)).flatMap(([name, scheme]) => {
    if (!Object.hasOwn(old, name)) return [];
    const before = scopes(referred(oldSpec, old[name]), name);
    const after = scopes(referred(newSpec, scheme), name);
    return [...new Map([...before, ...after])]
      .filter(([path]) => before.get(path)?.words !== after.get(path)?.words)
      .map(([path, { scope }]) => {
        const kind = !after.has(path) ? "removed" : before.has(path) ? "modified" : "added";
        return { path, scope, kind };
      });
  });
}

function schemes(spec: Node): Node {
  const found = valueAt(spec, ["components", "securitySchemes"]);
  return isObject(found) ? found : {};
}

/** The scopes of a scheme's flows, by their places. */
function scopes(scheme: unknown, name: string): Map<string, { scope: string; words: unknown }> {
  const flows = Object.entries(valueAt(scheme, ["flows"]) ?? {});
  return new Map(
    flows.flatMap(([flow, said]) =>
      Object.entries(valueAt(said, ["scopes"]) ?? {}).map(([scope, words]) => [
        pointerTo(["components", "securitySchemes", name, "flows", flow, "scopes", scope]),
        { scope, words },
      ]),
    ),
  );
}
