import { execFile } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startPostgres } from "@np6-archives/test-servers/postgres";
import { Client } from "pg";

// Many items through two processes and PostgreSQL, against an API that answers at once, with one archive or none. No
// mail is downloaded, as all links are blank. Measures the cost of each item, and of each archive.

const ITEMS = Number(process.env["KEEP_SCALE"] ?? 1_000_000);
const WITH_MAIL = 10;
const TICK = 100;

const run = promisify(execFile);
const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const home = await mkdtemp(join(tmpdir(), "np6-keep-scale-"));
const server = createServer((request, response) => {
  const [, target = ""] = /^\/targets\/(\w+)\//.exec(request.url ?? "") ?? [];
  const isOne = Number(target.slice(1)) % WITH_MAIL === 0;
  const archive = {
    id: `4f54ed5e-0000-0000-0000-${target.padStart(12, "0")}`,
    action: "00000A",
    target,
    sendingDate: "2026-01-01T00:00:00Z",
    url: "",
    expiresOn: "2026-02-02T00:00:00Z",
  };
  response
    .writeHead(200, { "content-type": "application/vnd.np6.cm.mail.archive" })
    .end(JSON.stringify(isOne ? [archive] : []));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const worklist = join(home, "worklist.csv");
const rows = createWriteStream(worklist);
rows.write("target\n");
for (let n = 0; n < ITEMS; n += 1) {
  if (!rows.write(`t${n}\n`)) await once(rows, "drain");
}
rows.end();
await once(rows, "close");

/** CPU seconds of the command; the second line is its exit code. */
async function command(...args: string[]): Promise<number> {
  const env = { ...process.env, NP6_API_KEY: "bench", NP6_BASE_URL: url };
  const script = `TIMEFORMAT='%U %S'; { time "$@" >/dev/null; } 2>&1`;
  const { stdout } = await run("bash", ["-c", script, "bash", process.execPath, cli, ...args], {
    env,
  }).catch((error: { stdout: string }) => error);
  const [user = 0, system = 0] = (stdout.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  return user + system;
}

const postgres = await startPostgres();
try {
  const ledger = await postgres.database();
  const ask = async (text: string): Promise<Record<string, unknown>> => {
    const client = new Client({ connectionString: ledger });
    await client.connect();
    const { rows: found } = await client.query<Record<string, unknown>>(text);
    await client.end();
    return found[0] ?? {};
  };
  /** CPU seconds of the server and all its processes that have ended. */
  const cpuOfServer = async () => {
    const { file } = await ask("SELECT pg_read_file('postmaster.pid') AS file");
    const stat = await readFile(`/proc/${String(file).split("\n", 1)[0]}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICK;
  };
  const where = ["--store", join(home, "store"), "--ledger", ledger, "--quiet"];
  const before = await cpuOfServer();
  const started = performance.now();
  const helping = command("work", ...where);
  const leading = await command("run", "--worklist", worklist, ...where, "--rate", "100000/s");
  const helped = await helping;
  const seconds = (performance.now() - started) / 1000;
  const { items, archives, queue } = await ask(`
    SELECT pg_total_relation_size('np6_keep.items') AS items,
      pg_total_relation_size('np6_keep.archives') AS archives,
      (SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c
        WHERE relnamespace = 'np6_keep_jobs'::regnamespace AND relkind = 'r') AS queue`);
  const { open } = await ask("SELECT count(*) AS open FROM np6_keep.items WHERE state = 'open'");
  console.table({
    items: ITEMS,
    "open at the end": Number(open),
    seconds: Math.round(seconds),
    "items a second": Math.round(ITEMS / seconds),
    "CPU ms an item, both processes": ((leading + helped) / ITEMS) * 1000,
    "CPU ms an item, PostgreSQL": (((await cpuOfServer()) - before) / ITEMS) * 1000,
    "bytes an item": Math.round(Number(items) / ITEMS),
    "bytes an archive": Math.round(Number(archives) / (ITEMS / WITH_MAIL)),
    "MB of the queue": Number(queue) / 1e6,
  });
} finally {
  await postgres.stop();
  server.closeAllConnections();
  server.close();
  await rm(home, { recursive: true, force: true });
}
