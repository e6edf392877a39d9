// The mock compared with Prism's own server, Scalar's and a bare node:http, each in a process of its own, in
// interleaved rounds. Prints a table; compare only ratios within one run.
// Each server has a core to itself, and the load another (`taskset`): otherwise the mock's garbage collection would use
// a second core unnoticed, and the mock would look faster than it is.
import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";
import autocannon from "autocannon";
import type { Server } from "./servers.ts";
import { servers, start } from "./servers.ts";

const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 3);
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 4);
const CONNECTIONS = 16;

interface Row {
  name: string;
  perSecond: number[];
  p99: number[];
  firstAnswer: number[];
}

// This process makes the load. With a single core, load and servers share it.
if (availableParallelism() > 1) {
  execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", "1", String(process.pid)]);
}

const rows = new Map<string, Row>(
  servers.map(({ name }) => [name, { name, perSecond: [], p99: [], firstAnswer: [] }]),
);

for (let round = 0; round < ROUNDS; round++) {
  const order = servers.toSorted(() => Math.random() - 0.5);
  for (const server of order) {
    const row = rows.get(server.name) as Row;
    const running = await start(server);
    row.firstAnswer.push(running.firstAnswer);
    await load(running.url, server, 1);
    const { requests, latency, non2xx } = await load(running.url, server, SECONDS);
    if (non2xx > 0) throw new Error(`${server.name}: ${non2xx} answers were not 2xx.`);
    row.perSecond.push(requests.average);
    row.p99.push(latency.p99);
    await running.stop();
  }
}

function load(
  url: string,
  { path, nextPath }: Server,
  duration: number,
): Promise<autocannon.Result> {
  return autocannon({
    url,
    connections: CONNECTIONS,
    duration,
    requests: [
      {
        path,
        headers: { "x-key": "demo", accept: "*/*" },
        ...(nextPath && { setupRequest: (request) => ({ ...request, path: nextPath() }) }),
      },
    ],
  });
}

function median(values: number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

const prism = median(rows.get("prism mock, log off")?.perSecond ?? []);
console.log(`\nMedians of ${ROUNDS} rounds, ${CONNECTIONS} connections, ${SECONDS} s each:\n`);
console.table(
  Object.fromEntries(
    [...rows.values()].map(({ name, perSecond, p99, firstAnswer }) => [
      name,
      {
        "requests/s": Math.round(median(perSecond)),
        "× prism": Number((median(perSecond) / prism).toFixed(2)),
        "p99 ms": median(p99),
        "first answer ms": Math.round(median(firstAnswer)),
      },
    ]),
  ),
);

// Memory of one mock, measured repeatedly during two hundred thousand requests.
const [mock] = servers as [Server];
const running = await start(mock);
const megabytes: Record<string, number> = { "at start": running.rss() };
for (let thousands = 25; thousands <= 200; thousands += 25) {
  await autocannon({
    url: `${running.url}${mock.path}`,
    connections: CONNECTIONS,
    amount: 25_000,
    headers: { "x-key": "demo" },
  });
  megabytes[`after ${thousands},000`] = running.rss();
}
await running.stop();
console.log("\nResident memory of the mock, MB:\n");
console.table(megabytes);
