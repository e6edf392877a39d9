import { constants } from "node:buffer";
import { execFile } from "node:child_process";
import { getEventListeners } from "node:events";
import type { RequestListener, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { expect, test, vi } from "vitest";
import { ResponseValidationError, ServerError, TimeoutError } from "../src/index.ts";
import type { BadRequestError } from "../src/index.ts";
import { limitsOf } from "../src/options/limits.ts";
import { answer, clientThrough, emptyList, scriptedFetch } from "./scripted-fetch.ts";
import { archive, clientOf, inTurn, list, serve, status } from "./server.ts";

const failure = (error: unknown) => error;

async function eventually(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { interval: 5 }).toBe(true);
}

test("half a body followed by silence is a TimeoutError with the request id, and the connection is closed", async () => {
  const server = await serve((_, response) => {
    response.writeHead(200, { "x-request-id": "half", "content-length": "1000" });
    response.write('[{"id":');
  });
  const error = await clientOf(server, { timeout: 2000 }).listByTarget("000T123").catch(failure);

  expect(error).toBeInstanceOf(TimeoutError);
  expect(error).toMatchObject({ status: 200, requestId: "half" });
  expect((error as Error).message).toBe(
    "GET /targets/000T123/archives was not answered whole within 2000 ms (request id half)",
  );
  expect(server.requests).toHaveLength(1);
  await eventually(() => server.connections() === 0);
});

test("a server that never answers is a TimeoutError, and the connection is closed", async () => {
  const server = await serve(() => {});
  const call = clientOf(server).listByTarget("000T123", null, { timeout: 100 });
  await expect(call).rejects.toBeInstanceOf(TimeoutError);
  await eventually(() => server.connections() === 0);
});

/** Answers with `then` after `ms`. */
function slow(ms: number, then: RequestListener): RequestListener {
  return (request, response) => void setTimeout(() => then(request, response), ms);
}

test("the timeout is for one attempt: the next one has all of it again", async () => {
  // The two waits together are longer than one timeout; each alone leaves a busy machine seconds to spare.
  const server = await serve(inTurn(slow(3000, status(503)), slow(3000, list([]))));
  expect(await clientOf(server, { timeout: 5500 }).listByTarget("000T123")).toEqual([]);
});

test("a fetch that ignores its signal is not waited for", async () => {
  const fetch = Object.assign(() => new Promise<Response>(() => {}), { times: [], calls: [] });
  const controller = new AbortController();
  const { signal } = controller;
  const call = clientThrough(fetch).listByTarget("000T123", null, { signal }).catch(failure);
  controller.abort("enough");
  expect(await call).toBe("enough");
  await expect(clientThrough(fetch, { timeout: 50 }).listByTarget("a")).rejects.toThrow("50 ms");
});

const start = (body: ReadableStreamDefaultController) => body.enqueue(Buffer.from("["));

test.each([200, 404])(
  "the rest of a body of status %i that such a fetch still delivers is cancelled",
  async (code) => {
    const cancel = vi.fn<() => void>();
    const half = scriptedFetch(
      () => new Response(new ReadableStream({ start, cancel }), { status: code }),
    );
    const client = clientThrough(half, { maxRetries: 0 });
    await client.listByTarget("a", null, { timeout: 50 }).catch(failure);
    await eventually(() => cancel.mock.calls.length === 1);
    const signal = AbortSignal.timeout(50);
    expect(await client.listByTarget("a", null, { signal }).catch(failure)).toBe(signal.reason);
    await eventually(() => cancel.mock.calls.length === 2);
  },
);

test("the total timeout ends a call even within an attempt", async () => {
  const server = await serve(() => {});
  const call = clientOf(server, { totalTimeout: 100 }).listByTarget("000T123");
  await expect(call).rejects.toThrow("within 100 ms");
});

test("a wait longer than the time left ends at the deadline, and no further request is sent", async () => {
  const server = await serve(status(503, { "retry-after": "30", "x-request-id": "busy" }));
  const started = performance.now();
  const error = await clientOf(server, { totalTimeout: 2000 }).listByStamp("a").catch(failure);
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error).toMatchObject({ requestId: "busy" });
  expect(performance.now() - started).toBeGreaterThanOrEqual(1999);
  expect(server.requests).toHaveLength(1);
});

