import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { serve } from "@hono/node-server";
import { ArchivesClient } from "@np6-archives/client";
import { startMock } from "@np6-archives/mock";
import { createMockServer } from "@scalar/mock-server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contractFetch, verify } from "../src/index.ts";
import type { CheckResult } from "../src/index.ts";

/*
 * Other people's mock servers that answer from our spec. What they lack is recorded here, so that a new version which
 * does more, or less, is noticed.
 */
const spec = fileURLToPath(import.meta.resolve("@np6-archives/spec/openapi.yaml"));
const apiKey = "servers-of-others";

/** The checks that found something, such as `violation key-checked`. */
async function seenAt(baseUrl: string): Promise<string[]> {
  const { checks } = await verify({ baseUrl, apiKey });
  return checks
    .filter(({ findings }: CheckResult) => findings.length > 0)
    .map(({ outcome, id }) => `${outcome} ${id}`);
}

async function listedAt(baseUrl: string): Promise<number> {
  const client = new ArchivesClient({ baseUrl, apiKey, fetch: await contractFetch() });
  const lists = [
    await client.listByTarget("000T123"),
    await client.listByActionAndTarget("00000A", "000T123", { startDate: "2026-01-01T00:00:00Z" }),
    await client.listByStamp("d52055cd-e854-4177-8ef5-b10fd8d568a7"),
  ];
  return Math.min(...lists.map(({ length }) => length));
}

describe("Scalar's mock server", () => {
  let server: ReturnType<typeof serve>;
  let url: string;

  beforeAll(async () => {
    const app = await createMockServer({ document: await readFile(spec, "utf8"), logger: false });
    server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  test("answers the client, through contractFetch, with the spec's examples", async () => {
    expect(await listedAt(url)).toBeGreaterThan(0);
  });

  test("accepts any key, knows every id, ignores dates and links, and sends no request id", async () => {
    expect(await seenAt(url)).toEqual([
      "violation key-checked",
      "violation unknown-ids",
      "observation bad-dates",
      "observation listings-whole",
      "violation window-start",
      "violation window-end",
      "observation window-bounds",
      "violation link-expiry",
      "observation request-id",
    ]);
  });
});

describe("Prism's own proxy in front of the mock", () => {
  test("passes everything through, but reports every list as a violation and fails on HEAD", async () => {
    const proxied = await startProxy();
    const response = await fetch(`${proxied.url}/targets/000T123/archives`, {
      headers: { "X-Key": apiKey },
    });
    // It parses only JSON's own media types, so a good list is a string to it.
    expect(response.headers.get("sl-violations")).toContain("Response body must be array");
    expect(await listedAt(proxied.url)).toBeGreaterThan(0);
    expect(await seenAt(proxied.url)).toEqual(["observation head"]);
    await proxied.close();
  });

  test("with --errors it lets no list through", async () => {
    const proxied = await startProxy("--errors");
    const seen = await seenAt(proxied.url);
    expect(seen).toContain("violation target-listing");
    expect(seen).toContain("violation action-target-listing");
    expect(seen).toContain("violation stamp-listing");
    await proxied.close();
  });
});

/** Starts `prism proxy` on a port that was just free: with port 0 it would not say which one it got. */
async function startProxy(
  ...flags: string[]
): Promise<{ url: string; close: () => Promise<void> }> {
  const mock = await startMock({ apiKeys: [apiKey] });
  const cli = createRequire(import.meta.url).resolve("@stoplight/prism-cli/dist/index.js");
  const args = ["proxy", spec, mock.url, "--host", "127.0.0.1", "--port", "0", ...flags];
  const prism = spawn(process.execPath, [cli, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  const url = await new Promise<string>((resolve, reject) => {
    let output = "";
    prism.stdout.on("data", (chunk) => {
      output += String(chunk);
      const [, told] = /Prism is listening on (http:\S+)\s/.exec(output) ?? [];
      if (told !== undefined) resolve(told);
    });
    prism.once("close", () => reject(new Error(`Prism ended: ${output}`)));
  });
  return {
    url,
    async close() {
      prism.kill();
      if (prism.exitCode === null && prism.signalCode === null) await once(prism, "exit");
      await mock.close();
    },
  };
}
