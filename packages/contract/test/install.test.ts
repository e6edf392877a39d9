import { mkdtemp, rm, writeFile } from "node:fs/promises";
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
const NAME = "@np6-archives/contract";
const BIN = "node_modules/@np6-archives/contract/dist/cli.js";
/** The oldest that it is for. */
const [, OLDEST] = NODES[0] as (typeof NODES)[number];

let folder: string;
let tarballs: Tarballs;
/** With the package in it. */
let consumer: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "contract-install-"));
  tarballs = await packWithDependencies(HERE, folder);
  consumer = await newProject(folder, NAME, tarballs);
  await shellIn(consumer, INSTALLERS.npm(OLDEST));
});
afterAll(() => rm(folder, { recursive: true }));

test.each(["npm", "pnpm", "yarn"] as const)(
  "%s installs it without a word of warning or anybody's script",
  async (manager) => {
    const project = await newProject(folder, NAME, tarballs);
    const output = await shellIn(project, INSTALLERS[manager](OLDEST));
    // What yarn 1 says of its own old code is not of this package.
    const own = output.replaceAll(/^.*(DEP0\d+|trace-deprecation).*\n/gm, "");
    expect(own).not.toMatch(/warn|deprecated|scripts|ignored build|incompatible|error/i);
    expect(await installedIn(project)).toEqual([
      NAME,
      "@np6-archives/mock",
      "@np6-archives/spec",
      "@redocly/cli",
      "commander",
      "yaml",
    ]);
    expect(await shellIn(project, `"${OLDEST}" ${BIN} --version`)).toMatch(/^\d/);
  },
);

test.each(NODES)(
  "on %s it verifies, compares, holds a fetch to the contract, and says nothing on stderr",
  async (_, node) => {
    const spec = "node_modules/@np6-archives/spec/openapi.yaml";
    const program = `
      import { contractFetch } from "@np6-archives/contract";
      import { startMock } from "@np6-archives/mock";
      const mock = await startMock();
      const held = await contractFetch();
      const ask = (target) => held(mock.url + "/targets/" + target + "/archives", { headers: { "X-Key": "k" } });
      console.log((await ask("000T123")).status);
      console.log((await ask("000WRONGTYPE").catch((error) => error)).name);
      await mock.close();`;
    await writeFile(join(consumer, "program.js"), program);
    expect(await shellIn(consumer, `"${node}" program.js`)).toBe("200\nContractViolationError\n");
    expect(await shellIn(consumer, `"${node}" ${BIN} verify > out.txt; echo $?`)).toBe("0\n");
    expect(await shellIn(consumer, `"${node}" ${BIN} diff ${spec} ${spec}`)).toContain(
      "Nothing changed",
    );
  },
);
