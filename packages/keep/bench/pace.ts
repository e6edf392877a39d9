import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startPostgres } from "@np6-archives/test-servers/postgres";

// Two processes at 50 listing calls a second, counted at the server: how much of a minute's limit is used, how many
// calls fall into the fullest second, and how many arrive while a 429 asks everybody to wait for 3 s.

const RATE = 50;
const MINUTE = 60_000;
const WAIT = 3000;

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const home = await mkdtemp(join(tmpdir(), "np6-keep-pace-"));
const calls: number[] = [];
let isToWait = false;
let refused = Number.POSITIVE_INFINITY;
const server = createServer((_, response) => {
  const now = performance.now();
  calls.push(now);
  if (isToWait) {
    isToWait = false;
    refused = now;
    response.writeHead(429, { "retry-after": String(WAIT / 1000) }).end();
    return;
  }
  response.writeHead(200, { "content-type": "application/vnd.np6.cm.mail.archive" }).end("[]");
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const worklist = join(home, "worklist.csv");
await writeFile(
  worklist,
  `target\n${Array.from({ length: 20_000 }, (_, n) => `t${n}\n`).join("")}`,
);

const postgres = await startPostgres();
const begin = (...args: string[]) =>
  spawn(process.execPath, [cli, ...args], {
    env: { ...process.env, NP6_API_KEY: "bench", NP6_BASE_URL: url },
    stdio: "ignore",
  });
try {
  const where = ["--store", join(home, "store"), "--ledger", await postgres.database(), "--quiet"];
  const children = [
    begin("run", "--worklist", worklist, ...where, "--rate", `${RATE}/s`),
    begin("work", ...where),
  ];
  while (calls.length < RATE * 5) await sleep(100);
  const from = performance.now();
  await sleep(MINUTE);
  const minute = calls.filter((at) => at >= from && at < from + MINUTE);
  isToWait = true;
  await sleep(WAIT * 2);
  const during = calls
    .filter((at) => at > refused && at < refused + WAIT)
    .map((at) => at - refused);
  const inSecond = minute.map((at) => calls.filter((other) => other >= at && other < at + 1000));
  console.table({
    "calls of the minute, % of the limit": (minute.length / ((RATE * MINUTE) / 1000)) * 100,
    "most in a second": Math.max(...inSecond.map(({ length }) => length)),
    "calls during a 429 of 3 s": during.length,
    "the last of them after ms": Math.round(during.at(-1) ?? 0),
  });
  const ended = children.map((child) => once(child, "exit"));
  for (const child of children) child.kill("SIGTERM");
  await Promise.all(ended);
} finally {
  await postgres.stop();
  server.closeAllConnections();
  server.close();
  await rm(home, { recursive: true, force: true });
}
