import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const spec = join(import.meta.dirname, "..");
let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), "np6-spec-"));
  for (const name of [
    "openapi.yaml",
    "generate.ts",
    "date-time.ts",
    "for-generators.ts",
    "for-generators.json",
    "schema.gen.ts",
    "validate.gen.ts",
    "package.json",
  ]) {
    await cp(join(spec, name), join(copy, name));
  }
  await symlink(join(spec, "node_modules"), join(copy, "node_modules"));
});
afterAll(() => rm(copy, { recursive: true }));

test("a change of openapi.yaml makes each generated file stale, and generate updates them", async () => {
  const yaml = await readFile(join(copy, "openapi.yaml"), "utf8");
  await writeFile(
    join(copy, "openapi.yaml"),
    yaml.replace("required: [id, action,", "required: [id,"),
  );

  const stale = await run("node", ["generate.ts", "--check"], { cwd: copy }).catch(
    (error) => error,
  );
  expect(stale.code).toBe(1);
  expect(stale.stderr.trim().split("\n")).toEqual([
    "spec/schema.gen.ts does not match spec/openapi.yaml. Mend it with: pnpm generate",
    "spec/validate.gen.ts does not match spec/openapi.yaml. Mend it with: pnpm generate",
    "spec/for-generators.json does not match spec/openapi.yaml. Mend it with: pnpm generate",
  ]);

  await run("node", ["generate.ts"], { cwd: copy });
  await run("node", ["generate.ts", "--check"], { cwd: copy });
  expect(await readFile(join(copy, "schema.gen.ts"), "utf8")).toContain("action?: string");
});

test("the validators import nothing", async () => {
  expect(await readFile(join(spec, "validate.gen.ts"), "utf8")).not.toMatch(/\b(import|require)\b/);
});
