import { writeFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ArchivesClient } from "@np6-archives/client";
import nodeFetch3 from "node-fetch";
import nodeFetch2 from "node-fetch-2";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { contractFetch, ContractViolationError } from "../src/index.ts";
import type { ContractFetchOptions, Violation } from "../src/index.ts";
import { answeringServer } from "./answering-server.ts";
import type { AnsweringServer } from "./answering-server.ts";

const vendorType = "application/vnd.np6.cm.mail.archive";
const archive = {
  id: "43fb9527-e5b2-4bcd-8dfd-b5a8bc881e11",
  action: "00000A",
  target: "000T123",
  sendingDate: "2026-02-05T09:27:58.67Z",
  url: "https://example.blob.core.windows.net/c/a.eml?se=2026-03-09T09%3A27%3A58Z&sig=c2VjcmV0",
  expiresOn: "2026-03-09T09:27:58.67Z",
};

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

let server: AnsweringServer;
let answer: Answer;
let strict: typeof fetch;

beforeAll(async () => {
  server = await answeringServer((_request, response) => {
    response.writeHead(answer.status ?? 200, answer.headers ?? { "content-type": vendorType });
    response.end(answer.body ?? "[]");
  });
  strict = await contractFetch();
});
afterAll(() => server.close());
beforeEach(() => {
  answer = {};
  server.requests.length = 0;
});

function withItem(change: object): string {
  return JSON.stringify([archive, { ...archive, ...change }]);
}

const withKey = { headers: { "X-Key": "planted-key" } };

async function violationsOf(
  path = "/targets/000T123/archives",
  init: RequestInit = withKey,
): Promise<Violation[]> {
  const violations: Violation[] = [];
  const lenient = await contractFetch({ onViolation: (violation) => violations.push(violation) });
  await lenient(server.url + path, init);
  return violations;
}

async function placesOf(...request: Parameters<typeof violationsOf>): Promise<string[]> {
  return (await violationsOf(...request)).map(({ where }) => where);
}

describe("a response that keeps the contract passes unchanged", () => {
  const documented: Record<string, Answer> = {
    "a list of archives": { body: JSON.stringify([archive, { ...archive, more: { than: 6 } }]) },
    "an empty list": {},
    "a charset of UTF-8": { headers: { "content-type": `${vendorType}; charset="UTF-8"` } },
    "a media type in upper case": { headers: { "Content-Type": vendorType.toUpperCase() } },
    "401 without a body": { status: 401, headers: {}, body: "" },
    "a 5xx with a gateway's page": { status: 502, headers: { "content-type": "text/html" } },
    "429 with its headers": { status: 429, headers: { "x-ratelimit-reset": "30" }, body: "" },
    "a list with the rate limit's headers": {
      headers: { "content-type": vendorType, "x-ratelimit-remaining": "9" },
    },
    "a header with whitespace around it": {
      status: 429,
      headers: { "x-ratelimit-reset": " 30 " },
      body: "",
    },
  };
  test.each(Object.entries(documented))("%s", async (_name, given) => {
    answer = given;
    const response = await strict(`${server.url}/targets/000T123/archives`, withKey);
    expect(response.status).toBe(given.status ?? 200);
    expect(response.bodyUsed).toBe(false);
    expect(await response.text()).toBe(given.body ?? "[]");
  });
});

