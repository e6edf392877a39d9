#!/usr/bin/env node
import { createRedact } from "@np6-archives/spec/redact";
import { run } from "./command/run.ts";

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(`np6-archives-contract: ${createRedact()(message.split("\n")[0]!)}`);
  process.exitCode = 2;
}
