import { setTimeout as sleep } from "node:timers/promises";
import { constants, deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { archive, clientOf, list, MEDIA_TYPE, serve, status } from "./server.ts";

test("each listing requests its own path and returns the archives as they came", async () => {
  const archives = [archive(), { ...archive(), subject: "a property that is not documented" }];
  const server = await serve(list(archives));
  const client = clientOf(server);

  expect(await client.listByTarget("000T123")).toEqual(archives);
  expect(await client.listByActionAndTarget("00000A", "000T123")).toEqual(archives);
  expect(await client.listByStamp("d52055cd-e854-4177-8ef5-b10fd8d568a7")).toEqual(archives);
  expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET /targets/000T123/archives",
    "GET /actions/00000A/targets/000T123/archives",
    "GET /actions/stamp/d52055cd-e854-4177-8ef5-b10fd8d568a7/archives",
  ]);
});

test("withResponse returns data, response, request id and rate limit, with one request", async () => {
  const headers = {
    "x-request-id": "r-1",
    "x-ratelimit-limit": "100",
    "x-ratelimit-remaining": "7",
  };
  const server = await serve(list([archive()], headers));
  const call = clientOf(server).listByTarget("000T123");
  const { data, response, requestId, rateLimit } = await call.withResponse();

  expect(data).toEqual(await call);
  expect(requestId).toBe("r-1");
  expect(rateLimit).toEqual({ limit: 100, remaining: 7, reset: undefined });
  expect(response.status).toBe(200);
  expect(response.url).toBe(`${server.url}/targets/000T123/archives`);
  expect(await response.json()).toEqual(data);
  expect(server.requests).toHaveLength(1);
});

test.each([
  [{}, undefined],
  [{ "x-ratelimit-limit": "9" }, { limit: 9, remaining: undefined, reset: undefined }],
  [{ "x-ratelimit-remaining": "9" }, { limit: undefined, remaining: 9, reset: undefined }],
  [
    { "x-ratelimit-reset": "9" },
    { limit: undefined, remaining: undefined, reset: expect.any(Date) },
  ],
])("the rate limit is what the headers %j say", async (headers, expected) => {
  const server = await serve(list([], headers));
  const { rateLimit } = await clientOf(server).listByTarget("a").withResponse();
  expect(rateLimit).toEqual(expected);
});

test("asResponse returns the response, whatever its body holds", async () => {
  const server = await serve(status(200, { "content-type": MEDIA_TYPE }, "no JSON"));
  const response = await clientOf(server).listByTarget("000T123").asResponse();

  expect(response).toBeInstanceOf(Response);
  expect(response.headers.get("content-type")).toBe(MEDIA_TYPE);
  expect(await response.text()).toBe("no JSON");
});

test("long answers leave their connection to the calls that follow", async () => {
  const archives = Array.from({ length: 5000 }, () => archive());
  const server = await serve(list(archives));
  const client = clientOf(server);

  for (let call = 0; call < 10; call++) {
    expect(await client.listByTarget("000T123")).toHaveLength(5000);
  }
  // Node opens a second connection for calls one after another, however their bodies are read.
  expect(server.connections()).toBeLessThanOrEqual(2);
});

test("an answer in chunks is joined, even where one splits a character", async () => {
  const archives = [archive({ action: "déjà vu 📨" })];
  const server = await serve(async (_, response) => {
    response.writeHead(200, { "content-type": MEDIA_TYPE });
    for (const byte of Buffer.from(JSON.stringify(archives))) {
      response.write(Buffer.of(byte));
      if (byte > 127) await sleep(5);
    }
    response.end();
  });
  expect(await clientOf(server).listByTarget("000T123")).toEqual(archives);
});

/** So many spaces, gzipped; more may follow. */
function spaces(count: number): Buffer {
  return deflateRawSync(" ".repeat(count), { finishFlush: constants.Z_SYNC_FLUSH });
}

test("a gzipped answer is read to its end, not just as far as its gzipped length", async () => {
  const archives = [archive()];
  const zipped = deflateRawSync(JSON.stringify(archives));
  // Decoded, the first chunk alone is as long as the gzipped whole.
  let length = zipped.length;
  while (spaces(length).length + zipped.length !== length) length++;
  const server = await serve(async (_, response) => {
    response.writeHead(200, { "content-encoding": "deflate", "content-length": length });
    response.write(spaces(length));
    await sleep(50);
    response.end(zipped);
  });
  expect(await clientOf(server).listByTarget("000T123")).toEqual(archives);
});

test("a call works as an ordinary Promise with catch, finally, all and race", async () => {
  const server = await serve(list([]));
  const client = clientOf(server);

  expect(await Promise.all([client.listByStamp("a"), client.listByStamp("b")])).toEqual([[], []]);
  expect(await Promise.race([client.listByStamp("a"), new Promise(() => {})])).toEqual([]);
  expect(await client.listByStamp("a").finally(() => "ignored")).toEqual([]);
  expect(await client.listByStamp("..").catch((error: unknown) => error)).toBeInstanceOf(TypeError);
});

test("raw is the openapi-fetch client on the same transport: it sends the key, and throws for no status", async () => {
  const server = await serve((request, response) => {
    const answer =
      request.url === "/targets/none/archives"
        ? status(404, {}, '{"why":"none"}')
        : list([archive()]);
    answer(request, response);
  });
  const { raw } = clientOf(server, { maxRetries: 0 });

  const found = await raw.GET("/targets/{id}/archives", { params: { path: { id: "000T123" } } });
  expect(found.data?.[0]?.target).toBe("000T123");
  const none = await raw.GET("/targets/{id}/archives", { params: { path: { id: "none" } } });
  expect(none.error).toEqual({ why: "none" });
  expect(none.response.status).toBe(404);
  expect(server.requests[0]?.headers["x-key"]).toBe("the-key-of-these-tests");
});

test("raw refuses the same ids as the listings", async () => {
  const { raw } = clientOf(await serve(list([])));
  const get = raw.GET("/targets/{id}/archives", { params: { path: { id: "%2e%2E" } } });
  await expect(get).rejects.toThrow(
    'target: expected an id, a text that is neither empty nor dots, got "%2e%2E".',
  );
});