describe("a response that breaks the contract is reported with the place", () => {
  const broken: [name: string, answer: Answer, ...places: string[]][] = [
    ["a property that is missing", { body: withItem({ url: undefined }) }, "response.body/1/url"],
    ["a number for a string", { body: withItem({ id: 7 }) }, "response.body/1/id"],
    ["null for a string", { body: withItem({ action: null }) }, "response.body/1/action"],
    [
      "a date without a zone",
      { body: withItem({ sendingDate: "2026-02-05T09:27:58" }) },
      "response.body/1/sendingDate",
    ],
    [
      "a date with a space for the T, beside another violation",
      { body: withItem({ id: 7, expiresOn: "2026-02-05 09:27:58Z" }) },
      "response.body/1/id",
      "response.body/1/expiresOn",
    ],
    [
      "a zone offset without a colon",
      { body: withItem({ sendingDate: "2026-02-05T09:27:58+0100" }) },
      "response.body/1/sendingDate",
    ],
    ["an object in place of the list", { body: `{"items":[]}` }, "response.body"],
    ["null for an item", { body: "[null]" }, "response.body/0"],
    ["no body", { body: "" }, "response.body"],
    ["half a body", { body: `[{"id":` }, "response.body"],
    ["a byte order mark", { body: "\uFEFF[]" }, "response.body"],
    [
      "bytes that are not UTF-8",
      { body: Buffer.from([0x5b, 0x22, 0xe9, 0x22, 0x5d]) },
      "response.body",
    ],
    [
      "JSON's own media type",
      { headers: { "content-type": "application/json" } },
      "response.media-type",
    ],
    ["a suffix", { headers: { "content-type": `${vendorType}+json` } }, "response.media-type"],
    [
      "a prefix that Prism ignores",
      { headers: { "content-type": "application/x+vnd.np6.cm.mail.archive" } },
      "response.media-type",
    ],
    ["no media type", { headers: {} }, "response.media-type"],
    ["a malformed media type", { headers: { "content-type": "garbage" } }, "response.media-type"],
    [
      "a media type with thousands of empty parameters",
      { headers: { "content-type": `${vendorType}${" ; ".repeat(4000)}x` } },
      "response.media-type",
    ],
    [
      "another charset",
      { headers: { "content-type": `${vendorType}; charset=iso-8859-1` } },
      "response.body",
    ],
    ["a success that is not documented", { status: 204, body: "" }, "response.status"],
    ["a failure that is not documented", { status: 418 }, "response.status"],
    ["a redirect", { status: 302, headers: { location: "/" } }, "response.status"],
    ...["soon", "", "1e2", "1.0", "-1", "0x10"].map((value): (typeof broken)[number] => [
      `a rate limit that is no whole number, ${JSON.stringify(value)}`,
      { status: 429, headers: { "X-RateLimit-Reset": value } },
      "response.headers/x-ratelimit-reset",
    ]),
    [
      "a rate limit that is no whole number, on a list",
      { headers: { "content-type": vendorType, "X-RateLimit-Remaining": "many" } },
      "response.headers/x-ratelimit-remaining",
    ],
  ];
  test.each(broken)("%s", async (_name, given, ...places) => {
    answer = given;
    const seen = await placesOf(undefined, { ...withKey, redirect: "manual" });
    expect(seen).toEqual(places);
    await expect(
      strict(`${server.url}/targets/000T123/archives`, { ...withKey, redirect: "manual" }),
    ).rejects.toThrow(ContractViolationError);
  });

  test("a redirect that fetch followed by itself", async () => {
    const places: string[] = [];
    const redirecting = await answeringServer((request, response) => {
      const moved = request.url!.startsWith("/actions");
      response.writeHead(moved ? 307 : 200, {
        "content-type": vendorType,
        location: "/targets/000T123/archives",
      });
      response.end("[]");
    });
    const lenient = await contractFetch({ onViolation: ({ where }) => places.push(where) });
    await lenient(`${redirecting.url}/actions/00000A/targets/000T123/archives`, withKey);
    await redirecting.close();
    expect(places).toEqual(["response.status"]);
  });
});

