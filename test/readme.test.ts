import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { startMock } from "@np6-archives/mock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asking, localCommands } from "./commands.ts";
import { blocks, documents, root } from "./documents.ts";
import { interrupted } from "./interrupted.ts";

const run = promisify(execFile);

/**
 * Languages of which every code block is tested: `sh` here and in the release rehearsal, `yaml` with the workflows.
 * `text` is only shown, except for the message in the contract kit's README, which its own test compares.
 */
const TAKEN_EVERYWHERE = ["sh", "text", "yaml"];
/** Languages of which every code block is tested in the package itself. */
const takenByOwnTest: Record<string, string[]> = {
  "README.md": ["ts"],
  "apps/demo/README.md": ["nginx", "ts"],
  "packages/client/README.md": ["js", "ts"],
  "packages/contract/README.md": ["js", "yml"],
  "packages/mock/README.md": ["console", "js", "json"],
  "packages/keep/README.md": ["bash", "crontab", "ini", "shell", "ts", "yml"],
  "packages/safe-mail/README.md": ["ts"],
  "spec/README.md": ["ts"],
};

/** The anchors that GitHub generates for the headings of a text. */
function anchorsOf(text: string): string[] {
  const headings = text.replaceAll(/^```[^]*?^```/gm, "").matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe.each(documents)("$path", ({ path, text }) => {
  test("has code blocks only in languages that are tested", () => {
    const fences = text.match(/^ *(?:```|~~~).*$/gm) ?? [];
    const opening = fences.filter((_, index) => index % 2 === 0);
    const taken = [...TAKEN_EVERYWHERE, ...(takenByOwnTest[path] ?? [])];
    expect(taken.map((language) => `\`\`\`${language}`)).toEqual(expect.arrayContaining(opening));
  });

  test("links only to files that exist", () => {
    const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)];
    const files = links.map(([, target = ""]) => join(root, dirname(path), target));
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  });

  test("links only to headings that exist", () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)];
    const missing = links.filter(([, target = "", anchor = ""]) => {
      const led = target === "" ? path : join(dirname(path), target);
      const page = documents.find((document) => join(document.path) === led);
      return !anchorsOf(page?.text ?? "").includes(anchor);
    });
    expect(missing.map(([link]) => link)).toEqual([]);
  });

  test("names only scripts that exist, and this repository's version of pnpm", async () => {
    const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
      packageManager: string;
      scripts: Record<string, string>;
    };
    const builtIn = ["add", "run", "exec", "install", "changeset", "pack", "dlx"];
    const words = new Set([...Object.keys(manifest.scripts), ...builtIn]);
    const named = [...text.matchAll(/`pnpm ([a-z][a-z:]*)/g)].map(([, word = ""]) => word);
    expect(named.filter((word) => !words.has(word))).toEqual([]);
    const pnpms = [...text.matchAll(/\bpnpm@[\d.]+/g)].map(([name]) => name);
    expect(pnpms.filter((name) => name !== manifest.packageManager)).toEqual([]);
  });
});

describe("in a project that has the packages", () => {
  let mock: Awaited<ReturnType<typeof startMock>>;
  let project: string;
  let options: { cwd: string; env: NodeJS.ProcessEnv };

  beforeAll(async () => {
    mock = await startMock({ apiKeys: ["demo", "..."] });
    project = await mkdtemp(join(tmpdir(), "np6-readme-"));
    options = {
      cwd: project,
      env: { ...process.env, NP6_API_KEY: "demo", NP6_BASE_URL: mock.url },
    };
    await symlink(join(import.meta.dirname, "node_modules"), join(project, "node_modules"));
    for (const name of ["old.yaml", "new.yaml"]) {
      await copyFile(join(root, "spec/openapi.yaml"), join(project, name));
    }
  });
  afterAll(async () => {
    await mock.close();
    await rm(project, { recursive: true });
  });

  async function printed(command: string): Promise<string> {
    return (await run("sh", ["-c", asking(mock.url, command)], options)).stdout;
  }

  test("the program in the root README lists archives", async () => {
    const [program, ...others] = blocks("ts", "README.md");
    expect(others).toEqual([]);
    const file = join(project, "program.mts");
    await writeFile(file, `${program?.code}\nconsole.log(archives.length);\n`);
    expect(Number(await printed("node program.mts"))).toBeGreaterThan(0);
  });

  /** How to test each local command, by a word that it contains. */
  const works: Record<string, (command: string) => Promise<void>> = {
    curl: async (command) => expect(JSON.parse(await printed(command))).toBeInstanceOf(Array),
    diff: async (command) => expect(await printed(command)).toContain("Nothing changed."),
    verify: async (command) => expect(await printed(command)).toContain("The contract holds: "),
    "np6-archives-mock": (command) =>
      // It prints a curl command, which must work.
      interrupted(`${command} --port 0 --blob-port 0`, options, /^ *(curl .+)$/m, async (curl) =>
        expect(JSON.parse(await printed(curl))).toBeInstanceOf(Array),
      ),
  };

  test.each(localCommands)("%s", async (command) => {
    const words = command.split(" ");
    const [, work] = Object.entries(works).find(([word]) => words.includes(word)) ?? [];
    if (work === undefined) throw new Error("Nobody has told this test what the command does.");
    await work(command);
  });
});
