#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// Before the engine is loaded: from the second start on, its code comes out of the cache.
enableCompileCache();
const { run } = await import("./command.ts");
await run(process.argv.slice(2));
