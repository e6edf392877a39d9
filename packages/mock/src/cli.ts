#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { setFlagsFromString } from "node:v8";

// V8 would let the space for short-lived objects grow to a hundred megabytes; small, it serves as fast.
setFlagsFromString("--semi-space-growth-factor=1");

// Before the engine is loaded: from the second start on, its code comes out of the cache.
enableCompileCache();
const { run } = await import("./command.ts");
await run(process.argv.slice(2));
