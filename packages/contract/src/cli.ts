#!/usr/bin/env node
import nodeModule from "node:module";
import { constants } from "node:os";
import { toldError } from "./command/told.ts";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
try {
  if (major < 20 || (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 12)) {
    throw new Error(`Node.js: expected 20.19, 22.12 or newer, got ${process.versions.node}.`);
  }
  // Left alone, a signal ends the process without what an exit clears away.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  }
  // From the second start on, the code comes out of the cache. Node 20 has none.
  (nodeModule as Partial<typeof nodeModule>).enableCompileCache?.();
  const { run } = await import("./command/run.ts");
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  console.error(`np6-archives-contract: ${toldError(error)}`);
  process.exitCode = 2;
}
// A connection that was given up keeps the process for as long as fetch still tries.
process.stdout.write("", () => process.exit());
