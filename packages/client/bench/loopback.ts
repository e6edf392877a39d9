// Requests per second over real HTTP on this machine, and the CPU time of each request.
import { fork } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import got from "got";
import { request } from "undici";
import { listOf } from "./archives.ts";
import { fetchClients } from "./clients.ts";
import { median } from "./rounds.ts";

// Many short rounds, as their median is hardly affected by other load on the machine.
const MS = 150;
const ROUNDS = 41;

if (process.send) {
  const body = listOf(2);
  const headers = {
    "content-type": "application/vnd.np6.cm.mail.archive",
    "content-length": body.length,
  };
  const server = createServer((_, response) => response.writeHead(200, headers).end(body));
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
} else {
  const server = fork(new URL(import.meta.url));
  const port = await new Promise((resolve) => server.once("message", resolve));
  const baseUrl = `http://127.0.0.1:${String(port)}`;
  const url = `${baseUrl}/targets/000T123/archives`;
  const headers = { "x-key": "the-key-of-this-benchmark" };
  const clients = {
    ...fetchClients(baseUrl, globalThis.fetch),
    got: () => got(url, { headers }).json(),
    "undici.request": async () => (await request(url, { headers })).body.json(),
  };
  for (const concurrency of [1, 16, 64]) await throughput(clients, concurrency);
  server.kill();
}

async function throughput(
  clients: Record<string, () => Promise<unknown>>,
  concurrency: number,
): Promise<void> {
  const names = Object.keys(clients);
  const rates = new Map(names.map((name) => [name, [] as number[]]));
  const costs = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const name of names.toSorted(() => Math.random() - 0.5)) {
      const call = clients[name] as () => Promise<unknown>;
      const started = performance.now();
      const cpu = process.cpuUsage();
      let done = 0;
      const worker = async () => {
        for (; performance.now() - started < MS; done++) await call();
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
      if (round < 0) continue;
      const { user, system } = process.cpuUsage(cpu);
      rates.get(name)?.push(done / ((performance.now() - started) / 1000));
      costs.get(name)?.push((user + system) / done);
    }
  }
  const rows = names.map((name) => {
    const own = rates.get(name) as number[];
    const ratioTo = (peer: string) => {
      const theirs = rates.get(peer) as number[];
      return Number(median(own.map((rate, i) => rate / (theirs[i] as number))).toFixed(2));
    };
    return [
      name,
      {
        "requests/s": Math.round(median(own)),
        "× plain fetch": ratioTo("plain fetch"),
        "× one with a time limit": ratioTo("plain fetch, with a time limit"),
        "µs of CPU per call": Math.round(median(costs.get(name) as number[])),
      },
    ];
  });
  console.log(`\nLoopback HTTP, ${concurrency} at a time`);
  console.table(Object.fromEntries(rows));
}