test("a signal that is already aborted rejects with its reason, and nothing is sent", async () => {
  const fetch = scriptedFetch(emptyList);
  const reason = new Error("no longer wanted");
  const signal = AbortSignal.abort(reason);
  await expect(clientThrough(fetch).listByTarget("000T123", {}, { signal })).rejects.toBe(reason);
  await expect(
    clientThrough(fetch).listByStamp("a", { signal: AbortSignal.abort() }),
  ).rejects.toHaveProperty("name", "AbortError");
  expect(fetch.calls).toHaveLength(0);
});

test("an abort while the body comes rejects with the caller's reason and closes the connection", async () => {
  const server = await serve((_, response) => {
    response.writeHead(200, { "content-length": "1000" }).write("[");
  });
  const controller = new AbortController();
  const { signal } = controller;
  const call = clientOf(server).listByTarget("000T123", null, { signal }).catch(failure);
  await eventually(() => server.requests.length === 1);
  controller.abort("enough");
  expect(await call).toBe("enough");
  await eventually(() => server.connections() === 0);
});

test("one signal serves a thousand calls without a listener left on it, or a warning", async () => {
  const warned = vi.fn();
  process.on("warning", warned);
  const { signal } = new AbortController();
  const client = clientThrough(scriptedFetch(emptyList));
  const calls = Array.from({ length: 1000 }, () => client.listByStamp("a", { signal }));
  // Node before 24 warns above ten listeners.
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  await Promise.all(calls);
  const mails = Array.from({ length: 20 }, () => client.download(archive(), { signal }));
  const opened = await Promise.all(mails);
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  await Promise.all(opened.map((mail) => mail.bytes()));
  await delay(0);
  process.off("warning", warned);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
  expect(warned).not.toHaveBeenCalled();
});

test("an abort ends every call that was given the signal, each with the caller's reason", async () => {
  const server = await serve(() => {});
  const controller = new AbortController();
  const { signal } = controller;
  const client = clientOf(server);
  const calls = Array.from({ length: 20 }, () =>
    client.listByStamp("a", { signal }).catch(failure),
  );
  await eventually(() => server.requests.length === 20);
  controller.abort("enough");
  expect(await Promise.all(calls)).toEqual(Array(20).fill("enough"));
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
  await eventually(() => server.connections() === 0);
});

test("a polyfilled signal works, which calls listeners without a `this` and adds one twice", async () => {
  const listeners: ((event: unknown) => void)[] = [];
  const signal = {
    aborted: false,
    reason: undefined as unknown,
    addEventListener: (_type: string, listener: () => void) => void listeners.push(listener),
    removeEventListener(_type: string, listener: () => void) {
      listeners.splice(listeners.indexOf(listener), 1);
    },
    throwIfAborted() {
      if (signal.aborted) throw signal.reason;
    },
  };
  const options = { signal: signal as unknown as AbortSignal };
  const client = clientOf(await serve(() => {}));
  const calls = [1, 2].map(() => client.listByStamp("a", options).catch(failure));
  await delay(0);
  expect(listeners).toHaveLength(1);
  Object.assign(signal, { aborted: true, reason: "enough" });
  listeners[0]?.({ type: "abort" });
  expect(await Promise.all(calls)).toEqual(["enough", "enough"]);
  expect(listeners).toEqual([]);
});

test("a process ends as soon as its calls have: no 30 s timer keeps it alive", async () => {
  const server = await serve(inTurn(status(404), list([])));
  const program = `
    import { ArchivesClient } from "@np6-archives/client";
    const client = new ArchivesClient({ apiKey: "key", baseUrl: ${JSON.stringify(server.url)} });
    await client.listByStamp("a").catch(() => {});
    await client.listByStamp("a");
    console.log("done");
    process.on("exit", () => console.log(process.getActiveResourcesInfo().includes("Timeout")));
  `;
  const node = ["--input-type=module", "--eval", program];
  const options = { cwd: import.meta.dirname };
  const { stdout } = await promisify(execFile)(process.execPath, node, options);
  expect(stdout).toBe("done\nfalse\n");
});

