import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { root } from "./documents.ts";

type Manifest = Record<string, Record<string, string> | undefined>;

test("DEPENDENCIES.md has a row for each package that a manifest names, and for no other", async () => {
  const { stdout } = await promisify(execFile)("git", ["ls-files", "*package.json"], { cwd: root });
  const named = new Set<string>();
  for (const path of stdout.trim().split("\n")) {
    const manifest = JSON.parse(await readFile(join(root, path), "utf8")) as Manifest;
    for (const kind of [
      "dependencies",
      "devDependencies",
      "optionalDependencies",
      "peerDependencies",
    ]) {
      for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
        if (name.startsWith("@np6-archives/")) continue;
        named.add(await aliased(name, version));
      }
    }
  }
  const table = await readFile(join(root, "DEPENDENCIES.md"), "utf8");
  const rows = [...table.matchAll(/^\| `(\S+)` +\|.*\| (\S.*?) +\| (\S.*?) +\|[^|]*\|[^|]*\|$/gm)];
  expect(new Set(rows.map(([, name]) => name))).toEqual(named);
  expect(rows).toHaveLength(named.size);
});

/** The package's own name, if the manifest uses an alias. */
async function aliased(name: string, version: string): Promise<string> {
  const workspace = await readFile(join(root, "pnpm-workspace.yaml"), "utf8");
  const inCatalog = new RegExp(`^ +"?${name}"?: "?(npm:\\S+)`, "m").exec(workspace)?.[1];
  return /^npm:(@?[^@]+)@/.exec(inCatalog ?? version)?.[1] ?? name;
}
