import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { NODES } from "@np6-archives/test-runtimes";
import { Consumer } from "@np6-archives/test-runtimes/consumer";
import { afterAll, beforeAll, expect, test } from "vitest";

const HERE = fileURLToPath(new URL("..", import.meta.url));

let consumer: Consumer;
beforeAll(async () => {
  consumer = await Consumer.of(HERE, join(HERE, "../../spec"));
});
afterAll(() => consumer.remove());

test("npm on Node 20.19 installs it without a word of warning: itself, the spec, and nothing else", async () => {
  await consumer.begin();
  const [, node20] = NODES[0] as (typeof NODES)[number];
  const npm = (await consumer.shell("readlink -f $(command -v npm)")).trim();
  const output = await consumer.shell(
    `${node20} ${npm} install --engine-strict --no-audit --no-fund`,
  );
  expect(output).toMatch(/^\s*added 2 packages/);
  expect(output).not.toMatch(/warn|deprecated|scripts/i);
  expect(await consumer.installed()).toEqual(["@np6-archives/mock", "@np6-archives/spec"]);
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
  await writeFile(join(consumer.project, "program.js"), program);
  expect(await consumer.shell(`${node} program.js`)).toBe("200 200 200 200\n");
  // The command, on a spec that it has to read, ended by a signal.
  await writeFile(
    join(consumer.project, "own.yaml"),
    `${await readFile(fileURLToPath(import.meta.resolve("@np6-archives/spec/openapi.yaml")), "utf8")}# Changed.\n`,
  );
  const bin = "node_modules/@np6-archives/mock/dist/cli.js";
  const output = await consumer.shell(
    `${node} ${bin} --spec own.yaml --port 0 --blob-port 0 > out.txt 2> err.txt & P=$!; while ! grep -q curl out.txt; do kill -0 $P || break; sleep 0.1; done; kill $P; wait $P; echo "ended with $?"; cat err.txt`,
  );
  expect(output).toBe("ended with 0\n");
});

test("pnpm with strict engines installs it without a warning or a script", async () => {
  await consumer.begin();
  const output = await consumer.shell(`pnpm install --offline --config.engine-strict=true`);
  expect(output).not.toMatch(/warn|deprecated|ignored build/i);
  expect(
    await consumer.shell("node node_modules/.bin/../@np6-archives/mock/dist/cli.js --version"),
  ).toMatch(/^\d/);
});

test("yarn 1 installs it without a warning of its own packages", async () => {
  await consumer.begin();
  const yarn = dirname(fileURLToPath(import.meta.resolve("yarn/package.json")));
  const output = await consumer.shell(
    `node ${yarn}/bin/yarn.js install --offline --non-interactive --cache-folder yarn-cache`,
  );
  expect(output).not.toMatch(/incompatible|error/i);
  expect((output.match(/^warning.*$/gm) ?? []).filter((line) => line.includes("np6"))).toEqual([]);
  expect(await consumer.installed()).toEqual(["@np6-archives/mock", "@np6-archives/spec"]);
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
    join(consumer.project, "throws.mjs"),
    `import { startMock } from "@np6-archives/mock"; await startMock({ now: "never" }).catch((error) => console.log(error.stack));`,
  );
  expect(await consumer.shell("node --enable-source-maps throws.mjs")).toMatch(
    /src\/mock-options\.ts:\d+/,
  );
});