describe("a request that breaks the contract", () => {
  const wrong: [name: string, path: string, init: RequestInit, ...places: string[]][] = [
    ["an unknown path", "/actions/archives", withKey, "request.path"],
    ["a trailing slash", "/targets/000T123/archives/", withKey, "request.path"],
    ["a path below a prefix", "/v2/targets/000T123/archives", withKey, "request.path"],
    ["two slashes before a path", "//targets/000T123/archives", withKey, "request.path"],
    ["two slashes and a host", "//nowhere/targets/000T123/archives", withKey, "request.path"],
    ["two slashes and no host", "//[x:99999/targets/000T123/archives", withKey, "request.path"],
    ["an empty id", "/targets//archives", withKey, "request.path/id"],
    ["a malformed escape", "/targets/%zz/archives", withKey, "request.path"],
    [
      "another method",
      "/targets/000T123/archives",
      { ...withKey, method: "POST" },
      "request.method",
    ],
    ["no key", "/targets/000T123/archives", {}, "request.security"],
    [
      "a date that is none",
      "/targets/000T123/archives?startDate=yesterday",
      withKey,
      "request.query/startDate",
    ],
    [
      "a date with a space for the T",
      "/targets/000T123/archives?endDate=2026-02-01%2000:00:00Z",
      withKey,
      "request.query/endDate",
    ],
    [
      "a misspelt parameter",
      "/targets/000T123/archives?startdate=2026-02-01T00:00:00Z",
      withKey,
      "request.query/startdate",
    ],
    [
      "dates where none are documented",
      "/actions/stamp/d52055cd/archives?endDate=2026-02-01T00:00:00Z",
      withKey,
      "request.query/endDate",
    ],
    ["a key sent to a link", "/c/a.eml?se=2026&sig=planted-sig", withKey, "request.headers/x-key"],
  ];
  test.each(wrong)("%s is reported, and only sent with onViolation", async (...row) => {
    const [, path, init, ...places] = row;
    await expect(strict(server.url + path, init)).rejects.toThrow(ContractViolationError);
    expect(server.requests).toHaveLength(0);
    expect(await placesOf(path, init)).toEqual(places);
    expect(server.requests).toHaveLength(1);
  });
});

test("a link is not checked", async () => {
  const response = await strict(`${server.url}/c/a.eml?se=2026&sig=x`);
  expect(response.status).toBe(200);
});

test("a Request object is read like a URL and its init", async () => {
  const request = new Request(`${server.url}/targets/000T123/archives`, withKey);
  expect((await strict(request)).status).toBe(200);
  await expect(strict(new Request(request, { headers: {} }))).rejects.toThrow("header X-Key");
});

test("the error names the operation, the place, what was expected and what came", async () => {
  answer = { body: JSON.stringify([{ ...archive, sendingDate: 1770283678 }]) };
  await expect(strict(`${server.url}/targets/000T123/archives`, withKey)).rejects.toThrow(
    "listTargetArchives (GET /targets/000T123/archives): response.body/0/sendingDate: expected string, received a number",
  );
});

test("no violation shows a key, a signature or data of a body", async () => {
  answer = {
    status: 200,
    headers: { "content-type": "text/html" },
    body: JSON.stringify([{ ...archive, id: null, subject: "private" }]),
  };
  const violations = [
    ...(await violationsOf()),
    ...(await violationsOf("/c/a.eml?se=2026&sig=planted-sig", withKey)),
    ...(await violationsOf("/targets/000T123/archives?startDate=planted-key", withKey)),
  ];
  const error = new ContractViolationError(violations);
  const text = JSON.stringify(violations) + error.message + String(error.stack);
  expect(violations.length).toBeGreaterThan(3);
  expect(text).not.toMatch(/planted-key|planted-sig|c2VjcmV0|private/);
});

test.each<[name: string, path: string, answer?: Answer]>([
  ["a path", "/planted-key/archives"],
  ["the name of a parameter", "/targets/000T123/archives?planted-key=1"],
  ["an id", "/targets/planted-key/archives?more=1"],
  ["a link", "/planted-key.eml?sig=x"],
  [
    "a header",
    "/targets/000T123/archives",
    { status: 429, headers: { "x-ratelimit-limit": "planted-key" } },
  ],
  [
    "a long header",
    "/targets/000T123/archives",
    { status: 429, headers: { "x-ratelimit-limit": `${"x".repeat(92)}planted-key` } },
  ],
  [
    "a media type",
    "/targets/000T123/archives",
    { headers: { "content-type": "text/plain; key=planted-key" } },
  ],
  [
    "a charset",
    "/targets/000T123/archives",
    { headers: { "content-type": `${vendorType}; charset=planted-key` } },
  ],
])("a key in %s is not shown", async (_name, path, given = {}) => {
  answer = given;
  const violations = await violationsOf(path);
  expect(violations.length).toBeGreaterThan(0);
  expect(JSON.stringify(violations)).not.toContain("planted");
});

