import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import type { Fault, Mock } from "@np6-archives/mock";
import { startMock } from "@np6-archives/mock";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

let mock: Mock;
beforeAll(async () => {
  mock = await startMock();
});
afterEach(() => mock.reset());
afterAll(() => mock.close());

/** What was seen of an answer. */
interface Seen {
  status?: number | undefined;
  headers: IncomingMessage["headers"];
  body: Buffer;
  /** Milliseconds until the headers, until the first and the last byte of the body. */
  headersAfter: number;
  lastByteAfter: number;
  ended: "completely" | "half way" | "before the headers" | "never";
  errorCode?: string | undefined;
}

/** Sends a GET and records how its answer comes, for at most `patience` milliseconds after its headers. */
function watch(
  url: string,
  headers: Record<string, string> = {},
  patience = 600_000,
): Promise<Seen> {
  return new Promise((resolve) => {
    const started = performance.now();
    const since = (): number => performance.now() - started;
    const seen: Seen = {
      headers: {},
      body: Buffer.alloc(0),
      headersAfter: Number.NaN,
      lastByteAfter: Number.NaN,
      ended: "never",
    };
    const finish = (ended: Seen["ended"], error?: NodeJS.ErrnoException): void => {
      clearTimeout(timer);
      outgoing.destroy();
      resolve({ ...seen, ended, errorCode: error?.code });
    };
    let timer: NodeJS.Timeout | undefined;
    const outgoing = request(url, { headers, agent: false }, (response) => {
      timer = setTimeout(() => finish("never"), patience);
      seen.status = response.statusCode;
      seen.headers = response.headers;
      seen.headersAfter = since();
      response.on("data", (chunk: Buffer) => {
        seen.body = Buffer.concat([seen.body, chunk]);
        seen.lastByteAfter = since();
      });
      response.on("end", () => finish("completely"));
      response.on("error", (error) => finish("half way", error));
    });
    outgoing.on("error", (error) => finish("before the headers", error));
    outgoing.end();
  });
}

/** An answer that never ends is watched for this long only. */
const patienceFor = (ended: string): number | undefined => (ended === "never" ? 300 : undefined);

/** The same request to both origins: a path and headers that are answered 200 with a body. */
const ORIGINS = [
  {
    origin: "api" as const,
    url: () => `${mock.url}/targets/000T123/archives`,
    headers: { "X-Key": "demo" },
  },
  {
    origin: "blob" as const,
    url: () => mock.dataset.archives.find(({ mail }) => mail === "long-lines.eml")?.url ?? "",
    headers: {},
  },
];

/** By request header, or injected for the next request. */
const WAYS = ["by header", "by inject"] as const;

