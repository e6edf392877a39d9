import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The storage vendor's emulator, running. */
export interface Azurite {
  /** The URL of the account `devstoreaccount1`. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Starts Azurite's blob service on a free port, with everything in memory.
 *
 * @throws Error with its output when it ends before it listens.
 */
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
  const origin = await new Promise<string>((resolve, reject) => {
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text: Buffer) => {
        said += text.toString();
        const [, url] = /successfully listens on (http:\S+)/.exec(said) ?? [];
        if (url !== undefined) resolve(url);
      });
    }
    void ended.then(() => reject(new Error(`Azurite ended before it listened: ${said}`)));
  });
  return {
    url: `${origin}/devstoreaccount1`,
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
