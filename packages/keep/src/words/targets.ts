import { invalid } from "./keep-error.ts";

/**
 * One person's target ids, each once.
 *
 * @throws KeepError when there is none, or one is blank or no text.
 */
export function targetsOf(target: string | readonly string[]): string[] {
  const targets = [target].flat();
  const wrong = targets.findIndex((id) => typeof id !== "string" || id.trim() === "");
  if (targets.length === 0 || wrong !== -1) {
    throw invalid("--target", "an id", targets.length === 0 ? "none" : targets[wrong]);
  }
  return [...new Set(targets)];
}

/** As {@link namesId}, where the text may be JSON or CSV: its escapes are undone, too. */
export function namesIdInRow(text: string, id: string): boolean {
  const read = text.replaceAll(
    /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/g,
    (escape) => JSON.parse(`"${escape}"`) as string,
  );
  return [text, read, text.replaceAll('""', '"')].some((each) => namesId(each, id));
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Whether a text names an id, as a word of its own: not as a part of another id. */
export function namesId(text: string, id: string): boolean {
  if (UUID.test(text)) return text === id;
  for (let at = text.indexOf(id); at !== -1; at = text.indexOf(id, at + 1)) {
    const isPart =
      /[\p{L}\p{N}]$/u.test(text.slice(0, at)) || /^[\p{L}\p{N}]/u.test(text.slice(at + id.length));
    if (!isPart) return true;
  }
  return false;
}
