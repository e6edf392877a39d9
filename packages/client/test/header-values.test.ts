import { createHash } from "node:crypto";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { RateLimitError } from "../src/index.ts";
import { answer, clientThrough, scriptedFetch } from "./scripted-fetch.ts";
import { archive, clientOf } from "./server.ts";

const failure = (error: unknown) => error;

/** Sends these raw bytes in turn, the last one for all that follow: no HTTP library trims the headers. */
async function serveRaw(...answers: string[]): Promise<{ url: string; times: number[] }> {
  const times: number[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => {
      times.push(performance.now());
      socket.end(answers[Math.min(times.length, answers.length) - 1] ?? "");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, times };
}

/** One answer; each header value has whitespace around it. */
function raw(status: string, headers: Record<string, string | number>, body: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: \t ${value} \t `);
  // Node's own fetch takes no whitespace around this one.
  const length = `content-length: ${body.length}`;
  return [`HTTP/1.1 ${status}`, ...lines, length, "connection: close", "", body].join("\r\n");
}

const EMPTY = raw("200 OK", {}, "[]");

test("a Retry-After with whitespace around it is obeyed", async () => {
  const server = await serveRaw(raw("503 Busy", { "retry-after": 2 }, ""), EMPTY);
  expect(await clientOf(server).listByStamp("a")).toEqual([]);
  const [first = 0, second = 0] = server.times;
  // Timers may fire a millisecond early.
  expect(second - first).toBeGreaterThanOrEqual(1999);
});

test("rate limit headers and the request id are read without the whitespace around them", async () => {
  const headers = {
    "x-request-id": "r-1",
    "x-ratelimit-limit": 100,
    "x-ratelimit-remaining": 0,
    "x-ratelimit-reset": 3600,
  };
  const server = await serveRaw(raw("429 Slow down", headers, ""));
  const error = await clientOf(server).listByStamp("a").catch(failure);
  expect(error).toBeInstanceOf(RateLimitError);
  expect(error).toMatchObject({
    requestId: "r-1",
    retryAfter: 3_600_000,
    rateLimit: { limit: 100, remaining: 0, reset: expect.any(Date) },
  });
});

test("a good mail whose headers have whitespace around them is not refused as damaged", async () => {
  const body = "Subject: hello\r\n\r\n";
  const contentMd5 = createHash("md5").update(body).digest("base64");
  const headers = {
    "content-md5": contentMd5,
    etag: '"v1"',
    "content-encoding": "Identity",
  };
  const server = await serveRaw(raw("200 OK", headers, body));
  const mail = await clientOf(server).download(archive({ url: server.url }));
  expect(mail).toMatchObject({ size: body.length, etag: '"v1"', contentMd5 });
  expect(await mail.text()).toBe(body);
});

test("where a charset stands for its encoding a mail is checked as any other", async () => {
  const body = "Subject: hello\r\n\r\n";
  const open = async (sent: string) => {
    const contentMd5 = createHash("md5").update(body).digest("base64");
    const headers = { "content-md5": contentMd5, "content-encoding": "UTF-8" };
    const server = await serveRaw(raw("200 OK", headers, sent));
    return clientOf(server).download(archive({ url: server.url }));
  };
  const mail = await open(body);
  expect(mail).toMatchObject({ size: body.length, encoding: undefined });
  expect(await mail.text()).toBe(body);
  const other = await open("Subject: other\r\n\r\n");
  await expect(other.bytes()).rejects.toThrow("its bytes do not match their MD5");
});

test("the storage's request id and code are trimmed, too", async () => {
  const headers = {
    "x-request-id": "",
    "x-ms-request-id": "blob-1",
    "x-ms-error-code": "BlobNotFound",
  };
  const server = await serveRaw(raw("404 Not found", headers, ""));
  const error = await clientOf(server)
    .download(archive({ url: server.url }))
    .catch(failure);
  expect(error).toMatchObject({ requestId: "blob-1", code: "BlobNotFound" });
  expect((error as Error).message).toMatch(/answered 404 BlobNotFound \(request id blob-1\)$/);
});

const NOW = Date.UTC(2026, 1, 5, 9, 27, 58);
const at = (ms: number) => new Date(NOW + ms);

/** The `retryAfter` of a 429 with these headers, for a client that does not wait. */
async function retryAfter(headers: Record<string, string>): Promise<number | undefined> {
  const fetch = scriptedFetch(answer(429, headers));
  const error = await clientThrough(fetch, { maxRetries: 0 }).listByStamp("a").catch(failure);
  return (error as RateLimitError).retryAfter;
}

test.each([
  ["ahead", 300_000],
  ["behind", -300_000],
  ["a year behind", -31_536_000_000],
])(
  "with a server clock that is %s, its Retry-After date is read by that clock",
  async (_, skew) => {
    const server = Date.now() + skew;
    const instant = (ms: number) => new Date(Math.floor(server / 1000) * 1000 + ms);
    const date = instant(0).toUTCString();
    expect(await retryAfter({ date, "retry-after": instant(3000).toUTCString() })).toBe(3000);
    const reset = (value: number) => ({
      date,
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(value),
    });
    expect(await retryAfter(reset(instant(4000).getTime() / 1000))).toBe(4000);
    expect(await retryAfter(reset(instant(5000).getTime()))).toBe(5000);
    expect(await retryAfter(reset(6))).toBe(6000);
    expect(await retryAfter({ date, "retry-after": instant(-1000).toUTCString() })).toBeUndefined();
  },
);

test.each([
  ["today's form", "Thu, 05 Feb 2026 09:28:05 GMT"],
  ["RFC 850", "Thursday, 05-Feb-26 09:28:05 GMT"],
  ["asctime", "Thu Feb  5 09:28:05 2026"],
])("a date in the form of %s is read as GMT", async (_, date) => {
  expect(await retryAfter({ date: at(0).toUTCString(), "retry-after": date })).toBe(7000);
});

test.each([
  ["a day that does not exist", "Tue, 31 Feb 2026 09:28:05 GMT"],
  ["the wrong weekday", "Friday, 05-Feb-26 09:28:05 GMT"],
  ["another zone", "Thu, 05 Feb 2026 09:28:05 CET"],
  ["no zone", "Thu, 05 Feb 2026 09:28:05"],
  ["the form of ISO 8601", "2026-02-05T09:28:05Z"],
])("a Retry-After date with %s is ignored", async (_, date) => {
  expect(await retryAfter({ date: at(0).toUTCString(), "retry-after": date })).toBeUndefined();
});

const wait = (retry: string) => retryAfter({ date: at(0).toUTCString(), "retry-after": retry });

test("a two-digit year is at most fifty years ahead", async () => {
  expect(await wait("Thursday, 05-Feb-76 09:27:58 GMT")).toBeUndefined();
  expect(await wait("Wednesday, 05-Feb-76 09:27:58 GMT")).toBe(
    Date.UTC(2076, 1, 5, 9, 27, 58) - NOW,
  );
  expect(await wait("Saturday, 05-Feb-77 09:27:58 GMT")).toBeUndefined();
});

test("an answer without a valid Date header is dated by our own clock", async () => {
  for (const date of [{}, { date: "now" }]) {
    const ms = await retryAfter({
      ...date,
      "retry-after": new Date(Date.now() + 9000).toUTCString(),
    });
    expect(ms).toBeGreaterThan(0);
    expect(ms).toBeLessThanOrEqual(9000);
  }
});
