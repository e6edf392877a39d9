import { connect } from "node:net";
import type { JournalEntry, Mock } from "@np6-archives/mock";
import { startMock } from "@np6-archives/mock";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

let mock: Mock;
beforeAll(async () => {
  mock = await startMock();
});
beforeEach(() => mock.reset());
afterAll(() => mock.close());

function list(query = "", headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${mock.url}/targets/000T123/archives${query}`, {
    headers: { "X-Key": "demo", ...headers },
  });
}

function control(path: string, init?: RequestInit): Promise<Response> {
  return fetch(`${mock.url}/__mock/${path}`, init);
}

test("health answers without a key", async () => {
  expect(await (await control("health")).json()).toEqual({ status: "ok" });
});

test("HEAD answers what GET does, without the body", async () => {
  for (const path of ["health", "journal", "dataset"]) {
    const head = await control(path, { method: "HEAD" });
    const get = await control(path);
    expect(head.status).toBe(200);
    expect(await head.text()).toBe("");
    for (const name of ["content-type", "content-length"])
      expect(head.headers.get(name)).toBe(get.headers.get(name));
  }
  expect((await control("reset", { method: "HEAD" })).status).toBe(405);
});

test("the journal shows each request and why it was refused", async () => {
  await list();
  const refused = await list("?startDate=never");
  const entries = (await (await control("journal")).json()) as JournalEntry[];
  expect(entries).toEqual(mock.journal());
  expect(entries).toHaveLength(2);
  expect(entries[0]).toMatchObject({
    origin: "api",
    method: "GET",
    path: "/targets/000T123/archives",
    status: 200,
    violations: [],
  });
  expect(entries[1]).toMatchObject({
    path: "/targets/000T123/archives?startDate=never",
    status: 400,
    requestId: refused.headers.get("x-request-id"),
    violations: [{ location: ["request", "query", "startdate"], severity: "Error" }],
  });
  expect(JSON.parse(refused.headers.get("sl-violations") ?? "")).toEqual(entries[1]?.violations);
  expect(Math.abs(Date.parse(entries[0]?.time ?? "") - Date.now())).toBeLessThan(60_000);
  expect(entries[0]?.ms).toBeGreaterThanOrEqual(0);
});

test("no key and no signature is in the journal, wherever it was sent", async () => {
  const url = mock.dataset.archives[0]?.url ?? "";
  const sig = new URL(url).searchParams.get("sig") ?? "";
  await list("", {
    "X-Key": "planted-key",
    Referer: url,
    Authorization: "planted-key",
    Cookie: "planted-key",
  });
  await list(`?X-Key=planted-key&next=${encodeURIComponent(url)}`);
  await list(`?x%2Dkey=planted-key&s%69g=${encodeURIComponent(sig)}`, { Accept: "garbage" });
  await fetch(url);
  await fetch(url.replace("sp=r", "sp=w"), { headers: { "X-Key": "planted-key" } });
  const journal = await (await control("journal")).text();
  expect(JSON.parse(journal)).toHaveLength(5);
  expect(journal).not.toContain("planted-key");
  for (const form of [sig, encodeURIComponent(sig), encodeURIComponent(encodeURIComponent(sig))]) {
    expect(journal).not.toContain(form);
  }
});

test("a configured key is not in the journal, whatever header or parameter it was sent in", async () => {
  const keyed = await startMock({ apiKeys: ["planted-key"] });
  try {
    const url = `${keyed.url}/targets/000EMPTY/archives`;
    for (const [query, headers] of [
      ["", { "X-Api-Key": "planted-key" }],
      ["?token=planted-key", {}],
      ["", { "X-Key": "planted-key", "X-Mock-Fault": "key planted-key" }],
      ["", { "X-Key": "planted-key", Prefer: "code=planted-key" }],
    ] as const) {
      await fetch(`${url}${query}`, { headers });
    }
    const statuses = keyed.journal().map(({ status }) => status);
    expect(statuses).toEqual([401, 401, 400, 422]);
    expect(JSON.stringify(keyed.journal())).not.toContain("planted-key");
  } finally {
    await keyed.close();
  }
});

test("the journal keeps the last thousand requests", async () => {
  for (let round = 0; round < 26; round++) {
    await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        list(`?n=${round * 40 + at}`).then((r) => r.arrayBuffer()),
      ),
    );
  }
  expect(mock.journal()).toHaveLength(1000);
  expect(mock.journal().at(-1)?.path).toMatch(/n=10[0-3]\d$/);
});

test("faults can be injected and everything reset over HTTP", async () => {
  const injected = await control("faults", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ match: { path: "/targets" }, fault: "status=503", times: 5 }),
  });
  expect(injected.status).toBe(204);
  expect((await list()).status).toBe(503);
  expect((await control("reset", { method: "POST" })).status).toBe(204);
  expect(mock.journal()).toEqual([]);
  expect((await list()).status).toBe(200);
});

test.each([
  ['{"fault":"explode"}', "Expected a fault"],
  ['{"fault":"reset","times":-1}', "times"],
  ["[]", "object"],
  ["{not json", "JSON"],
  ["", "object"],
])("a fault of %j is refused with a reason", async (body, reason) => {
  for (const type of ["application/json", "text/plain"]) {
    const response = await control("faults", {
      method: "POST",
      headers: { "content-type": type },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(reason);
  }
});

test("the dataset over HTTP is that of startMock", async () => {
  expect(await (await control("dataset")).json()).toEqual(JSON.parse(JSON.stringify(mock.dataset)));
});

test("other control paths and methods are refused with what was expected", async () => {
  const unknown = await control("nothing");
  expect(unknown.status).toBe(404);
  expect(await unknown.text()).toContain("/__mock/health");
  const method = await control("reset");
  expect(method.status).toBe(405);
  expect(await method.text()).toContain("POST /__mock/reset");
});

/** Everything that an origin sends back after these bytes. */
function raw(bytes: string, origin = mock.url): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(origin).port), "127.0.0.1", () => socket.write(bytes));
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk.toString()));
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}

test("an absolute URL as request target, as sent to a proxy, works on either origin", async () => {
  const link = mock.dataset.archives.find(({ target }) => target === "000T123")?.url ?? "";
  const path = "/targets/000T123/archives";
  mock.inject({ match: { path }, fault: "status=503" });
  for (const [url, status, origin, key = ""] of [
    [`http://elsewhere:1${path}`, 503, mock.url],
    [`HTTP://elsewhere${path}`, 200, mock.url, "x-key: demo\r\n"],
    [`${mock.url}/__mock/health`, 200, mock.url],
    ["http://elsewhere/__mock/health", 403, mock.url],
    ["http://elsewhere", 200, mock.url],
    ["http://elsewhere?page", 200, mock.url],
    [link, 200, mock.blobUrl],
  ] as const) {
    const answer = await raw(
      `GET ${url} HTTP/1.1\r\nconnection: close\r\nhost: x\r\n${key}\r\n`,
      origin,
    );
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  }
  const asked = mock.journal().map((entry) => entry.path.split("?", 1)[0]);
  expect(asked).toEqual([path, path, new URL(link).pathname]);
});

