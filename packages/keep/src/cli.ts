#!/usr/bin/env node
import nodeModule from "node:module";
import { setFlagsFromString } from "node:v8";

const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 24) {
  process.stderr.write(
    `np6-archives-keep: Node: expected 24 or newer, got ${process.versions.node}.\n`,
  );
  process.exit(2);
}

// Left alone, V8 lets a long worklist's passing rows pile up before it collects them.
setFlagsFromString("--semi-space-growth-factor=1");
setFlagsFromString("--heap-growing-percent=20");

// From the second start on, the code comes out of the cache.
nodeModule.enableCompileCache();
// Imported only now, and node:module without names: an older Node would fail on what it lacks before it could say so.
const { run } = await import("./command/run.ts");
process.exitCode = await run(process.argv.slice(2));
