import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mock } from "@np6-archives/mock";
import { startMock } from "@np6-archives/mock";
import { startBrowser } from "@np6-archives/test-servers/browser";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { splitSpec } from "./split-spec.ts";

let mock: Mock;
let browser: Browser;

beforeAll(async () => {
  mock = await startMock();
  browser = await startBrowser();
});
afterAll(async () => {
  await browser.close();
  await mock.close();
});

test("the page lists every known id and every fault, and requests nothing but the mock", async () => {
  const page = await browser.newPage();
  const asked = new Set<string>();
  const complaints: string[] = [];
  page.on("request", (request) => asked.add(new URL(request.url()).origin));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(`${mock.url}/`, { waitUntil: "networkidle" });

  const text = (await page.textContent("body")) ?? "";
  for (const { id, story } of mock.dataset.wellKnown) {
    expect(text).toContain(id);
    expect(text).toContain(story);
  }
  for (const fault of [
    "latency=MS",
    "status=CODE",
    "rate-limit",
    "reset",
    "hang",
    "truncate",
    "dribble=BYTES",
    "html",
    "empty",
    "wrong-type",
    "malformed-json",
  ]) {
    expect(text).toContain(fault);
  }
  expect(text).toContain(mock.url);
  expect(text).toContain(mock.blobUrl);
  expect(await page.locator(".opblock").count()).toBe(3);
  expect([...asked].filter((origin) => origin !== "null")).toEqual([mock.url]);
  expect(complaints).toEqual([]);
  await page.close();
});

test("requests tried out on the page go to the mock and show its answer", async () => {
  const page = await browser.newPage();
  await page.goto(`${mock.url}/`);
  const operation = page.locator("#operations-Archives-listTargetArchives");
  await operation.locator(".opblock-summary-control").click();
  await operation.locator("button.execute").click();
  await operation.locator(".live-responses-table .highlight-code").first().waitFor();

  const answer = (await operation.locator(".live-responses-table").textContent()) ?? "";
  const newest = mock.dataset.archives.find(({ target }) => target === "000T123");
  expect(answer).toContain(newest?.id);
  expect(answer).toContain(newest?.url);
  expect(mock.journal().at(-1)).toMatchObject({
    // Without dates, as those of the spec's examples need not suit this mock's clock.
    path: "/targets/000T123/archives",
    status: 200,
  });
  await page.close();
});

test("a spec in several files is shown without an error", async () => {
  const folder = await mkdtemp(join(tmpdir(), "docs-"));
  const split = await startMock({ spec: (await splitSpec(folder)).spec });
  const page = await browser.newPage();
  try {
    await page.goto(`${split.url}/`);
    const operation = page.locator("#operations-Archives-listTargetArchives");
    await operation.locator(".opblock-summary-control").click();
    await operation.locator(".response-col_description").first().waitFor();
    expect(await operation.locator("tr[data-param-name=startDate]").count()).toBe(1);
    const complaints = await page.locator(".errors-wrapper").allTextContents();
    expect(complaints.join()).not.toMatch(/resolve/i);
  } finally {
    await page.close();
    await split.close();
    await rm(folder, { recursive: true });
  }
});

test("behind a gateway that strips a prefix, the page loads all its files and its requests work", async () => {
  const failed: string[] = [];
  const gateway = createServer((request, response) => {
    const { method, url = "", headers } = request;
    if (!url.startsWith("/np6/")) {
      failed.push(url);
      response.writeHead(404).end();
      return;
    }
    httpRequest(`${mock.url}${url.slice(4)}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    }).end();
  }).listen(0, "127.0.0.1");
  await once(gateway, "listening");
  const page = await browser.newPage();
  try {
    const { port } = gateway.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/np6/`);
    const operation = page.locator("#operations-Archives-listTargetArchives");
    await operation.locator(".opblock-summary-control").click();
    await operation.locator("button.execute").click();
    const answer = operation.locator(".live-responses-table .highlight-code").first();
    expect(await answer.textContent()).toContain("000T123");
    await page.click('a[href$="health"]');
    expect(await page.textContent("body")).toContain("ok");
    expect(failed).toEqual([]);
  } finally {
    await page.close();
    gateway.close();
    gateway.closeAllConnections();
  }
});

test.each([
  ["light", 1200],
  ["dark", 1200],
  ["light", 390],
] as const)("nothing overflows the page (%s, %i px wide)", async (colorScheme, width) => {
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
  await page.goto(`${mock.url}/`, { waitUntil: "networkidle" });
  const size = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]");
  expect(size).toEqual([width, width]);
  await page.close();
});
