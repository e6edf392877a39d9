import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import nodeFetch from "node-fetch-2";
import { Agent, fetch as undiciFetch, ProxyAgent } from "undici";
import { onTestFinished, expect, test, vi } from "vitest";
import {
  ApiError,
  ArchivesClient,
  ArchivesError,
  ConnectionError,
  NotFoundError,
  ServerError,
} from "../src/index.ts";
import type { Fetch } from "../src/index.ts";
import { clientThrough, emptyList, scriptedFetch } from "./scripted-fetch.ts";
import { API_KEY, archive, clientOf, list, serve, status } from "./server.ts";

test("a custom fetch gets a plain URL and a plain init, no Request of any class", async () => {
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

/** The undici package from npm, a different copy than Node's own. */
function through(dispatcher: Agent | ProxyAgent): Fetch {
  onTestFinished(() => dispatcher.destroy());
  return (url, init) =>
    undiciFetch(url, { ...init, dispatcher } as object) as Promise<unknown> as Promise<Response>;
}

test("another copy of undici works, with a keep-alive agent that uses one connection", async () => {
  const archives = [archive()];
  const server = await serve(list(archives));
  const fetch = through(new Agent({ connections: 1 }));
  const client = clientOf(server, { fetch });
  for (let i = 0; i < 3; i++) expect(await client.listByTarget("000T123")).toEqual(archives);
  expect(server.connections()).toBe(1);
});

test("another copy of undici works through a proxy", async () => {
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

const nodeFetchAsFetch = nodeFetch as unknown as Fetch;

test("node-fetch works, whose bodies are no web streams", async () => {
  const archives = [archive()];
  const server = await serve((request, response) => {
    if (request.url === "/mail")
      status(200, { etag: '"1"' }, "Subject: hello\r\n")(request, response);
    else if (request.url?.includes("none")) status(404, {}, '{"why":"none"}')(request, response);
    else list(archives)(request, response);
  });
  const client = clientOf(server, { fetch: nodeFetchAsFetch });
  expect(await client.listByTarget("000T123")).toEqual(archives);
  expect(
    (await client.raw.GET("/targets/{id}/archives", { params: { path: { id: "a" } } })).data,
  ).toEqual(archives);
  await expect(client.listByTarget("none")).rejects.toMatchObject({
    status: 404,
    body: { why: "none" },
  });
  const mail = await client.download(archive({ url: `${server.url}/mail` }));
  expect(await mail.text()).toBe("Subject: hello\r\n");
});

const head = (code = 200) => ({ status: code, ok: code < 300, headers: new Headers() });
const bytes = (text: string) => new TextEncoder().encode(text).buffer;

function shared(text: string): Int8Array {
  const encoded = Buffer.from(text);
  const memory = new Int8Array(new SharedArrayBuffer(encoded.length));
  memory.set(encoded);
  return memory;
}

async function* endingWith(value: unknown, text: string) {
  yield Buffer.from(text);
  return value;
}

test.each<[string, (text: string) => object]>([
  ["a web stream of texts", (text) => ({ body: Readable.toWeb(Readable.from(text.split(""))) })],
  [
    "a web stream of ArrayBuffers",
    (text) => ({ body: Readable.toWeb(Readable.from([bytes(text)])) }),
  ],
  [
    "a web stream of views of shared memory",
    (text) => ({ body: Readable.toWeb(Readable.from([shared(text)])) }),
  ],
  ["chunks that end with a return value", (text) => ({ body: endingWith(null, text) })],
  ["a Node stream of texts", (text) => ({ body: Readable.from(text.split("")) })],
  ["no stream, but text()", (text) => ({ text: async () => text })],
  ["no stream, but arrayBuffer()", (text) => ({ arrayBuffer: async () => bytes(text) })],
  ["bytes", (text) => ({ body: Buffer.from(text), arrayBuffer: async () => bytes(text) })],
])("a fetch whose body is %s is called once, and its body read", async (_, body) => {
  for (const [code, text] of [
    [200, "[]"],
    [404, '{"why":"é"}'],
  ] as const) {
    const fetch = scriptedFetch(() => ({ ...head(code), ...body(text) }) as unknown as Response);
    const listed = await clientThrough(fetch)
      .listByStamp("a")
      .catch((error: ApiError) => error.body);
    expect(listed).toEqual(JSON.parse(text));
    expect(fetch.calls).toHaveLength(1);
  }
  const fetch = scriptedFetch(() => ({ ...head(), ...body("Subject: é") }) as unknown as Response);
  const mail = await clientThrough(fetch).download(archive());
  expect(await mail.text()).toBe("Subject: é");
  expect(fetch.calls).toHaveLength(1);
});

/** A web stream of one chunk, which stays open until it is cancelled. */
function streamOf(piece: unknown, cancel: () => void): ReadableStream {
  return new ReadableStream({ start: (controller) => controller.enqueue(piece), cancel });
}

test.each<[string, (cancel: () => void) => object]>([
  ["5", (cancel) => ({ body: streamOf(5, cancel) })],
  ["null", (cancel) => ({ body: streamOf(null, cancel) })],
  ["undefined", (cancel) => ({ body: streamOf(undefined, cancel) })],
  ["Object", (cancel) => ({ body: Readable.from([{}]).once("close", cancel) })],
  ["Array", (cancel) => ({ text: async () => [cancel()] })],
])(
  "a fetch whose body holds no byte but %s is a clear error, and is not retried",
  async (piece, body) => {
    const cancel = vi.fn();
    const headers = new Headers({ etag: '"1"', "content-length": "9" });
    const fetch = scriptedFetch(
      () => ({ ...head(), headers, ...body(cancel) }) as unknown as Response,
    );
    const client = clientThrough(fetch);
    const mistake = new TypeError(`the body of what fetch gave: expected bytes, got ${piece}.`);
    await expect(client.listByStamp("a")).rejects.toThrow(mistake);
    const mail = await client.download(archive());
    await expect(mail.text()).rejects.toThrow(mistake);
    expect(fetch.calls).toHaveLength(2);
    await expect.poll(() => cancel.mock.calls.length).toBe(2);
  },
);

test("the bytes of a mail are not read as text where bytes can be had", async () => {
  const double = {
    text: async () => "\u{fffd}",
    arrayBuffer: async () => Uint8Array.of(255).buffer,
  };
  const fetch = scriptedFetch(() => ({ ...head(), ...double }) as unknown as Response);
  const mail = await clientThrough(fetch).download(archive());
  expect(await mail.bytes()).toEqual(Uint8Array.of(255));
});

/** A double whose headers have only `get`. */
const bare = (code: number) => () =>
  ({
    ...head(code),
    headers: { get: () => null },
    text: async () => "[]",
  }) as unknown as Response;

test("a double with a status, a text and headers with only `get` is enough", async () => {
  const client = clientThrough(scriptedFetch(bare(200), bare(200), bare(404)));
  expect((await client.listByStamp("a").withResponse()).data).toEqual([]);
  expect(await (await client.listByStamp("a").asResponse()).text()).toBe("[]");
  await expect(client.listByStamp("a")).rejects.toMatchObject({ name: "NotFoundError" });
});

test.each([204, 205, 304])("a double of status %i whose text is not empty works", async (code) => {
  const { raw } = clientThrough(scriptedFetch(bare(code)));
  const { response } = await raw.GET("/actions/stamp/{id}/archives", {
    params: { path: { id: "a" } },
    parseAs: "text",
  });
  expect(response).toMatchObject({ status: code, body: null });
});

test.each([
  ["Trouv\u{e9}", "Trouv\u{e9}"],
  ["Non trouv\u{fffd}", ""],
])("a reason phrase %s is shown as %s: only Latin-1 is allowed", async (came, shown) => {
  const fetch = scriptedFetch(() =>
    Object.defineProperty(emptyList(), "statusText", { value: came }),
  );
  const client = clientThrough(fetch);
  const init = { params: { path: { id: "a" } } };
  for (const response of [
    (await client.raw.GET("/actions/stamp/{id}/archives", init)).response,
    (await client.listByStamp("a").withResponse()).response,
    await client.listByStamp("a").asResponse(),
  ]) {
    expect(response.statusText).toBe(shown);
  }
  expect((await client.listByStamp("a").asResponse()).clone().statusText).toBe(shown);
});

test("an error without a body is known by its status, and retried", async () => {
  const fetch = scriptedFetch(
    () => head(503) as Response,
    () => head(404) as Response,
  );
  const call = clientThrough(fetch).listByStamp("a");
  await expect(call).rejects.toMatchObject({ status: 404, body: "" });
  expect(fetch.calls).toHaveLength(2);
});

test.each([
  ["Network configuration is missing", undefined],
  ["networks: expected a list", undefined],
  // Node's message for a private key that cannot be read.
  ["error:1E08010C:DECODER routines::unsupported", "ERR_OSSL_UNSUPPORTED"],
])("an error of the caller's own fetch passes unchanged, such as %j", async (message, code) => {
  const mistake = Object.assign(new TypeError(message), { code });
  const fetch = scriptedFetch(() => {
    throw mistake;
  });
  await expect(clientThrough(fetch).listByStamp("a")).rejects.toBe(mistake);
  expect(fetch.calls).toHaveLength(1);
});

test.each([
  "network error",
  "NetworkError when attempting to fetch resource.",
  "Network connection lost.",
  "Network request failed",
])("%j is a network failure", async (message) => {
  const fetch = scriptedFetch(() => {
    throw new TypeError(message);
  });
  const call = clientThrough(fetch, { maxRetries: 0 }).listByStamp("a");
  await expect(call).rejects.toBeInstanceOf(ConnectionError);
});

test.each([
  ["a body that is no stream", { status: 200, ok: true, headers: new Headers(), body: "[]" }],
  ["no body but as JSON", { ...head(), json: async () => [] }],
  ["no Response", { json: () => [] }],
  ["nothing", undefined],
])("a fetch that returns %s is a clear error at once, without a retry", async (_, given) => {
  const fetch = scriptedFetch(() => given as unknown as Response);
  for (const call of [
    () => clientThrough(fetch).listByStamp("a"),
    () => clientThrough(fetch).download(archive()),
  ]) {
    fetch.calls.length = 0;
    await expect(call()).rejects.toThrow(
      /fetch g.+: expected a (stream|Response), got (string|"\[\]"|Object|undefined)\.$/,
    );
    await expect(call()).rejects.toBeInstanceOf(TypeError);
    expect(fetch.calls).toHaveLength(2);
  }
});

/** Fetches whose answer has been read, or is being read, without keeping a copy of it. */
const READ: [string, Fetch][] = [
  ["read", async (url, init) => tap(await fetch(url, init), (response) => response.text())],
  ["locked", async (url, init) => tap(await fetch(url, init), ({ body }) => body?.getReader())],
  [
    "read, of node-fetch",
    async (url, init) => tap(await nodeFetchAsFetch(url, init), (response) => response.text()),
  ],
];

async function tap(response: Response, look: (response: Response) => unknown): Promise<Response> {
  await look(response);
  return response;
}

test.each(READ)(
  "an error answer whose body was already %s is known by its status",
  async (_, own) => {
    const server = await serve(status(404, { "x-request-id": "r-9" }, '{"why":"none"}'));
    const client = clientOf(server, { fetch: own });
    const error = await client.listByStamp("a").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ requestId: "r-9", body: "" });
    await expect(client.download(archive({ url: server.url }))).rejects.toMatchObject({
      name: "DownloadError",
      requestId: "r-9",
    });
  },
);

test.each(READ)(
  "a success whose body was already %s is a clear error at once, without a retry",
  async (_, own) => {
    const server = await serve(list([]));
    const client = clientOf(server, { fetch: own });
    for (const call of [client.listByStamp("a"), client.download(archive({ url: server.url }))]) {
      await expect(call).rejects.toThrow(/^the body of what fetch gave: expected one that nobody/);
    }
    expect(server.requests).toHaveLength(2);
  },
);

test.each([
  ["zipped", { "content-encoding": "gzip", "content-length": "20" }],
  ["zipped, in chunks", { "content-encoding": "gzip" }],
  ["in chunks", {}],
  ["of a length", { "content-length": "0" }],
])("raw on an empty success, %s, has no data", async (_, headers) => {
  const server = await serve((__, response) => {
    response.writeHead(200, headers);
    response.end("content-encoding" in headers ? gzipSync("") : "");
  });
  const call = clientOf(server).raw.GET("/actions/stamp/{id}/archives", {
    params: { path: { id: "a" } },
  });
  expect(await call).toMatchObject({ data: undefined, response: { status: 200 } });
});

test.each([
  ["a page", "<html></html>"],
  ["half of JSON", '[{"id":'],
])(
  "raw on a success that is %s is an ArchivesError with status and request id",
  async (_, body) => {
    const server = await serve(status(200, { "x-request-id": "r-9" }, body));
    const { raw } = clientOf(server);
    const init = { params: { path: { id: "a" } } };
    const error = await raw
      .GET("/actions/stamp/{id}/archives", init)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ArchivesError);
    expect(error).toMatchObject({
      status: 200,
      requestId: "r-9",
      message:
        "GET /actions/stamp/a/archives answered 200 with a body that is no JSON (request id r-9)",
    });
    const text = await raw.GET("/actions/stamp/{id}/archives", { ...init, parseAs: "text" });
    expect(text.data).toBe(body);
  },
);

test.each([600, 999])(
  "raw on status %i, which no Response may have, is an ArchivesError too",
  async (code) => {
    const server = await serve(status(code, { "x-request-id": "r-9" }, "odd"));
    const { raw } = clientOf(server);
    const call = raw.GET("/actions/stamp/{id}/archives", { params: { path: { id: "a" } } });
    const error = await call.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).not.toBeInstanceOf(ServerError);
    expect(error).toMatchObject({ status: code, requestId: "r-9", body: "odd" });
  },
);

test("a fetch option that is no function is refused at once", () => {
  const options = { apiKey: "key", fetch: {} as never };
  expect(() => new ArchivesClient(options)).toThrow("fetch: expected a function, got Object.");
});
