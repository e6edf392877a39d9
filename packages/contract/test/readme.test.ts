import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMock } from "@np6-archives/mock";
import { OLDEST } from "@np6-archives/test-runtimes/packed-project";
import { XMLValidator } from "fast-xml-parser";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { contractFetch } from "../src/index.ts";
import { answeringServer } from "./answering-server.ts";

const here = fileURLToPath(new URL("..", import.meta.url));
const { resolve } = createRequire(import.meta.url);
const readme = await readFile(join(here, "README.md"), "utf8");

/** The snippets of the README, by the file name in their first line. */
const files = [...readme.matchAll(/```js\n(?:\/\/ (\S+)\n)?([^]*?)```/g)].map(
  ([, name = "a snippet without a name", code = ""]) => [name, code] as const,
);

/** A project of another team, with every snippet of the README as a file. */
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
    await symlink(folder, link, "junction");
  }
  for (const [name, code] of files) await writeFile(join(project, name), code);
});
afterAll(() => rm(project, { recursive: true }));

/** Runs a program of the project as a person would, outside this test run's own environment. */
function node(
  ...given: [env: Record<string, string>, ...args: string[]] | string[]
): Promise<{ code: number; output: string }> {
  const { PATH, HOME } = process.env;
  const [first, ...rest] = given;
  const more = typeof first === "object" ? first : {};
  const args = (typeof first === "object" ? rest : given) as string[];
  const options = { cwd: project, env: { PATH, HOME, NO_COLOR: "1", ...more } };
  // Vitest needs a newer Node than this package.
  const program = args.some((arg) => arg.includes("vitest")) ? process.execPath : OLDEST;
  return new Promise((fulfil) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      fulfil({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

test("all snippets of the README are run here", () => {
  expect(files.map(([name]) => name)).toEqual([
    "example.js",
    "archives.vitest.test.js",
    "archives.jest.test.js",
    "archives.node.test.js",
  ]);
});

test("the first example prints a list and a violation", async () => {
  const { code, output } = await node("example.js");
  expect(output).toMatch(
    /^true\nA violation of the contract:\n {2}listTargetArchives \(GET \/targets\/000BADJSON\/archives\): response\.body: expected JSON, received \d+ bytes that are not JSON\n$/,
  );
  expect(code).toBe(0);
});

test("the Vitest example passes", async () => {
  const { code, output } = await node(
    "node_modules/vitest/vitest.mjs",
    "run",
    "--testTimeout=600000",
    "archives.vitest",
  );
  expect(output).toMatch(/Tests +1 passed/);
  expect(code).toBe(0);
});

test("the Jest example passes", async () => {
  const flag = "--experimental-vm-modules";
  const { code, output } = await node(
    flag,
    "node_modules/jest/bin/jest.js",
    "--testTimeout=600000",
    "archives.jest",
  );
  expect(output).toMatch(/Tests: +1 passed, 1 total/);
  expect(code).toBe(0);
});

test("the node:test example passes", async () => {
  const { code, output } = await node("--test", "archives.node.test.js");
  expect(output).toMatch(/pass 1/);
  expect(code).toBe(0);
});

test("the script for GitLab verifies a server and leaves the report where it says", async () => {
  const [, pipeline = ""] = /```yml\n([^]*?)```/.exec(readme) ?? [];
  const { "np6-contract": job } = parse(pipeline) as {
    "np6-contract": { script: string[]; artifacts: { reports: { junit: string } } };
  };
  const mock = await startMock({ apiKeys: ["gitlab-key"] });
  const [command = "", ...others] = job.script;
  expect(others).toEqual([]);
  const [npx, yes, name, ...args] = command.split(" ");
  expect([npx, yes, name]).toEqual(["npx", "-y", "@np6-archives/contract"]);
  const ours = args.map((arg) => (arg.startsWith("https://") ? mock.url : arg));
  const cli = "node_modules/@np6-archives/contract/dist/cli.js";
  const { code, output } = await node({ NP6_API_KEY: "gitlab-key" }, cli, ...ours);
  await mock.close();
  expect(output).toContain("The contract holds");
  expect(code).toBe(0);
  const report = await readFile(join(project, job.artifacts.reports.junit), "utf8");
  expect(XMLValidator.validate(report)).toBe(true);
});

test("a violation reads as the README shows it", async () => {
  const [block, ...others] = readme.matchAll(/```text\n([^]*?)\n```/g);
  expect(others).toEqual([]);
  const archive = {
    id: "43fb9527-e5b2-4bcd-8dfd-b5a8bc881e11",
    action: "00000A",
    target: "000T123",
    sendingDate: "2026-02-05T09:27:58.67Z",
    url: null,
    expiresOn: "2026-03-09T09:27:58.67Z",
  };
  const server = await answeringServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/vnd.np6.cm.mail.archive" });
    response.end(JSON.stringify([archive]));
  });
  try {
    const fetch = await contractFetch();
    const list = fetch(`${server.url}/targets/000T123/archives`, { headers: { "X-Key": "a key" } });
    await expect(list).rejects.toThrow(expect.objectContaining({ message: block?.[1] }));
  } finally {
    await server.close();
  }
});

test("the table of options and --help name the same options", async () => {
  const { output } = await node("node_modules/@np6-archives/contract/dist/cli.js", "--help");
  const table = readme.split("\n").filter((line) => line.startsWith("| `--"));
  expect(optionsIn(table.join("\n"))).toEqual(optionsIn(output));
});

function optionsIn(text: string): string[] {
  return [...new Set(text.match(/--[a-z-]+\b/g))].toSorted();
}
