import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NODES } from "@np6-archives/test-runtimes";
import {
  INSTALLERS,
  installedIn,
  newProject,
  packWithDependencies,
  shellIn,
} from "@np6-archives/test-runtimes/packed-project";
import type { Tarballs } from "@np6-archives/test-runtimes/packed-project";
import { afterAll, beforeAll, expect, test } from "vitest";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const NAME = "@np6-archives/mock";
const BIN = "node_modules/@np6-archives/mock/dist/cli.js";
/** The oldest that it is for. */
const [, OLDEST] = NODES[0] as (typeof NODES)[number];

let folder: string;
let tarballs: Tarballs;
/** With the package in it. */
let consumer: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mock-install-"));
  tarballs = await packWithDependencies(HERE, folder);
  consumer = await newProject(folder, NAME, tarballs);
  await shellIn(consumer, INSTALLERS.npm(OLDEST));
});
afterAll(() => rm(folder, { recursive: true }));

test.each(["npm", "pnpm", "yarn"] as const)(
  "%s installs it without a word of warning: itself, the spec, and nothing else",
  async (manager) => {
    const project = await newProject(folder, NAME, tarballs);
    const output = await shellIn(project, INSTALLERS[manager](OLDEST));
    // What yarn 1 says of its own old code is not of this package.
    const own = output.replaceAll(/^.*(DEP0\d+|trace-deprecation).*\n/gm, "");
    expect(own).not.toMatch(/warn|deprecated|scripts|ignored build|incompatible|error/i);
    expect(await installedIn(project)).toEqual([NAME, "@np6-archives/spec"]);
    expect(await shellIn(project, `"${OLDEST}" ${BIN} --version`)).toMatch(/^\d/);
  },
);

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
  expect(await shellIn(consumer, `"${node}" program.js`)).toBe("200 200 200 200\n");
  // The command, on a spec that it has to read, ended by a signal.
  await writeFile(
    join(consumer, "own.yaml"),
    `${await readFile(fileURLToPath(import.meta.resolve("@np6-archives/spec/openapi.yaml")), "utf8")}# Changed.\n`,
  );
  const output = await shellIn(
    consumer,
    `: > out.txt; "${node}" ${BIN} --spec own.yaml --port 0 --blob-port 0 > out.txt 2> err.txt & P=$!; while ! grep -q curl out.txt; do kill -0 $P || break; sleep 0.1; done; kill $P; wait $P; echo "ended with $?"; cat err.txt`,
  );
  expect(output).toBe("ended with 0\n");
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
  expect(await shellIn(consumer, "node --enable-source-maps throws.mjs")).toMatch(
    /src\/mock-options\.ts:\d+/,
  );
});
