import { readFileSync } from "node:fs";
import type { MockOptions } from "../mock-options.ts";
import { startMock } from "../mock.ts";
import { packageFile } from "../package-files.ts";
import type { Mock } from "../running-mock.ts";
import type { CommandOptions } from "./command-options.ts";
import { parseOptions } from "./command-options.ts";
import { greeting, listeningJson } from "./greeting.ts";
import { jsonLine, requestLine } from "./request-lines.ts";

/** The exit code for a start that cannot succeed as asked: a bad option, a port in use, an invalid spec. */
const CANNOT_START = 2;

/** The command `np6-archives-mock`: starts the mock, logs to the standard output, ends once it is `stopped`. */
export async function run(args: readonly string[], stopped: Promise<void>): Promise<void> {
  // When the reader of the output leaves (`2>&1 | head`), the log ends, but not the mock.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});

  let mock: Mock;
  let command: CommandOptions;
  try {
    command = parseOptions(args, version());
    const started = await Promise.race([startMock(withLog(command)), stopped]);
    // Asked to stop before it was ready: nobody waits for it any more.
    if (started === undefined) process.exit(0);
    mock = started;
  } catch (error) {
    process.stderr.write(`np6-archives-mock: ${(error as Error).message}\n`);
    process.exit(CANNOT_START);
  }

  process.stdout.write(command.json ? `${listeningJson(mock)}\n` : greeting(mock, command.options));
  await stopped;
  await mock.close();
  process.exit(0);
}

function withLog({ options, json, quiet }: CommandOptions): MockOptions {
  const line = json ? jsonLine : requestLine;
  return {
    ...options,
    onWarning: (text) => process.stderr.write(`np6-archives-mock: ${text}\n`),
    ...(!quiet && { onRequest: (entry) => void process.stdout.write(`${line(entry)}\n`) }),
  };
}

function version(): string {
  const manifest = readFileSync(packageFile("package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
