import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startMock } from "@np6-archives/mock";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const here = fileURLToPath(new URL("..", import.meta.url));
const { resolve } = createRequire(import.meta.url);

/** The snippets of the README, by the file name in their first line. */
const readme = await readFile(join(here, "README.md"), "utf8");
const files = [...readme.matchAll(/```js\n(?:\/\/ (\S+)\n)?([\s\S]*?)```/g)].map(
  ([, name = "a snippet without a name", code = ""]) => [name, code] as const,
);

/** A project of another team, with every snippet of the README as a file. */
let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "mock-readme-"));
  await writeFile(join(project, "package.json"), '{ "type": "module" }');
  const packages: Record<string, string> = {
    "@np6-archives/mock": here,
    vitest: dirname(resolve("vitest/package.json")),
    jest: dirname(resolve("jest/package.json")),
  };
  for (const [name, folder] of Object.entries(packages)) {
    const link = join(project, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(folder, link, "junction");
  }
  for (const [name, code] of files) await writeFile(join(project, name), code);
});
afterAll(() => rm(project, { recursive: true }));

/** Runs a program of the project, as a person would, outside this test run's own environment. */
async function node(...args: string[]): Promise<string> {
  const { PATH, HOME } = process.env;
  const { stdout, stderr } = await run(process.execPath, args, {
    cwd: project,
    env: { PATH, HOME },
  });
  return stdout + stderr;
}

test("the snippets are those that are run here", () => {
  expect(files.map(([name]) => name)).toEqual([
    "example.js",
    "own.js",
    "faults.js",
    "vitest.config.js",
    "vitest.setup.js",
    "archives.vitest.test.js",
    "jest.config.mjs",
    "jest.setup.mjs",
    "jest.teardown.mjs",
    "archives.jest.test.cjs",
    "node.setup.js",
    "archives.node.test.js",
  ]);
});

test("the first example lists archives and opens a mail", async () => {
  expect(await node("example.js")).toMatch(/^3\d archives; the newest mail begins:\nFrom: /);
});

test("the example with archives of its own opens two links of three", async () => {
  expect(await node("own.js")).toBe("200\n200\n403\n");
});

test("the file and the command with archives of their own are taken", async () => {
  const [json = "", ...others] = [...readme.matchAll(/```json\n([\s\S]*?)```/g)].map(
    ([, code]) => code,
  );
  expect(others).toEqual([]);
  const file = join(project, "archives.json");
  await writeFile(file, json);
  const mock = await startMock({ archives: file });
  try {
    const targets = (): number =>
      mock.dataset.archives.filter((one) => one.target === "000042").length;
    expect(targets()).toBe(2);
    const [, command = ""] = /```console\n([\s\S]*?)```/.exec(readme) ?? [];
    const { stdout } = await run("sh", ["-c", command.replace("http://127.0.0.1:4010", mock.url)]);
    const { archives } = JSON.parse(stdout) as { archives: { url: string }[] };
    const statuses = await Promise.all(archives.map(async ({ url }) => (await fetch(url)).status));
    expect(statuses).toEqual([200, 404]);
  } finally {
    await mock.close();
  }
});

test("the faults example meets its fault", async () => {
  expect(await node("faults.js")).toBe("503\n");
});

test("the Vitest set-up shares one mock", async () => {
  const output = await node(
    "node_modules/vitest/vitest.mjs",
    "run",
    "--no-color",
    "archives.vitest",
  );
  expect(output).toMatch(/Tests\s+1 passed \(1\)/);
});

test.each(["commonjs", "module"])(
  "the Jest set-up shares one mock in a project of type %s",
  async (type) => {
    await writeFile(join(project, "package.json"), JSON.stringify({ type }));
    const output = await node(
      "node_modules/jest/bin/jest.js",
      "--no-watchman",
      "--testTimeout=600000",
    );
    expect(output).toMatch(/Tests:\s+1 passed, 1 total/);
  },
);

test("PowerShell is told to send what curl sends", () => {
  const [curl, powershell] = ["curl", "Invoke-RestMethod"].map((program) =>
    new RegExp(`${program} .*('\\[.*\\]') (http\\S*/archives)`).exec(readme)?.slice(1),
  );
  expect(curl).toHaveLength(2);
  expect(powershell).toEqual(curl);
});

test("the node:test set-up shares one mock", async () => {
  const output = await node("--test", "--test-global-setup=node.setup.js", "archives.node.test.js");
  expect(output).toMatch(/pass 1\b/);
});
