import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { serve } from "./server.ts";

const MB = 1024 * 1024;
const BLOCK = Buffer.alloc(MB, "all work and no play\r\n");

/** Sends so many megabytes, no faster than the socket takes them. */
function pour(response: ServerResponse, megabytes: number): void {
  response.writeHead(200, { "content-length": megabytes * MB, etag: '"1"' });
  let left = megabytes;
  const more = () => {
    while (left-- > 0) if (!response.write(BLOCK)) return response.once("drain", more);
    return response.end();
  };
  more();
}

/** Runs a program in its own process, with garbage collection exposed, and returns what it prints. */
async function printed(program: string): Promise<string> {
  const node = ["--expose-gc", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, node, {
    cwd: import.meta.dirname,
  });
  return stdout;
}

/** Saves a mail, and returns the peak memory in megabytes. */
async function peakMemory(url: string, path: string): Promise<number> {
  const stdout = await printed(`
    import { ArchivesClient } from "@np6-archives/client";
    import { saveMail } from "@np6-archives/client/node";
    const client = new ArchivesClient({ apiKey: "key", baseUrl: ${JSON.stringify(url)} });
    const archive = { id: "1", url: ${JSON.stringify(url)}, expiresOn: "2999-01-01T00:00:00Z" };
    const { bytes } = await saveMail(client, archive, ${JSON.stringify(path)});
    console.log(JSON.stringify({ bytes, rss: process.resourceUsage().maxRSS }));
  `);
  return JSON.parse(stdout).rss / 1024;
}

test("a mail of 500 MB needs no more memory than one of 5 MB", async () => {
  const folder = await mkdtemp(join(tmpdir(), "np6-flat-"));
  const small = await serve((_, response) => pour(response, 5));
  const large = await serve((_, response) => pour(response, 500));
  const least = await peakMemory(small.url, join(folder, "small.eml"));
  const most = await peakMemory(large.url, join(folder, "large.eml"));
  await rm(folder, { recursive: true });

  console.info(`peak memory: ${least.toFixed(0)} MB for 5 MB, ${most.toFixed(0)} MB for 500 MB`);
  // Some garbage may be left, but a mail kept in memory would take 500.
  expect(most - least).toBeLessThan(100);
});

test("thousands of calls leave nothing in memory", async () => {
  const server = await serve((_, response) => response.end("[]"));
  const stdout = await printed(`
    import { ArchivesClient } from "@np6-archives/client";
    const client = new ArchivesClient({ apiKey: "key", baseUrl: ${JSON.stringify(server.url)} });
    const heapAfter = async (calls) => {
      for (let i = 0; i < calls; i += 20) {
        await Promise.all(Array.from({ length: 20 }, () => client.listByTarget("000T123")));
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      gc();
      return process.memoryUsage().heapUsed;
    };
    const before = await heapAfter(500);
    console.log((await heapAfter(4000)) - before);
  `);

  // A call whose response was kept would take 14 kB.
  expect(Number(stdout) / MB).toBeLessThan(10);
});
