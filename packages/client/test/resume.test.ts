import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { DownloadError } from "../src/index.ts";
import { clientThrough, scriptedFetch } from "./scripted-fetch.ts";
import { archive, clientOf, list, serve, status } from "./server.ts";
import type { TestServer } from "./server.ts";

const failure = (error: unknown) => error;
const MAIL = Buffer.from(Array.from({ length: 5000 }, (_, i) => `line ${i}\r\n`).join(""));
const MD5 = createHash("md5").update(MAIL).digest("base64");
const ETAG = '"0x8D"';

/** Serves MAIL as the storage does, ranges included, but closes after `bytes(n)` of answer number n. */
async function dropping(
  bytes: (request: number) => number,
  change: (request: IncomingMessage, response: ServerResponse, number: number) => boolean = () =>
    false,
): Promise<TestServer> {
  let number = 0;
  return serve((request, response) => {
    number++;
    if (change(request, response, number)) return;
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "bytes=0-")?.[1]);
    const rest = MAIL.subarray(start);
    response.writeHead(request.headers.range ? 206 : 200, {
      etag: ETAG,
      "content-length": rest.length,
      ...(request.headers.range
        ? { "content-range": `bytes ${start}-${MAIL.length - 1}/${MAIL.length}` }
        : { "content-md5": MD5 }),
    });
    const part = rest.subarray(0, bytes(number));
    if (part.length === rest.length) response.end(part);
    else response.write(part, () => setTimeout(() => request.socket.destroy(), 30));
  });
}

async function read(server: TestServer, options = {}): Promise<Buffer> {
  const mail = await clientOf(server).download(archive({ url: `${server.url}/mail` }), options);
  return Buffer.from(await mail.bytes());
}

test("a dropped connection is continued from where it stopped, with the same version (case 25)", async () => {
  const server = await dropping((n) => (n < 4 ? 10_000 : Infinity));
  expect(await read(server, { maxRetries: 0 })).toEqual(MAIL);
  expect(server.requests.map(({ headers }) => headers.range)).toEqual([
    undefined,
    "bytes=10000-",
    "bytes=20000-",
    "bytes=30000-",
  ]);
  expect(server.requests.slice(1).every(({ headers }) => headers["if-match"] === ETAG)).toBe(true);
});

test("it is continued five times and no more, whatever maxRetries says (case 25)", async () => {
  const server = await dropping(() => 1000);
  const error = await read(server, { maxRetries: 9 }).catch(failure);
  expect(error).toBeInstanceOf(DownloadError);
  expect((error as Error).message).toContain(`it broke off after 6000 of ${MAIL.length} bytes`);
  expect((error as Error).cause).toBeInstanceOf(Error);
  expect(server.requests).toHaveLength(6);
});

test("a mail that changed meanwhile is a DownloadError, no mixture (case 25)", async () => {
  const server = await dropping(
    () => 1000,
    (request, response) => {
      if (request.headers.range === undefined) return false;
      response.writeHead(412, { "x-ms-request-id": "changed" }).end();
      return true;
    },
  );
  const error = await read(server).catch(failure);
  expect(error).toBeInstanceOf(DownloadError);
  expect(error).toMatchObject({ status: 412, requestId: "changed" });
  expect((error as Error).message).toContain("it changed meanwhile");
  expect(server.requests).toHaveLength(2);
});

test.each([
  ["the whole again", 200, {}],
  ["another range", 206, { "content-range": "bytes 0-9/10" }],
  ["nothing", 416, {}],
])("a storage that answers with %s is not believed (case 25)", async (_, code, headers) => {
  const server = await dropping(
    () => 1000,
    (request, response) => {
      if (request.headers.range === undefined) return false;
      response.writeHead(code, headers as Record<string, string>).end("0123456789");
      return true;
    },
  );
  await expect(read(server)).rejects.toBeInstanceOf(DownloadError);
  expect(server.requests).toHaveLength(2);
});

test("a storage that is busy or gone for a moment is asked again (case 25)", async () => {
  const server = await dropping(
    (n) => (n === 1 ? 1000 : Infinity),
    (request, response, n) => {
      if (n === 2) response.writeHead(503).end();
      if (n === 3) request.socket.destroy();
      return n === 2 || n === 3;
    },
  );
  expect(await read(server)).toEqual(MAIL);
  expect(server.requests).toHaveLength(4);
});

test("a link that expires on the way is replaced, and the mail goes on (case 25)", async () => {
  const server = await dropping(
    (n) => (n === 1 ? 1000 : Infinity),
    (request, response) => {
      if (request.url?.startsWith("/actions")) {
        list([archive({ url: `${server.url}/mail?fresh` })])(request, response);
        return true;
      }
      if (request.url === "/mail?fresh" || request.headers.range === undefined) return false;
      status(403, { "x-ms-error-code": "AuthenticationFailed" })(request, response);
      return true;
    },
  );
  expect(await read(server)).toEqual(MAIL);
  expect(server.requests.at(-1)).toMatchObject({
    url: "/mail?fresh",
    headers: { range: "bytes=1000-" },
  });
});

test.each([
  ["no ETag", {}],
  ["a weak ETag", { etag: 'W/"1"' }],
])(
  "with %s it can not be continued safely, so it is a DownloadError (case 25)",
  async (_, headers) => {
    const server = await serve((request, response) => {
      response.writeHead(200, { "content-length": 100, ...headers });
      response.write("x".repeat(50), () => setTimeout(() => request.socket.destroy(), 30));
    });
    await expect(read(server)).rejects.toThrow("it broke off after 50 of 100 bytes");
    expect(server.requests).toHaveLength(1);
  },
);

test("a body that ends early without an error is no success (case 25)", async () => {
  const headers = { "content-length": "100" };
  const fetch = scriptedFetch(() => new Response("only this", { headers }));
  const mail = await clientThrough(fetch).download(archive());
  await expect(mail.text()).rejects.toThrow("it broke off after 9 of 100 bytes");
});

test("neither is one that goes on too long (case 25)", async () => {
  const fetch = scriptedFetch(
    () => new Response("more than that", { headers: { "content-length": "4" } }),
  );
  const mail = await clientThrough(fetch).download(archive());
  await expect(mail.text()).rejects.toThrow("14 of 4 bytes came");
});
