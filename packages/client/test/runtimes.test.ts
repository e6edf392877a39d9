import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { startMock } from "@np6-archives/mock";
import type { Mock } from "@np6-archives/mock";
import { NODES, bun, deno } from "@np6-archives/test-runtimes";
import { startBrowser } from "@np6-archives/test-servers/browser";
import { Miniflare } from "miniflare";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, test } from "vitest";
import { linkState } from "../src/index.ts";
import { installPacked } from "./packed.ts";
import { clientOf, serve } from "./server.ts";

const run = promisify(execFile);
const here = join(import.meta.dirname, "runtimes");
let outside: string;
let mock: Mock;
let expected: string;

beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), "np6-runtimes-"));
  mock = await startMock();
  await installPacked(outside);
  for (const name of await readdir(here)) {
    if (/\.[cm]js$/.test(name)) await cp(join(here, name), join(outside, name));
  }
  const client = clientOf(mock);
  const archives = await client.listByTarget("000T123");
  const usable = archives.find((each) => linkState(each) === "usable");
  if (usable === undefined) throw new Error("The mock lists no link that works.");
  const mail = await (await client.download(usable)).bytes();
  expected = JSON.stringify({
    archives: archives.length,
    isNotFound: true,
    message: "GET /targets/000F404/archives answered 404 (request id ID)",
    sha256: createHash("sha256").update(mail).digest("hex"),
  });
});
afterAll(async () => {
  await mock.close();
  await rm(outside, { recursive: true });
});

async function bundled(entry: string): Promise<string> {
  const bundle = await rolldown({ input: join(outside, entry), logLevel: "silent" });
  const { output } = await bundle.generate({ format: "esm" });
  return output[0].code;
}

test.each(NODES)("the packed client works on %s, imported and required", async (_, node) => {
  for (const file of ["esm.mjs", "require.cjs"]) {
    const { stdout, stderr } = await run(node, [file, mock.url], { cwd: outside });
    expect(stdout.trim()).toBe(expected);
    expect(stderr).toBe("");
  }
});

test("the packed client works on Bun", async () => {
  expect((await run(bun(), ["esm.mjs", mock.url], { cwd: outside })).stdout.trim()).toBe(expected);
});

const DENO_RUN = [
  "run",
  "--quiet",
  "--no-config",
  "--node-modules-dir=manual",
  "--allow-net",
  "--allow-env",
  "--allow-read",
];

test("the packed client works on Deno", async () => {
  const { stdout } = await run(deno(), [...DENO_RUN, "esm.mjs", mock.url], { cwd: outside });
  expect(stdout.trim()).toBe(expected);
});

test.each([
  ["Node", () => process.execPath, []],
  ["Bun", bun, []],
  ["Deno", deno, DENO_RUN],
] as const)(
  "a mail that the storage keeps gzipped comes decoded on %s",
  async (_, program, options) => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("Subject: zipped"));
    });
    const { stdout } = await run(program(), [...options, "encoded.mjs", server.url], {
      cwd: outside,
    });
    expect(stdout.trim()).toBe("Subject: zipped");
  },
);

test("the packed client works in a worker of workerd", async () => {
  const worker = new Miniflare({
    modules: true,
    script: await bundled("worker.mjs"),
    compatibilityDate: "2025-01-01",
  });
  const response = await worker.dispatchFetch(`http://worker/?api=${encodeURIComponent(mock.url)}`);
  expect(await response.text()).toBe(expected);
  await worker.dispose();
});

/** Page, API and storage on one origin, as a browser lets a page read other origins only where they allow it. */
async function site(script: string): Promise<{ url: string; server: Server }> {
  const server = createServer(async (request, response) => {
    const path = request.url ?? "";
    if (path === "/") return response.end(`<script type="module" src="/page.js"></script>`);
    if (path === "/page.js") {
      return response.setHeader("content-type", "text/javascript").end(script);
    }
    const isApi = /^\/(targets|actions)\//.test(path);
    const key = request.headers["x-key"];
    const headers = typeof key === "string" ? { "x-key": key } : {};
    const answer = await fetch((isApi ? mock.url : mock.blobUrl) + path, { headers });
    response.statusCode = answer.status;
    for (const name of ["content-type", "x-request-id", "etag", "content-md5"]) {
      const value = answer.headers.get(name);
      if (value !== null) response.setHeader(name, value);
    }
    const body = Buffer.from(await answer.arrayBuffer());
    const own = `http://${request.headers.host}`;
    return response.end(isApi ? body.toString().replaceAll(mock.blobUrl, own) : body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

test("the packed client works in Chromium with dangerouslyAllowBrowser", async () => {
  const { url, server } = await site(await bundled("page.mjs"));
  const browser = await startBrowser();
  const page = await browser.newPage();
  await page.goto(url);
  expect(await page.evaluate("result")).toBe(expected);
  await browser.close();
  server.close();
});

test("the packed main entry imports none of Node's modules", async () => {
  const dist = join(outside, "node_modules/@np6-archives/client/dist");
  for (const name of await readdir(dist, { recursive: true })) {
    if (!name.endsWith(".js") || /(^|[/\\])(node\.js|save)/.test(name)) continue;
    expect(await readFile(join(dist, name), "utf8")).not.toMatch(
      /(from|import\(|require\()\s*"node:/,
    );
  }
});
