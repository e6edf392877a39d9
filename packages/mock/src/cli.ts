#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { setFlagsFromString } from "node:v8";

// Left alone, V8 lets the journal's passing entries pile up to a hundred megabytes before it collects them.
setFlagsFromString("--semi-space-growth-factor=1");
setFlagsFromString("--heap-growing-percent=20");

// Before the engine is loaded: from the second start on, its code comes out of the cache.
enableCompileCache();
const { run } = await import("./command.ts");
await run(process.argv.slice(2));
