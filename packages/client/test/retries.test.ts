import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  ArchivesClient,
  ConnectionError,
  NotFoundError,
  RateLimitError,
  ServerError,
  TimeoutError,
} from "../src/index.ts";
import { answer, clientThrough, emptyList, scriptedFetch } from "./scripted-fetch.ts";
import { clientOf, inTurn, list, serve, status, unusedUrl } from "./server.ts";

const failure = (error: unknown) => error;

test("429 with Retry-After: 1 is retried after at least a second, and not a third time", async () => {
  const server = await serve(inTurn(status(429, { "retry-after": "1" }), list([])));
  expect(await clientOf(server).listByTarget("000T123")).toEqual([]);

  const [first, second, ...more] = server.requests;
  expect(more).toEqual([]);
  // Timers may fire a millisecond early.
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(999);
});

/** When the second request was sent, in milliseconds after the first. */
async function wait(code: number, headers: Record<string, string>): Promise<number> {
  const fetch = scriptedFetch(answer(code, headers), emptyList);
  const call = clientThrough(fetch).listByTarget("000T123");
  await vi.runAllTimersAsync();
  expect(await call).toEqual([]);
  expect(fetch.times).toHaveLength(2);
  return fetch.times[1] ?? 0;
}

/** The first backoff is half a second, minus up to half of it. */
function expectBackoff(ms: number): void {
  expect(ms).toBeGreaterThanOrEqual(250);
  expect(ms).toBeLessThanOrEqual(510);
}

