import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const LICENCE_FILE = /^(?:licen[cs]e|copying|notice)/i;

/**
 * The licences of the packages that these files are from, one after the other.
 *
 * @throws Error when a package says nothing about its licence.
 */
export async function noticesOf(files: readonly string[]): Promise<string> {
  const folders = new Set(
    files.flatMap((file) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []),
  );
  const parts = new Map<string, string>();
  for (const folder of folders) {
    const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
      name: string;
      version: string;
      license?: string;
      author?: string | { name: string };
    };
    const names = (await readdir(folder)).filter((name) => LICENCE_FILE.test(name)).toSorted();
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
    const { name, version, license, author } = manifest;
    if (license === undefined && texts.length === 0) {
      throw new Error(`${name} ${version}: expected a licence, found none.`);
    }
    const by = typeof author === "string" ? author : author?.name;
    const said = texts.length > 0 ? texts.join("\n") : `${license}${by ? `, by ${by}` : ""}`;
    parts.set(
      `${name} ${version}`,
      `## ${name} ${version} (${license ?? "see below"})\n\n\`\`\`text\n${said.trim()}\n\`\`\`\n`,
    );
  }
  const listed = [...parts].toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `# What is bundled here\n\nThese packages are part of the files in this folder. swagger-ui/ has its own licence beside it.\n\n${listed.map(([, text]) => text).join("\n")}`;
}
