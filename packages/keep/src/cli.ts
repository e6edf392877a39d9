#!/usr/bin/env node
const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 24) {
  process.stderr.write(
    `np6-archives-keep: Expected Node to be 24 or newer, got ${process.versions.node}.\n`,
  );
  process.exit(2);
}

// Only now: an older Node has no node:sqlite, and would fail on its import before it gets to say what it needs.
const { run } = await import("./command/run.ts");
process.exitCode = await run(process.argv.slice(2));
