import { LRUCache } from "lru-cache";
import type { Engine, EngineRequest, Verdict } from "./engine.ts";
import type { OperationShape } from "./operation-shape.ts";

/** Enough for every combination in real traffic. */
const CAPACITY = 1000;

/** Dates that surely pass Prism's format check. */
const PLAIN_DATE_TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1\d|2[0-3]):[0-5]\d)$/;

/** A path segment that no routing or decoding can trip over. */
const PLAIN_SEGMENT = /^[\w~-]+$/;

/**
 * `engine.judge` with a cache.
 *
 * A verdict takes Prism a quarter of a millisecond, and for most requests depends on little: the operation, whether
 * there is a key, `Accept`, `Prefer`. So the request is made general first (an id that may be any string becomes a
 * fixed id, a well-formed date a fixed date, and what no operation looks at is removed), and Prism judges that once.
 * Anything unusual goes to Prism as it came.
 */
export function memoised(engine: Engine): Engine["judge"] {
  const memo = new LRUCache<string, Verdict>({ max: CAPACITY });
  const routes = engine.operations.map((operation) => ({
    operation,
    pattern: patternOf(operation.path),
    general: operation.path.replace(/\{[^}]+\}/g, "id"),
  }));
  const headers = [
    "accept",
    ...new Set(engine.operations.flatMap((operation) => operation.headers)),
  ];

  return async (request, preference) => {
    // A body is rare and invented values are new each time: neither is worth remembering.
    if (request.body !== undefined || preference.dynamic === true)
      return engine.judge(request, preference);

    const seen: EngineRequest = { ...request, headers: pick(request.headers, headers) };
    const [route, ...rivals] = routes.filter(
      ({ operation, pattern }) =>
        operation.method === request.method.toLowerCase() && pattern.test(request.path),
    );
    // If two operations match, Prism decides.
    if (route !== undefined && rivals.length === 0) {
      seen.query = generalQuery(request.query, route.operation);
      const segments = route.pattern.exec(request.path)?.slice(1) ?? [];
      if (route.operation.anyPath && segments.every((segment) => PLAIN_SEGMENT.test(segment))) {
        seen.path = route.general;
      }
    }
    const key = JSON.stringify([seen, preference]);
    const known = memo.get(key);
    if (known !== undefined) return known;

    const verdict = await engine.judge(seen, preference);
    memo.set(key, verdict);
    return verdict;
  };
}

function patternOf(template: string): RegExp {
  const literal = template.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  return new RegExp(`^${literal.replace(/\{[^}]+\}/g, "([^/]+)")}$`);
}

function generalQuery(
  query: EngineRequest["query"],
  { query: declared, anyName }: OperationShape,
): EngineRequest["query"] {
  const general: EngineRequest["query"] = {};
  for (const [name, value] of Object.entries(query)) {
    const lower = name.toLowerCase();
    if (!anyName && !declared.has(lower)) continue;
    const plain = declared.get(lower) && typeof value === "string" && PLAIN_DATE_TIME.test(value);
    general[name] = plain ? "2000-01-01T00:00:00Z" : value;
  }
  return general;
}

function pick(from: Record<string, string>, names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = from[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
