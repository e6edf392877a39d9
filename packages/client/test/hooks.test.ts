import { AsyncLocalStorage } from "node:async_hooks";
import { afterEach, expect, test, vi } from "vitest";
import type { ClientOptions, RequestEvent, ResponseEvent, RetryEvent } from "../src/index.ts";
import { answer, clientThrough, emptyList, scriptedFetch } from "./scripted-fetch.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

function refused(): never {
  throw Object.assign(new TypeError("fetch failed"), {
    cause: new Error("connect ECONNREFUSED"),
  });
}

test("hooks are called for each attempt, each answer and each retry, in order", async () => {
  const events: [string, RequestEvent | ResponseEvent | RetryEvent][] = [];
  const note = (name: string) => (event: RequestEvent | ResponseEvent | RetryEvent) =>
    void events.push([name, event]);
  const fetch = scriptedFetch(answer(503, { "x-request-id": "busy" }), refused, emptyList);
  const hooks = {
    onRequest: note("request"),
    onResponse: note("response"),
    onRetry: note("retry"),
  };
  await clientThrough(fetch, { hooks }).listByStamp("a");

  const url = "https://api.example.com/actions/stamp/a/archives";
  const common = { method: "GET", url };
  expect(events).toEqual([
    ["request", { ...common, attempt: 1, headers: expect.any(Headers) }],
    [
      "response",
      {
        ...common,
        attempt: 1,
        headers: expect.any(Headers),
        status: 503,
        requestId: "busy",
        duration: expect.any(Number),
      },
    ],
    ["retry", { ...common, attempt: 1, delay: expect.any(Number), status: 503, requestId: "busy" }],
    ["request", { ...common, attempt: 2, headers: expect.any(Headers) }],
    [
      "retry",
      {
        ...common,
        attempt: 2,
        delay: expect.any(Number),
        error: expect.objectContaining({ name: "ConnectionError" }),
      },
    ],
    ["request", { ...common, attempt: 3, headers: expect.any(Headers) }],
    [
      "response",
      {
        ...common,
        attempt: 3,
        headers: expect.any(Headers),
        status: 200,
        requestId: "ok",
        duration: expect.any(Number),
      },
    ],
  ]);
});

test("a hook gets a copy: changing it has no effect", async () => {
  const fetch = scriptedFetch(emptyList);
  const hooks = {
    onRequest: ({ headers }: RequestEvent) => {
      expect(headers.get("x-key")).toBe("[redacted]");
      headers.set("x-key", "another");
    },
  };
  await clientThrough(fetch, { hooks }).listByStamp("a");
  expect(fetch.calls[0]?.init.headers).toEqual({ "x-key": "the-key-of-these-tests" });
});

test("hooks run in the async context of their call, so that spans find their parent", async () => {
  const storage = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const hooks = { onResponse: () => void seen.push(storage.getStore()) };
  const client = clientThrough(scriptedFetch(emptyList), { hooks });
  await Promise.all(
    ["one", "two"].map((name) => storage.run(name, () => client.listByStamp(name))),
  );
  expect(seen.map(String).toSorted()).toEqual(["one", "two"]);
});

test("an error thrown by a hook fails the call, without a retry", async () => {
  const mistake = new Error("a mistake in the hook");
  const onResponse = () => {
    throw mistake;
  };
  const fetch = scriptedFetch(emptyList);
  await expect(clientThrough(fetch, { hooks: { onResponse } }).listByStamp("a")).rejects.toBe(
    mistake,
  );
  expect(fetch.calls).toHaveLength(1);
});

async function rejects(): Promise<never> {
  throw new Error("a mistake in an async hook");
}

test("promises of hooks and loggers are not awaited, and their rejections do not end the process", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  const options: ClientOptions = {
    hooks: { onRequest: rejects, onResponse: rejects, onRetry: rejects },
    logger: { info: rejects, debug: rejects },
    logLevel: "debug",
  };
  const fetch = scriptedFetch(answer(503), emptyList);
  expect(await clientThrough(fetch, options).listByStamp("a")).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

function recorder() {
  const lines: string[] = [];
  const write = (level: string) => (line: string, event: object) =>
    void lines.push(`${level} ${line} ${(event as RequestEvent).attempt}`);
  return { lines, info: write("info"), debug: write("debug") };
}

test.each([
  ["off", []],
  ["error", []],
  ["warn", []],
  ["info", ["info np6-archives retry 1"]],
  [
    "debug",
    [
      "debug np6-archives request 1",
      "debug np6-archives response 1",
      "info np6-archives retry 1",
      "debug np6-archives request 2",
      "debug np6-archives response 2",
    ],
  ],
] as const)("at log level %s the log is %j", async (logLevel, expected) => {
  const logger = recorder();
  const fetch = scriptedFetch(answer(503), emptyList);
  await clientThrough(fetch, { logger, logLevel }).listByStamp("a");
  expect(logger.lines).toEqual(expected);
});

test("the log level can come from NP6_LOG, and the log goes to the console", async () => {
  vi.stubEnv("NP6_LOG", "debug");
  const debug = vi.spyOn(console, "debug").mockReturnValue();
  await clientThrough(scriptedFetch(emptyList)).listByStamp("a");
  expect(debug).toHaveBeenCalledTimes(2);
  debug.mockRestore();
});