describe("with fake timers", () => {
  const NOW = Date.UTC(2026, 1, 5, 9, 27, 58);
  const inSeconds = (seconds: number) => new Date(NOW + seconds * 1000);

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("a Retry-After date is obeyed", async () => {
    const ms = await wait(429, { "retry-after": inSeconds(7).toUTCString() });
    expect(ms).toBeGreaterThanOrEqual(7000);
    expect(ms).toBeLessThan(7100);
  });

  test.each([
    ["hexadecimal", "0x10"],
    ["empty", ""],
    ["a fraction", "1.5"],
    ["negative", "-1"],
    ["an impossible date", "Tue, 31 Feb 2026 09:00:00 GMT"],
    ["no date", "tomorrow"],
    ["zero", "0"],
    ["a date that has passed", new Date(NOW - 60_000).toUTCString()],
  ])("a Retry-After that is %s falls back to the ordinary backoff", async (_, retryAfter) => {
    expectBackoff(await wait(503, { "retry-after": retryAfter }));
  });

  test.each([
    ["seconds since 1970", String((NOW + 9000) / 1000)],
    ["a delay in seconds", "9"],
  ])("X-RateLimit-Reset as %s is obeyed when no calls remain", async (_, reset) => {
    const ms = await wait(429, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset });
    expect(ms).toBeGreaterThanOrEqual(9000);
    expect(ms).toBeLessThan(9100);
  });

  test("X-RateLimit-Reset is ignored while calls remain", async () => {
    expectBackoff(await wait(503, { "x-ratelimit-remaining": "3", "x-ratelimit-reset": "9" }));
  });

  test("Retry-After takes precedence over X-RateLimit-Reset, even when malformed", async () => {
    const reset = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" };
    expect(await wait(429, { ...reset, "retry-after": "2" })).toBeLessThan(2100);
    expectBackoff(await wait(429, { ...reset, "retry-after": "soon" }));
  });

  test.each(["3600", "2147484", "99999999999999999999"])(
    "a server that asks for %s seconds is not waited for: the caller gets the error at once",
    async (retryAfter) => {
      const fetch = scriptedFetch(answer(429, { "retry-after": retryAfter }));
      const error = await clientThrough(fetch).listByTarget("000T123").catch(failure);
      expect(error).toBeInstanceOf(RateLimitError);
      expect((error as RateLimitError).retryAfter).toBe(Number(retryAfter) * 1000);
      expect(fetch.calls).toHaveLength(1);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  test("no timer overflows, whatever limits the caller sets", async () => {
    const fetch = scriptedFetch(answer(429, { "retry-after": "2147484" }));
    const limits = { timeout: Infinity, totalTimeout: Infinity, maxRetryDelay: 2_147_483_646 };
    const call = clientThrough(fetch, limits).listByTarget("000T123");
    await expect(call).rejects.toBeInstanceOf(RateLimitError);
    expect(fetch.calls).toHaveLength(1);
  });

  test("maxRetryDelay limits what a server may ask for", async () => {
    const fetch = scriptedFetch(answer(503, { "retry-after": "3" }), emptyList);
    const call = clientThrough(fetch, { maxRetryDelay: 2000 }).listByTarget("000T123");
    await expect(call).rejects.toBeInstanceOf(ServerError);
    expect(fetch.calls).toHaveLength(1);
  });

  test.each([0, 100])("maxRetryDelay %i does not limit the client's own backoff", async (most) => {
    const fetch = scriptedFetch(answer(503));
    const call = clientThrough(fetch, { maxRetryDelay: most }).listByTarget("000T123");
    const error = call.catch(failure);
    await vi.runAllTimersAsync();
    expect(await error).toBeInstanceOf(ServerError);
    expect(fetch.calls).toHaveLength(3);
  });

  test("backoff doubles from half a second to eight, minus a random part of up to half", async () => {
    const fetch = scriptedFetch(answer(503));
    const call = clientThrough(fetch, { maxRetries: 7 }).listByTarget("000T123").catch(failure);
    await vi.runAllTimersAsync();
    expect(await call).toBeInstanceOf(ServerError);

    const waits = fetch.times.slice(1).map((time, i) => time - (fetch.times[i] ?? 0));
    for (const [i, full] of [500, 1000, 2000, 4000, 8000, 8000, 8000].entries()) {
      expect(waits[i]).toBeGreaterThanOrEqual(full / 2);
      expect(waits[i]).toBeLessThanOrEqual(full + 10);
    }
  });

  test.each([408, 429, 500, 502, 503, 504])("%i is retried", async (code) => {
    expectBackoff(await wait(code, {}));
  });

  test.each([400, 401, 403, 404, 409, 411, 415, 422, 501])("%i is not retried", async (code) => {
    const fetch = scriptedFetch(answer(code), emptyList);
    const error = await clientThrough(fetch).listByTarget("000T123").catch(failure);
    expect(error).toHaveProperty("status", code);
    expect(fetch.calls).toHaveLength(1);
  });

  test("a permanent 503 ends after the retries, with the last request id", async () => {
    const fetch = scriptedFetch(
      answer(503, { "x-request-id": "one" }),
      answer(503, { "x-request-id": "two" }),
      answer(503, { "x-request-id": "three" }),
    );
    const call = clientThrough(fetch).listByTarget("000T123").catch(failure);
    await vi.runAllTimersAsync();
    expect(await call).toMatchObject({ name: "ServerError", status: 503, requestId: "three" });
    expect(fetch.calls).toHaveLength(3);
  });

  test("maxRetries: 0 sends one request, and a call's option overrides the client's", async () => {
    const never = scriptedFetch(answer(503));
    await expect(clientThrough(never, { maxRetries: 0 }).listByStamp("a")).rejects.toThrow("503");
    expect(never.calls).toHaveLength(1);

    const once = scriptedFetch(answer(503));
    const call = clientThrough(once, { maxRetries: 5 }).listByStamp("a", { maxRetries: 1 });
    const error = call.catch(failure);
    await vi.runAllTimersAsync();
    expect(await error).toBeInstanceOf(ServerError);
    expect(once.calls).toHaveLength(2);
  });

  test("a wait longer than the total timeout ends when that time is over", async () => {
    const fetch = scriptedFetch(answer(503, { "retry-after": "20", "x-request-id": "busy" }));
    const call = clientThrough(fetch, { totalTimeout: 5000 })
      .listByTarget("000T123")
      .catch(failure);
    const started = Date.now();
    await vi.runAllTimersAsync();
    const error = await call;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ requestId: "busy" });
    expect(Date.now() - started).toBeGreaterThanOrEqual(5000);
    expect(Date.now() - started).toBeLessThan(5100);
    expect(fetch.calls).toHaveLength(1);
  });

  test("an abort during a wait of 30 s rejects at once with the caller's reason, and nothing more is sent", async () => {
    const fetch = scriptedFetch(answer(503, { "retry-after": "30" }), emptyList);
    const controller = new AbortController();
    const { signal } = controller;
    const call = clientThrough(fetch).listByTarget("000T123", null, { signal }).catch(failure);
    await vi.advanceTimersByTimeAsync(50);
    const reason = { why: "the page was left" };
    controller.abort(reason);
    expect(await call).toBe(reason);
    await vi.runAllTimersAsync();
    expect(fetch.calls).toHaveLength(1);
  });

  test("the body of a response that is retried is cancelled", async () => {
    const cancelled = vi.fn();
    const endless = new ReadableStream({ cancel: cancelled });
    const fetch = scriptedFetch(() => new Response(endless, { status: 503 }), emptyList);
    const call = clientThrough(fetch).listByTarget("000T123");
    await vi.runAllTimersAsync();
    expect(await call).toEqual([]);
    expect(cancelled).toHaveBeenCalledOnce();
  });
});

