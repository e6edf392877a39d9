import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

// 2,000 mails of 100 kB, 20 ms of latency, 64 at a time: keep with all that it does, compared with curl, sync and
// sha256sum.

const MAILS = 2000;
const BYTES = 100_000;
const LATENCY = 20;
const AT_A_TIME = 64;

const run = promisify(execFile);
const body = Buffer.alloc(BYTES, "x");
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const home = await mkdtemp(join(tmpdir(), "np6-keep-bench-"));

const server = createServer((request, response) => {
  const answer = () => {
    if (request.url?.startsWith("/mail/")) {
      response.end(body);
      return;
    }
    const archives = Array.from({ length: MAILS }, (_, n) => ({
      id: `${(n % 256).toString(16).padStart(2, "0")}-${n}`,
      action: "00000A",
      target: "t",
      sendingDate: "2026-01-01T00:00:00Z",
      url: `${url}/mail/${n}`,
      expiresOn: new Date(Date.now() + 86_400_000).toISOString(),
    }));
    const type = "application/vnd.np6.cm.mail.archive";
    response.writeHead(200, { "content-type": type }).end(JSON.stringify(archives));
  };
  setTimeout(answer, LATENCY);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Wall seconds, and CPU seconds of the process and its children. */
async function measure(command: string): Promise<{ wall: number; cpu: number }> {
  const env = { ...process.env, NP6_API_KEY: "bench", NP6_BASE_URL: url };
  const started = performance.now();
  const { stdout } = await run(
    "bash",
    ["-c", `TIMEFORMAT='%U %S'; { time { ${command}; } >/dev/null 2>&1; } 2>&1`],
    {
      cwd: home,
      env,
    },
  );
  const [user = 0, system = 0] = stdout.trim().split(" ").map(Number);
  return { wall: (performance.now() - started) / 1000, cpu: user + system };
}

const config = Array.from(
  { length: MAILS },
  (_, n) => `url=${url}/mail/${n}\noutput=curl/${n}.eml\n`,
);
await writeFile(join(home, "curl.txt"), config.join(""));
await writeFile(join(home, "worklist.csv"), "target\nt\n");
const curl = `mkdir curl; curl -s --parallel --parallel-immediate --parallel-max ${AT_A_TIME} -K curl.txt; sync curl/*; sha256sum curl/*`;
const keep = `"${process.execPath}" "${cli}" run --worklist worklist.csv --store store --parallel ${AT_A_TIME} --quiet`;

try {
  const peer = await measure(curl);
  const own = await measure(keep);
  console.table({
    "curl + sync + sha256sum": {
      wall: peer.wall,
      ratio: 1,
      "CPU ms a mail": (peer.cpu / MAILS) * 1000,
    },
    "np6-archives-keep run": {
      wall: own.wall,
      ratio: own.wall / peer.wall,
      "CPU ms a mail": (own.cpu / MAILS) * 1000,
    },
  });
} finally {
  server.closeAllConnections();
  server.close();
  await rm(home, { recursive: true, force: true });
}
