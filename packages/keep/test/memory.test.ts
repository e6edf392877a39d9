import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { status, verify } from "../src/index.ts";
import { command, folder, idOf, startServer, worklistOf } from "./store-and-server.ts";

/**
 * Makes the command print its peak memory at the end, in kilobytes. On Linux maxRSS includes the parent's, but /proc
 * has the process's own.
 */
const TELLS_MEMORY = `import { existsSync, readFileSync } from "node:fs";
process.on("exit", () => {
  const own = existsSync("/proc/self/status") && /VmHWM:\\s*(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"));
  process.stderr.write("RSS " + (own ? own[1] : process.resourceUsage().maxRSS) + "\\n");
});
`;

/** In megabytes. */
const BUDGET = 300;
const MAILS = 10_000;
const BYTES = 300_000_000;

/** Runs the command to its end, and returns its peak memory in megabytes. */
async function memoryOf(url: string, home: string, ...args: string[]): Promise<number> {
  const preload = join(home, "tells-memory.mjs");
  await writeFile(preload, TELLS_MEMORY);
  const { code, stderr } = await command(
    { url, nodeOptions: `--import ${pathToFileURL(preload).href}` },
    ...args,
  );
  expect(code).toBe(0);
  const [, kilobytes] = /^RSS (\d+)$/m.exec(stderr) ?? [];
  const megabytes = Number(kilobytes) / 1024;
  console.log(`${args[0]}: ${megabytes.toFixed(0)} MB at most`);
  return megabytes;
}

test("a target of 10,000 archives is kept in flat memory", async () => {
  const server = await startServer({ each: MAILS });
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, 1);
  const args = ["run", "--worklist", worklist, "--store", store, "--quiet"];
  expect(await memoryOf(server.url, home, ...args)).toBeLessThan(BUDGET);
  expect((await status({ store })).archives).toMatchObject({ total: MAILS, kept: MAILS });
});

test("a mail of 300 MB is kept, verified and put into a bag in flat memory", async () => {
  const body = Buffer.alloc(BYTES, "a line of a mail\r\n");
  const sha256 = createHash("sha256").update(body).digest("hex");
  const headers = { "content-md5": createHash("md5").update(body).digest("base64") };
  const server = await startServer({
    judge: (path) => (path.startsWith("/mail/") ? { status: 200, headers, body } : undefined),
  });
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, 1);
  const used = [
    await memoryOf(server.url, home, "run", "--worklist", worklist, "--store", store, "--quiet"),
    await memoryOf(server.url, home, "verify", "--store", store),
    await memoryOf(
      server.url,
      home,
      "person",
      "--store",
      store,
      "--target",
      "t0",
      "--out",
      join(home, "p.zip"),
    ),
  ];
  for (const megabytes of used) expect(megabytes).toBeLessThan(BUDGET);
  const id = idOf("t0", 0);
  const manifest = await readFile(join(store, "manifest-sha256.txt"), "utf8");
  expect(manifest).toBe(`${sha256}  mails/${id.slice(0, 2)}/${id}.eml\n`);
  expect((await verify({ store })).findings).toEqual([]);
});
