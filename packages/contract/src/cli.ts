#!/usr/bin/env node
import nodeModule from "node:module";
import { constants } from "node:os";
import { toldError } from "./command/told.ts";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
try {
  if (major < 20 || (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 12)) {
    throw new Error(`Node.js: expected 20.19, 22.12 or newer, got ${process.versions.node}.`);
  }
  // Without a listener, a signal ends the process without its exit handlers, which remove temporary folders.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => process.exit(128 + constants.signals[signal]));
  }
  // Keeps the compiled code for later starts. Node 20 cannot.
  (nodeModule as Partial<typeof nodeModule>).enableCompileCache?.();
  const { run } = await import("./command/run.ts");
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  console.error(`np6-archives-contract: ${toldError(error)}`);
  process.exitCode = 2;
}
// Without this, fetch would keep the process running while it still tries an abandoned connection.
process.stdout.write("", () => process.exit());