test.each(["/__mock/archives", "/targets/000T123/archives"])(
  "a body too large for %s is refused, even for a client that reads only after sending it all",
  async (path) => {
    const body = " ".repeat(20_000_000);
    const head = `host: localhost\r\nx-key: demo\r\ncontent-length: ${body.length}`;
    const next = "GET /__mock/health HTTP/1.1\r\nconnection: close\r\nhost: localhost\r\n\r\n";
    const answers = await raw(`PUT ${path} HTTP/1.1\r\n${head}\r\n\r\n${body}${next}`);
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 413", "HTTP/1.1 200"]);
  },
);

test("closing twice is fine", async () => {
  const short = await startMock();
  await Promise.all([short.close(), short.close()]);
  await short.close();
  await expect(fetch(`${short.url}/__mock/health`)).rejects.toThrow(TypeError);
});

test("every answer has a request id, even to bytes that are not HTTP", async () => {
  expect(await raw("nonsense\r\n\r\n")).toMatch(
    /^HTTP\/1\.1 400 [\s\S]*x-request-id: [0-9a-f]{16}\r\n/,
  );
  expect(await raw(`GET / HTTP/1.1\r\nhost: x\r\nbig: ${"x".repeat(20_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 431 [\s\S]*x-request-id: /,
  );
  expect(mock.journal()).toMatchObject([
    { method: "", path: "", status: 400, violations: [{ code: 400 }] },
    { method: "", path: "", status: 431, violations: [{ code: 431 }] },
  ]);
});
