import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";

const here = fileURLToPath(new URL("..", import.meta.url));
const { resolve } = createRequire(import.meta.url);
const readme = await readFile(join(here, "README.md"), "utf8");

/** A project of another team, with every named snippet of the README as a file. */
let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "contract-readme-"));
  await writeFile(join(project, "package.json"), '{ "type": "module" }');
  const packages: Record<string, string> = {
    "@np6-archives/contract": here,
    "@np6-archives/client": join(here, "node_modules/@np6-archives/client"),
    "@np6-archives/mock": join(here, "node_modules/@np6-archives/mock"),
    vitest: dirname(resolve("vitest/package.json")),
    jest: dirname(resolve("jest/package.json")),
  };
  for (const [name, folder] of Object.entries(packages)) {
    const link = join(project, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(folder, link);
  }
  for (const [, name = "", code = ""] of readme.matchAll(/```js\n\/\/ (\S+)\n([^]*?)```/g)) {
    await writeFile(join(project, name), code);
  }
});
afterAll(() => rm(project, { recursive: true }));

/** Runs a program of the project as a person would, outside this test run's own environment. */
function node(...args: string[]): Promise<{ code: number; output: string }> {
  const { PATH, HOME } = process.env;
  const options = { cwd: project, env: { PATH, HOME, NO_COLOR: "1" } };
  return new Promise((fulfil) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      fulfil({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

test("the first example prints a list and a violation", async () => {
  const { code, output } = await node("example.js");
  expect(output).toMatch(
    /^true\nA violation of the contract:\n {2}listTargetArchives \(GET \/targets\/000BADJSON\/archives\): response\.body: expected JSON, received \d+ bytes that are not JSON\n$/,
  );
  expect(code).toBe(0);
});

test("the Vitest example passes", async () => {
  const { code, output } = await node("node_modules/vitest/vitest.mjs", "run", "archives.vitest");
  expect(output).toMatch(/Tests +1 passed/);
  expect(code).toBe(0);
});

test("the Jest example passes", async () => {
  const flag = "--experimental-vm-modules";
  const { code, output } = await node(flag, "node_modules/jest/bin/jest.js", "archives.jest");
  expect(output).toMatch(/Tests: +1 passed, 1 total/);
  expect(code).toBe(0);
});

test("the node:test example passes", async () => {
  const { code, output } = await node("--test", "archives.node.test.js");
  expect(output).toMatch(/pass 1/);
  expect(code).toBe(0);
});

test("the table of options and --help name the same ones", async () => {
  const { output } = await node("node_modules/@np6-archives/contract/dist/cli.js", "--help");
  const table = readme.split("\n").filter((line) => line.startsWith("| `--"));
  expect(optionsIn(table.join("\n"))).toEqual(optionsIn(output));
});

function optionsIn(text: string): string[] {
  return [...new Set(text.match(/--[a-z-]+\b/g))].toSorted();
}

test("the workflow to copy runs verify, with actions pinned as in this repository's own", async () => {
  const copied = /```yaml\n([^]*?)```/.exec(readme)?.[1] ?? "";
  const ours = await readFile(join(here, "../../.github/workflows/contract.yml"), "utf8");
  const { jobs } = parse(copied) as { jobs: { verify: { steps: { run?: string }[] } } };
  expect(jobs.verify.steps.some(({ run }) => run?.includes("contract verify"))).toBe(true);
  const artifact = /actions\/upload-artifact@\S+/;
  expect(artifact.exec(copied)?.[0]).toBe(artifact.exec(ours)?.[0]);
});
