import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { NODES } from "@np6-archives/test-runtimes";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const HERE = fileURLToPath(new URL("..", import.meta.url));

let folder: string;
let consumer: string;
const tarballs: string[] = [];

/** As a person would, outside this test run's own environment. */
async function shell(command: string, path = process.env["PATH"]): Promise<string> {
  const { HOME } = process.env;
  const env = { HOME, PATH: path, npm_config_update_notifier: "false" };
  const { stdout, stderr } = await run("sh", ["-c", command], { cwd: consumer, env });
  return stdout + stderr;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mock-install-"));
  consumer = await mkdtemp(join(folder, "consumer-"));
  for (const from of [join(HERE, "../../spec"), HERE]) {
    const args = ["pack", "--json", "--pack-destination", folder];
    const { stdout } = await run("pnpm", args, { cwd: from });
    tarballs.push((JSON.parse(stdout) as { filename: string }).filename);
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** A new project with the packed mock in it, and the spec that it asks for. */
async function fresh(): Promise<void> {
  consumer = await mkdtemp(join(folder, "consumer-"));
  const [spec = "", mock = ""] = tarballs;
  const manifest = {
    name: "consumer",
    version: "1.0.0",
    license: "MIT",
    private: true,
    type: "module",
    dependencies: { "@np6-archives/mock": `file:${mock}` },
    overrides: { "@np6-archives/spec": `file:${spec}` },
    resolutions: { "@np6-archives/spec": `file:${spec}` },
  };
  await writeFile(join(consumer, "package.json"), JSON.stringify(manifest));
  await writeFile(
    join(consumer, "pnpm-workspace.yaml"),
    `packages: []\nengineStrict: true\noverrides:\n  "@np6-archives/spec": "file:${spec}"\n`,
  );
}

/** Every package of a project, and what runs when it is installed. */
async function installed(): Promise<string[]> {
  const manifests = (await readdir(join(consumer, "node_modules"), { recursive: true })).filter(
    (path) => /(?:^|node_modules\/)(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path),
  );
  const names = new Set<string>();
  for (const path of manifests) {
    const { name, scripts = {} } = JSON.parse(
      await readFile(join(consumer, "node_modules", path), "utf8"),
    ) as { name: string; scripts?: Record<string, string> };
    names.add(name);
    expect(Object.keys(scripts).filter((one) => /^(?:pre|post)?install$/.test(one))).toEqual([]);
  }
  return [...names].toSorted();
}

test("npm on Node 20.19 installs it without a word of warning: itself, the spec, and nothing else", async () => {
  await fresh();
  const [, node20] = NODES[0] as (typeof NODES)[number];
  const npm = (await shell("readlink -f $(command -v npm)")).trim();
  const output = await shell(`${node20} ${npm} install --engine-strict --no-audit --no-fund`);
  expect(output).toMatch(/^\s*added 2 packages/);
  expect(output).not.toMatch(/warn|deprecated|scripts/i);
  expect(await installed()).toEqual(["@np6-archives/mock", "@np6-archives/spec"]);
});

test.each(NODES)("started on %s it answers and says nothing on stderr", async (_, node) => {
  const program = `
    import { startMock } from "@np6-archives/mock";
    const mock = await startMock({ archives: [{ target: "T" }] });
    const ask = (path, headers = {}) => fetch(mock.url + path, { headers: { "X-Key": "k", ...headers } });
    const list = await ask("/targets/T/archives");
    const [{ url }] = await list.json();
    const dynamic = await ask("/targets/T/archives", { Prefer: "dynamic=true" });
    console.log(list.status, (await fetch(url)).status, dynamic.status, (await fetch(mock.url)).status);
    await mock.close();`;
  await writeFile(join(consumer, "program.js"), program);
  expect(await shell(`${node} program.js`)).toBe("200 200 200 200\n");
  // The command, on a spec that it has to read, ended by a signal.
  await writeFile(
    join(consumer, "own.yaml"),
    `${await readFile(fileURLToPath(import.meta.resolve("@np6-archives/spec/openapi.yaml")), "utf8")}# Changed.\n`,
  );
  const bin = "node_modules/@np6-archives/mock/dist/cli.js";
  const output = await shell(
    `${node} ${bin} --spec own.yaml --port 0 --blob-port 0 > out.txt 2> err.txt & P=$!; while ! grep -q curl out.txt; do kill -0 $P || break; sleep 0.1; done; kill $P; wait $P; echo "ended with $?"; cat err.txt`,
  );
  expect(output).toBe("ended with 0\n");
});

test("pnpm with strict engines installs it without a warning or a script", async () => {
  await fresh();
  const output = await shell(`pnpm install --offline --config.engine-strict=true`);
  expect(output).not.toMatch(/warn|deprecated|ignored build/i);
  expect(await shell("node node_modules/.bin/../@np6-archives/mock/dist/cli.js --version")).toMatch(
    /^\d/,
  );
});

test("yarn 1 installs it without a warning of its own packages", async () => {
  await fresh();
  const yarn = dirname(fileURLToPath(import.meta.resolve("yarn/package.json")));
  const output = await shell(
    `node ${yarn}/bin/yarn.js install --offline --non-interactive --cache-folder yarn-cache`,
  );
  expect(output).not.toMatch(/incompatible|error/i);
  expect((output.match(/^warning.*$/gm) ?? []).filter((line) => line.includes("np6"))).toEqual([]);
  expect(await installed()).toEqual(["@np6-archives/mock", "@np6-archives/spec"]);
});

test("the licence of each bundled package goes along, and an error of the mock names its source", async () => {
  const dist = join(HERE, "dist");
  const notices = await readFile(join(dist, "THIRD-PARTY-NOTICES.md"), "utf8");
  for (const name of [
    "@stoplight/prism-http",
    "@faker-js/faker",
    "ajv",
    "fp-ts",
    "lodash",
    "commander",
    "lru-cache",
    "yaml",
  ]) {
    expect(notices).toContain(`\n## ${name} `);
  }
  expect(notices.match(/^## /gm)?.length).toBeGreaterThan(40);
  expect(await readdir(join(dist, "swagger-ui"))).toEqual(
    expect.arrayContaining(["LICENSE", "NOTICE"]),
  );

  await writeFile(
    join(consumer, "throws.mjs"),
    `import { startMock } from "@np6-archives/mock"; await startMock({ now: "never" }).catch((error) => console.log(error.stack));`,
  );
  expect(await shell("node --enable-source-maps throws.mjs")).toMatch(/src\/mock-options\.ts:\d+/);
});
