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

// Loading the engine takes most of the start, and the mock can be stopped during that, too.
const stopped = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve());
});

// By default V8 lets the journal's short-lived entries pile up to a hundred megabytes before it collects them.
setFlagsFromString("--semi-space-growth-factor=1");
setFlagsFromString("--heap-growing-percent=20");

// Before the engine is loaded: this keeps its compiled code for later starts. Node 20 cannot.
(nodeModule as Partial<typeof nodeModule>).enableCompileCache?.();
const { run } = await import("./command/run.ts");
await run(process.argv.slice(2), stopped);
