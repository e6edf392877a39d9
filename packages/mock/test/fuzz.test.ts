import { connect } from "node:net";
import type { Mock } from "@np6-archives/mock";
import { startMock } from "@np6-archives/mock";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

// By default a fixed seed and twenty seconds; FUZZ_SECONDS=600 goes on longer, with another seed each time.
const SECONDS = Number(process.env["FUZZ_SECONDS"] ?? 20);
const SEED = process.env["FUZZ_SECONDS"] === undefined ? 8 : Date.now() % 2 ** 31;

let mock: Mock;
beforeAll(async () => {
  mock = await startMock();
});
afterAll(() => mock.close());

/** One attempt: bytes on a connection, which then stays open for a while, is half closed, or is closed. */
interface Attempt {
  origin: "api" | "blob";
  bytes: string;
  ending: "half close" | "cut" | "wait and cut";
}

const methods = fc.oneof(
  { weight: 8, arbitrary: fc.constant("GET") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "HEAD",
      "POST",
      "PUT",
      "DELETE",
      "OPTIONS",
      "PATCH",
      "TRACE",
      "CONNECT",
    ),
  },
  { weight: 1, arbitrary: fc.stringMatching(/^[A-Za-z!#$%&'*+.^_`|~-]{1,10}$/) },
);

const segments = fc.oneof(
  fc.constantFrom(
    "targets",
    "actions",
    "stamp",
    "archives",
    "000T123",
    "00000A",
    "__mock",
    "mcom032",
  ),
  fc.constantFrom(
    "%zz",
    "%",
    "%00",
    "%2F",
    "%2e%2e",
    "..",
    ".",
    "",
    "%C3%28",
    "%F0%9F%93%9A",
    "%u0041",
    ";",
    "*",
  ),
  fc.stringMatching(/^[\x21-\x7E]{0,20}$/),
);

const dates = fc.oneof(
  fc.constantFrom(
    "2026-02-01T00:00:00Z",
    "0000-00-00T00:00:00Z",
    "null",
    "",
    "9".repeat(400),
    "%",
    "%zz",
    "-1",
  ),
  fc.stringMatching(/^[\dTZ:.+%-]{0,30}$/),
);

const pathAndQuery = fc.oneof(
  segments.map((id) => `/targets/${id}/archives`),
  fc.tuple(segments, segments).map(([a, b]) => `/actions/${a}/targets/${b}/archives`),
  fc
    .tuple(segments, dates, dates)
    .map(([id, a, b]) => `/targets/${id}/archives?startDate=${a}&endDate=${b}`),
  fc
    .tuple(segments, fc.stringMatching(/^[\x21-\x7E]{0,40}$/))
    .map(([a, b]) => `/mcom032/${a}.eml?${b}`),
  fc
    .tuple(fc.nat(400), fc.stringMatching(/^[\x21-\x7E]{0,6}$/), fc.nat(300))
    .map(([index, junk, at]) => {
      const url = mock.dataset.archives[index % mock.dataset.archives.length]?.url ?? "";
      const link = url.startsWith("http") ? url.slice(mock.blobUrl.length) : "/";
      return link.slice(0, at) + junk + link.slice(at + junk.length);
    }),
  fc.array(segments, { maxLength: 7 }).map((parts) => `/${parts.join("/")}`),
  fc.constantFrom(
    "/",
    "/__mock/health",
    "/__mock/journal",
    "/__mock/faults",
    "/__mock/docs/",
    "*",
    "http://[::1",
    "//",
    "///",
    "http://x/targets/a/archives",
  ),
  fc.stringMatching(/^[\x21-\x7E]{1,60}$/),
);

const headerValues: Record<string, fc.Arbitrary<string>> = {
  "X-Key": fc.constantFrom("demo", "", "a, b"),
  Accept: fc.oneof(
    fc.constantFrom(
      "*/*",
      "garbage",
      "*",
      "/",
      "a/b;q=x",
      "a/b;;",
      ",",
      "application/vnd.np6.cm.mail.archive",
      "*/*;q=0",
      "text/html;level",
    ),
    fc.stringMatching(/^[\x20-\x7E]{0,40}$/),
  ),
  Prefer: fc.oneof(
    fc.constantFrom(
      "code=404",
      "code=abc",
      "code=999",
      "example=many",
      "example=x",
      "dynamic=true",
      "dynamic=true, code=404",
      "seed=1, dynamic=true",
      'code="',
      "=",
      ",,,;;;",
    ),
    fc
      .tuple(fc.integer({ min: 0, max: 499 }), fc.stringMatching(/^[\x20-\x7E]{0,20}$/))
      .map(([code, junk]) => `code=${code}, example=${junk}`),
    fc.stringMatching(/^[\x20-\x7E]{0,40}$/),
  ),
  "X-Mock-Fault": fc.oneof(
    fc.constantFrom(
      "reset",
      "truncate",
      "empty",
      "status=404",
      "malformed-json",
      "wrong-type",
      "rate-limit=1;none",
      "status=99999",
      "latency=-1",
      "explode",
    ),
    fc.stringMatching(/^[\x20-\x7E]{0,20}$/),
  ),
  Range: fc.stringMatching(/^(bytes=)?[\d,-]{0,20}$/),
  "If-Match": fc.stringMatching(/^[\x20-\x7E]{0,20}$/),
  "If-Modified-Since": fc.stringMatching(/^[\x20-\x7E]{0,30}$/),
  "Content-Type": fc.oneof(
    fc.constantFrom(
      "application/json",
      "text/plain",
      "multipart/form-data",
      "multipart/form-data; boundary=",
      "application/x-www-form-urlencoded",
      "/",
      "application/x+json",
    ),
    fc.stringMatching(/^[\x20-\x7E]{0,30}$/),
  ),
  "Content-Length": fc.constantFrom("0", "5", "99999999", "-1", "x", "5, 5"),
  "Transfer-Encoding": fc.constantFrom("chunked", "gzip", "chunked, chunked", "identity"),
  Expect: fc.constantFrom("100-continue", "the unexpected"),
  Upgrade: fc.constantFrom("websocket", "h2c"),
  Connection: fc.constantFrom("upgrade", "keep-alive", "close", "x-key"),
  Cookie: fc.stringMatching(/^[\x20-\x7E]{0,40}$/),
  "X-Anything": fc.oneof(
    fc.stringMatching(/^[\x20-\xFF]{0,60}$/),
    fc.nat(20_000).map((length) => "x".repeat(length)),
  ),
};

const headers = fc
  .array(
    fc
      .constantFrom(...Object.keys(headerValues))
      .chain((name) =>
        (headerValues[name] as fc.Arbitrary<string>).map((value) => `${name}: ${value}\r\n`),
      ),
    { maxLength: 3 },
  )
  .map((lines) => lines.join(""));

const bodies = fc.oneof(
  fc.constantFrom(
    "",
    "{",
    '{"fault":"reset","times":',
    "5\r\nhello\r\n0\r\n\r\n",
    "0\r\n\r\n",
    "FFFFFFFFFFFFFFFF\r\n",
    "zz\r\n",
  ),
  fc.json(),
  fc.string({ unit: "binary", maxLength: 200 }),
);

/** A body: none, one with an announced length, or bytes without any. */
const payloads = fc.oneof(
  { weight: 6, arbitrary: fc.constant("\r\n") },
  { weight: 3, arbitrary: bodies.map((body) => `Content-Length: ${body.length}\r\n\r\n${body}`) },
  { weight: 1, arbitrary: bodies.map((body) => `\r\n${body}`) },
);

const requests = fc
  .tuple(
    methods,
    pathAndQuery,
    fc.oneof(
      { weight: 12, arbitrary: fc.constant("HTTP/1.1") },
      { weight: 1, arbitrary: fc.constantFrom("HTTP/1.0", "HTTP/9.9", "") },
    ),
    headers,
    payloads,
  )
  .map(
    ([method, target, version, fields, payload]) =>
      `${method} ${target} ${version}\r\nX-Key: demo\r\nConnection: close\r\n${fields}${payload}`,
  );

const attempts: fc.Arbitrary<Attempt> = fc.record({
  origin: fc.constantFrom("api" as const, "api" as const, "api" as const, "blob" as const),
  bytes: fc.oneof(
    { weight: 9, arbitrary: requests },
    // Cut anywhere: in a line, in the headers, in the body.
    {
      weight: 2,
      arbitrary: fc
        .tuple(requests, fc.double({ min: 0, max: 1, noNaN: true }))
        .map(([text, part]) => text.slice(0, text.length * part)),
    },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 300 }) },
  ),
  ending: fc.constantFrom(
    "half close" as const,
    "half close" as const,
    "half close" as const,
    "cut" as const,
    "wait and cut" as const,
  ),
});

