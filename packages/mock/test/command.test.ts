import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { execFileSync, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const bin = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

/** Makes Node report an older version. */
const olderNode = `data:text/javascript,${encodeURIComponent(
  'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.18.3" } });',
)}`;

/** Sends SIGTERM as soon as the command listens for it. */
const stopsAtOnce = `data:text/javascript,${encodeURIComponent(
  'process.on("newListener", (name) => { if (name === "SIGTERM") setImmediate(() => process.kill(process.pid, name)); });',
)}`;

/** Sends SIGTERM before the command loads what it runs. */
const stopsWhileLoading = `data:text/javascript,${encodeURIComponent(
  'import nodeModule from "node:module"; nodeModule.enableCompileCache = () => process.kill(process.pid, "SIGTERM");',
)}`;

interface Run {
  child: ChildProcessWithoutNullStreams;
  stdout: () => string;
  stderr: () => string;
  /** Resolves when the standard output matches. */
  printed: (pattern: RegExp) => Promise<RegExpExecArray>;
  exit: Promise<number | null>;
  stop: (signal: NodeJS.Signals) => void;
}

function start(...args: string[]): Run {
  const child = spawn(process.execPath, [bin, ...args]);
  let stdout = "";
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const seen: (() => void)[] = [];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    for (const check of seen) check();
  });
  const exit = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const match = pattern.exec(stdout);
          if (match !== null) resolve(match);
        };
        seen.push(check);
        check();
        void exit.then(() => reject(new Error(`Ended without ${pattern}: ${stdout}${stderr}`)));
      }),
    exit,
    stop: (signal) => void child.kill(signal),
  };
}

const files = await mkdtemp(join(tmpdir(), "mock-command-"));
afterAll(() => rm(files, { recursive: true }));
await writeFile(join(files, "own.yaml"), "- target: T 1\n");

test.each(["SIGINT", "SIGTERM"] as const)(
  "it prints both origins when they answer, logs each request, and exits 0 on %s",
  async (signal) => {
    const run = start("--port", "0", "--blob-port", "0");
    const [, url = ""] = await run.printed(/API\s+(http:\/\/127\.0\.0\.1:\d+)/);
    const [, blobUrl = ""] = await run.printed(/Mails\s+(http:\/\/127\.0\.0\.1:\d+)/);

    const response = await fetch(`${url}/targets/000T123/archives`, {
      headers: { "X-Key": "a secret key" },
    });
    const [first] = (await response.json()) as { url: string }[];
    expect(first?.url.startsWith(blobUrl)).toBe(true);
    const mail = await fetch(first?.url ?? "");
    await mail.arrayBuffer();
    await run.printed(/200 GET \/targets\/000T123\/archives \d+ ms/);
    await run.printed(/200 GET \/mcom032\/[\w-]+\.eml \(mail\)/);

    run.stop(signal);
    expect(await run.exit).toBe(0);
    const output = run.stdout() + run.stderr();
    expect(output).not.toContain("a secret key");
    expect(output).not.toContain(new URL(first?.url ?? "").searchParams.get("sig"));
    // No colours without a terminal.
    expect(output).not.toContain("\u001B[");
  },
);

test("--json-logs prints one object per line, --quiet no requests", async () => {
  const json = start("--port", "0", "--blob-port", "0", "--json-logs");
  const [line] = await json.printed(/^\{"event":"listening".*\}$/m);
  const { url } = JSON.parse(line) as { url: string };
  await fetch(`${url}/targets/000T123/archives?startDate=no`);
  const [request] = await json.printed(/^\{"event":"request".*\}$/m);
  expect(JSON.parse(request)).toMatchObject({ status: 401, method: "GET", origin: "api" });
  json.stop("SIGTERM");
  await json.exit;

  const quiet = start("--port", "0", "--blob-port", "0", "--quiet");
  const [, quietUrl = ""] = await quiet.printed(/API\s+(\S+)/);
  const before = quiet.stdout();
  await fetch(`${quietUrl}/targets/000T123/archives`);
  quiet.stop("SIGTERM");
  await quiet.exit;
  expect(quiet.stdout()).toBe(before);
});

