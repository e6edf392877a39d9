import type { Dataset } from "../data/dataset.ts";

/** A command that lists the archives of a target that is there; undefined when none is. */
export function firstCommand(url: string, { targets }: Dataset): string | undefined {
  const [target] = targets;
  if (target === undefined) return undefined;
  return `curl -H "X-Key: demo" "${url}/targets/${encodeURIComponent(target)}/archives"`;
}
