import { getEventListeners } from "node:events";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { saveMail } from "../src/node.ts";
import { archive, clientOf, inTurn, serve, status } from "./server.ts";
import type { TestServer } from "./server.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** A storage whose mail is longer than all buffers on its way, so that it comes to its end only if it is read. */
async function storage(headers: Record<string, string> = {}, code = 200): Promise<TestServer> {
  return serve(status(code, { etag: '"v1"', ...headers }, "x".repeat(20_000_000)));
}

async function expectFreed(server: TestServer): Promise<void> {
  expect(server.requests.length).toBeGreaterThan(0);
  await expect
    .poll(() => {
      collectGarbage();
      return server.connections();
    })
    .toBe(0);
}

test("downloads that nobody reads or references free their connections", async () => {
  const server = await storage();
  const client = clientOf(server);
  const { signal } = new AbortController();
  for (let i = 0; i < 10; i++) await client.download(archive({ url: server.url }), { signal });
  await expectFreed(server);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("a download that is dropped after its first bytes frees its connection", async () => {
  const server = await storage();
  const readOnce = async () => {
    const mail = await clientOf(server).download(archive({ url: server.url }));
    expect((await mail.body.getReader().read()).value?.length).toBeGreaterThan(0);
  };
  await readOnce();
  await expectFreed(server);
});

test.each([
  ["before the first read", 0],
  ["between two reads", 1],
])("an abort %s frees the connection, and the next read rejects with its reason", async (_, n) => {
  const server = await storage();
  const controller = new AbortController();
  const { signal } = controller;
  const mail = await clientOf(server).download(archive({ url: server.url }), { signal });
  const reader = mail.body.getReader();
  for (let i = 0; i < n; i++) await reader.read();
  controller.abort("enough");
  await expect.poll(() => server.connections()).toBe(0);
  await expect(reader.read()).rejects.toBe("enough");
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test.each([
  ["is longer than maxBytes", {}, 200],
  ["does not come with status 200", {}, 203],
  ["is only a part", { "content-range": "bytes 0-1/2" }, 206],
])("a mail that %s frees its connection", async (_, headers, code) => {
  const server = await storage(headers, code);
  const mail = clientOf(server).download(archive({ url: server.url }), { maxBytes: 1000 });
  await expect(mail.then((content) => content.bytes())).rejects.toHaveProperty(
    "name",
    "DownloadError",
  );
  await expect.poll(() => server.connections()).toBe(0);
});

function mistaken(): never {
  throw new Error("a mistake in the hook");
}

test("when a hook throws on an answer, its connection is freed", async () => {
  const server = await storage();
  const client = clientOf(server, { hooks: { onResponse: mistaken } });
  await expect(client.download(archive({ url: server.url }))).rejects.toThrow("a mistake");
  await expect(client.listByStamp("a")).rejects.toThrow("a mistake");
  await expect.poll(() => server.connections()).toBe(0);
});

test("a mail that was read to its end leaves no listener on the signal", async () => {
  const server = await serve(inTurn(status(200, {}, "mail"), status(200, {}, "mail")));
  const { signal } = new AbortController();
  const client = clientOf(server);
  await (await client.download(archive({ url: server.url }), { signal })).text();
  await (await client.download(archive({ url: server.url }), { signal })).body.cancel();
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test.each<unknown>([
  undefined,
  null,
  "",
  7,
  {},
  "a\0b",
  "folder/",
  `folder${sep}`,
  "folder/.",
  `a${sep}..`,
])("saveMail to %j is a TypeError, and nothing is requested", async (path) => {
  const server = await storage();
  const mail = archive({ url: server.url });
  const save = saveMail(clientOf(server), mail, path as string);
  await expect(save).rejects.toThrow(/^path: expected the path of a file, got /);
  await expect(save).rejects.toBeInstanceOf(TypeError);
  const nobody = saveMail({} as never, mail, join(tmpdir(), "np6-nobody.eml"));
  await expect(nobody).rejects.toThrow("client: expected an ArchivesClient, got Object.");
  expect(server.requests).toHaveLength(0);
});