test("an endless error body costs neither time nor memory: 64 KiB are kept, and the rest is cancelled", async () => {
  const server = await serve((_, response) => {
    response.writeHead(500, { "x-request-id": "flood" });
    const pour = () => {
      while (!response.destroyed && response.write("x".repeat(16_384)));
      if (!response.destroyed) response.once("drain", pour);
    };
    pour();
  });
  const error = await clientOf(server, { maxRetries: 0 }).listByTarget("000T123").catch(failure);
  expect(error).toBeInstanceOf(ServerError);
  expect((error as ServerError).requestId).toBe("flood");
  expect((error as ServerError).body).toBe("x".repeat(65_536));
  await eventually(() => server.connections() === 0);
});

const WHOLE = { why: "is whole", end: (response: ServerResponse) => void response.end() };
const BROKEN = { why: "breaks off", end: ({ socket }: ServerResponse) => void socket?.destroy() };
const SILENT = { why: "stops coming", end: () => {} };

test.each([
  { ...WHOLE, body: "x".repeat(65_537) },
  { ...WHOLE, body: "x".repeat(67_583) },
  { ...WHOLE, body: "é".repeat(33_000) },
  { ...WHOLE, body: "?sig=a&".repeat(9_400) },
  { ...BROKEN, body: "x".repeat(67_583) },
  { ...SILENT, body: "x".repeat(67_583) },
])(
  "an error body that is a little longer than 64 KiB and $why is cut, too",
  async ({ body, end }) => {
    const server = await serve((_, response) => {
      response.writeHead(400).write(body, () => setTimeout(end, 50, response));
    });
    const client = clientOf(server, { timeout: 2000 });
    const error = await client.listByTarget("000T123").catch(failure);
    const kept = Buffer.byteLength(String((error as BadRequestError).body));
    expect(kept).toBeLessThanOrEqual(65_536);
    expect(kept).toBeGreaterThanOrEqual(60_000);
  },
);

test("an error body of exactly 64 KiB is kept whole", async () => {
  const body = "x".repeat(65_536);
  const server = await serve((_, response) => response.writeHead(400).end(body));
  await expect(clientOf(server).listByTarget("000T123")).rejects.toHaveProperty("body", body);
});

test("an error body that breaks off is kept as far as it came: the status says enough", async () => {
  const server = await serve((_, response) => {
    response.writeHead(403, { "content-length": "1000" }).write("you may n");
  });
  const client = clientOf(server, { timeout: 2000 });
  const init = { params: { path: { id: "a" } } };
  const [error, { response }] = await Promise.all([
    client.listByTarget("000T123").catch(failure),
    client.raw.GET("/actions/stamp/{id}/archives", init),
  ]);
  expect(error).toMatchObject({ name: "PermissionDeniedError", body: "you may n" });
  expect(response.status).toBe(403);
});

/** Blocks the event loop, as a long computation does. */
function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test("a process that was blocked past the deadline makes no further attempt, and sets no negative timer", async () => {
  const warned = vi.fn();
  process.on("warning", warned);
  const fetch = scriptedFetch(answer(503, { "retry-after": "1", "x-request-id": "busy" }));
  const call = clientThrough(fetch, { totalTimeout: 1100 }).listByTarget("000T123").catch(failure);
  await delay(800);
  busy(1000);
  const error = await call;
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error).toMatchObject({ requestId: "busy" });
  await delay(0);
  process.off("warning", warned);
  expect(fetch.calls).toHaveLength(1);
  expect(warned).not.toHaveBeenCalled();
});

test("a process that was blocked past the deadline while it replaced a link does not open the new one", async () => {
  const expired = archive({ expiresOn: "2020-01-01T00:00:00Z" });
  const fetch = scriptedFetch(() => {
    busy(300);
    return Response.json([archive()]);
  });
  const call = clientThrough(fetch).download(expired, { totalTimeout: 200 });
  await expect(call).rejects.toBeInstanceOf(TimeoutError);
  expect(fetch.calls).toHaveLength(1);
});

