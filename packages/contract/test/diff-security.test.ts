import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { diff } from "../src/index.ts";
import type { Bump } from "../src/index.ts";

interface Spec {
  security?: object[];
  paths: Record<string, { get: { security?: object[] } }>;
}

const ours = await readFile(
  fileURLToPath(import.meta.resolve("@np6-archives/spec/openapi.yaml")),
  "utf8",
);
const folder = await mkdtemp(join(tmpdir(), "diff-security-"));
afterAll(() => rm(folder, { recursive: true }));

const KEY = [{ apiKey: [] }];

/** The spec with these security requirements: for all operations, for the first, or for each. */
async function spec(name: string, { all, first, each }: Partial<Record<string, object[]>>) {
  const { security: _, ...document } = parse(ours) as Spec;
  const operations = Object.values(document.paths).map(({ get }) => get);
  if (each !== undefined) for (const operation of operations) operation.security = each;
  if (first !== undefined) operations[0]!.security = first;
  const file = join(folder, `${name}.json`);
  await writeFile(
    file,
    JSON.stringify(all === undefined ? document : { ...document, security: all }),
  );
  return file;
}

const specs = {
  "all ask": await spec("all", { all: KEY }),
  "each asks": await spec("each", { each: KEY }),
  "one is open": await spec("open", { all: KEY, first: [] }),
  "one may be asked without": await spec("optional", { all: KEY, first: [...KEY, {}] }),
  "all ask for a role": await spec("role", { all: [{ apiKey: ["read"] }] }),
  "none asks": await spec("none", {}),
};

describe.concurrent("security requirements are compared, wherever they are written", () => {
  test.each<[old: keyof typeof specs, next: keyof typeof specs, bump: Bump]>([
    ["all ask", "each asks", "none"],
    ["each asks", "all ask", "none"],
    ["all ask", "one is open", "minor"],
    ["one is open", "all ask", "major"],
    ["one is open", "each asks", "major"],
    ["all ask", "one may be asked without", "minor"],
    ["one may be asked without", "all ask", "major"],
    ["all ask", "all ask for a role", "major"],
    ["all ask for a role", "all ask", "minor"],
    ["one is open", "none asks", "minor"],
    ["none asks", "one is open", "major"],
    ["none asks", "each asks", "major"],
    ["each asks", "none asks", "minor"],
  ])("from %s to %s: %s", async (old, next, bump) => {
    expect((await diff(specs[old], specs[next])).bump).toBe(bump);
  });
});
