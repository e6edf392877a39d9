import type { Dataset } from "../data/dataset.ts";

/**
 * A command that lists the archives of an existing target; undefined when there is none. The user's own key must not be
 * in logs and pages, so the command takes it from the environment.
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
