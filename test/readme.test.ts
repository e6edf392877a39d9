import { execFile } from "node:child_process";
import { access, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { startMock } from "@np6-archives/mock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
const { stdout } = await run("git", ["ls-files", "*.md", ":!.changeset", ":!*CHANGELOG.md"], {
  cwd: root,
});
const documents = await Promise.all(
  stdout
    .trim()
    .split("\n")
    .map(async (path) => ({ path, text: await readFile(join(root, path), "utf8") })),
);

/** The code blocks of one language in a text. */
function blocks(text: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm");
  return [...text.matchAll(fence)].map(([, code = ""]) => code);
}

describe.each(documents)("$path", ({ path, text }) => {
  test("links only to files that exist", async () => {
    const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)];
    for (const [, target = ""] of links) await access(join(root, dirname(path), target));
  });

  test("names only script words that exist, and this repository's pnpm", async () => {
    const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      packageManager: string;
      scripts: Record<string, string>;
    };
    const builtIn = ["add", "run", "exec", "install", "changeset", "pack", "dlx"];
    const words = [...Object.keys(manifest.scripts), ...builtIn];
    for (const [, word] of text.matchAll(/`pnpm ([a-z][a-z:]*)/g)) expect(words).toContain(word);
    for (const [name] of text.matchAll(/\bpnpm@[\d.]+/g))
      expect(name).toBe(manifest.packageManager);
  });
});

describe("the root README", () => {
  const readme = documents.find(({ path }) => path === "README.md")?.text ?? "";
  let mock: Awaited<ReturnType<typeof startMock>>;
  let folder: string;

  beforeAll(async () => {
    mock = await startMock();
    folder = await mkdtemp(join(tmpdir(), "np6-readme-"));
    await symlink(join(import.meta.dirname, "node_modules"), join(folder, "node_modules"));
  });
  afterAll(async () => {
    await mock.close();
    await rm(folder, { recursive: true });
  });

  test("shows a program that lists archives", async () => {
    const [program = ""] = blocks(readme, "ts");
    await writeFile(join(folder, "program.mts"), `${program}\nconsole.log(archives.length);\n`);
    const env = { ...process.env, NP6_API_KEY: "demo", NP6_BASE_URL: mock.url };
    const { stdout: printed } = await run("node", [join(folder, "program.mts")], { env });
    expect(Number(printed)).toBeGreaterThan(0);
  });

  test("shows a curl command that the mock answers", async () => {
    const [command = ""] =
      blocks(readme, "sh")
        .join("")
        .match(/^curl .+$/m) ?? [];
    const { stdout: body } = await run("sh", [
      "-c",
      command.replace("http://127.0.0.1:4010", mock.url),
    ]);
    expect(JSON.parse(body)).toBeInstanceOf(Array);
  });
});
