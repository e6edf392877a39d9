import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

// A worklist of 1,000,000 rows: a first run reads it in, and all but one are settled when the next one starts.

const ROWS = 1_000_000;

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const home = await mkdtemp(join(tmpdir(), "np6-keep-bench-"));
const store = join(home, "store");
const worklist = join(home, "worklist.csv");
const preload = join(home, "tells-memory.mjs");

let firstCall: number | undefined;
const server = createServer((_, response) => {
  firstCall ??= performance.now();
  response.writeHead(200, { "content-type": "application/vnd.np6.cm.mail.archive" }).end("[]");
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

function start() {
  firstCall = undefined;
  const args = ["--import", preload, cli, "run", "--worklist", worklist, "--store", store];
  const env = { ...process.env, NP6_API_KEY: "bench", NP6_BASE_URL: url };
  const begun = performance.now();
  const child = spawn(process.execPath, [...args, "--rate", "50/s", "--quiet"], { env });
  let said = "";
  child.stderr.on("data", (chunk) => (said += String(chunk)));
  child.stdout.resume();
  const ended = once(child, "close");
  return {
    child,
    async end() {
      await ended;
      const [, kilobytes] = /^RSS (\d+)$/m.exec(said) ?? [];
      return {
        "first call after, s": ((firstCall ?? Number.NaN) - begun) / 1000,
        "whole run, s": (performance.now() - begun) / 1000,
        "most memory, MB": Number(kilobytes) / 1024,
      };
    },
  };
}

function query(text: string): Record<string, unknown> | undefined {
  const db = new DatabaseSync(join(store, "ledger.sqlite"), { timeout: 10_000 });
  try {
    return db.prepare(text).get();
  } finally {
    db.close();
  }
}

function tried<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

try {
  await writeFile(
    preload,
    'process.on("exit", () => process.stderr.write(`RSS ${process.resourceUsage().maxRSS}\\n`));\n',
  );
  const rows = Array.from({ length: ROWS }, (_, n) => `target-${n}\n`);
  await writeFile(worklist, `target\n${rows.join("")}`);

  const first = start();
  for (let taken = 0; taken === 0;) {
    await sleep(1000);
    // At first there is no ledger, or no table in it.
    taken = Number(tried(() => query("SELECT count(*) AS n FROM worklists"))?.["n"] ?? 0);
  }
  first.child.kill("SIGTERM");
  const intake = await first.end();
  query("UPDATE items SET state = 'listed'");
  await appendFile(worklist, "one-more\n");
  const resumed = await start().end();
  console.table({ "first run, stopped when all is in": intake, "next run": resumed });
} finally {
  server.closeAllConnections();
  server.close();
  await rm(home, { recursive: true, force: true });
}
