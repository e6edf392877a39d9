import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export const root = join(import.meta.dirname, "..");

const { stdout } = await promisify(execFile)(
  "git",
  ["ls-files", "*.md", ":!.changeset", ":!*CHANGELOG.md"],
  { cwd: root },
);

/** All documents in the repository for people to read. */
export const documents = await Promise.all(
  stdout
    .trim()
    .split("\n")
    .map(async (path) => ({ path, text: await readFile(join(root, path), "utf8") })),
);

/** The code blocks of one language, in one document or in all of them. */
export function blocks(language: string, path?: string): { path: string; code: string }[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm");
  return documents
    .filter((document) => path === undefined || document.path === path)
    .flatMap((document) =>
      [...document.text.matchAll(fence)].map(([, code = ""]) => ({ path: document.path, code })),
    );
}
