import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ArchivesClient } from "@np6-archives/client";
import { expect, onTestFinished } from "vitest";
import type { KeepEvent } from "../src/index.ts";

export const KEY = "the-key-of-these-tests";

/**
 * On Windows a signal ends a process at once, and there are no limits on file sizes, named pipes, file modes or POSIX
 * shells: tests of these run elsewhere.
 */
export const IS_POSIX = process.platform !== "win32";
const MEDIA_TYPE = "application/vnd.np6.cm.mail.archive";
export const CLI = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

/** A request that a server answered. */
interface Seen {
  at: number;
  method: string | undefined;
  path: string;
  status: number;
}

/** What a test's server answers instead of the usual. */
interface Special {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** Undefined for the usual answer. */
type Judge = (path: string) => Special | undefined;

/** The answer to a listing. */
export function listing(archives: readonly object[]): Special {
  return { status: 200, headers: { "content-type": MEDIA_TYPE }, body: JSON.stringify(archives) };
}

/** API and storage in one server, where target tN has `each` mails. A mail's bytes follow from its id. */
export async function startServer({
  each = 1,
  size = 200,
  latency = 0,
  judge,
}: {
  each?: number;
  size?: number;
  latency?: number | ((path: string) => number);
  judge?: Judge;
} = {}) {
  const seen: Seen[] = [];
  const options = { each, size, judge };
  // On a busy machine a connection may idle past the default 5 s, and be closed just as the next request is sent.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    const path = request.url ?? "";
    const special = options.judge?.(path);
    const status = special?.status ?? 200;
    seen.push({ at: performance.now(), method: request.method, path, status });
    const answer = () => {
      if (special) {
        response.writeHead(status, special.headers).end(special.body);
        return;
      }
      const [, kind, id = ""] = path.split("/");
      if (kind === "mail") {
        const body = mailOf(id.split("?", 1)[0] ?? "", options.size);
        const md5 = createHash("md5").update(body).digest("base64");
        response.writeHead(200, { "content-md5": md5, "content-length": body.length }).end(body);
        return;
      }
      const target = path.split("/targets/")[1]?.split("/")[0] ?? "";
      const archives = Array.from({ length: options.each }, (_, n) => archiveOf(url, target, n));
      response
        .writeHead(200, { "content-type": MEDIA_TYPE, "x-request-id": `r-${target}` })
        .end(JSON.stringify(archives));
    };
    const wait = typeof latency === "number" ? latency : latency(path);
    if (wait > 0) setTimeout(answer, wait);
    else answer();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new ArchivesClient({ apiKey: KEY, baseUrl: url });
  return { url, seen, options, client };
}

export function idOf(target: string, n: number): string {
  return `${createHash("sha256").update(`${target}/${n}`).digest("hex").slice(0, 12)}-${target}-${n}`;
}

export function archiveOf(url: string, target: string, n: number) {
  const id = idOf(target, n);
  return {
    id,
    action: "00000A",
    target,
    sendingDate: new Date(Date.UTC(2026, 0, 1, n)).toISOString(),
    url: `${url}/mail/${id}?sig=c2VjcmV0`,
    expiresOn: new Date(Date.now() + 86_400_000).toISOString(),
  };
}

export function mailOf(id: string, size = 200): Buffer {
  const head = `From: a@example.com\r\nTo: b@example.com\r\nSubject: ${id}\r\n\r\n`;
  return Buffer.from(head.padEnd(size, "x"));
}

/** A folder that is removed after the test. */
export async function folder(): Promise<string> {
  // Tests compare paths: on macOS the temporary folder is a link, on Windows it may have a short name.
  const made = await realpath(await mkdtemp(join(tmpdir(), "np6-keep-")));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** A worklist of the targets t0 to tN-1. */
export async function worklistOf(home: string, count: number): Promise<string> {
  const path = join(home, "worklist.csv");
  const rows = Array.from({ length: count }, (_, n) => `t${n}\n`);
  await writeFile(path, `target\n${rows.join("")}`);
  return path;
}

/** Where the command runs: the API's URL; how many kilobytes a file may have; the Node.js and its options. */
type Place =
  | string
  | { url: string; key?: string; fileKilobytes?: number; node?: string; nodeOptions?: string };

/** Starts the command. */
export function start(place: Place, ...args: string[]): ChildProcess {
  const { url, key, fileKilobytes, node, nodeOptions }: Exclude<Place, string> =
    typeof place === "string" ? { url: place } : place;
  const script = `ulimit -f ${fileKilobytes}; exec "$@"`;
  const limited = ["bash", "--norc", "-c", script, "bash"];
  const [program = "", ...words] = [
    ...(fileKilobytes === undefined ? [] : limited),
    node ?? process.execPath,
    CLI,
    ...args,
  ];
  return spawn(program, words, {
    env: {
      PATH: process.env["PATH"],
      NP6_API_KEY: key ?? KEY,
      NP6_BASE_URL: url,
      NODE_OPTIONS: nodeOptions ?? "",
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** Runs the command to its end. */
export async function command(place: Place, ...args: string[]) {
  const child = start(place, ...args);
  child.stdin?.end();
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr?.on("data", (chunk) => (stderr += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

/** Checks a store's manifest with the system's own tool, as people do. Windows has none that reads a manifest. */
export async function checkSums(store: string): Promise<void> {
  if (!IS_POSIX) return;
  const [program, ...words] = process.platform === "darwin" ? ["shasum", "-a256"] : ["sha256sum"];
  await promisify(execFile)(program, [...words, "--strict", "-c", "manifest-sha256.txt"], {
    cwd: store,
  });
}

/** The ids of the mails that are complete in a store's folder. */
export async function keptIds(store: string): Promise<Set<string>> {
  const paths = await readdir(join(store, "mails"), { recursive: true }).catch(() => []);
  return new Set(
    paths.filter((path) => path.endsWith(".eml")).map((path) => basename(path, ".eml")),
  );
}

/** The ids of the mails that a server was asked for. */
export function mailsAsked(seen: readonly Seen[]): string[] {
  return seen
    .filter(({ method, path }) => method === "GET" && path.startsWith("/mail/"))
    .map(({ path }) => path.slice("/mail/".length).split("?", 1)[0] ?? "");
}

/** The sum of the states, which must be the total. */
export function sum(counts: Record<string, number>): number {
  return Object.entries(counts).reduce((all, [name, n]) => (name === "total" ? all : all + n), 0);
}

/** Records the progress of a run, as settled and total. */
export function watchTotals(until = Infinity) {
  const told: [settled: number, total: number][] = [];
  const stop = new AbortController();
  const onEvent = (event: KeepEvent) => {
    if (event.event !== "progress") return;
    told.push([event.total - event.open, event.total]);
    if (told.length >= until) stop.abort();
  };
  return { told, onEvent, signal: stop.signal };
}

/** No number shrinks, and the total reaches `total`. How many are settled at the last event depends on the machine. */
export function expectGrowth(told: [number, number][], from: number, total: number): void {
  const settled = told.map(([each]) => each);
  const totals = told.map(([, all]) => all);
  for (const figures of [settled, totals]) {
    expect(figures).toEqual(figures.toSorted((a, b) => a - b));
  }
  expect(settled[0]).toBeGreaterThanOrEqual(from);
  expect(settled[0]).toBeLessThan(total);
  expect(totals.at(-1)).toBe(total);
}
