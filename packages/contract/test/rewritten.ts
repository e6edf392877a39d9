import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { diff } from "../src/index.ts";
import type { Bump } from "../src/index.ts";

/** A passage of a spec written otherwise, and the bumps that this and the way back demand. */
export type Rewritten = [name: string, bump: Bump, back: Bump, written: string, instead: string];

/** Compares a spec with itself after a passage is written otherwise, there and back. */
export async function expectBumps(
  folder: string,
  spec: string,
  [name, bump, back, written, instead]: Rewritten,
): Promise<void> {
  const files = [join(folder, `${name}.yaml`), join(folder, `${name}-after.yaml`)] as const;
  expect(spec).toContain(written);
  await writeFile(files[0], spec);
  await writeFile(files[1], spec.replace(written, instead));
  expect((await diff(...files)).bump).toBe(bump);
  expect((await diff(files[1], files[0])).bump).toBe(back);
}
