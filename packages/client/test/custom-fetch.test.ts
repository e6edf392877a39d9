import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { Agent, fetch as undiciFetch, ProxyAgent } from "undici";
import { onTestFinished, expect, test } from "vitest";
import { ArchivesClient } from "../src/index.ts";
import type { Fetch } from "../src/index.ts";
import { clientThrough, emptyList, scriptedFetch } from "./scripted-fetch.ts";
import { API_KEY, archive, clientOf, list, serve } from "./server.ts";

test("a fetch gets a plain URL and a plain init, no Request of any class (case 22)", async () => {
  const fetch = scriptedFetch(emptyList);
  await clientThrough(fetch).listByTarget("000T123");
  await clientThrough(fetch).raw.GET("/targets/{id}/archives", {
    params: { path: { id: "000T123" } },
  });
  expect(fetch.calls).toHaveLength(2);
  for (const { url, init } of fetch.calls) {
    expect(url).toBe("https://api.example.com/targets/000T123/archives");
    expect(init).toEqual({
      method: "GET",
      headers: { "x-key": API_KEY },
      redirect: "manual",
      signal: expect.any(AbortSignal),
    });
  }
});

/** The copy of undici from npm, which is another one than Node's own. */
function through(dispatcher: Agent | ProxyAgent): Fetch {
  onTestFinished(() => dispatcher.destroy());
  return (url, init) =>
    undiciFetch(url, { ...init, dispatcher } as object) as Promise<unknown> as Promise<Response>;
}

test("another copy of undici does, with a keep-alive agent that uses one connection (case 22)", async () => {
  const archives = [archive()];
  const server = await serve(list(archives));
  const fetch = through(new Agent({ connections: 1 }));
  const client = clientOf(server, { fetch });
  for (let i = 0; i < 3; i++) expect(await client.listByTarget("000T123")).toEqual(archives);
  expect(server.connections()).toBe(1);
});

test("and so does a proxy (case 22)", async () => {
  const server = await serve(list([]));
  const tunnels: string[] = [];
  const proxy = createServer().on("connect", ({ url }, socket, head) => {
    tunnels.push(url ?? "");
    const upstream = connect(Number(url?.split(":")[1]), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void proxy.close());
  const { port } = proxy.address() as AddressInfo;
  const agent = new ProxyAgent({ uri: `http://127.0.0.1:${port}`, proxyTunnel: true });
  const client = new ArchivesClient({
    apiKey: API_KEY,
    baseUrl: server.url,
    fetch: through(agent),
  });
  expect(await client.listByTarget("000T123")).toEqual([]);
  expect(tunnels).toEqual([new URL(server.url).host]);
});
