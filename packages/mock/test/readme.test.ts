import { execFile } from "node:child_process";
import { readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startMock } from "@np6-archives/mock";
import { OLDEST, packedFrom } from "@np6-archives/test-runtimes/packed-project";
import type { PackedPackage } from "@np6-archives/test-runtimes/packed-project";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const here = fileURLToPath(new URL("..", import.meta.url));
const { resolve } = createRequire(import.meta.url);

/** The snippets of the README, by the file name in their first line. */
const readme = await readFile(join(here, "README.md"), "utf8");
const files = [...readme.matchAll(/```js\n(?:\/\/ (\S+)\n)?([\s\S]*?)```/g)].map(
  ([, name = "a snippet without a name", code = ""]) => [name, code] as const,
);

/** A project outside that installed the tarball, with every snippet of the README as a file. */
let packed: PackedPackage;

beforeAll(async () => {
  packed = await packedFrom(here);
  for (const name of ["vitest", "jest"]) {
    const folder = dirname(resolve(`${name}/package.json`));
    await symlink(folder, join(packed.consumer, "node_modules", name), "junction");
  }
  for (const [name, code] of files) await writeFile(join(packed.consumer, name), code);
});
afterAll(() => rm(packed.folder, { recursive: true }));

/** Runs a program of the project, as a person would, outside this test run's own environment. */
async function runBy(program: string, args: string[]): Promise<string> {
  const { PATH, HOME } = process.env;
  const { stdout, stderr } = await run(program, args, {
    cwd: packed.consumer,
    env: { PATH, HOME },
  });
  return stdout + stderr;
}

const node = (...args: string[]) => runBy(OLDEST, args);
/** For test runners that need a newer Node. */
const newNode = (...args: string[]) => runBy(process.execPath, args);

test("all snippets of the README are run here", () => {
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

test("the example with its own archives opens two links of three", async () => {
  expect(await node("own.js")).toBe("200\n200\n403\n");
});

test("the example file and command with own archives work", async () => {
  const [json = "", ...others] = [...readme.matchAll(/```json\n([\s\S]*?)```/g)].map(
    ([, code]) => code,
  );
  expect(others).toEqual([]);
  const file = join(packed.consumer, "archives.json");
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

test("the example with a fault gets it", async () => {
  expect(await node("faults.js")).toBe("503\n");
});

test("the Vitest setup shares one mock", async () => {
  const output = await newNode(
    "node_modules/vitest/vitest.mjs",
    "run",
    "--no-color",
    "--testTimeout=600000",
    "archives.vitest",
  );
  expect(output).toMatch(/Tests\s+1 passed \(1\)/);
});

test.each(["commonjs", "module"])(
  "the Jest setup shares one mock in a project of type %s",
  async (type) => {
    await writeFile(join(packed.consumer, "package.json"), JSON.stringify({ type }));
    const output = await node(
      "node_modules/jest/bin/jest.js",
      "--no-watchman",
      "--testTimeout=600000",
    );
    expect(output).toMatch(/Tests:\s+1 passed, 1 total/);
  },
);

test("a Jest test file loads the mock by import(), with only Node's flag", async () => {
  const program = `test("it loads", async () => {
    expect((await import("@np6-archives/mock")).startMock).toBeInstanceOf(Function);
  });`;
  await writeFile(join(packed.consumer, "loads.test.cjs"), program);
  const jest = [
    "node_modules/jest/bin/jest.js",
    "--no-watchman",
    "--config={}",
    "--testMatch=**/loads.test.cjs",
  ];
  await expect(node(...jest)).rejects.toThrow("--experimental-vm-modules");
  expect(await node("--experimental-vm-modules", ...jest)).toMatch(/Tests:\s+1 passed, 1 total/);
});

test("the PowerShell example sends the same as the curl example", () => {
  const [curl, powershell] = ["curl", "Invoke-RestMethod"].map((program) =>
    new RegExp(`${program} .*('\\[.*\\]') (http\\S*/archives)`).exec(readme)?.slice(1),
  );
  expect(curl).toHaveLength(2);
  expect(powershell).toEqual(curl);
});

test("the node:test setup shares one mock", async () => {
  const output = await newNode(
    "--test",
    "--test-global-setup=node.setup.js",
    "archives.node.test.js",
  );
  expect(output).toMatch(/pass 1\b/);
});
