import { Readable } from "node:stream";
import nodeFetch3, { Request as NodeFetchRequest } from "node-fetch";
import { describe, expect, test } from "vitest";
import { contractFetch, ContractViolationError } from "../src/index.ts";
import { answeringServer } from "./answering-server.ts";

const spec = new URL("other-spec.yaml", import.meta.url);
const json = { "content-type": "application/json" };

/** The violations reported for a call held to the other spec, as `WHERE: expected X, received Y`. */
async function told(
  path: string,
  init?: RequestInit,
  answer: () => Response = () => new Response(null, { status: 204 }),
): Promise<string[]> {
  const lines: string[] = [];
  const held = await contractFetch({
    spec,
    fetch: async () => answer(),
    onViolation: ({ where, expected, received }) =>
      lines.push(`${where}: expected ${expected}, received ${received}`),
  });
  await held(`http://api.test${path}`, init);
  return lines;
}

type Body = ConstructorParameters<typeof Response>[0] | null;
type Answered = [path: string, init: RequestInit, body: Body, answer: ResponseInit];

describe("an answer that another spec allows passes", () => {
  const rows: [name: string, ...Answered][] = [
    ["text", "/texts/1", {}, "hello", { headers: { "content-type": "text/plain" } }],
    [
      "text that does not look like JSON",
      "/texts/1",
      {},
      "{",
      { headers: { "content-type": "text/plain" } },
    ],
    [
      "a media type within a range",
      "/things",
      {},
      '{"range":1}',
      { headers: { "content-type": "application/x+json" } },
    ],
    [
      "a media type other than JSON within a range",
      "/things",
      {},
      "%PDF",
      { headers: { "content-type": "application/pdf" } },
    ],
    [
      "an exact media type takes precedence over a range",
      "/things",
      {},
      '{"plain":1}',
      { headers: json },
    ],
    [
      "a media type with a suffix beside the one without",
      "/things",
      {},
      '{"title":1}',
      { headers: { "content-type": "application/problem+json" } },
    ],
    [
      "a media type's parameter",
      "/things",
      {},
      '{"second":1}',
      { headers: { "content-type": "application/json; v=2" } },
    ],
    [
      "the largest integer of 64 bits",
      "/things",
      {},
      '{"second":9223372036854775807}',
      { headers: { "content-type": "application/json; v=2" } },
    ],
    [
      "a parameter that is not documented",
      "/things",
      {},
      '{"plain":1}',
      { headers: { "content-type": "application/json; v=3" } },
    ],
    [
      "a charset that is not named",
      "/things",
      {},
      '{"title":1}',
      { status: 418, headers: { "content-type": "application/problem+json" } },
    ],
    [
      "schemas that refer to each other",
      "/folders/1",
      { method: "PUT" },
      '{"files":[{"name":"a","folder":{"files":[]}}],"parent":{"files":[]}}',
      { headers: json },
    ],
    ["anything", "/any", {}, "<a>", { headers: { "content-type": "text/html" } }],
    ["any content without a media type", "/any", {}, new Uint8Array([0]), {}],
    ["HEAD", "/things", { method: "HEAD" }, null, { headers: json }],
    ["an empty answer to HEAD", "/things", { method: "HEAD" }, null, {}],
    ["204 in place of JSON", "/texts/1", { method: "PUT" }, null, { status: 204 }],
    ["304 in place of JSON", "/things", {}, null, { status: 304 }],
    ["a range of statuses in lower case", "/texts/a.md", {}, null, { status: 204 }],
  ];
  test.each(rows)("%s", async (_name, path, init, body, answer) => {
    expect(await told(path, init, () => new Response(body, answer))).toEqual([]);
  });

  test("a documented redirect that was followed", async () => {
    const answer = new Response("<a>");
    Object.defineProperty(answer, "redirected", { value: true });
    expect(await told("/moved", {}, () => answer)).toEqual([]);
  });
});