test.each([
  [[], /\/targets\/000T123\/archives"/],
  [["--api-key", "a secret key"], /\/targets\/000T123\/archives"/],
  [["--archives", join(files, "own.yaml"), "--no-seeded"], /\/targets\/T%201\/archives"/],
  [["--no-seeded"], /Docs +\S+\n\n$/],
])("%j prints a command for an existing target", async (args, last) => {
  const run = start("--port", "0", "--blob-port", "0", ...args);
  await run.printed(last);
  const command = /curl .*/.exec(run.stdout())?.[0];
  if (command !== undefined) {
    const env = { ...process.env, NP6_API_KEY: "a secret key" };
    expect(
      execFileSync("sh", ["-c", command], { env, stdio: ["ignore", "pipe", "ignore"] }).toString(),
    ).toMatch(/^\[\{/);
  }
  const page = await (await fetch(/Docs +(\S+)/.exec(run.stdout())?.[1] ?? "")).text();
  expect(page.includes("<pre><code>curl -H")).toBe(command !== undefined);
  expect(run.stdout() + page).not.toContain("a secret key");
  run.stop("SIGTERM");
  await run.exit;
});

test.each(["stdout", "stderr"] as const)(
  "it survives when nobody reads its %s any more",
  async (stream) => {
    const mails = join(files, `read-on-${stream}`);
    const mail = "From: a@example.com\n\nText\n";
    await mkdir(mails);
    await writeFile(join(mails, "a.eml"), mail);
    const run = start("--port", "0", "--blob-port", "0", "--watch", "--mails", mails);
    const [, url = ""] = await run.printed(/API\s+(\S+)[\s\S]*\n\n/);
    const listed = async (): Promise<number> => {
      const headers = { "X-Key": "demo" };
      const response = await fetch(`${url}/targets/000T123/archives`, { headers });
      return ((await response.json()) as unknown[]).length;
    };
    run.child[stream].destroy();
    // Causes a line on each stream: a changed mail folder, and a request.
    await writeFile(join(mails, "b.eml"), mail);
    await expect.poll(listed).toBe(2);
    expect(await listed()).toBe(2);
    run.stop("SIGTERM");
    expect(await run.exit).toBe(0);
  },
);

test.each([
  ["the start", stopsAtOnce],
  ["loading", stopsWhileLoading],
])("a signal during %s is exit 0", async (_when, stops) => {
  const child = spawn(process.execPath, [
    "--import",
    stops,
    bin,
    "--port",
    "0",
    "--blob-port",
    "0",
  ]);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  }
  expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
  expect(output).toBe("");
});

test("an older Node is told which version is needed, with exit 2", async () => {
  const child = spawn(process.execPath, ["--import", olderNode, bin]);
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  expect(await new Promise((resolve) => child.on("close", resolve))).toBe(2);
  expect(stderr).toBe("np6-archives-mock needs Node 20.19, 22.12 or newer, this is 20.18.3\n");
});

test("a port in use, for either origin, is one line and exit 2", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as AddressInfo;
  try {
    for (const args of [
      ["--port", String(port), "--blob-port", "0"],
      ["--port", "0", "--blob-port", String(port)],
    ]) {
      const run = start(...args);
      expect(await run.exit).toBe(2);
      expect(run.stderr()).toMatch(
        new RegExp(
          `^np6-archives-mock: .*port ${port} on 127\\.0\\.0\\.1 is already in use\\.\\n$`,
        ),
      );
      expect(run.stdout()).toBe("");
    }
  } finally {
    taken.close();
  }
});

test("one port for both origins is a line that says so, and exit 2", async () => {
  const run = start("--port", "4011");
  expect(await run.exit).toBe(2);
  expect(run.stderr()).toBe(
    "np6-archives-mock: The API and the mails need a port of their own each (port and blobPort), got 4011 for both.\n",
  );
});

const pipe = join(files, "pipe");
execFileSync("mkfifo", [pipe]);
await writeFile(join(files, "broken.yaml"), "openapi: [3.1.0\n  paths: {");
await writeFile(join(files, "text.yaml"), "just some words\n");
await writeFile(
  join(files, "empty.yaml"),
  "openapi: 3.1.0\ninfo: {title: x, version: '1'}\npaths: {}\n",
);

test.each([
  [["--bogus"], "--bogus"],
  [["--prot", "4010"], "'--prot'. Did you mean --port?"],
  [["--rate-limt=5/s"], "Did you mean --rate-limit?"],
  [["--api-key", "--quiet"], "--api-key: expected a value, got the option --quiet"],
  [["--mails", "--port=0"], "--mails: expected a value, got the option --port=0"],
  [["surplus"], "surplus"],
  [["--port"], "--port"],
  [["--port", "80000"], '"80000"'],
  [["--port", "-1"], '--port: expected a whole number from 0 to 65535, got "-1"'],
  [["--blob-port", "x"], '"x"'],
  [["--seed", "1.5"], '"1.5"'],
  [["--seed", "-1"], '--seed: expected a whole number of 0 or more, got "-1"'],
  [["--quiet", "-1"], "--quiet"],
  [["--rate-limit", "5/m"], 'N/s, for example 5/s, got "5/m"'],
  [["--rate-limit", "5"], 'N/s, for example 5/s, got "5"'],
  [["--rate-limit", "0/s"], 'N/s, for example 5/s, got "0/s"'],
  [["--latency", "soon"], '"soon"'],
  [["--latency", "-1"], '--latency: expected a whole number from 0 to 86400000, got "-1"'],
  [["--now", "tomorrow"], "tomorrow"],
  [["--now", "2026-02-01"], "expected an ISO 8601 instant"],
  [["--now", "2026-02-30T00:00:00Z"], "expected an ISO 8601 instant"],
  [
    ["--now", "9999-12-31T00:00:00Z"],
    "--now: expected an instant from 1971-01-01T00:00:00.000Z to",
  ],
  [
    ["--now", "0001-01-01T00:00:00Z"],
    "--now: expected an instant from 1971-01-01T00:00:00.000Z to",
  ],
  [["--public-url", "mock:4010"], "--public-url: expected an http or https URL"],
  [["--public-blob-url", "http://u:p@h/?q"], "--public-blob-url: expected an http or https URL"],
  [["--public-blob-url", "http://h/%E9"], 'whose escapes are UTF-8, got "http://h/%E9"'],
  [["--base-path", "v8"], '--base-path: expected a path such as /v8, other than /__mock, got "v8"'],
  [["--base-path", "/__mock"], "--base-path"],
  [["--archives", join(files, "missing.yaml")], "missing.yaml cannot be read (ENOENT)"],
  [["--archives", join(files, "broken.yaml")], "broken.yaml are not valid"],
  [["--archives", pipe], "pipe cannot be read (it is no regular file)"],
  [["--spec", pipe], "pipe cannot be read (it is no regular file)"],
  [["--api-key", ""], "--api-key: expected a text that is not blank"],
  [["--api-key", "secret\r"], "--api-key: expected a key that a header can hold"],
  [["--host", "no.such.host.invalid"], "no.such.host.invalid"],
  [["--mails", join(files, "missing")], "missing"],
  [["--spec", join(files, "missing.yaml")], "missing.yaml cannot be read (ENOENT)"],
  [["--spec", files], `${files} cannot be read (EISDIR)`],
  [["--spec", join(files, "broken.yaml")], "broken.yaml"],
  [["--spec", join(files, "text.yaml")], "text.yaml"],
  [["--spec", join(files, "empty.yaml")], "empty.yaml"],
])("%j is one line that names it, and exit 2", async (args, named) => {
  // The default ports may be in use.
  const run = start("--port=0", "--blob-port=0", ...args);
  expect(await run.exit).toBe(2);
  expect(run.stdout()).toBe("");
  expect(run.stderr()).toMatch(/^np6-archives-mock: [^\n]+\n$/);
  expect(run.stderr()).toContain(named);
});

test("--help lists every option, and --version prints the version", async () => {
  const help = start("--help");
  expect(await help.exit).toBe(0);
  for (const option of [
    "port",
    "blob-port",
    "host",
    "seed",
    "now",
    "api-key",
    "rate-limit",
    "latency",
    "mails",
    "spec",
    "archives",
    "public-url",
    "public-blob-url",
    "base-path",
    "cors",
    "watch",
    "json-logs",
    "quiet",
    "help",
    "version",
  ]) {
    expect(help.stdout()).toContain(`--${option}`);
  }
  const version = start("--version");
  expect(await version.exit).toBe(0);
  expect(version.stdout()).toMatch(/^\d+\.\d+\.\d+\n$/);
});
