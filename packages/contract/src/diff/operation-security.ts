type Node = Record<string, unknown>;
type Paths = Record<string, Record<string, Node> | null>;

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/**
 * Says at each operation which keys it asks for, where an operation of either spec says so itself: to compare the words
 * of one place does not tell what is asked for when they go, or move, to the other place.
 */
export function withOperationSecurity(specs: readonly Node[]): readonly Node[] {
  const isSaidThere = specs.some((spec) => operations(spec).some((node) => "security" in node));
  if (!isSaidThere) return specs;
  return specs.map((spec) => {
    const { security = [], ...said } = structuredClone(spec);
    for (const operation of operations(said)) operation["security"] ??= security;
    return said;
  });
}

function operations(spec: Node): Node[] {
  const paths = Object.values((spec["paths"] ?? {}) as Paths);
  return METHODS.flatMap((method) => paths.map((path) => path?.[method])).filter(
    (operation) => operation !== undefined,
  );
}