describe("an answer that another spec does not allow is reported", () => {
  const rows: [what: string, ...Answered][] = [
    [
      "response.media-type: expected text/plain, received application/json",
      "/texts/1",
      {},
      "{}",
      { headers: json },
    ],
    [
      "response.media-type: expected text/plain, received no content-type",
      "/texts/1",
      {},
      new Uint8Array([0]),
      {},
    ],
    [
      "response.media-type: expected application/json, received text/html",
      "/things",
      { method: "HEAD" },
      null,
      { headers: { "content-type": "text/html" } },
    ],
    [
      "response.body/plain: expected a value, received nothing",
      "/things",
      {},
      '{"title":1}',
      { headers: json },
    ],
    [
      "response.body/title: expected a value, received nothing",
      "/things",
      {},
      '{"plain":1}',
      { headers: { "content-type": "application/problem+json" } },
    ],
    [
      "response.body/range: expected a value, received nothing",
      "/things",
      {},
      "{}",
      { headers: { "content-type": "application/x+json" } },
    ],
    [
      "response.body/files/0/folder/files/0/name: expected string, received a number",
      "/folders/1",
      {},
      '{"files":[{"name":"a","folder":{"files":[{"name":1}]}}]}',
      { headers: json },
    ],
    [
      "response.body/parent/files: expected a value, received nothing",
      "/folders/1",
      { method: "PUT" },
      '{"files":[],"parent":{}}',
      { headers: json },
    ],
    [
      "response.body/second: expected int64, received a number",
      "/things",
      {},
      '{"second":9223372036854780000}',
      { headers: { "content-type": "application/json; v=2" } },
    ],
    ["response.body: expected JSON, received an empty body", "/things", {}, "", { headers: json }],
  ];
  test.each(rows)("%s", async (what, path, init, body, answer) => {
    expect(await told(path, init, () => new Response(body, answer))).toEqual([what]);
  });
});

function stream(text: string): ReadableStream {
  return new Blob([text]).stream();
}

function post(
  body: unknown,
  headers: Record<string, string> = json,
  method = "POST",
): RequestInit & { headers: Record<string, string>; duplex: "half" } {
  return { method, body: body as string, headers, duplex: "half" };
}