test.each([2_147_483_647, 2 ** 53, Infinity])(
  "maxRetryDelay: %d is refused with its own upper bound",
  (maxRetryDelay) => {
    expect(() => clientThrough(scriptedFetch(emptyList), { maxRetryDelay })).toThrow(
      new TypeError(`maxRetryDelay: expected a number from 0 to 2147483646, got ${maxRetryDelay}.`),
    );
    clientThrough(scriptedFetch(emptyList), { maxRetryDelay: 2_147_483_646 });
  },
);

const ARCHIVES = JSON.stringify([archive()]);

test.each([
  ["of a known length", { "content-length": String(ARCHIVES.length) }],
  ["of an unknown length", {}],
])("a success body %s may have maxBodyBytes and no more", async (_, headers) => {
  const server = await serve((_request, response) => {
    response.writeHead(200, { "x-request-id": "long", ...headers });
    response.write(ARCHIVES.slice(0, 10));
    response.end(ARCHIVES.slice(10));
  });
  const fits = clientOf(server, { maxBodyBytes: ARCHIVES.length });
  expect(await fits.listByStamp("a")).toHaveLength(1);
  const most = ARCHIVES.length - 1;
  for (const call of [
    () => clientOf(server, { maxBodyBytes: most }).listByStamp("a"),
    () => clientOf(server).listByStamp("a", { maxBodyBytes: most }),
    () => clientOf(server, { maxBodyBytes: most }).listByStamp("a").asResponse(),
  ]) {
    server.requests.length = 0;
    const error = await call().catch(failure);
    expect(error).toBeInstanceOf(ResponseValidationError);
    expect(error).toMatchObject({
      status: 200,
      requestId: "long",
      issues: [{ path: "", expected: `${most} bytes at most`, received: "more" }],
      message: `GET /actions/stamp/a/archives answered 200 with a body that is longer than maxBodyBytes, ${most} (request id long)`,
    });
    expect(server.requests).toHaveLength(1);
  }
});

test("a small body that decodes to a large one is limited too, to 64 MiB by default, and not retried", async () => {
  const zipped = gzipSync(Buffer.alloc(600_000_000, " "), { level: 9 });
  expect(zipped.length).toBeLessThan(600_000);
  const server = await serve((_, response) => {
    response.writeHead(200, { "content-encoding": "gzip" }).end(zipped);
  });
  const error = await clientOf(server).listByStamp("a").catch(failure);
  expect(error).toBeInstanceOf(ResponseValidationError);
  expect((error as Error).message).toContain("longer than maxBodyBytes, 67108864");
  expect(server.requests).toHaveLength(1);
  await eventually(() => server.connections() === 0);
});

test("without a caller's limit a success body may be as long as a string, and at most one byte more is read", () => {
  const limits = { timeout: 1, totalTimeout: 1, maxRetries: 0, maxBodyBytes: Infinity };
  const { maxBodyBytes } = limitsOf({}, limits);
  expect(maxBodyBytes + 1).toBeLessThanOrEqual(constants.MAX_STRING_LENGTH);
});

test.each([
  ["timeout", 0],
  ["timeout", Number.NaN],
  ["timeout", "30s"],
  ["totalTimeout", -1],
  ["maxRetries", -1],
  ["maxRetries", "2"],
  ["maxRetries", 1.5],
  ["maxBodyBytes", -1],
  ["maxBodyBytes", "1 MB"],
  ["maxRetryDelay", Number.NaN],
])("%s: %j is refused before anything is sent", async (name, value) => {
  const options = { [name]: value };
  const fetch = scriptedFetch(answer(200));
  expect(() => clientThrough(fetch, options)).toThrow(TypeError);
  if (name !== "maxRetryDelay") {
    const call = clientThrough(fetch).listByStamp("a", options);
    await expect(call).rejects.toThrow(new RegExp(`^${name}: expected a (whole )?number`));
  }
  expect(fetch.calls).toHaveLength(0);
});
