#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 24 || (major === 24 && minor < 18)) {
  process.stderr.write(
    `np6-archives-mock needs Node 24.18 or newer, this is ${process.versions.node}\n`,
  );
  process.exit(2);
}

// Left alone, V8 lets the journal's passing entries pile up to a hundred megabytes before it collects them.
setFlagsFromString("--semi-space-growth-factor=1");
setFlagsFromString("--heap-growing-percent=20");

// Before the engine is loaded: from the second start on, its code comes out of the cache.
// An older Node has no enableCompileCache, and would fail on a static import of it before it gets to say what it needs.
const { enableCompileCache } = await import("node:module");
enableCompileCache();
const { run } = await import("./command/run.ts");
await run(process.argv.slice(2));