describe("the body of a request", () => {
  const bytes = new TextEncoder().encode('{"name":"a"}');
  const form = new FormData();
  form.set("name", "a");
  const right: [name: string, path: string, init: RequestInit][] = [
    ["JSON", "/things", post('{"name":"a"}')],
    ["JSON in bytes", "/things", post(bytes)],
    ["JSON in an ArrayBuffer", "/things", post(bytes.buffer)],
    [
      "JSON in a Blob that says so",
      "/things",
      post(new Blob([bytes], { type: "application/json" }), {}),
    ],
    ["without properties that only answers have", "/things", post('{"name":"a","pair":["a",1]}')],
    [
      "with a charset",
      "/things",
      post('{"name":"a"}', { "content-type": "application/json; charset=utf-8" }),
    ],
    ["with a length", "/things", post('{"name":"a"}', { ...json, "content-length": "12" })],
    ["a stream: only its media type is checked", "/things", post(stream("{}"))],
    ["a stream without a media type", "/things", post(stream("{}"), {})],
    [
      "compressed JSON",
      "/things",
      post(new Uint8Array([1]), { ...json, "content-encoding": "gzip" }),
    ],
    ["text within a media type range", "/texts/1", post("a", {}, "PUT")],
    ["no body where none is required", "/texts/1", { method: "PUT" }],
    ["an empty body where none is documented", "/things", post("", {}, "DELETE")],
  ];
  test.each(right)("passes: %s", async (_name, path, init) => {
    expect(await told(path, init)).toEqual([]);
  });

  const wrong: [what: string, path: string, init: RequestInit][] = [
    ["request.body: expected a body, received nothing", "/things", { method: "POST" }],
    ["request.body: expected a body, received nothing", "/things", post("")],
    ["request.body: expected JSON, received 1 bytes that are not JSON", "/things", post("{")],
    ["request.body: expected object, received an array of 0", "/things", post("[]")],
    ["request.body: expected object, received null", "/things", post("null")],
    ["request.body/name: expected a value, received nothing", "/things", post("{}")],
    ["request.body/name: expected string, received a number", "/things", post('{"name":7}')],
    [
      "request.body/a~1b: expected string, received a number",
      "/things",
      post('{"name":"a","a/b":7}'),
    ],
    [
      "request.body/pair/1: expected integer, received a string",
      "/things",
      post('{"name":"a","pair":["a","b"]}'),
    ],
    [
      "request.media-type: expected application/json, received text/plain;charset=UTF-8",
      "/things",
      post('{"name":"a"}', {}),
    ],
    [
      "request.media-type: expected application/json, received multipart/form-data",
      "/things",
      post(form, {}),
    ],
    [
      "request.media-type: expected application/json, received application/x-www-form-urlencoded;charset=UTF-8",
      "/things",
      post(new URLSearchParams("name=a"), {}),
    ],
    [
      "request.media-type: expected application/json, received no content-type",
      "/things",
      post(bytes, {}),
    ],
    [
      "request.media-type: expected application/json, received garbage",
      "/things",
      post("{}", { "content-type": "garbage" }),
    ],
    [
      "request.media-type: expected application/json, received text/csv",
      "/things",
      post(stream("a"), { "content-type": "text/csv" }),
    ],
    ["request.body: expected no body, received a body", "/things", post("a", {}, "DELETE")],
  ];
  test.each(wrong)("%s (%#)", async (what, path, init) => {
    expect(await told(path, init)).toEqual([what]);
  });

  test("is checked against patternProperties as well as a failed anyOf", async () => {
    expect(await told("/labels", post('{"name":7,"x-a":"b"}', json, "PUT"))).toEqual([
      "request.body/name: expected string, received a number",
      "request.body: expected match a schema in anyOf, received an object",
      "request.body/x-a: expected integer, received a string",
    ]);
  });

  const senders: [name: string, make: () => Parameters<typeof fetch>][] = [
    ["text", () => ["http://api.test/things", post('{"name":"a"}')]],
    ["a Blob", () => ["http://api.test/things", post(new Blob(['{"name":"a"}']))]],
    ["a stream", () => ["http://api.test/things", post(stream('{"name":"a"}'))]],
    ["a Request", () => [new Request("http://api.test/things", post('{"name":"a"}'))]],
  ];
  test.each(senders)("reaches the fetch unchanged: %s", async (_name, make) => {
    let sent: string | undefined;
    const held = await contractFetch({
      spec,
      fetch: async (input, init) => {
        sent = await (input instanceof Request ? input : new Response(init!.body)).text();
        return new Response(null, { status: 204 });
      },
    });
    await held(...make());
    expect(sent).toBe('{"name":"a"}');
  });

  test("of a Request is checked, and not sent when wrong", async () => {
    let isSent = false;
    const held = await contractFetch({
      spec,
      fetch: async () => {
        isSent = true;
        return new Response();
      },
    });
    const request = new Request("http://api.test/things", post("{}"));
    await expect(held(request)).rejects.toThrow("request.body/name: expected a value");
    expect(isSent).toBe(false);
    expect(await request.text()).toBe("{}");
  });

  test("of a Request that never ends is given up on an abort", async () => {
    const body = new ReadableStream();
    const init = { ...post(body), signal: AbortSignal.timeout(50) };
    const held = await contractFetch({ spec });
    await expect(held(new Request("http://api.test/things", init))).rejects.toThrow("timeout");
  });

  test("of node-fetch is sent, also as a Node stream", async () => {
    const bodies: string[] = [];
    const server = await answeringServer(async (request, response) => {
      bodies.push(await new Response(Readable.toWeb(request) as ReadableStream).text());
      response.writeHead(204).end();
    });
    const held = await contractFetch({ spec, fetch: nodeFetch3 as unknown as typeof fetch });
    const long = JSON.stringify({ name: "a".repeat(100_000) });
    await held(`${server.url}/things`, post(Readable.from([long])));
    const init = { method: "POST", headers: json, body: long };
    const request = new NodeFetchRequest(`${server.url}/things`, init);
    await held(request as unknown as Request);
    await server.close();
    expect(bodies).toEqual([long, long]);
  });
});

