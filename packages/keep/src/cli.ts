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

// By default V8 lets the short-lived rows of a long worklist pile up before it collects them.
setFlagsFromString("--semi-space-growth-factor=1");
setFlagsFromString("--heap-growing-percent=20");

// Keeps the compiled code for later starts.
nodeModule.enableCompileCache();
// Imported only now, and node:module without named imports: on an older Node an import would fail before the check
// above.
const { run } = await import("./command/run.ts");
process.exitCode = await run(process.argv.slice(2));
