import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NODES } from "@np6-archives/test-runtimes";
import {
  COMPLAINT,
  installWith,
  MANAGERS,
  OLDEST,
  packedFrom,
  shellIn,
} from "@np6-archives/test-runtimes/packed-project";
import type { PackedPackage } from "@np6-archives/test-runtimes/packed-project";
import { afterAll, beforeAll, expect, test } from "vitest";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const BIN = "node_modules/@np6-archives/mock/dist/cli.js";

let packed: PackedPackage;
beforeAll(async () => {
  packed = await packedFrom(HERE);
});
afterAll(() => rm(packed.folder, { recursive: true }));

test.each(MANAGERS)(
  "%s installs it without a warning: itself, the spec, and nothing else",
  async (manager) => {
    const { project, said, installed } = await installWith(manager, packed);
    expect(said).not.toMatch(COMPLAINT);
    expect(installed).toEqual(["@np6-archives/mock", "@np6-archives/spec"]);
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
  await writeFile(join(packed.consumer, "program.js"), program);
  expect(await shellIn(packed.consumer, `"${node}" program.js`)).toBe("200 200 200 200\n");
  // The command, with a spec that it has to read, ended by a signal.
  await writeFile(
    join(packed.consumer, "own.yaml"),
    `${await readFile(fileURLToPath(import.meta.resolve("@np6-archives/spec/openapi.yaml")), "utf8")}# Changed.\n`,
  );
  const output = await shellIn(
    packed.consumer,
    `: > out.txt; "${node}" ${BIN} --spec own.yaml --port 0 --blob-port 0 > out.txt 2> err.txt & P=$!; while ! grep -q curl out.txt; do kill -0 $P || break; sleep 0.1; done; kill $P; wait $P; echo "ended with $?"; cat err.txt`,
  );
  expect(output).toBe("ended with 0\n");
});

test("the licence of each bundled package is included, and stack traces name the source files", async () => {
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
    join(packed.consumer, "throws.mjs"),
    `import { startMock } from "@np6-archives/mock"; await startMock({ now: "never" }).catch((error) => console.log(error.stack));`,
  );
  expect(await shellIn(packed.consumer, "node --enable-source-maps throws.mjs")).toMatch(
    /src[\\/]mock-options\.ts:\d+/,
  );
});