describe("the missing key of a request is named", () => {
  const rows: [path: string, expected: string, ...headers: Record<string, string>[]][] = [
    [
      "bearer",
      "a bearer token in header Authorization",
      { authorization: "Bearer x" },
      { authorization: "bearer x" },
    ],
    [
      "basic",
      "basic credentials in header Authorization",
      { authorization: `Basic ${btoa("me:a:b")}` },
    ],
    ["token", "an access token in header Authorization", { authorization: "DPoP x" }],
    ["header", "a key in header X-Other-Key", { "x-other-key": "x" }],
    ["cookie", "a key in cookie session", { cookie: "a=b; session=x" }],
    [
      "both",
      "a key in header X-Other-Key and a key in cookie session or a bearer token in header Authorization",
      { "x-other-key": "x", cookie: "session=x" },
      { authorization: "Bearer x" },
    ],
  ];
  test.each(rows)("%s", async (path, expected, ...headers) => {
    const lacking = [`request.security: expected ${expected}, received none`];
    expect(await told(`/secret/${path}`)).toEqual(lacking);
    for (const met of headers) {
      expect(await told(`/secret/${path}`, { headers: met })).toEqual([]);
    }
  });

  test("a key in the query", async () => {
    const lacking = ["request.security: expected a key in query api_key, received none"];
    expect(await told("/secret/query")).toEqual(lacking);
    expect(await told("/secret/query?api_key=x")).toEqual([]);
  });

  test("what is missing, beside what was sent", async () => {
    expect(await told("/secret/both", { headers: { "x-other-key": "x" } })).toEqual([
      "request.security: expected a key in cookie session or a bearer token in header Authorization, received none",
    ]);
    expect(await told("/secret/basic", { headers: { authorization: "Bearer x" } })).toHaveLength(1);
  });

  test.each(["tls", "optional"])(
    "nothing where the scheme cannot be checked, or is optional: %s",
    async (path) => {
      expect(await told(`/secret/${path}`)).toEqual([]);
      expect(await told(`/secret/${path}`, { headers: { authorization: "Other x" } })).toEqual([]);
    },
  );
});

describe("parameters", () => {
  test.each([
    "/search?q=a",
    "/search?q=",
    "/search?q=a&ids=1&ids=2",
    "/search?q=a&Page[Size]=2&Page[Number]=1",
    "/search?q=a&old=1",
    "/search?q=a&either=5",
    "/search?q=a&sides=a|b",
    "/filter?firstName=a",
    "/texts/a.b.md",
  ])("%s passes", async (path) => {
    expect(await told(path)).toEqual([]);
  });

  const wrong: [path: string, init: RequestInit, ...what: string[]][] = [
    ["/texts/x", { method: "PUT" }, "request.path/id: expected integer, received a string"],
    ["/search", {}, "request.query/q: expected a value, received nothing"],
    [
      "/search?q=a&ids=1&ids=x",
      {},
      "request.query/ids/1: expected integer, received an array of 2",
    ],
    [
      "/secret/query?api_key=x&page=2",
      {},
      "request.query/page: expected only api_key, received an undocumented parameter",
    ],
    [
      "/search?q=&size=&all=&either=",
      { headers: { "X-Count": "" } },
      "request.query/size: expected integer, received a blank string",
      "request.headers/X-Count: expected integer, received a blank string",
    ],
    // A parameter of that name would make the URL an archive's link, but not at a path of the spec.
    [
      "/secret/query?api_key=x&sig=y",
      {},
      "request.query/sig: expected only api_key, received an undocumented parameter",
    ],
    [
      "/moved?Page[Size]=2&page=2",
      { method: "PUT" },
      "request.query/page: expected only q, Page, received an undocumented parameter",
    ],
    [
      "/search?q=a",
      { headers: { "X-Count": "x" } },
      "request.headers/X-Count: expected integer, received a string",
    ],
    [
      "/things",
      { method: "PATCH" },
      "request.method: expected HEAD or GET or POST or DELETE, received PATCH",
    ],
  ];
  test.each(wrong)("%s is reported", async (path, init, ...what) => {
    expect(await told(path, init)).toEqual(what);
  });
});

test("parameters and headers whose schema cannot be compiled are reported, not accepted", async () => {
  const cannot =
    /: expected one that can be checked; its schema cannot be read: .*, received one that cannot$/;
  const lines = await told("/unreadable?size=large");
  expect(lines.map((line) => line.replace(cannot, ""))).toEqual([
    "request.query",
    "response.headers",
  ]);
});

test("a violation names its operation, even one without an operationId", async () => {
  const fetch = await contractFetch({ spec, fetch: async () => new Response() });
  const operations = ["/things?x=1", "/secret/basic", "/nowhere"].map(async (path) => {
    const error: unknown = await fetch(`http://api.test${path}`).catch((reason: unknown) => reason);
    return error instanceof ContractViolationError && error.violations[0]?.operation;
  });
  expect(await Promise.all(operations)).toEqual(["things", "GET /secret/basic", undefined]);
});