describe.each(ORIGINS.flatMap((one) => WAYS.map((way) => [one.origin, way, one] as const)))(
  "on the origin %s, %s",
  (origin, way, { url, headers }) => {
    const play = (fault: Fault, patience?: number): Promise<Seen> => {
      if (way === "by header") return watch(url(), { ...headers, "X-Mock-Fault": fault }, patience);
      mock.inject({ match: { origin }, fault });
      return watch(url(), headers, patience);
    };

    test("latency delays the answer", async () => {
      const usual = await watch(url(), headers);
      const late = await play("latency=400");
      expect(late.headersAfter).toBeGreaterThanOrEqual(395);
      expect(late.body.equals(usual.body)).toBe(true);
    });

    test.each([204, 400, 403, 500, 503] as const)(
      "status=%i is that status, without a body",
      async (status) => {
        const seen = await play(`status=${status}`);
        expect([seen.status, seen.body.length, seen.ended]).toEqual([status, 0, "completely"]);
      },
    );

    const headersOf = async (fault: Fault): Promise<Record<string, string>> => {
      const seen = await play(fault);
      expect([seen.status, seen.body.length]).toEqual([429, 0]);
      const entries = Object.entries(seen.headers as Record<string, string>);
      return Object.fromEntries(entries.filter(([name]) => /^retry-|^x-ratelimit-/.test(name)));
    };

    test("rate-limit is 429, with the chosen headers", async () => {
      expect(await headersOf("rate-limit")).toEqual({});
      expect(await headersOf("rate-limit=7")).toEqual({
        "retry-after": "7",
        "x-ratelimit-limit": "100",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": "7",
      });
      expect(await headersOf("rate-limit=7;retry-after")).toEqual({ "retry-after": "7" });
      expect(await headersOf("rate-limit=7;none")).toEqual({});
      const epoch = await headersOf("rate-limit=60;remaining;reset-epoch");
      expect(Object.keys(epoch).toSorted()).toEqual(["x-ratelimit-remaining", "x-ratelimit-reset"]);
      expect(Math.abs(Number(epoch["x-ratelimit-reset"]) - Date.now() / 1000 - 60)).toBeLessThan(
        10,
      );
    });

    test("reset closes the connection before a byte of the answer", async () => {
      const seen = await play("reset");
      expect([seen.ended, seen.errorCode]).toEqual(["before the headers", "ECONNRESET"]);
    });

    test("hang sends the headers, then nothing", async () => {
      const seen = await play("hang", patienceFor("never"));
      expect([seen.status, seen.body.length, seen.ended]).toEqual([200, 0, "never"]);
      expect(Number(seen.headers["content-length"])).toBeGreaterThan(0);
    });

    test("truncate sends half the body, then closes", async () => {
      const usual = await watch(url(), headers);
      const seen = await play("truncate");
      expect([seen.status, seen.ended]).toEqual([200, "half way"]);
      expect(seen.headers["content-length"]).toBe(String(usual.body.length));
      expect(seen.body.length).toBe(usual.body.length >> 1);
      expect(usual.body.subarray(0, seen.body.length).equals(seen.body)).toBe(true);
    });

    test("dribble sends so many bytes per second", async () => {
      const usual = await watch(url(), headers);
      const rate = Math.ceil(usual.body.length / 0.6);
      const seen = await play(`dribble=${rate}`);
      expect(seen.body.equals(usual.body)).toBe(true);
      // Measured from the start: a busy machine may see the headers late.
      expect(seen.lastByteAfter).toBeGreaterThan(480);
    });

    test("html is a proxy's error page with 502", async () => {
      const seen = await play("html");
      expect([seen.status, seen.headers["content-type"]]).toEqual([502, "text/html"]);
      expect(seen.body.toString()).toContain("<h1>502 Bad Gateway</h1>");
    });

    test("empty is 200 without a body", async () => {
      const seen = await play("empty");
      expect([seen.status, seen.body.length, seen.ended]).toEqual([200, 0, "completely"]);
    });

    test("wrong-type is the usual body under another media type", async () => {
      const usual = await watch(url(), headers);
      const seen = await play("wrong-type");
      expect(seen.headers["content-type"]).toBe("text/plain; charset=utf-8");
      expect(seen.body.equals(usual.body)).toBe(true);
    });

    test("malformed-json is not JSON from its middle on", async () => {
      const seen = await play("malformed-json");
      expect([seen.status, seen.ended]).toEqual([200, "completely"]);
      expect(seen.body.toString()).toMatch(/^\[\{"id":/);
      expect(() => JSON.parse(seen.body.toString()) as unknown).toThrow(SyntaxError);
    });

    test("the journal shows the fault and the status that was sent", async () => {
      await play("html");
      await play("reset");
      expect(mock.journal().map(({ fault, status }) => [fault, status])).toEqual([
        ["html", 502],
        ["reset", 0],
      ]);
    });
  },
);

test.each([
  ["hang", "never"],
  ["truncate", "half way"],
])(
  "%s is no complete answer even without a body, and HEAD is not affected",
  async (first, ended) => {
    const unknown = `${mock.url}/targets/000F404/archives`;
    const seen = await watch(unknown, { ...KEY, "X-Mock-Fault": first }, patienceFor(ended));
    expect([seen.status, seen.ended]).toEqual([404, ended]);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const statuses: (number | undefined)[] = [];
    for (const fault of [first, "latency=1"]) {
      const headers = { "X-Mock-Fault": fault };
      const [response] = (await once(
        request(ORIGINS[1]?.url() ?? "", { method: "HEAD", headers, agent }).end(),
        "response",
      )) as [IncomingMessage];
      statuses.push(response.resume().statusCode);
      await once(response, "end");
    }
    agent.destroy();
    expect(statuses).toEqual([200, 200]);
  },
);

const target = (id: string): string => `${mock.url}/targets/${id}/archives`;
const KEY = { "X-Key": "demo" };

async function statusOf(url: string): Promise<number | undefined> {
  return (await watch(url, KEY)).status;
}

test("an injected fault affects the next matching requests, as often as given", async () => {
  mock.inject({ match: { path: "/targets/000T123" }, fault: "status=503", times: 2 });
  expect(await statusOf(target("000EMPTY"))).toBe(200);
  expect(await statusOf(target("000T123"))).toBe(503);
  expect(await statusOf(target("000T123"))).toBe(503);
  expect(await statusOf(target("000T123"))).toBe(200);

  mock.inject({
    match: { path: undefined, method: "post" },
    fault: "status=500",
    times: undefined,
  });
  expect(await statusOf(target("000T123"))).toBe(200);
  mock.reset();
  mock.inject({ fault: "status=500" });
  mock.inject({ fault: "status=502" });
  expect(await statusOf(target("000T123"))).toBe(500);
  expect(await statusOf(target("000T123"))).toBe(502);
});

test("an invalid fault is refused, by inject and by header", async () => {
  for (const fault of [
    "latency",
    "status=20",
    "status=abc",
    "status=503=1",
    "rate-limit=1=2",
    "reset=1",
    "explode",
    "rate-limit=1;x",
    "",
  ]) {
    expect(() => mock.inject({ fault: fault as Fault })).toThrow(/Expected a fault/);
  }
  expect(() => mock.inject({ fault: "reset", times: 0 })).toThrow(/times/);
  expect(() => mock.inject({ fault: "reset", times: Infinity })).toThrow(/above 0, got Infinity/);
  for (const path of ["targets/000T123", `${mock.url}/targets/000T123`]) {
    expect(() => mock.inject({ fault: "reset", match: { path } })).toThrow(/match.path/);
  }
  expect(() => mock.inject({ fault: "reset", match: { origin: "mars" as "api" } })).toThrow(
    /origin/,
  );
  expect(() => mock.inject({ fault: "reset", when: "now" } as never)).toThrow(/when/);
  const refused = await watch(target("000T123"), { ...KEY, "X-Mock-Fault": "explode" });
  expect(refused.status).toBe(400);
  expect(refused.body.toString()).toContain("Expected a fault");
});

test.each([
  ["000F400", { status: 400, ended: "completely" }],
  ["000F401", { status: 401, ended: "completely" }],
  ["000F403", { status: 403, ended: "completely" }],
  ["000F500", { status: 500, ended: "completely" }],
  ["000F503", { status: 503, ended: "completely" }],
  ["000RESET", { ended: "before the headers" }],
  ["000HANG", { status: 200, ended: "never" }],
  ["000TRUNCATE", { status: 200, ended: "half way" }],
  ["000HTML", { status: 502, ended: "completely" }],
  ["000NOBODY", { status: 200, ended: "completely" }],
  ["000WRONGTYPE", { status: 200, ended: "completely" }],
  ["000BADJSON", { status: 200, ended: "completely" }],
  ["000F404", { status: 404, ended: "completely" }],
])("target %s behaves as its story says every time", async (id, expected) => {
  const patience = patienceFor(expected.ended);
  expect(await watch(target(id), KEY, patience)).toMatchObject(expected);
  expect(await watch(target(id), KEY, patience)).toMatchObject(expected);
});

test.each([400, 401, 403, 429, 500, 503])(
  "the stamp that ends in %i gets that answer every time",
  async (status) => {
    const url = `${mock.url}/actions/stamp/00000000-0000-4000-8000-000000000${status}/archives`;
    expect(await watch(url, KEY)).toMatchObject({ status, ended: "completely" });
    expect(await watch(url, KEY)).toMatchObject({ status, ended: "completely" });
  },
);

test("target 000LATENCY answers after three seconds, 000DRIBBLE at 200 bytes a second", async () => {
  const [late, slow] = await Promise.all([
    watch(target("000LATENCY"), KEY),
    watch(target("000DRIBBLE"), KEY),
  ]);
  expect(late.headersAfter).toBeGreaterThan(2900);
  expect(slow.lastByteAfter - slow.headersAfter).toBeGreaterThan(2000);
  expect(JSON.parse(slow.body.toString())).toHaveLength(3);
});

test("target 000F429 limits the first call of each operation and answers the second; reset starts over", async () => {
  const first = await watch(target("000F429"), KEY);
  expect([first.status, first.headers["retry-after"]]).toEqual([429, "1"]);
  const ofAction = `${mock.url}/actions/00000A/targets/000F429/archives`;
  expect((await watch(ofAction, KEY)).status).toBe(429);
  expect((await watch(target("000F429"), KEY)).status).toBe(200);
  expect((await watch(ofAction, KEY)).status).toBe(200);
  expect((await watch(target("000F429"), KEY)).status).toBe(429);
  mock.reset();
  expect((await watch(target("000F429"), KEY)).status).toBe(429);
});

test("--rate-limit and --latency apply to every call", async () => {
  const strict = await startMock({ rateLimit: 5, latency: 50 });
  try {
    const url = `${strict.url}/targets/000T123/archives`;
    // Forty calls take far less than eight seconds, so some are above the limit.
    const seen = await Promise.all(Array.from({ length: 40 }, () => watch(url, KEY)));
    const limited = seen.filter(({ status }) => status === 429);
    expect(limited.length).toBeGreaterThan(0);
    expect(limited[0]?.headers).toMatchObject({
      "retry-after": "1",
      "x-ratelimit-limit": "5",
      "x-ratelimit-remaining": "0",
    });
    const answered = seen.filter(({ status }) => status === 200);
    expect(answered[0]?.headers).toMatchObject({
      "x-ratelimit-limit": "5",
      "x-ratelimit-reset": "1",
    });
    const left = new Set(answered.map(({ headers }) => headers["x-ratelimit-remaining"]));
    expect(left).toEqual(new Set(["0", "1", "2", "3", "4"]));
    expect(Math.min(...seen.map(({ headersAfter }) => headersAfter))).toBeGreaterThanOrEqual(45);
  } finally {
    await strict.close();
  }
});

test("a reset fault also closes a connection with pipelined requests", async () => {
  const socket = connect(Number(new URL(mock.url).port), "127.0.0.1");
  const ended = new Promise((resolve) => socket.on("error", resolve));
  const requests = ["latency=60000", "reset"].map(
    (fault) => `GET /x HTTP/1.1\r\nHost: a\r\nX-Mock-Fault: ${fault}\r\n\r\n`,
  );
  socket.write(requests.join(""));
  expect(await ended).toMatchObject({ code: "ECONNRESET" });
});

test("close ends answers that hang, wait or dribble", async () => {
  const short = await startMock();
  const url = `${short.url}/targets/000T123/archives`;
  const waiting = (["hang", "latency=60000", "dribble=1"] as const).map((fault) =>
    watch(url, { ...KEY, "X-Mock-Fault": fault }),
  );
  await expect.poll(() => short.journal().length).toBe(3);
  await short.close();
  for (const seen of await Promise.all(waiting)) expect(seen.ended).not.toBe("never");
});
