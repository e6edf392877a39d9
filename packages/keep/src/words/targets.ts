import { invalid } from "./keep-error.ts";

/**
 * One person's target ids, each once.
 *
 * @throws KeepError when there is none, or one is blank.
 */
export function targetsOf(target: string | readonly string[]): string[] {
  const targets = typeof target === "string" ? [target] : target;
  if (targets.length === 0 || targets.some((id) => id.trim() === "")) {
    throw invalid("--target", "an id", targets[0] ?? "none");
  }
  return [...new Set(targets)];
}