test("a body that breaks off is left to the caller", async () => {
  const breaking = await answeringServer((_request, response) => {
    response.writeHead(200, { "content-type": vendorType, "content-length": "100" });
    response.write("[", () => response.destroy());
  });
  const response = await strict(`${breaking.url}/targets/000T123/archives`, withKey);
  await expect(response.text()).rejects.toThrow("terminated");
  await breaking.close();
});

test("an abort while a body is read rejects with the signal's reason", async () => {
  const endless = await answeringServer((_request, response) => {
    response.writeHead(200, { "content-type": vendorType });
    response.write("[");
  });
  const reason = new Error("enough");
  const controller = new AbortController();
  const init = { ...withKey, signal: controller.signal };
  const listed = strict(`${endless.url}/targets/000T123/archives`, init);
  setTimeout(() => controller.abort(reason), 50);
  await expect(listed).rejects.toBe(reason);
  await endless.close();
});

const ours = await readFile(
  fileURLToPath(import.meta.resolve("@np6-archives/spec/openapi.yaml")),
  "utf8",
);

/** A fetch that is checked against another spec. */
async function fetchHeldTo(spec: string): Promise<typeof fetch> {
  const folder = await mkdtemp(join(tmpdir(), "contract-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "openapi.yaml");
  await writeFile(file, spec);
  return contractFetch({ spec: file });
}

test("the spec can be another file", async () => {
  const other = await fetchHeldTo(
    ours.replaceAll("application/vnd.np6.cm.mail.archive", "application/json"),
  );
  answer = { headers: { "content-type": "application/json" } };
  expect((await other(`${server.url}/targets/000T123/archives`, withKey)).status).toBe(200);
});

test("a body whose schema cannot be compiled is reported, not accepted", async () => {
  // Regular expressions of other languages have this.
  const id = "        id:\n          type: string\n";
  const other = await fetchHeldTo(ours.replace(id, `${id}          pattern: "(?i)^[0-9a-f-]+$"\n`));
  await expect(other(`${server.url}/targets/000T123/archives`, withKey)).rejects.toThrow(
    "response.body: expected one that can be checked; its schema cannot be read: Invalid regular expression",
  );
});

describe("a body that cannot be checked is reported, not accepted", () => {
  const wrong = JSON.stringify([{ id: 7 }]);
  const headers = { "content-type": vendorType };
  const answers: [name: string, received: string, make: () => unknown][] = [
    [
      "a double without clone",
      "a response that cannot be cloned",
      () => ({ status: 200, headers: new Headers(headers), json: async () => [{ id: 7 }] }),
    ],
    [
      "a double whose clone fails",
      "a response that cannot be cloned",
      () => ({
        status: 200,
        headers: new Headers(headers),
        clone() {
          throw new Error("no");
        },
      }),
    ],
    [
      "a double whose clone can only be read as JSON",
      "a response whose body cannot be read",
      () => ({ status: 200, headers: new Headers(headers), clone: () => ({ json: () => [] }) }),
    ],
  ];
  test.each(answers)("%s", async (_name, received, make) => {
    const held = await contractFetch({ fetch: async () => make() as Response });
    await expect(held(`${server.url}/targets/000T123/archives`, withKey)).rejects.toMatchObject({
      violations: [{ where: "response.body", expected: "a body that can be checked", received }],
    });
  });

  test.each([
    ["read already", "a body that was read already", (response: Response) => response.text()],
    ["locked", "a body that is locked", (response: Response) => response.body!.getReader()],
  ])("a body that is %s", async (_name, received, use) => {
    const held = await contractFetch({
      fetch: async () => {
        const response = new Response(wrong, { headers });
        await use(response);
        return response;
      },
    });
    await expect(held(`${server.url}/targets/000T123/archives`, withKey)).rejects.toMatchObject({
      violations: [{ where: "response.body", received }],
    });
  });

  test("a double that can be cloned and read as text is checked", async () => {
    const double = {
      status: 200,
      headers: new Headers(headers),
      clone: () => double,
      text: async () => wrong,
    };
    const held = await contractFetch({ fetch: async () => double as unknown as Response });
    await expect(held(`${server.url}/targets/000T123/archives`, withKey)).rejects.toThrow(
      "response.body/0/id: expected string, received a number",
    );
  });
});

function listingUrl(): string {
  return `${server.url}/targets/000T123/archives`;
}

describe.each([
  ["node-fetch 3", nodeFetch3 as unknown as typeof fetch],
  ["node-fetch 2", nodeFetch2],
])("%s", (_name, nodeFetch) => {
  test("lists more than its stream buffers hold, and leaves the response unchanged", async () => {
    const held = await contractFetch({ fetch: nodeFetch });
    answer = { body: JSON.stringify(Array.from({ length: 2000 }, () => archive)) };
    const response = await held(listingUrl(), withKey);
    expect(response.constructor.name).toBe("Response");
    expect(response).toMatchObject({ url: listingUrl(), status: 200, ok: true, redirected: false });
    expect(response.headers.get("content-type")).toBe(vendorType);
    expect(await response.json()).toHaveLength(2000);
  });

  test("can be read by our client", async () => {
    const held = await contractFetch({ fetch: nodeFetch });
    answer = { body: JSON.stringify([archive]) };
    const client = new ArchivesClient({ apiKey: "any", baseUrl: server.url, fetch: held });
    expect(await client.listByTarget("000T123")).toHaveLength(1);
  });

  test("has no body where none came", async () => {
    const held = await contractFetch({ fetch: nodeFetch, onViolation() {} });
    answer = { body: "" };
    expect(await (await held(listingUrl(), withKey)).text()).toBe("");
  });

  test("is held to the contract", async () => {
    const held = await contractFetch({ fetch: nodeFetch });
    answer = { body: withItem({ url: null }) };
    await expect(held(listingUrl(), withKey)).rejects.toThrow("response.body/1/url");
  });
});

// node-fetch 2 itself would wait for the rest forever.
test("node-fetch 3 leaves a body that breaks off to the caller", async () => {
  const breaking = await answeringServer((_request, response) => {
    response.writeHead(200, { "content-type": vendorType, "content-length": "100" });
    response.write("[", () => response.destroy());
  });
  const held = await contractFetch({ fetch: nodeFetch3 as unknown as typeof fetch });
  const reading = held(`${breaking.url}/targets/000T123/archives`, withKey).then((response) =>
    response.text(),
  );
  await expect(reading).rejects.not.toThrow(ContractViolationError);
  await breaking.close();
});

/** Like the fetch of an app under test, which knows the base URL of a path. */
const fetchOfApp: typeof fetch = (input, init) => fetch(new URL(input, server.url), init);

test("a path without an origin is checked, and passed on to fetch as it is", async () => {
  const held = await contractFetch({ fetch: fetchOfApp });
  expect((await held("/targets/000T123/archives", withKey)).status).toBe(200);
  await expect(held("/targets/000T123", withKey)).rejects.toThrow("request.path");
  await expect(strict("/targets/000T123/archives", withKey)).rejects.toThrow("Failed to parse URL");
});

describe("an API below a base path", () => {
  test.each(["/v8", "/v8/", "/gateway/np6"])("%s", async (basePath) => {
    const held = await contractFetch({ basePath });
    const base = server.url + basePath.replace(/\/$/, "");
    expect((await held(`${base}/targets/000T123/archives`, withKey)).status).toBe(200);
    await expect(held(`${base}/actions/archives`, withKey)).rejects.toThrow("request.path");
    const outside = held(`${server.url}/planted-key`, withKey);
    await expect(outside).rejects.toThrow("GET /[redacted]): request.path: expected a path below");
  });

  test.each(["/targets/000T123/archives", "/v80/targets/000T123/archives", "/v8"])(
    "%s is not below it",
    async (path) => {
      const held = await contractFetch({ basePath: "/v8" });
      await expect(held(server.url + path, withKey)).rejects.toThrow(
        `request.path: expected a path below /v8, received ${path}`,
      );
    },
  );

  test("a link is not checked, wherever it leads", async () => {
    const held = await contractFetch({ basePath: "/v8" });
    expect((await held(`${server.url}/c/a.eml?se=2026&sig=x`)).status).toBe(200);
  });

  test.each(["v8", "https://example.com/v8", "/v8?x", "/a b"])(
    "%j is refused",
    async (basePath) => {
      await expect(contractFetch({ basePath })).rejects.toThrow(
        "basePath: expected a path that begins with a slash",
      );
    },
  );
});

test("a spec that could not be read is read again the next time", async () => {
  const folder = await mkdtemp(join(tmpdir(), "contract-"));
  const file = join(folder, "openapi.yaml");
  await expect(contractFetch({ spec: file })).rejects.toThrow("cannot be read (ENOENT)");
  await writeFile(file, ours);
  const held = await contractFetch({ spec: file });
  expect((await held(`${server.url}/targets/000T123/archives`, withKey)).status).toBe(200);
  await rm(folder, { recursive: true });
});

test("a spec that cannot be read is reported in one line", async () => {
  await expect(contractFetch({ spec: "/nowhere/openapi.yaml" })).rejects.toThrow(
    /^The spec \/nowhere\/openapi\.yaml cannot be read \(ENOENT\)\.$/,
  );
});

const noResponses: [name: string, came: string, answer: unknown][] = [
  ["nothing", "nothing", undefined],
  ["null", "null", null],
  ["a body alone", "a string", "[]"],
  ["a double without headers", "one whose headers are nothing", { status: 200 }],
  [
    "a double whose headers are no Headers",
    "one whose headers are an object",
    { status: 200, headers: { get: () => vendorType } },
  ],
];

test.each(noResponses)("a fetch that returns %s is a clear error", async (_name, came, given) => {
  const held = await contractFetch({ fetch: async () => given as Response });
  await expect(held(listingUrl(), withKey)).rejects.toThrow(
    new TypeError(`fetch: expected a response whose headers are a Headers, got ${came}.`),
  );
});

test.each(["fetch", "onViolation"])("a %s that is no function is refused at once", async (name) => {
  await expect(contractFetch({ [name]: 1 })).rejects.toThrow(
    `${name}: expected a function, got number.`,
  );
});

test.each<[came: string, options: unknown, message: string]>([
  [
    "an unknown option",
    { onviolation() {} },
    'contractFetch: expected one of the options fetch, spec, basePath, onViolation, got "onviolation".',
  ],
  [
    "a name that every object inherits",
    { toString: 1 },
    'contractFetch: expected one of the options fetch, spec, basePath, onViolation, got "toString".',
  ],
  ["null", null, "contractFetch: expected an object with options, got null."],
  ["a function", fetch, "contractFetch: expected an object with options, got function."],
  ["a list", [], "contractFetch: expected an object with options, got an array."],
  ["null for fetch", { fetch: null }, "fetch: expected a function, got null."],
  ["a number for a file", { spec: 7 }, "spec: expected a path or a file URL, got number."],
  ["null for a file", { spec: null }, "spec: expected a path or a file URL, got null."],
  ["an empty file name", { spec: "" }, 'spec: expected a path or a file URL, got "".'],
  [
    "a web URL",
    { spec: new URL("https://me:secret@example.com/openapi.yaml") },
    "spec: expected a path or a file URL, got a URL of https:.",
  ],
  [
    "an array for a base path",
    { basePath: ["/v8"] },
    "basePath: expected a path that begins with a slash, got an array.",
  ],
])("options that are refused: %s", async (_came, options, message) => {
  await expect(contractFetch(options as object)).rejects.toThrow(new TypeError(message));
});

test("an option that is undefined counts as left out", async () => {
  const left: Record<keyof ContractFetchOptions, undefined> = {
    fetch: undefined,
    spec: undefined,
    basePath: undefined,
    onViolation: undefined,
  };
  const held = await contractFetch(left);
  expect((await held(listingUrl(), withKey)).status).toBe(200);
});
