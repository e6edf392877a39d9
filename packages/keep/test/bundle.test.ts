import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { rolldown } from "rolldown";
import { expect, test } from "vitest";
import { folder, startServer, worklistOf } from "./store-and-server.ts";

const INDEX = fileURLToPath(new URL("../dist/index.js", import.meta.url));
const CLIENT = fileURLToPath(import.meta.resolve("@np6-archives/client"));

test("a program bundled into one file keeps mails, and reports its version", async () => {
  const server = await startServer();
  const home = await folder();
  const worklist = await worklistOf(home, 3);
  const input = join(home, "input.mjs");
  const program = `
    import { ArchivesClient } from ${JSON.stringify(CLIENT)};
    import { keep } from ${JSON.stringify(INDEX)};
    const client = new ArchivesClient({ apiKey: "k", baseUrl: ${JSON.stringify(server.url)} });
    console.log((await keep({ client, worklist: ${JSON.stringify(worklist)}, store: "store" })).outcome);`;
  await writeFile(input, program);
  const bundle = await rolldown({ input, platform: "node", logLevel: "silent" });
  await bundle.write({ file: join(home, "program.mjs"), codeSplitting: false });
  const run = promisify(execFile);
  const { stdout, stderr } = await run(process.execPath, ["program.mjs"], { cwd: home });
  expect({ stdout, stderr }).toEqual({ stdout: "complete\n", stderr: "" });
  const told = JSON.parse(await readFile(join(home, "store/runs/0001.json"), "utf8")) as {
    versions: { keep: string };
  };
  const manifest = await readFile(new URL("../package.json", import.meta.url), "utf8");
  expect(told.versions.keep).toBe((JSON.parse(manifest) as { version: string }).version);
});
