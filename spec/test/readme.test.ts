import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("the program in the README prints what it says", async () => {
  const readme = await readFile(join(import.meta.dirname, "../README.md"), "utf8");
  const [block, ...others] = readme.matchAll(/```ts\n([\s\S]*?)```/g);
  expect(others).toEqual([]);
  const program = block?.[1] ?? "";
  const [, said] = /\/\/ (\{.+\})/.exec(program) ?? [];

  const folder = await mkdtemp(join(tmpdir(), "np6-readme-"));
  try {
    await mkdir(join(folder, "node_modules/@np6-archives"), { recursive: true });
    const installed = join(folder, "node_modules/@np6-archives/spec");
    await symlink(join(import.meta.dirname, ".."), installed, "junction");
    const file = join(folder, "program.mts");
    await writeFile(file, program);
    const { stdout } = await promisify(execFile)("node", [file]);
    expect(stdout.trim()).toBe(said);
  } finally {
    await rm(folder, { recursive: true });
  }
});
