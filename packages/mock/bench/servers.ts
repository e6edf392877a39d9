import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A server to measure: how it starts on a port, and which path is requested. Each answers a list of two archives. */
export interface Server {
  name: string;
  command: (port: number) => string[];
  path: string;
  /** For a different path in each request. */
  nextPath?: () => string;
}

export interface Running {
  url: string;
  /** Milliseconds from the start of the process to the end of the first answer. */
  firstAnswer: number;
  /** Resident memory in megabytes. */
  rss: () => number;
  stop: () => Promise<void>;
}

const spec = fileURLToPath(import.meta.resolve("@np6-archives/spec/openapi.yaml"));
const suffixed = join(mkdtempSync(join(tmpdir(), "mock-bench-")), "openapi.yaml");
// Prism's and Scalar's servers serialise the vendor's media type only with the suffix +json.
writeFileSync(
  suffixed,
  readFileSync(spec, "utf8").replaceAll(/(application\/vnd\.np6\.cm\.mail\.archive):/g, "$1+json:"),
);

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const prismCli = dirname(
  createRequire(import.meta.url).resolve("@stoplight/prism-cli/package.json"),
);
const mock = (port: number): string[] => [
  here("../dist/cli.js"),
  "--port",
  String(port),
  "--blob-port",
  "0",
  "--quiet",
];

let windows = 0;
/** A date range that was never requested before, around the list of two. */
function nextWindow(): string {
  const startDate = new Date(Date.UTC(2020, 0, 1) + windows++ * 1000).toISOString();
  return `/targets/000BLANK/archives?${new URLSearchParams({ startDate }).toString()}`;
}

export const servers: readonly Server[] = [
  { name: "np6-archives-mock", command: mock, path: "/targets/000BLANK/archives" },
  {
    name: "np6-archives-mock, another window each time",
    command: mock,
    path: "/targets/000BLANK/archives",
    nextPath: nextWindow,
  },
  {
    name: "prism mock, log off",
    command: (port) => [
      join(prismCli, "dist/index.js"),
      "mock",
      "--host",
      "127.0.0.1",
      "--port",
      String(port),
      "--verboseLevel",
      "silent",
      suffixed,
    ],
    path: "/targets/000T123/archives",
  },
  {
    name: "@scalar/mock-server",
    command: (port) => [here("scalar.ts"), String(port), suffixed],
    path: "/targets/000T123/archives",
  },
  {
    name: "bare node:http, no validation",
    command: (port) => [here("bare.ts"), String(port)],
    path: "/targets/000T123/archives",
  },
];

/** Starts a server in its own process and waits for its first answer. */
export async function start({ name, command, path }: Server): Promise<Running> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const begun = performance.now();
  const args = ["--cpu-list", "0", process.execPath, ...command(port)];
  const child = spawn("taskset", args, { stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}.`);
    try {
      const response = await fetch(`${url}${path}`, { headers: { "x-key": "demo" } });
      const list: unknown = await response.json();
      if (!Array.isArray(list) || list.length === 0) throw new Error(`${name} answered no list.`);
      break;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  return {
    url,
    firstAnswer: performance.now() - begun,
    rss: () => {
      const [, kilobytes = "0"] =
        /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
      return Math.round(Number(kilobytes) / 1024);
    },
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
