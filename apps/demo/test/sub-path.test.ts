import { readFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startViewer } from "./viewer.ts";
import type { TestViewer } from "./viewer.ts";

// The README's proxy: its path, and what replaces that path.
const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
const blocks = [...readme.matchAll(/```nginx\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
const shape =
  /^location (\/\S+) \{\s+auth_request \/login;\s+proxy_pass http:\/\/127\.0\.0\.1:4000(\/\S*);\s+\}\s+$/;
const [, location = "", replacement = ""] = shape.exec(blocks[0] ?? "") ?? [];

let viewer: TestViewer;
let proxy: Server;
let front: string;
beforeAll(async () => {
  viewer = await startViewer();
  const { hostname, port, host } = new URL(viewer.url);
  proxy = createServer((incoming, answer) => {
    const { url = "" } = incoming;
    if (!url.startsWith(location)) {
      answer.writeHead(418).end();
      return;
    }
    const path = replacement + url.slice(location.length);
    const headers = { ...incoming.headers, host };
    incoming.pipe(
      request({ hostname, port, path, method: incoming.method, headers }, (inner) => {
        answer.writeHead(inner.statusCode ?? 502, inner.headers);
        inner.pipe(answer);
      }),
    );
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => proxy.once("listening", resolve));
  front = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${location}`;
});
afterAll(async () => {
  proxy.close();
  proxy.closeAllConnections();
  await viewer.close();
});

test("the README shows only this proxy", () => {
  expect(blocks).toEqual([expect.stringMatching(shape)]);
});

test("behind a proxy at a sub-path every link on every page leads to a page of the viewer", async () => {
  const seen = new Set<string>();
  const ofKind = new Map<string, number>();
  const waiting = [
    "",
    "?by=target&target=000T123",
    "?by=target&target=00010000",
    "no/such/page",
  ].map((path) => new URL(path, front).href);
  const statuses = new Map<string, number>();
  while (waiting.length > 0) {
    const address = waiting.shift() ?? "";
    const kind = new URL(address).pathname;
    // A dozen pages of each kind are enough.
    if (seen.has(address) || (ofKind.get(kind) ?? 0) >= 12) continue;
    seen.add(address);
    ofKind.set(kind, (ofKind.get(kind) ?? 0) + 1);
    const answer = await fetch(address);
    statuses.set(address, answer.status);
    expect(answer.status, address).not.toBe(418);
    const text = await answer.text();
    if (!(answer.headers.get("content-type") ?? "").startsWith("text/html")) continue;
    if (/\/(?:frame|print)\?/.test(address)) continue;
    for (const [, found = ""] of text.matchAll(/(?:href|src|action)="([^"#]*)"/g)) {
      const next = new URL(found.replaceAll("&amp;", "&"), address).href;
      expect(next.startsWith(front), `${found} on ${address}`).toBe(true);
      waiting.push(next);
    }
  }
  expect(seen.size).toBeGreaterThan(40);
  for (const page of ["mail", "frame", "print", "download", "attachment", "assets"]) {
    const of = [...statuses].filter(([address]) => address.startsWith(`${front}${page}`));
    expect(of.length, page).toBeGreaterThan(0);
    expect(
      of.some(([, status]) => status === 200),
      page,
    ).toBe(true);
  }
});
