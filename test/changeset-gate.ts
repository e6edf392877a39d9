/*
 * Checks that the changesets of this branch promise at least what the change of the spec demands.
 *
 *   node changeset-gate.ts [--base REF]
 *
 * Compares spec/openapi.yaml with that of the last release (the newest tag of @np6-archives/spec, or REF). Exits 0 if
 * they do, 1 if not, and 2 when it cannot tell.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { diff } from "@np6-archives/contract";
import type { Bump, SpecDiff } from "@np6-archives/contract";
import { parse } from "yaml";

const BUMPS: readonly Bump[] = ["none", "patch", "minor", "major"];

/** The packages that depend on the spec, and the smallest change of it for which each must be released. */
const FOLLOWERS = [
  { name: "@np6-archives/spec", folder: "spec", from: "patch" },
  { name: "@np6-archives/client", folder: "packages/client", from: "minor" },
] as const;

try {
  const { values } = parseArgs({ options: { base: { type: "string" } } });
  process.exitCode = await gate(values.base);
} catch (error) {
  console.error(`changeset-gate: ${(error as Error).message.split("\n")[0]}`);
  process.exitCode = 2;
}

async function gate(givenBase: string | undefined): Promise<number> {
  const root = git("rev-parse", "--show-toplevel");
  const base = givenBase ?? lastRelease();
  if (base === undefined) {
    console.log("The spec was never released: there is nothing to compare with.");
    return 0;
  }
  const { bump, changes } = await sinceRelease(base, join(root, "spec/openapi.yaml"));
  const declared = declaredBumps(root);
  const short = FOLLOWERS.filter(
    ({ name, folder, from }) =>
      rank(bump) >= rank(from) &&
      rank(bump) > Math.max(rank(declared.get(name)), rank(releasedBump(base, root, folder))),
  );
  if (short.length === 0) {
    console.log(`Since ${base} the spec demands: ${bump}. The changesets have it.`);
    return 0;
  }
  const reasons = changes
    .filter(({ impact }) => impact === bump)
    .map(({ message }) => `  ${message}`);
  const lines = short.map(
    ({ name }) => `  ${name}: ${bump}, but the changesets say ${declared.get(name) ?? "nothing"}`,
  );
  console.error(
    [
      `Since ${base} the spec changed in a way that demands a ${bump} version:`,
      ...reasons,
      "The changesets of this branch are smaller than that:",
      ...lines,
      `Run this, and choose ${bump} for ${short.map(({ name }) => name).join(" and ")}:`,
      "  npx -y pnpm@12.21.0 changeset",
    ].join("\n"),
  );
  return 1;
}

/** The newest tag made by `changeset publish`; undefined when there is none. */
function lastRelease(): string | undefined {
  try {
    return git("describe", "--tags", "--abbrev=0", "--match", "@np6-archives/spec@*");
  } catch (cause) {
    if (git("rev-parse", "--is-shallow-repository") === "false") return undefined;
    throw new Error(
      "This clone is shallow, so releases cannot be seen: fetch all history and tags.",
      {
        cause,
      },
    );
  }
}

async function sinceRelease(base: string, spec: string): Promise<SpecDiff> {
  const folder = mkdtempSync(join(tmpdir(), "changeset-gate-"));
  try {
    const released = join(folder, "openapi.yaml");
    writeFileSync(released, git("show", `${base}:spec/openapi.yaml`));
    return await diff(released, spec);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The biggest bump of each package in the pending changesets. */
function declaredBumps(root: string): Map<string, Bump> {
  const declared = new Map<string, Bump>();
  const files = readdirSync(join(root, ".changeset")).filter(
    (file) => file.endsWith(".md") && file !== "README.md",
  );
  for (const file of files) {
    const text = readFileSync(join(root, ".changeset", file), "utf8");
    const front = /^---\r?\n([^]*?)\r?\n---/.exec(text)?.[1] ?? "";
    for (const [name, bump] of Object.entries((parse(front) ?? {}) as Record<string, Bump>)) {
      if (rank(bump) > rank(declared.get(name))) declared.set(name, bump);
    }
  }
  return declared;
}

/** The bump that `changeset version` has already made from the changesets. */
function releasedBump(base: string, root: string, folder: string): Bump {
  const manifest = join(folder, "package.json");
  const before = version(git("show", `${base}:${manifest}`));
  const after = version(readFileSync(join(root, manifest), "utf8"));
  const changed = after.findIndex((part, index) => part > (before[index] ?? 0));
  return (["major", "minor", "patch"] as const)[changed] ?? "none";
}

function version(manifest: string): number[] {
  const { version: text } = JSON.parse(manifest) as { version: string };
  return text.split(".").map((part) => Number.parseInt(part, 10));
}

function rank(bump: Bump | undefined): number {
  return BUMPS.indexOf(bump ?? "none");
}

function git(...args: string[]): string {
  return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
}
