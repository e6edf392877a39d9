import { readFile } from "node:fs/promises";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");

/** The code blocks of one language in the README. */
export const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.+?)\`\`\``, "gs"))].map(
    ([, code = ""]) => code,
  );
