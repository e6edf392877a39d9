import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ConnectionError, DownloadError, TimeoutError } from "../src/index.ts";
import { answer, clientThrough, scriptedFetch } from "./scripted-fetch.ts";
import { archive, clientOf, list, serve, status } from "./server.ts";
import type { TestServer } from "./server.ts";

const failure = (error: unknown) => error;
const MAIL = Buffer.from(Array.from({ length: 5000 }, (_, i) => `line ${i}\r\n`).join(""));
const MD5 = createHash("md5").update(MAIL).digest("base64");
const ETAG = '"0x8D"';

/** Serves MAIL as the storage does, ranges included, but closes the connection after `bytes(n)` bytes of answer n. */
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
      "x-ms-request-id": `blob-${number}`,
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

test("a mail whose connection drops is continued where it stopped, in the same version", async () => {
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

test("a reader who leaves during the wait before a resume causes no further request", async () => {
  const server = await dropping(
    () => 1000,
    (_, response, number) => number > 1 && !!response.writeHead(503, { "retry-after": "1" }).end(),
  );
  const mail = await clientOf(server).download(archive({ url: `${server.url}/mail` }));
  const reader = mail.body.getReader();
  await reader.read();
  const more = reader.read();
  await expect.poll(() => server.requests.length).toBe(2);
  await reader.cancel();
  expect(await more).toEqual({ done: true, value: undefined });
  // Longer than the storage asked to wait.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(server.requests.length).toBe(2);
});

test("a mail is continued at most five times, whatever maxRetries says", async () => {
  const server = await dropping(() => 1000);
  const error = await read(server, { maxRetries: 9 }).catch(failure);
  expect(error).toBeInstanceOf(DownloadError);
  expect((error as Error).message).toContain(`it broke off after 6000 of ${MAIL.length} bytes`);
  expect((error as Error).cause).toBeInstanceOf(Error);
  expect(error).toMatchObject({ status: 206, requestId: "blob-6" });
  expect(server.requests).toHaveLength(6);
});

test("a mail that changed meanwhile is a DownloadError, never a mixture", async () => {
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
  ["the whole mail again", 200, {}],
  ["another range", 206, { "content-range": "bytes 0-9/10" }],
  ["nothing", 416, {}],
])("a resume that is answered with %s is a DownloadError", async (_, code, headers) => {
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

test("a storage that is busy or unreachable for a moment is tried again", async () => {
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

test("a link that expires during the download is replaced, and the mail goes on", async () => {
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

test("a link that is expired only by this machine's clock is resumed as it is", async () => {
  const server = await dropping(
    (n) => (n < 4 ? 10_000 : Infinity),
    (request, response) => {
      if (!request.url?.startsWith("/actions")) return false;
      list([old])(request, response);
      return true;
    },
  );
  const old = archive({ url: `${server.url}/mail`, expiresOn: "2020-01-01T00:00:00Z" });
  const mail = await clientOf(server).download(old);
  expect(Buffer.from(await mail.bytes())).toEqual(MAIL);
  expect(server.requests.map(({ url }) => url?.slice(0, 5))).toEqual([
    "/acti",
    "/mail",
    "/mail",
    "/mail",
  ]);
});

test.each([
  [
    404,
    { "x-ms-error-code": "BlobNotFound" },
    "could not be downloaded: the storage answered 404 BlobNotFound",
  ],
  [
    412,
    { "x-ms-error-code": "ConditionNotMet" },
    "it changed meanwhile: the storage answered 412 ConditionNotMet",
  ],
  [409, {}, "the storage answered 409"],
])(
  "a resume that is refused with %i is reported with the storage's code",
  async (code, headers, why) => {
    const server = await dropping(
      () => 1000,
      (request, response) => {
        if (request.headers.range === undefined) return false;
        status(code, headers)(request, response);
        return true;
      },
    );
    const error = await read(server).catch(failure);
    expect((error as Error).message).toMatch(new RegExp(`${why}$`));
    expect(error).toMatchObject({ status: code, code: Object.values(headers)[0] });
  },
);

test.each([
  ["the storage", "/mail"],
  ["a listing", "/actions"],
])("a reader who leaves while %s is silent frees the connection at once", async (_, silent) => {
  const server = await dropping(
    () => 1000,
    (request, response, number) => {
      if (number === 1) return false;
      if (request.url?.startsWith(silent)) return true;
      status(403, { "x-ms-error-code": "AuthenticationFailed" })(request, response);
      return true;
    },
  );
  const client = clientOf(server, { timeout: Infinity, totalTimeout: Infinity });
  const mail = await client.download(archive({ url: `${server.url}/mail` }));
  const reader = mail.body.getReader();
  await reader.read();
  const more = reader.read();
  await expect
    .poll(() => server.requests.at(-1)?.url.startsWith(silent) && server.requests.length > 1)
    .toBe(true);
  await reader.cancel();
  expect(await more).toEqual({ done: true, value: undefined });
  await expect.poll(() => server.connections()).toBe(0);
});

test.each([
  ["no ETag", {}],
  ["a weak ETag", { etag: 'W/"1"' }],
])("with %s a mail cannot be continued safely, so it is a DownloadError", async (_, headers) => {
  const server = await serve((request, response) => {
    response.writeHead(200, { "content-length": 100, ...headers });
    response.write("x".repeat(50), () => setTimeout(() => request.socket.destroy(), 30));
  });
  const error = await read(server).catch(failure);
  expect((error as Error).message).toContain("it broke off after 50 of 100 bytes");
  expect(error).toHaveProperty("status", 200);
  expect(server.requests).toHaveLength(1);
});

test("a body that ends early without an error is a DownloadError", async () => {
  const headers = { "content-length": "100" };
  const fetch = scriptedFetch(() => new Response("only this", { headers }));
  const mail = await clientThrough(fetch).download(archive());
  await expect(mail.text()).rejects.toThrow("it broke off after 9 of 100 bytes");
});

test("a body that is longer than announced is a DownloadError", async () => {
  const fetch = scriptedFetch(
    () => new Response("more than that", { headers: { "content-length": "4" } }),
  );
  const mail = await clientThrough(fetch).download(archive());
  await expect(mail.text()).rejects.toThrow("14 of 4 bytes came");
});

const CUT = MAIL.subarray(0, 10_000);

/** Serves the beginning of MAIL and breaks off; the resume is answered with these headers and the rest. */
async function resumed(
  first: Record<string, string | number>,
  rest: Record<string, string | number>,
  body = MAIL.subarray(CUT.length),
): Promise<TestServer> {
  return serve((request, response) => {
    if (request.headers.range !== undefined) {
      response.writeHead(206, rest).end(body);
      return;
    }
    response.writeHead(200, { etag: ETAG, ...first });
    response.write(CUT, () => setTimeout(() => request.socket.destroy(), 30));
  });
}

const LENGTH = { "content-length": MAIL.length };
const RANGE = `bytes ${CUT.length}-${MAIL.length - 1}/${MAIL.length}`;

test.each([
  ["another ETag", LENGTH, { etag: '"v2"', "content-range": RANGE }],
  ["the same ETag made weak", LENGTH, { etag: `W/${ETAG}`, "content-range": RANGE }],
  ["another start", LENGTH, { "content-range": RANGE.replace("10000", "9999") }],
  ["another end", LENGTH, { "content-range": `bytes 10000-10999/${MAIL.length}` }],
  ["another total", LENGTH, { "content-range": `bytes 10000-${MAIL.length}/${MAIL.length + 1}` }],
  ["a malformed range", LENGTH, { "content-range": "lines 1-2/3" }],
  ["an encoding", LENGTH, { "content-range": RANGE, "content-encoding": "x-rot13" }],
  ["no range, and another length", LENGTH, { "content-length": MAIL.length - CUT.length - 1 }],
  ["no range, where no length was known", {}, {}],
])("a rest that comes with %s is not appended", async (_, first, rest) => {
  const length = (rest as typeof LENGTH)["content-length"] ?? MAIL.length - CUT.length;
  const server = await resumed(first, rest, MAIL.subarray(CUT.length, CUT.length + length));
  const error = await read(server).catch(failure);
  expect(error).toBeInstanceOf(DownloadError);
  expect(error).toHaveProperty("status", 206);
  expect(server.requests).toHaveLength(2);
  await expect.poll(() => server.connections()).toBe(0);
});

test("a whole mail with status 206 and no range is not appended", async () => {
  const server = await resumed({}, { etag: ETAG }, MAIL);
  await expect(read(server)).rejects.toThrow("a part came that does not say which");
});

test.each([
  ["all headers", LENGTH, { etag: ETAG, "content-range": RANGE }],
  ["whitespace around them", LENGTH, { etag: `${ETAG} `, "content-range": `${RANGE} ` }],
  ["the encoding identity", LENGTH, { "content-range": RANGE, "content-encoding": "identity" }],
  ["no range, as where browsers hide it", LENGTH, {}],
  ["no total", LENGTH, { "content-range": RANGE.replace(/\d+$/, "*") }],
  ["a total that was not known before", {}, { "content-range": RANGE }],
])("a rest that comes with %s is appended", async (_, first, rest) => {
  expect(await read(await resumed(first, rest))).toEqual(MAIL);
});

test("a rest that ends before its announced total is continued or refused, never taken for whole", async () => {
  const server = await resumed({}, { "content-range": RANGE }, MAIL.subarray(CUT.length, -1));
  await expect(read(server)).rejects.toBeInstanceOf(DownloadError);
});

/** The beginning of MAIL, whose stream then fails. */
function half(): Response {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(CUT),
    pull: (controller) => controller.error(new TypeError("terminated")),
  });
  return new Response(body, { headers: { etag: ETAG, "content-length": String(MAIL.length) } });
}

function remainder(): Response {
  const headers = { "content-range": RANGE };
  return new Response(MAIL.subarray(CUT.length), { status: 206, headers });
}

test.each([
  [
    "a redirect",
    answer(302, { location: "https://elsewhere.example/mail" }),
    "Redirect number 1, from https://example.blob.core.windows.net to https://elsewhere.example, was refused",
  ],
  [
    "a certificate that is not trusted",
    () => {
      throw new TypeError("fetch failed", { cause: { code: "CERT_HAS_EXPIRED" } });
    },
    "got no complete answer in 1 attempt(s): CERT_HAS_EXPIRED",
  ],
])("%s in answer to a resume ends the download at once", async (_, instead, message) => {
  const fetch = scriptedFetch(half, instead);
  const mail = await clientThrough(fetch).download(archive());
  const error = await mail.bytes().catch(failure);
  expect(error).toBeInstanceOf(ConnectionError);
  expect((error as Error).message).toContain(message);
  expect(fetch.calls).toHaveLength(2);
});

const noAnswer = () => new Promise(() => {}) as never;

/** Downloads a mail that breaks off; its resumes are refused with each of these in turn, then accepted. */
async function refused(...headers: Record<string, string>[]) {
  vi.useFakeTimers();
  const fetch = scriptedFetch(half, ...headers.map((each) => answer(503, each)), remainder);
  const mail = await clientThrough(fetch).download(archive());
  const outcome = mail.bytes().then((bytes) => Buffer.from(bytes), failure);
  await vi.runAllTimersAsync();
  return { outcome: await outcome, times: fetch.times };
}

describe("a storage that is busy when a mail is resumed", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("is given the time it asks for", async () => {
    const { outcome, times } = await refused({ "retry-after": "7" }, {});
    expect(outcome).toEqual(MAIL);
    const [, first = 0, second = 0, third = 0] = times;
    expect(second - first).toBeGreaterThanOrEqual(7000);
    expect(third - second).toBeLessThanOrEqual(1010);
  });

  test("or silent, is left when the download's totalTimeout is over", async () => {
    vi.useFakeTimers();
    const fetch = scriptedFetch(half, answer(503, { "retry-after": "7" }), noAnswer);
    const started = Date.now();
    const mail = await clientThrough(fetch).download(archive(), { totalTimeout: 10_000 });
    const outcome = mail.bytes().catch((error: unknown) => [error, Date.now() - started]);
    await vi.runAllTimersAsync();
    expect(await outcome).toEqual([expect.any(TimeoutError), 10_000]);
    expect(fetch.calls).toHaveLength(3);
  });

  test("and asks for longer than maxRetryDelay, is not waited for", async () => {
    const { outcome, times } = await refused({ "retry-after": "3600", "x-ms-request-id": "b-1" });
    expect(outcome).toBeInstanceOf(DownloadError);
    expect(outcome).toMatchObject({ status: 503, requestId: "b-1" });
    expect(times).toHaveLength(2);
  });

  test("and stays so, is reported with its last answer", async () => {
    const { outcome } = await refused(
      ...[1, 2, 3, 4, 5].map((n) => ({ "x-ms-request-id": `b-${n}` })),
    );
    expect(outcome).toMatchObject({ name: "DownloadError", status: 503, requestId: "b-5" });
    expect((outcome as Error).message).toContain("it broke off after 10000 of");
  });
});
