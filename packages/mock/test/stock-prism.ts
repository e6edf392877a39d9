import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Prism's own mock server, running. */
export interface StockPrism {
  url: string;
  stop: () => Promise<void>;
}

/**
 * Starts `prism mock` on a free port, with a copy of the spec whose media type has the suffix `+json`, without which
 * Prism cannot serialise an answer. Logging is off, apart from the line that tells the port.
 */
export async function startStockPrism(): Promise<StockPrism> {
  const spec = await readFile(
    fileURLToPath(import.meta.resolve("@np6-archives/spec/openapi.yaml")),
    "utf8",
  );
  const home = await mkdtemp(join(tmpdir(), "stock-prism-"));
  const copy = join(home, "openapi.yaml");
  await writeFile(
    copy,
    spec.replaceAll(/(application\/vnd\.np6\.cm\.mail\.archive):/g, "$1+json:"),
  );

  const folder = dirname(
    createRequire(import.meta.url).resolve("@stoplight/prism-cli/package.json"),
  );
  const args = ["mock", "--host", "127.0.0.1", "--port", "0", "--cors", "false", copy];
  const child = spawn(process.execPath, [join(folder, "dist/index.js"), ...args]);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let output = "";
    const read = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-10_000);
      const match = /Prism is listening on (http:\S+)/.exec(output);
      if (match !== null) resolve(match[1] as string);
    };
    child.stdout.on("data", read);
    child.stderr.on("data", read);
    void ended.then(() => reject(new Error(`Prism ended: ${output}`)));
  });
  return {
    url,
    async stop() {
      child.kill("SIGKILL");
      await ended;
      await rm(home, { recursive: true });
    },
  };
}