test("a refused connection is retried, then a ConnectionError with its cause", async () => {
  let attempts = 0;
  const client = clientOf(
    { url: await unusedUrl() },
    { maxRetries: 1, hooks: { onRequest: () => void attempts++ } },
  );
  const error = await client.listByTarget("000T123").catch(failure);
  expect(error).toBeInstanceOf(ConnectionError);
  expect((error as ConnectionError).message).toMatch(
    /^GET \/targets\/000T123\/archives got no complete answer in 2 attempt\(s\): .+/,
  );
  expect((error as ConnectionError).cause).toBeInstanceOf(Error);
  expect(attempts).toBe(2);
});

test("an answer that is no HTTP, as a fetch over node:http tells it, is a network failure", async () => {
  const error = Object.assign(new Error("request to http://h/?sig=secret failed"), {
    code: "HPE_INVALID_CONSTANT",
  });
  const fetch = () => Promise.reject(error);
  const client = new ArchivesClient({ apiKey: "test", fetch, maxRetries: 0 });
  await expect(client.listByStamp("a")).rejects.toBeInstanceOf(ConnectionError);
});

test("the code is shown for a host of which every address refuses", async () => {
  // Node's error has no message then, for example for a localhost with two addresses.
  const cause = Object.assign(new AggregateError([]), { code: "ECONNREFUSED" });
  const fetch = () => Promise.reject(new TypeError("fetch failed", { cause }));
  const client = new ArchivesClient({ apiKey: "test", fetch, maxRetries: 0 });
  await expect(client.listByTarget("000T123")).rejects.toThrow(
    "got no complete answer in 1 attempt(s): ECONNREFUSED",
  );
});

test("a connection that is reset before or during the answer is retried", async () => {
  const server = await serve(
    inTurn(
      (request) => request.socket.destroy(),
      (request, response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("[", () => setTimeout(() => request.socket.destroy(), 20));
      },
      list([]),
    ),
  );
  expect(await clientOf(server).listByTarget("000T123")).toEqual([]);
  expect(server.requests).toHaveLength(3);
});

test("an answer that breaks off leaves its status and request id in the error and in the retry event", async () => {
  const server = await serve((request, response) => {
    response.writeHead(200, { "content-length": "100", "x-request-id": "broken" });
    response.write("[", () => setTimeout(() => request.socket.destroy(), 20));
  });
  const onRetry = vi.fn();
  const error = await clientOf(server, { maxRetries: 1, hooks: { onRetry } })
    .listByTarget("000T123")
    .catch(failure);
  expect(error).toBeInstanceOf(ConnectionError);
  expect(error).toMatchObject({ status: 200, requestId: "broken" });
  expect(onRetry.mock.calls).toMatchObject([[{ status: 200, requestId: "broken" }]]);
});

test("a mistake in the caller's own fetch is not retried, and is thrown as it is", async () => {
  const mistake = new TypeError("Cannot read properties of undefined (reading 'agent')");
  const fetch = scriptedFetch(() => {
    throw mistake;
  });
  await expect(clientThrough(fetch).listByTarget("000T123")).rejects.toBe(mistake);
  expect(fetch.calls).toHaveLength(1);
});

test("an untrusted certificate is not retried", async () => {
  const fetch = scriptedFetch(() => {
    const cause = Object.assign(new Error("self-signed certificate"), {
      code: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
    throw new TypeError("fetch failed", { cause });
  });
  const error = await clientThrough(fetch).listByTarget("000T123").catch(failure);
  expect(error).toBeInstanceOf(ConnectionError);
  expect((error as Error).message).toContain("self-signed certificate");
  expect(fetch.calls).toHaveLength(1);
});

test.each([
  ["a header", { headers: { "transfer-encoding": "chunked" } }],
  ["an Expect header", { headers: { expect: "100-continue" } }],
  ["a port", { baseUrl: "http://127.0.0.1:6000" }],
])("%s that Node's fetch refuses is not retried", async (_, options) => {
  let attempts = 0;
  const hooks = { onRequest: () => void attempts++ };
  const call = clientOf({ url: await unusedUrl() }, { hooks, ...options }).listByStamp("a");
  await expect(call).rejects.toBeInstanceOf(ConnectionError);
  expect(attempts).toBe(1);
});

test("raw retries like the listings, with the same limits", async () => {
  const server = await serve(inTurn(status(503), status(404)));
  const path = { id: "000T123" };
  const { raw } = clientOf(server);
  expect((await raw.GET("/targets/{id}/archives", { params: { path } })).response.status).toBe(404);
  expect(server.requests).toHaveLength(2);

  const other = await serve(status(503));
  const once = clientOf(other).raw.GET("/targets/{id}/archives", {
    params: { path },
    maxRetries: 0,
  });
  expect((await once).response.status).toBe(503);
  expect(other.requests).toHaveLength(1);
});

test("a 404 is a NotFoundError after a single request", async () => {
  const server = await serve(status(404));
  await expect(clientOf(server).listByStamp("a")).rejects.toBeInstanceOf(NotFoundError);
  expect(server.requests).toHaveLength(1);
});
