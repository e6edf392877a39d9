// Mails saved per second when saving an archive: many mails of 100 kB, 20 ms of latency, 64 at a time. The peer is
// curl, which neither checks nor flushes anything. Needs curl and taskset; the server has a core of its own.
import { execFile, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ArchivesClient } from "@np6-archives/client";
import { saveMail } from "@np6-archives/client/node";
import { median } from "./rounds.ts";

const MAILS = Number(process.env["MAILS"] ?? 2000);
const BYTES = 100_000;
const AT_ONCE = 64;
const LATENCY = 20;
const ROUNDS = 5;

if (process.argv[2] === "serve") serve();
else await compare();

function serve(): void {
  const body = randomBytes(BYTES);
  const headers = {
    "content-length": BYTES,
    etag: '"v1"',
    "content-md5": createHash("md5").update(body).digest("base64"),
  };
  const server = createServer((_, response) => {
    setTimeout(() => response.writeHead(200, headers).end(body), LATENCY);
  });
  server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
}

async function compare(): Promise<void> {
  const args = ["-c", "0", process.execPath, import.meta.filename, "serve"];
  const server = spawn("taskset", args, { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = (await once(server.stdout, "data")) as [Buffer];
  const baseUrl = `http://127.0.0.1:${port.toString().trim()}`;
  const ways = { curl: withCurl, saveMail: withSaveMail };
  const seconds = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, save] of Object.entries(ways)) {
      const folder = await mkdtemp(join(tmpdir(), "np6-bench-"));
      const started = performance.now();
      await save(baseUrl, folder);
      if (round >= 0) seconds.get(name)?.push((performance.now() - started) / 1000);
      await rm(folder, { recursive: true });
    }
  }
  server.kill();
  const curl = median(seconds.get("curl") ?? []);
  const rows = [...seconds].map(([name, all]) => {
    const typical = median(all);
    return [name, { seconds: typical.toFixed(2), "to curl": (typical / curl).toFixed(2) }];
  });
  console.log(`\n${MAILS} mails of ${BYTES} bytes, ${LATENCY} ms away, ${AT_ONCE} at a time`);
  console.table(Object.fromEntries(rows));
}

async function withCurl(baseUrl: string, folder: string): Promise<void> {
  const config = join(folder, "config");
  const lines = Array.from(
    { length: MAILS },
    (_, i) => `url = "${baseUrl}/${i}"\noutput = "${join(folder, `${i}.eml`)}"`,
  );
  await writeFile(config, lines.join("\n"));
  const parallel = ["--parallel", "--parallel-immediate", "--parallel-max", String(AT_ONCE)];
  await promisify(execFile)("curl", ["--silent", "--fail", ...parallel, "--config", config]);
}

async function withSaveMail(baseUrl: string, folder: string): Promise<void> {
  const client = new ArchivesClient({ apiKey: "the-key-of-this-benchmark", baseUrl });
  let next = 0;
  const worker = async () => {
    while (next < MAILS) {
      const id = String(next++);
      const archive = {
        id,
        action: "00000A",
        target: "000T123",
        sendingDate: "2026-02-05T09:27:58Z",
        url: `${baseUrl}/${id}`,
        expiresOn: "2999-01-01T00:00:00Z",
      };
      await saveMail(client, archive, join(folder, `${id}.eml`));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
