import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The storage vendor's emulator, running. */
export interface Azurite {
  /** Of the account `devstoreaccount1`. */
  url: string;
  stop: () => Promise<void>;
}

/** Starts Azurite's blob service on a free port, keeping everything in memory. */
export async function startAzurite(): Promise<Azurite> {
  const folder = dirname(createRequire(import.meta.url).resolve("azurite/package.json"));
  const child = spawn(process.execPath, [
    join(folder, "dist/src/blob/main.js"),
    "--blobHost",
    "127.0.0.1",
    "--blobPort",
    "0",
    "--inMemoryPersistence",
    "--skipApiVersionCheck",
    "--disableTelemetry",
  ]);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    url: `${await listening(child)}/devstoreaccount1`,
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const match = /successfully listens on (http:\S+)/.exec(output);
      if (match !== null) resolve(match[1] as string);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("close", () => reject(new Error(`Azurite ended: ${output}`)));
  });
}
