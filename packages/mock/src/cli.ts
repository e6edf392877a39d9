#!/usr/bin/env node
import nodeModule from "node:module";
import { setFlagsFromString } from "node:v8";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 12)) {
  process.stderr.write(
    `np6-archives-mock needs Node 20.19, 22.12 or newer, this is ${process.versions.node}\n`,
  );
  process.exit(2);
}

// To load the engine takes most of the start, in which the mock can be stopped, too.
const stopped = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve());
});

// Left alone, V8 lets the journal's passing entries pile up to a hundred megabytes before it collects them.
setFlagsFromString("--semi-space-growth-factor=1");
setFlagsFromString("--heap-growing-percent=20");

// Before the engine is loaded: from the second start on, its code comes out of the cache. Node 20 has none.
(nodeModule as Partial<typeof nodeModule>).enableCompileCache?.();
const { run } = await import("./command/run.ts");
await run(process.argv.slice(2), stopped);
