import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { startMock } from "@np6-archives/mock";
import { expect, test } from "vitest";

const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

/** What verify prints through a proxy. */
function verifyThrough(proxy: Server, apiKey: string): Promise<string> {
  const { port } = proxy.address() as AddressInfo;
  const env = {
    PATH: process.env["PATH"],
    NP6_API_KEY: apiKey,
    NODE_USE_ENV_PROXY: "1",
    HTTP_PROXY: `http://127.0.0.1:${port}`,
    // Links lead directly to the mock.
    NO_PROXY: "127.0.0.1",
  };
  const args = [cli, "verify", "--base-url", "http://localhost:1234"];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env }, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
}

test("verify goes through the proxy that the environment names, as the README says", async () => {
  const mock = await startMock({ apiKeys: ["key-behind-a-proxy"] });
  const tunnels: string[] = [];
  const proxy = createServer().on("connect", ({ url = "" }, socket: Socket) => {
    tunnels.push(url);
    const mocks = connect(Number(new URL(mock.url).port), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      mocks.pipe(socket).pipe(mocks);
    });
    for (const end of [socket, mocks]) end.on("error", () => {});
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");

  const output = await verifyThrough(proxy, "key-behind-a-proxy");
  proxy.close();
  proxy.closeAllConnections();
  await mock.close();
  expect(output).toMatch(/^The contract holds: /m);
  expect(new Set(tunnels)).toEqual(new Set(["localhost:1234"]));
});

test("a proxy that asks for a password is reported as such", async () => {
  const refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n";
  const proxy = createServer((_request, response) => {
    response.writeHead(407).end();
  }).on("connect", (_request, socket: Socket) => socket.end(refusal));
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const output = await verifyThrough(proxy, "key-behind-a-proxy");
  proxy.close();
  proxy.closeAllConnections();
  expect(output).toMatch(/ got none: .*\(407, it seems: a proxy asks for a password\)\.\n$/);
});
