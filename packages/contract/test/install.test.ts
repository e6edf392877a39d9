import { rm, writeFile } from "node:fs/promises";
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
const BIN = "node_modules/@np6-archives/contract/dist/cli.js";

let packed: PackedPackage;
beforeAll(async () => {
  packed = await packedFrom(HERE);
});
afterAll(() => rm(packed.folder, { recursive: true }));

test.each(MANAGERS)("%s installs it without a warning or an install script", async (manager) => {
  const { project, said, installed } = await installWith(manager, packed);
  expect(said).not.toMatch(COMPLAINT);
  expect(installed).toEqual([
    "@np6-archives/contract",
    "@np6-archives/mock",
    "@np6-archives/spec",
    "@redocly/cli",
    "commander",
    "yaml",
  ]);
  expect(await shellIn(project, `"${OLDEST}" ${BIN} --version`)).toMatch(/^\d/);
});

test.each(NODES)(
  "on %s it verifies, compares, checks a fetch against the contract, and says nothing on stderr",
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
    await writeFile(join(packed.consumer, "program.js"), program);
    expect(await shellIn(packed.consumer, `"${node}" program.js`)).toBe(
      "200\nContractViolationError\n",
    );
    expect(await shellIn(packed.consumer, `"${node}" ${BIN} verify > out.txt; echo $?`)).toBe(
      "0\n",
    );
    expect(await shellIn(packed.consumer, `"${node}" ${BIN} diff ${spec} ${spec}`)).toContain(
      "Nothing changed",
    );
  },
);
