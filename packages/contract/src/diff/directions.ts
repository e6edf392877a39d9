import { valueAt } from "../json-pointer.ts";
import { isData, isMap, isObject, keywords } from "./openapi-names.ts";
import { referred } from "./references.ts";

type Node = Record<string, unknown>;

const INPUT = ["parameters", "requestBody", "requestBodies"];
/** Keys for requests that the server sends to its callers. */
const SENT_BACK = ["callbacks", "webhooks"];
const TURNS = new Set([...INPUT, ...SENT_BACK, "responses"]);

/** Whether a place, given as a JSON pointer, is part of what callers send; in a callback that is its response. */
export function isInInput(place: string): boolean {
  return isInputBelow(keywords(place));
}

function isInputBelow(keys: readonly string[]): boolean {
  if (SENT_BACK.some((key) => keys.includes(key))) return keys.includes("responses");
  return INPUT.some((key) => keys.includes(key));
}

/**
 * For each part of a spec that operations contain or refer to, whether callers send it: true, false, or both, since one
 * schema may describe what is sent and what comes back. Redocly reports only one of the places.
 */
export function directions(spec: Node): ReadonlyMap<unknown, ReadonlySet<boolean>> {
  const found = new Map<unknown, Set<boolean>>();
  const seen = new Map<unknown, Set<string>>();
  const { paths, webhooks } = spec;
  // A list instead of recursion: chains of references may be deeper than the stack.
  const waiting = [{ part: { paths, webhooks } as unknown, turns: [] as string[], isNames: false }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { part, turns, isNames } = next;
    if (!isObject(part)) continue;
    const ways = seen.get(part) ?? new Set();
    if (ways.has(turns.join())) continue;
    seen.set(part, ways.add(turns.join()));
    found.set(part, (found.get(part) ?? new Set()).add(isInputBelow(turns)));
    if (!isNames) waiting.push({ part: referred(spec, part), turns, isNames });
    for (const kind of Object.values(valueAt(part, ["discriminator", "mapping"]) ?? {})) {
      waiting.push({ part: referred(spec, { $ref: kind }), turns, isNames: false });
    }
    for (const [key, value] of Object.entries(part)) {
      if (!isNames && isData(key, value)) continue;
      const isTurn = !isNames && TURNS.has(key) && !turns.includes(key);
      waiting.push({
        part: value,
        turns: isTurn ? [...turns, key] : turns,
        isNames: !isNames && isMap(key, value),
      });
    }
  }
  return found;
}