/**
 * Sends the bytes and returns all that came back, or "hangs" when a half-closed connection was not ended within ten
 * minutes.
 */
function play({ origin, bytes, ending }: Attempt): Promise<string> {
  return new Promise((resolve) => {
    const { port } = new URL(origin === "api" ? mock.url : mock.blobUrl);
    let answer = "";
    const socket = connect(Number(port), "127.0.0.1", () => {
      if (ending === "half close") socket.end(bytes, "latin1");
      else {
        socket.write(bytes, "latin1", () => {
          if (ending === "cut") socket.destroy();
          else setTimeout(() => socket.destroy(), 20);
        });
      }
    });
    socket.setTimeout(600_000, () => {
      answer = "hangs";
      socket.destroy();
    });
    socket.on("data", (chunk) => (answer += chunk.toString("latin1")));
    // A connection reset is legitimate after a fault, or bytes that are not HTTP.
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}

/** Whether the bytes ask for a server error in a documented way. */
function asksForServerError(bytes: string): boolean {
  return /code\s*=\s*"?5|x-mock-fault:\s*(?:html|status=5)/i.test(bytes);
}

/** Returns the statuses in an answer. Each must come with a request id, and be no server error unless asked for. */
function statusesOf(bytes: string, answer: string): string[] {
  const heads = [...answer.matchAll(/^HTTP\/1\.1 (\d{3})[\s\S]*?\r\n\r\n/gm)];
  const statuses: string[] = [];
  for (const [head, status = ""] of heads) {
    if (status.startsWith("1")) continue;
    expect(head).toMatch(/\r\nx-request-id: [0-9a-f]{16}\r\n/i);
    if (!asksForServerError(bytes)) expect(status).not.toMatch(/^5/);
    statuses.push(status);
  }
  return statuses;
}

test(
  `no bytes crash it, hang it, or get a 5xx without asking for one (${SECONDS} s, seed ${SEED})`,
  async () => {
    const counts: Record<string, number> = { attempts: 0 };
    const count = (name: string): void => {
      counts[name] = (counts[name] ?? 0) + 1;
    };
    await fc.assert(
      fc.asyncProperty(fc.array(attempts, { minLength: 1, maxLength: 12 }), async (together) => {
        const answers = await Promise.all(together.map(play));
        for (const [index, answer] of answers.entries()) {
          count("attempts");
          expect(answer).not.toBe("hangs");
          for (const status of statusesOf(together[index]?.bytes ?? "", answer)) count(status);
        }
        const health = await fetch(`${mock.url}/__mock/health`);
        expect(await health.json()).toEqual({ status: "ok" });
      }),
      {
        seed: SEED,
        numRuns: 10_000_000,
        interruptAfterTimeLimit: SECONDS * 1000,
        markInterruptAsFailure: false,
      },
    );
    if (process.env["FUZZ_SECONDS"] !== undefined) console.info(counts);
    // The attempts get as far as every kind of answer.
    for (const status of ["200", "400", "404", "405"]) expect(counts).toHaveProperty(status);
  },
  SECONDS * 1000 + 600_000,
);
