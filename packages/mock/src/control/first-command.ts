import type { Dataset } from "../data/dataset.ts";

/**
 * A command that lists the archives of a target that is there; undefined when none is. A key of one's own is no word for
 * logs and pages, so the reader's environment has to give it.
 */
export function firstCommand(
  url: string,
  { targets }: Dataset,
  apiKeys: readonly string[] | undefined,
): string | undefined {
  const [target] = targets;
  if (target === undefined) return undefined;
  const key = apiKeys === undefined ? "demo" : "$NP6_API_KEY";
  return `curl -H "X-Key: ${key}" "${url}/targets/${encodeURIComponent(target)}/archives"`;
}
