import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { startMock } from "@np6-archives/mock";
import type { Mock } from "@np6-archives/mock";
import { OLDEST } from "@np6-archives/test-runtimes/packed-project";
import { Miniflare } from "miniflare";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
/**
 * Within the package, so that its own name and its dependencies resolve; in `dist`, which git and the linters ignore.
 */
const folder = join(import.meta.dirname, "dist/readme");
const tools = join(import.meta.dirname, "../node_modules");
let mock: Mock;
let snippets: Map<string, string>;

beforeAll(async () => {
  mock = await startMock();
  await mkdir(folder, { recursive: true });
  const text = await readFile(join(import.meta.dirname, "../README.md"), "utf8");
  snippets = new Map(
    text.split(/^#+ /m).flatMap((section) => {
      const title = section.slice(0, section.indexOf("\n"));
      const [first, ...others] = section.matchAll(/```ts\n(.*?)```/gs);
      expect(others, `one snippet below "${title}"`).toEqual([]);
      return first ? [[title, first[1] ?? ""]] : [];
    }),
  );
  for (const [title, code] of snippets) await writeFile(fileOf(title), code);
});
afterAll(async () => {
  await mock.close();
  await rm(folder, { recursive: true });
});

function fileOf(title: string): string {
  return join(folder, `${title.replaceAll(/\W+/g, "-")}.ts`);
}

/** Runs a snippet against the mock, without its types but otherwise unchanged, and returns what it printed. */
async function printed(
  title: string,
  env: Record<string, string> = {},
  preload: string[] = [],
  node = OLDEST,
): Promise<string> {
  const options = {
    cwd: folder,
    env: { PATH: process.env["PATH"], NP6_API_KEY: "demo", NP6_BASE_URL: mock.url, ...env },
  };
  const program = fileOf(title).replace(/ts$/, "mjs");
  await writeFile(program, stripTypeScriptTypes(await readFile(fileOf(title), "utf8")));
  const { stdout, stderr } = await run(node, [...preload, program], options);
  expect(stderr).toBe("");
  return stdout.trim();
}

test("all snippets of the README are run here, and they compile", async () => {
  expect([...snippets.keys()]).toEqual([
    "@np6-archives/client",
    "Save mails",
    "Use a link that has expired",
    "Go through a proxy",
    "Trace with OpenTelemetry",
    "Answer from a worker",
    "Test with MSW",
    "Test with nock",
    "Look at the request id and the rate limit",
  ]);
  const config = {
    extends: "../../tsconfig.json",
    compilerOptions: { declaration: false, declarationMap: false },
    include: ["*.ts"],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  const { stdout } = await run(process.execPath, [
    join(tools, "typescript/bin/tsc"),
    "-p",
    folder,
    "--noEmit",
  ]).catch((error) => error);
  expect(stdout).toBe("");
});

test("the first example lists the archives and prints a mail", async () => {
  const lines = (await printed("@np6-archives/client")).split("\n");
  expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z \w+$/);
  expect(lines.some((line) => /^Subject: /i.test(line))).toBe(true);
});

test("the example saves mails, and reports every failure", async () => {
  const lines = (await printed("Save mails")).split("\n");
  const last = lines.pop() ?? "";
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toMatch(/^\.\/[\w-]+\.eml \d+ [0-9a-f]{64}$/);
  const listed = await fetch(`${mock.url}/targets/000T123/archives`, {
    headers: { "x-key": "demo" },
  });
  const notSaved = Number(/^(\d+) not saved/.exec(last)?.[1]);
  expect(lines.length + notSaved).toBe(((await listed.json()) as unknown[]).length);
});

test("MSW and nock answer instead of the API", async () => {
  // They need a newer Node than the client.
  expect(await printed("Test with MSW", {}, [], process.execPath)).toBe("[]");
  expect(await printed("Test with nock", {}, [], process.execPath)).toBe("[] true");
});

test("Jest runs the test for Jest", async () => {
  const text = await readFile(join(import.meta.dirname, "../README.md"), "utf8");
  const code = /```js\n(.*?)```/s.exec(text)?.[1] ?? "";
  const own = join(folder, "jest");
  await mkdir(own, { recursive: true });
  await writeFile(join(own, "package.json"), "{}");
  await writeFile(join(own, "wait.test.js"), code);
  const jest = join(tools, "jest/bin/jest.js");
  const args = [jest, "--ci", "--testTimeout=600000", "--rootDir", own];
  const { stderr } = await run(process.execPath, args, { cwd: own });
  expect(stderr).toMatch(/^Tests: +1 passed, 1 total$/m);
});

test("the example replaces an expired link", async () => {
  expect(await printed("Use a link that has expired")).toMatch(/\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test("the example goes through a proxy", async () => {
  let used = 0;
  const proxy = createServer((request, response) => {
    used++;
    const { method, headers, url = "" } = request;
    httpRequest(url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    }).end();
  }).on("connect", ({ url = "" }, socket) => {
    used++;
    const upstream = connect(Number(url.split(":")[1]), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  const env = { HTTP_PROXY: `http://127.0.0.1:${port}` };
  const listed = await printed("Go through a proxy", env, [], process.execPath);
  expect(Number(listed)).toBeGreaterThan(0);
  expect(used).toBeGreaterThan(0);
  proxy.close();
});

test("the example traces the answer in a span", async () => {
  const setUp = `
    import { context, trace } from "@opentelemetry/api";
    import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
    import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
    const exporter = new InMemorySpanExporter();
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    process.on("exit", () => {
      for (const { name, events } of exporter.getFinishedSpans()) {
        for (const event of events) console.log(name, event.name, event.attributes.status ?? "");
      }
    });
  `;
  await writeFile(join(folder, "set-up.mjs"), setUp);
  mock.inject({ match: { origin: "api" }, fault: "status=503" });
  const [count, ...events] = (
    await printed("Trace with OpenTelemetry", {}, ["--import", "./set-up.mjs"])
  ).split("\n");
  expect(Number(count)).toBeGreaterThan(0);
  expect(events.map((event) => event.trimEnd())).toEqual([
    "list archives answer 503",
    "list archives retry",
    "list archives answer 200",
  ]);
});

test("the worker answers", async () => {
  const bundle = await rolldown({ input: fileOf("Answer from a worker"), logLevel: "silent" });
  const { output } = await bundle.generate({ format: "esm" });
  const worker = new Miniflare({
    modules: true,
    script: output[0].code,
    compatibilityDate: "2025-01-01",
    bindings: { NP6_API_KEY: "demo", NP6_BASE_URL: mock.url },
  });
  const response = await worker.dispatchFetch("http://worker/?target=000T123");
  const archives = (await response.json()) as { action: string }[];
  expect(archives.length).toBeGreaterThan(0);
  await worker.dispose();
});

test("the example reads the request id and the rate limit", async () => {
  expect(await printed("Look at the request id and the rate limit")).toMatch(/^\d+ \S+ undefined$/);
  mock.inject({ match: { origin: "api" }, fault: "rate-limit=3" });
  expect(await printed("Look at the request id and the rate limit")).toBe("Try again in 3000 ms");
});
