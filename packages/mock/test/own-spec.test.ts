import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json as parsed } from "node:stream/consumers";
import { promisify } from "node:util";
import type { Mock, Violation } from "@np6-archives/mock";
import { startMock } from "@np6-archives/mock";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { splitSpec } from "./split-spec.ts";

const contract = await readFile(
  createRequire(import.meta.url).resolve("@np6-archives/spec/openapi.yaml"),
  "utf8",
);

const home = await mkdtemp(join(tmpdir(), "own-spec-"));
afterAll(() => rm(home, { recursive: true }));

/** Starts the mock on the contract with one passage changed. */
async function startChanged(from: string, to: string): Promise<Mock> {
  expect(contract).toContain(from);
  const file = join(await mkdtemp(join(home, "one-")), "openapi.yaml");
  await writeFile(file, contract.replace(from, to));
  return startMock({ spec: file });
}

function list(mock: Mock, target: string, query = ""): Promise<Response> {
  return fetch(`${mock.url}/targets/${target}/archives${query}`, { headers: { "X-Key": "demo" } });
}

test("an answer that would break the contract is a 500 that names the place, in the body, the header and the journal", async () => {
  const mock = await startChanged(
    "required: [id, action, target, sendingDate, url, expiresOn]",
    "required: [id, action, target, sendingDate, url, expiresOn, subject]",
  );
  try {
    const response = await list(mock, "000T123");
    expect(response.status).toBe(500);
    expect(await response.text()).toContain("about to break the contract");
    expect(response.headers.get("sl-violations")).toContain("subject");
    expect(mock.journal().at(-1)?.violations[0]?.location.slice(0, 2)).toEqual([
      "response",
      "body",
    ]);
    expect((await list(mock, "000EMPTY")).status).toBe(200);
  } finally {
    await mock.close();
  }
});

test("merge keys of a spec in several files are resolved", async () => {
  const { spec, parts } = await splitSpec(await mkdtemp(join(home, "one-")));
  const text = await readFile(parts, "utf8");
  const merged = text
    .replace("        sendingDate:\n", "        sendingDate: &sent\n")
    .replace(
      /( {8}expiresOn:\n)(?: {10}(?:type|format|x-provenance): .*\n)+/,
      "$1          <<: *sent\n",
    );
  expect(merged).toContain("<<: *sent");
  await writeFile(parts, merged);
  const mock = await startMock({ spec });
  try {
    const shown = await (await fetch(`${mock.url}/__mock/docs/openapi.yaml`)).text();
    expect(shown).not.toContain("<<");
    expect((await list(mock, "000T123")).status).toBe(200);
  } finally {
    await mock.close();
  }
});

test("the engine learns the system it runs on: on Windows paths have backslashes", async () => {
  const { spec } = await splitSpec(await mkdtemp(join(home, "one-")));
  const program = `
    Object.defineProperty(process, "platform", { value: "win32" });
    const { prism } = await import(${JSON.stringify(import.meta.resolve("@np6-archives/mock/bundled-prism"))});
    await prism.readOperations(${JSON.stringify(spec)}).catch(({ message }) => console.log(message));`;
  const args = ["--input-type", "module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  // Only there it is found.
  expect(stdout).toContain(process.platform === "win32" ? "" : `"${spec.replaceAll("/", "\\")}"`);
});

test("each value of a constrained parameter is checked, whatever values came before", async () => {
  const patterned = await startChanged(
    `      description: Every mail that any action sent to this target, within the given dates.
      parameters:
        - name: id
          in: path
          required: true
          x-provenance: documented
          description: The target's id, an opaque string.
          schema: { type: string }`,
    `      description: Every mail that any action sent to this target, within the given dates.
      parameters:
        - name: id
          in: path
          required: true
          x-provenance: documented
          description: The target's id, an opaque string.
          schema: { type: string, pattern: "^[0-9A-Z]+$" }`,
  );
  try {
    const statuses: number[] = [];
    for (const target of ["000T123", "lower", "000EMPTY", "000T123"]) {
      statuses.push((await list(patterned, target)).status);
    }
    expect(statuses).toEqual([200, 400, 200, 200]);
  } finally {
    await patterned.close();
  }
});

test("a list longer than the contract allows is refused, but not a part of it within dates", async () => {
  const mock = await startChanged(
    "    MailArchives:\n      type: array",
    "    MailArchives:\n      type: array\n      maxItems: 5",
  );
  try {
    expect((await list(mock, "000T123")).status).toBe(500);
    const third = mock.dataset.archives.filter(({ target }) => target === "000T123")[2];
    const query = `?startDate=${encodeURIComponent(third?.sendingDate ?? "")}`;
    expect((await list(mock, "000T123", query)).status).toBe(200);
  } finally {
    await mock.close();
  }
});

/** Starts the mock with own operations and schemas, until the end of the test. */
async function startOwn(paths: object, schemas: object = {}, openapi = "3.1.0"): Promise<Mock> {
  const securitySchemes = {
    key: { type: "apiKey", in: "query", name: "key" },
    basic: { type: "http", scheme: "basic" },
  };
  const info = { title: "One's own", version: "1.0.0" };
  const file = join(await mkdtemp(join(home, "one-")), "openapi.json");
  const spec = { openapi, info, components: { securitySchemes, schemas }, paths };
  await writeFile(file, JSON.stringify(spec));
  const mock = await startMock({ spec: file });
  onTestFinished(() => mock.close());
  return mock;
}

/** Asks for each path and query, and expects the status beside it. */
async function expectStatuses(mock: Mock, expected: Record<string, number>): Promise<void> {
  for (const [query, status] of Object.entries(expected)) {
    expect([query, (await fetch(`${mock.url}${query}`)).status]).toEqual([query, status]);
  }
}

async function putText(mock: Mock, path: string, body: string): Promise<number> {
  const headers = { "content-type": "application/json" };
  return (await fetch(`${mock.url}${path}`, { method: "PUT", headers, body })).status;
}

const putJson = (mock: Mock, path: string, sent: unknown): Promise<number> =>
  putText(mock, path, JSON.stringify(sent));

const ok = (content: object) => ({ responses: { 200: { description: "Good.", content } } });

test("a listing has its dates whatever other methods its path has", async () => {
  const options = '    options: { responses: { "204": { description: Known. } } }';
  const mock = await startChanged("\ncomponents:\n", `\n${options}\ncomponents:\n`);
  onTestFinished(() => mock.close());
  const response = await list(mock, "000T123", "?endDate=2000-01-01T00:00:00Z");
  expect(await response.json()).toEqual([]);
});

test("own operations are checked and answered: keys, objects and lists in the query, XML", async () => {
  const json = { "application/json": { example: { good: true } } };
  const filter = {
    name: "filter",
    in: "query",
    style: "deepObject",
    schema: {
      type: "object",
      required: ["ofYear"],
      properties: {
        ofYear: { type: "integer" },
        by: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
      },
    },
  };
  const tags = {
    name: "tags",
    in: "query",
    schema: { type: "array", items: { enum: ["new", "old"] } },
  };
  const pages = {
    name: "pages",
    in: "query",
    style: "spaceDelimited",
    explode: false,
    schema: { type: "array", items: { type: "integer" } },
  };
  const dates = {
    name: "dates",
    in: "query",
    schema: {
      type: "object",
      properties: { firstYear: { type: "integer" } },
      required: ["firstYear"],
    },
  };
  const mock = await startOwn({
    "/keyed": { get: { security: [{ key: [] }], ...ok(json) } },
    "/basic": { get: { security: [{ basic: [] }], ...ok(json) } },
    "/filtered": { get: { parameters: [filter], ...ok(json) } },
    "/tagged": { get: { parameters: [tags], ...ok(json) } },
    "/paged": { get: { parameters: [pages], ...ok(json) } },
    "/xml": { get: ok({ "application/xml": { example: "<good/>" } }) },
    "/dated": { get: { parameters: [dates], ...ok(json) } },
  });
  const statusOf = async (path: string, headers: Record<string, string> = {}) =>
    (await fetch(`${mock.url}${path}`, { headers })).status;
  expect(await statusOf("/keyed")).toBe(401);
  expect(await statusOf("/keyed?key=mine")).toBe(200);
  expect(await statusOf("/basic", { authorization: `Basic ${btoa("me")}` })).toBe(401);
  expect(await statusOf("/basic", { authorization: `Basic ${btoa("me:a:b")}` })).toBe(200);
  expect(await statusOf("/filtered")).toBe(200);
  expect(await statusOf("/filtered?filter[ofYear]=2026")).toBe(200);
  expect(await statusOf("/filtered?filter[ofYear]=last")).toBe(422);
  expect(await statusOf("/filtered?filter[of]=2026")).toBe(422);
  expect(await statusOf("/filtered?filter[ofYear]=2026&filter[by][name]=me")).toBe(200);
  expect(await statusOf("/filtered?filter[ofYear]=2026&filter[by][age]=9")).toBe(422);
  expect(await statusOf("/tagged?tags=new&tags=old")).toBe(200);
  expect(await statusOf("/tagged?tags=none&tags=old")).toBe(422);
  expect(await statusOf("/paged?pages=1%202+3")).toBe(200);
  expect(await statusOf("/paged?pages=1%20last")).toBe(422);
  expect(await statusOf("/dated")).toBe(200);
  expect(await statusOf("/dated?firstYear=2026")).toBe(200);
  expect(await statusOf("/dated?firstYear=last")).toBe(422);
  expect(await (await fetch(`${mock.url}/xml`)).text()).toBe("<good/>");
  const headers = { Accept: "application/json" };
  expect((await fetch(`${mock.url}/xml`, { headers })).status).toBe(406);
});

const asked = (name: string, schema: object, more: object = {}) => ({
  get: { parameters: [{ name, in: "query", schema, ...more }], ...ok({}) },
});

test.each(["3.0.3", "3.1.0"])(
  "nullable query parameters and those of several types are checked, in OpenAPI %s",
  async (version) => {
    const orNull = (type: string) =>
      version === "3.0.3" ? { type, nullable: true } : { type: [type, "null"] };
    const pages = { ...orNull("array"), items: { type: "integer" } };
    const dates = { ...orNull("object"), properties: { year: { type: "integer" } } };
    const size = { oneOf: [{ type: "string" }, { type: "integer" }] };
    const mock = await startOwn(
      {
        "/pages": asked("pages", pages),
        "/piped": asked("pages", pages, { style: "pipeDelimited", explode: false }),
        "/dates": asked("dates", dates),
        "/size": asked("size", size),
        "/switch": asked("switch", { oneOf: [{ type: "integer" }, { type: "boolean" }] }),
      },
      {},
      version,
    );
    await expectStatuses(mock, {
      "/pages": 200,
      "/pages?pages=1": 200,
      "/pages?pages=1&pages=2": 200,
      "/pages?pages=last": 422,
      "/piped?pages=1|2": 200,
      "/piped?pages=1|last": 422,
      "/dates": 200,
      "/dates?year=2026": 200,
      "/dates?year=last": 422,
      "/size?size=5": 200,
      "/size?size=large": 200,
      "/switch?switch=1": 200,
      "/switch?switch=true": 200,
      "/switch?switch=on": 422,
    });
  },
);

test("a string that may also be a list or an object is checked as a string", async () => {
  const limits = { pattern: "^a", items: { type: "integer" } };
  const mock = await startOwn(
    {
      "/listed": asked("own", { type: ["string", "array"], ...limits }),
      "/piped": asked("own", { type: ["string", "array"], ...limits }, { style: "pipeDelimited" }),
      "/object": asked("own", { type: ["string", "object"], ...limits }, { required: true }),
    },
    {},
    "3.1.0",
  );
  await expectStatuses(mock, {
    "/listed?own=all": 200,
    "/listed?own=none": 422,
    "/listed?own=1&own=2": 200,
    "/listed?own=1&own=all": 422,
    "/piped?own=1|2": 200,
    "/object": 422,
    "/object?own=all": 200,
    "/object?own=none": 422,
  });
});

test("a list in a form is sent as repeated fields", async () => {
  const properties = {
    tags: { type: "array", items: { enum: ["new", "old", "a+b, c"] } },
    pages: { type: "array", items: { type: "integer" } },
    name: { type: "string", pattern: "^[^%]*$" },
  };
  const content = { schema: { type: "object", properties } };
  const styled = { ...content, encoding: { tags: { contentType: "text/plain" } } };
  const mock = await startOwn(
    Object.fromEntries(
      Object.entries({
        "/form": { "application/x-www-form-urlencoded": content },
        "/styled": { "application/x-www-form-urlencoded": styled },
        "/any": { "application/*": content },
        "/parts": { "multipart/form-data": content },
      }).map(([path, sent]) => [path, { post: { requestBody: { content: sent }, ...ok({}) } }]),
    ),
  );
  for (const [path, Form] of [
    ["/form", URLSearchParams],
    ["/styled", URLSearchParams],
    ["/any", URLSearchParams],
    ["/parts", FormData],
  ] as const) {
    const statusOf = async (...entries: [name: string, value: string][]) => {
      const body = new Form();
      for (const [name, value] of entries) body.append(name, value);
      return (await fetch(`${mock.url}${path}`, { method: "POST", body })).status;
    };
    expect(await statusOf(["tags", "new"])).toBe(200);
    expect(await statusOf(["tags", "new"], ["name", "J. + A."], ["tags", "a+b, c"])).toBe(200);
    expect(await statusOf(["tags", "none"], ["tags", "old"])).toBe(422);
    expect(await statusOf(["pages", "1"], ["pages", "2"])).toBe(200);
    expect(await statusOf(["pages", "1"], ["pages", "last"])).toBe(422);
    expect(await statusOf(["name", "me"], ["name", "you"])).toBe(422);
  }
});

test("of very many violations the first are reported, with the number of the others", async () => {
  const schema = { type: "array", items: { type: "string" } };
  const content = { "application/json": { schema } };
  const mock = await startOwn({ "/sent": { post: { requestBody: { content }, ...ok({}) } } });
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify(Array.from({ length: 5000 }, () => 1));
  expect((await fetch(`${mock.url}/sent`, { method: "POST", headers, body })).status).toBe(422);
  const { violations = [] } = mock.journal().at(-1) ?? {};
  expect(violations).toHaveLength(101);
  expect(violations[99]).toMatchObject({ location: ["request", "body", "98"], code: "type" });
  expect(violations[100]?.message).toBe("There are 4901 more.");
});

test("a list in a header or a path is checked, where it is sent", async () => {
  const schema = { type: "array", items: { type: "integer" } };
  const listed = (name: string, place: string, more: object = {}) => ({
    get: { parameters: [{ name, in: place, schema, ...more }], ...ok({}) },
  });
  const headers = { "X-Own": { schema, required: true, example: [1, 2] } };
  const mock = await startOwn({
    "/header": listed("X-Own", "header"),
    "/path/{own}": listed("own", "path", { required: true }),
    "/piped": listed("own", "query", { style: "pipeDelimited", explode: true }),
    "/answered": { get: { responses: { 200: { description: "", headers } } } },
  });
  const statusOf = async (path: string, own?: string) =>
    (await fetch(`${mock.url}${path}`, own === undefined ? {} : { headers: { "X-Own": own } }))
      .status;
  expect(await statusOf("/header")).toBe(200);
  expect(await statusOf("/header", "1,2")).toBe(200);
  expect(await statusOf("/header", "1,last")).toBe(422);
  expect(await statusOf("/path/1")).toBe(200);
  expect(await statusOf("/path/1,2")).toBe(200);
  expect(await statusOf("/path/1,last")).toBe(422);
  expect(await statusOf("/piped")).toBe(200);
  expect(await statusOf("/piped?own=1&own=last")).toBe(422);
  expect((await fetch(`${mock.url}/answered`)).headers.get("x-own")).toBe("1,2");
});

const header = (schema: object) => ({
  get: {
    responses: { 200: { description: "", headers: { "X-Own": { required: true, schema } } } },
  },
});

test("an answer without a body has its headers, and is reported when one of them is wrong", async () => {
  const mock = await startOwn({
    "/left": header({ type: "integer" }),
    "/named": header({ type: "string", pattern: "^own" }),
  });
  expect((await fetch(`${mock.url}/left`)).headers.get("x-own")).toBe("0");
  const wrong = await fetch(`${mock.url}/named`, { headers: { Accept: "*/*" } });
  expect(wrong.status).toBe(500);
  expect(await wrong.text()).toContain("header parameter x-own must match pattern");
});

test("the reason for a refusal is given even where the spec has no answer for it", async () => {
  const limit = { name: "limit", in: "query", schema: { type: "integer" } };
  const mock = await startOwn({
    "/limited": { get: { parameters: [limit], ...ok({}) } },
    "/basic": { get: { security: [{ basic: [] }], ...ok({}) } },
    "/sent": { post: { requestBody: { required: true, content: {} }, ...ok({}) } },
  });
  const refused = await fetch(`${mock.url}/limited?limit=all`);
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({ validation: [{ location: ["query", "limit"] }] });
  const [, reason] = JSON.parse(refused.headers.get("sl-violations") ?? "") as Violation[];
  expect(reason).toMatchObject({ location: ["request", "query", "limit"], code: "type" });
  const bodiless = await fetch(`${mock.url}/sent`, { method: "POST" });
  expect(bodiless.status).toBe(422);
  expect(bodiless.headers.get("sl-violations")).toContain("Body parameter is required");
  const unasked = await fetch(`${mock.url}/basic`);
  expect([unasked.status, unasked.headers.get("www-authenticate")]).toEqual([
    401,
    'Basic realm="*"',
  ]);
});

const kind = (n: number) => ({ $ref: `#/components/schemas/Kind${n % 30}` });
const answer = (n: number, example: object) => ({
  get: ok({ "application/json": { schema: kind(n), example } }),
});

test("many mutually recursive schemas are read, and used by every operation that refers to them", async () => {
  const kinds = Array.from({ length: 30 }, (_, n) => [
    `Kind${n}`,
    {
      type: "object",
      properties: {
        id: { type: "integer", example: n },
        next: kind(n + 1),
        double: kind(2 * n),
        all: { type: "array", items: kind(3 * n + 1) },
      },
    },
  ]);
  const mock = await startOwn(
    {
      "/first": answer(1, { next: { id: 2 } }),
      "/second": answer(1, { next: { next: { id: 3 } } }),
      "/third": answer(2, { next: { all: [{ id: "ten" }] } }),
    },
    Object.fromEntries(kinds),
  );
  const statusOf = async (path: string) => (await fetch(`${mock.url}${path}`)).status;
  expect([await statusOf("/first"), await statusOf("/second")]).toEqual([200, 200]);
  expect(await statusOf("/third")).toBe(500);
  const { violations } = mock.journal().at(-1)!;
  expect(violations[0]?.location).toEqual(["response", "body", "next", "all", "0", "id"]);
});

const to = (name: string) => ({ $ref: `#/components/schemas/${name}` });

test.each(["3.0.3", "3.1.0"])(
  "an example of a recursive schema has all required properties, in OpenAPI %s",
  async (version) => {
    const id = { type: "string" };
    const own = { type: "object", required: ["id"] };
    const schemas = {
      Tree: { ...own, properties: { id, kids: { type: "array", items: to("Tree") } } },
      Chain: { ...own, properties: { id, next: to("Chain") } },
      Kind: { allOf: [to("Named"), { properties: { of: { type: "array", items: to("Kind") } } }] },
      Named: { ...own, properties: { id } },
    };
    const paths = Object.keys(schemas).map((name) => [
      `/${name}`,
      { get: ok({ "application/json": { schema: to(name) } }) },
    ]);
    const mock = await startOwn(Object.fromEntries(paths), schemas, version);
    for (const name of Object.keys(schemas)) {
      const response = await fetch(`${mock.url}/${name}`);
      expect(await response.json()).toHaveProperty("id");
      expect(response.status).toBe(200);
    }
  },
);

test("many operations with mutually recursive schemas are read", async () => {
  const schemas = {
    Kind0: { properties: { next: kind(1) } },
    Kind1: { description: "x".repeat(1_000_000), properties: { next: kind(0) } },
  };
  const paths = Array.from({ length: 600 }, (_, n) => [`/kinds/${n}`, put(kind(0))]);
  const mock = await startOwn(Object.fromEntries(paths), schemas);
  expect((await fetch(`${mock.url}/kinds/599`, { method: "PUT" })).status).toBe(200);
});

const folder = { $ref: "#/components/schemas/Folder" };
const owned = { $ref: "#/components/schemas/Owned" };
const FOLDERS = {
  Folder: {
    type: "object",
    required: ["id", "name"],
    properties: {
      id: { type: "integer", readOnly: true },
      name: { type: "string", example: "Mails" },
      parent: folder,
      shared: { allOf: [owned, folder] },
      top: { ...folder, maxProperties: 1 },
    },
  },
  Owned: { type: "object", required: ["owner"], properties: { owner: { type: "string" }, folder } },
};
const folders = (value: object = folder) => ({ "application/json": { schema: value } });
const put = (value?: object) => ({ put: { requestBody: { content: folders(value) }, ...ok({}) } });

test("a body is checked against everything that a recursive schema says", async () => {
  const items = Array.from({ length: 25 }, (_, n) => [
    `Kind${n}`,
    { type: "array", items: { type: "object", properties: { next: kind(n + 1) } } },
  ]);
  const lists = Array.from({ length: 25 }, (_, n) => ({
    $ref: `#/components/schemas/Kind${n}/items`,
  }));
  const kinds = Object.fromEntries([...items, ["Kind25", { type: "array", items: kind(0) }]]);
  const mock = await startOwn(
    {
      "/folder": { ...put(), get: ok(folders()) },
      "/small": put({ ...folder, maxProperties: 1 }),
      "/again": { $ref: "#/paths/~1folder" },
      "/lists": put({ properties: { id: { type: "integer" }, lists: { prefixItems: lists } } }),
    },
    { ...FOLDERS, ...kinds },
  );
  // Generating an answer must not change the schemas.
  await fetch(`${mock.url}/folder`, { headers: { Prefer: "dynamic=true" } });
  const name = "a";
  const parent = { name, parent: { name } };
  expect(await putJson(mock, "/folder", { name, parent })).toBe(200);
  expect(await putJson(mock, "/again", { name, parent })).toBe(200);
  expect(await putJson(mock, "/folder", { name, parent: { name, parent: { name: 1 } } })).toBe(422);
  expect(await putJson(mock, "/again", { name, parent: {} })).toBe(422);
  expect(await putJson(mock, "/folder", { name, shared: { name, owner: name } })).toBe(200);
  expect(await putJson(mock, "/folder", { name, shared: { owner: name } })).toBe(422);
  expect(await putJson(mock, "/folder", { name, shared: { name } })).toBe(422);
  expect(await putJson(mock, "/folder", { name, top: parent })).toBe(422);
  expect(await putJson(mock, "/small", { name, top: { name } })).toBe(422);
  expect(await putJson(mock, "/lists", { id: name })).toBe(422);
});

test.each([
  ["patterns", { allOf: [{ pattern: "[A-Z]" }, { pattern: "^.*[0-9]$" }] }, "aB7", ["ab7", "aBc"]],
  ["contains", { allOf: [{ contains: { const: 1 } }, { contains: { const: 2 } }] }, [2, 1], [[1]]],
  [
    "many anyOf",
    {
      allOf: Array.from({ length: 12 }, (_, n) => ({
        anyOf: [1, 2, 3, 4, 5, 6, 7, 8].map((m) => ({ enum: [0, 8 * n + m] })),
      })),
    },
    0,
    [1],
  ],
  [
    "anyOf with keywords for other types",
    { allOf: [{ anyOf: [{ minimum: 1 }] }, { anyOf: [{ type: "boolean" }, { maximum: 2 }] }] },
    true,
    [0, 3],
  ],
])("all parts of an allOf with %s apply", async (_what, value, right, wrong) => {
  const mock = await startOwn({ "/kinds": put({ properties: { value } }) });
  expect(await putJson(mock, "/kinds", { value: right })).toBe(200);
  for (const one of wrong) expect(await putJson(mock, "/kinds", { value: one })).toBe(422);
});

test.each([
  ["prefixItems", { prefixItems: [{ type: "string" }], items: { type: "integer" } }, ["a", 1], [1]],
  ["oneOf with true", { oneOf: [{ type: "integer" }, true] }, "a", 1],
])("%s is checked where OpenAPI 3.1 names no dialect", async (_what, schema, right, wrong) => {
  const mock = await startOwn({ "/value": put(schema) });
  expect(await putJson(mock, "/value", right)).toBe(200);
  expect(await putJson(mock, "/value", wrong)).toBe(422);
});

test.each([
  [200, {}],
  [500, { minProperties: 2 }],
  [500, { minProperties: 2, additionalProperties: false }],
])(
  "patternProperties that give one name only are a %i where %o names are to be generated",
  async (status, more) => {
    const schema = { type: "object", patternProperties: { "^x-": { type: "string" } }, ...more };
    const mock = await startOwn({ "/names": { get: ok({ "application/json": { schema } }) } });
    const headers = { Prefer: "dynamic=true" };
    expect((await fetch(`${mock.url}/names`, { headers })).status).toBe(status);
  },
);

test("a body is checked against keywords of OpenAPI 3.0, even in a recursive schema", async () => {
  const { Folder } = FOLDERS;
  const own = {
    parent: { nullable: true, allOf: [folder] },
    top: { ...folder, nullable: true },
    size: { type: "number", minimum: 0, exclusiveMinimum: true },
    kind: { nullable: true, oneOf: [{ enum: ["inbox"] }, { type: "integer" }] },
  };
  const schemas = {
    ...FOLDERS,
    Folder: { ...Folder, properties: { ...Folder.properties, ...own } },
  };
  const mock = await startOwn(
    { "/folder": put(), "/kind": put({ properties: { kind: own.kind } }) },
    schemas,
    "3.0.3",
  );
  const name = "a";
  const right = [
    { parent: null, top: null, size: 1 },
    { parent: { name }, top: { name } },
  ];
  const wrong = [{ parent: {} }, { top: { name: 1 } }, { size: 0 }, { kind: "outbox" }];
  for (const one of right) expect(await putJson(mock, "/folder", { name, ...one })).toBe(200);
  for (const one of wrong) expect(await putJson(mock, "/folder", { name, ...one })).toBe(422);
  for (const one of [null, "inbox", 7])
    expect(await putJson(mock, "/kind", { kind: one })).toBe(200);
  expect(await putJson(mock, "/kind", { kind: true })).toBe(422);
});

test("an allOf whose parts differ in annotations still applies as a whole", async () => {
  const given = {
    required: ["id"],
    properties: { id: { type: "integer", readOnly: true }, name: { type: "string" } },
  };
  const value = {
    allOf: [
      { ...given, "x-of": "one", deprecated: true },
      { "x-of": "two", deprecated: false },
    ],
  };
  const mock = await startOwn({ "/value": put(value) });
  expect(await putJson(mock, "/value", { name: "a" })).toBe(200);
  expect(await putJson(mock, "/value", { name: 1 })).toBe(422);
});

test.each([
  ["a oneOf", (value: object) => ({ oneOf: [value, { type: "null" }] }), (sent: object) => sent],
  [
    "additional properties",
    (value: object) => ({ additionalProperties: value }),
    (a: object) => ({ a }),
  ],
  ["a list of lists", (value: object) => ({ items: { items: value } }), (sent: object) => [[sent]]],
  [
    "a part of an allOf that cannot be merged",
    (value: object) => ({ allOf: [value, { format: "uuid" }, { format: "uri" }] }),
    (sent: object) => sent,
  ],
])("a read-only property in %s is not required in a request", async (_what, schemaOf, bodyOf) => {
  const given = {
    type: "object",
    required: ["id", "name"],
    properties: { id: { type: "integer", readOnly: true }, name: { type: "string" } },
  };
  const mock = await startOwn({ "/value": put(schemaOf(given)) });
  expect(await putJson(mock, "/value", bodyOf({ name: "a" }))).toBe(200);
  expect(await putJson(mock, "/value", bodyOf({ name: 1 }))).toBe(422);
});

test("not and if apply to a read-only property that is sent", async () => {
  const given = { required: ["id"], properties: { id: { type: "integer", readOnly: true } } };
  const mock = await startOwn({
    "/not": put({ not: given }),
    "/if": put({ if: given, else: { required: ["name"] } }),
  });
  expect(await putJson(mock, "/not", {})).toBe(200);
  expect(await putJson(mock, "/not", { id: 1 })).toBe(422);
  expect(await putJson(mock, "/if", {})).toBe(422);
  expect(await putJson(mock, "/if", { id: 1 })).toBe(200);
});

test("a nullable schema keeps its allOf, and can be referred into", async () => {
  const given = {
    type: "object",
    required: ["id", "name"],
    properties: { id: { type: "integer", readOnly: true }, name: { type: "string" } },
  };
  const maybe = { nullable: true, allOf: [{ $ref: "#/components/schemas/Given" }] };
  const mock = await startOwn(
    {
      "/first": put({ properties: { value: maybe } }),
      "/last": put({ properties: { value: { allOf: [...maybe.allOf, { nullable: true }] } } }),
      "/into": put({ properties: { value: { $ref: "#/components/schemas/Maybe/allOf/0" } } }),
    },
    { Given: given, Maybe: maybe },
    "3.0.3",
  );
  for (const path of ["/first", "/last"]) {
    expect(await putJson(mock, path, { value: null })).toBe(200);
    expect(await putJson(mock, path, { value: { name: "a" } })).toBe(200);
    expect(await putJson(mock, path, { value: {} })).toBe(422);
  }
  expect(await putJson(mock, "/into", { value: { name: "a" } })).toBe(200);
  expect(await putJson(mock, "/into", { value: null })).toBe(422);
});

test.each([
  ["an enum", { type: "string", enum: ["a"] }, "a", "b"],
  [
    "a oneOf beside a type",
    { type: "object", oneOf: [{ type: "object", required: ["a"] }] },
    { a: 1 },
    {},
  ],
])("%s referred to by a nullable allOf may be null", async (_what, value, right, wrong) => {
  const maybe = { nullable: true, allOf: [{ $ref: "#/components/schemas/Value" }] };
  const mock = await startOwn({ "/value": put(maybe) }, { Value: value }, "3.0.3");
  expect(await putJson(mock, "/value", null)).toBe(200);
  expect(await putJson(mock, "/value", right)).toBe(200);
  expect(await putJson(mock, "/value", wrong)).toBe(422);
});

test("a schema that is not nullable itself but refers to a nullable one is read", async () => {
  const never = { nullable: false, allOf: [{ $ref: "#/components/schemas/Value" }] };
  const schemas = { Value: { type: "object", nullable: true } };
  const mock = await startOwn({ "/value": put(never) }, schemas, "3.0.3");
  expect(await putJson(mock, "/value", "a")).toBe(422);
});

test.each([
  [
    "a pattern that newer engines refuse",
    { type: "string", pattern: "^[\\w-.]+\\@a$" },
    "a.b@a",
    "a",
  ],
  ["an id", { $id: "https://a.example/text", type: "string" }, "a", 1],
])("a schema with %s is read, wherever it is used", async (_what, value, right, wrong) => {
  const Value = { $ref: "#/components/schemas/Value" };
  const mock = await startOwn(
    { "/one": put(Value), "/other": put({ items: Value }) },
    { Value: value },
  );
  expect([await putJson(mock, "/one", right), await putJson(mock, "/other", [right])]).toEqual([
    200, 200,
  ]);
  expect([await putJson(mock, "/one", wrong), await putJson(mock, "/other", [wrong])]).toEqual([
    422, 422,
  ]);
});

test("a body or a query whose schema cannot be compiled is accepted with a warning", async () => {
  const schema = { pattern: "(?i)a" };
  const { put: body } = put(schema);
  const query = [{ name: "a", in: "query", schema }];
  const mock = await startOwn({ "/kind": { put: { ...body, parameters: query } } });
  expect(await putJson(mock, "/kind?a=b", 7)).toBe(200);
  const unread = {
    severity: "Warning",
    message: expect.stringContaining("its schema cannot be read"),
  };
  expect(mock.journal().at(-1)?.violations).toMatchObject([
    { ...unread, location: ["request", "body"] },
    { ...unread, location: ["request", "query"] },
  ]);
});

test("a body whose schema cannot be evaluated is accepted with a warning", async () => {
  const round = { $ref: "#/components/schemas/Round" };
  const mock = await startOwn({ "/round": put(round) }, { Round: { anyOf: [round] } });
  expect(await putJson(mock, "/round", 7)).toBe(200);
  const message = expect.stringContaining("its schema cannot be read");
  expect(mock.journal().at(-1)?.violations).toMatchObject([{ severity: "Warning", message }]);
});

test("false and null are JSON bodies, too", async () => {
  const truth = { required: true, content: folders({ type: "boolean" }) };
  const mock = await startOwn({
    "/truth": { put: { requestBody: truth, ...ok({}) } },
    "/nullable": put({ type: ["object", "null"] }),
  });
  expect(await putText(mock, "/truth", "false")).toBe(200);
  expect(await putText(mock, "/truth", "null")).toBe(422);
  expect(await putText(mock, "/truth", "")).toBe(422);
  expect(await putText(mock, "/nullable", "null")).toBe(200);
});

test("a price is a multiple of a cent, but half a cent is not", async () => {
  const mock = await startOwn({ "/price": put({ type: "number", multipleOf: 0.01 }) });
  for (const price of [0.07, 19.99, 123_456_789.01])
    expect(await putJson(mock, "/price", price)).toBe(200);
  for (const price of [0.005, 19.999]) expect(await putJson(mock, "/price", price)).toBe(422);
});

test("a millisecond after midnight is no multiple of a day", async () => {
  const mock = await startOwn({ "/day": put({ type: "integer", multipleOf: 86_400_000 }) });
  const midnight = 86_400_000 * 20_000;
  expect(await putJson(mock, "/day", midnight)).toBe(200);
  for (const other of [1, midnight + 1]) expect(await putJson(mock, "/day", other)).toBe(422);
});

test.each(["3.0.3", "3.1.0"])(
  "values are generated within one limit or two, and of formats that are checked, in OpenAPI %s",
  async (version) => {
    const isOld = version === "3.0.3";
    const above0 = isOld ? { minimum: 0, exclusiveMinimum: true } : { exclusiveMinimum: 0 };
    const below1 = isOld ? { maximum: 1, exclusiveMaximum: true } : { exclusiveMaximum: 1 };
    const properties = {
      large: { type: "integer", format: "int32", minimum: 100_000_001 },
      largest: { type: "number", minimum: 1e12 },
      low: { type: "integer", maximum: -100_000_001 },
      price: { type: "number", ...above0 },
      share: { type: "number", ...above0, ...below1 },
      one: { type: "integer", ...above0, maximum: 1 },
      byte: { type: "string", format: "byte" },
      lasts: { type: "string", format: "duration" },
      url: { type: "string", format: "url" },
    };
    const schema = { type: "object", required: Object.keys(properties), properties };
    const mock = await startOwn(
      { "/all": { get: ok({ "application/json": { schema } }) } },
      {},
      version,
    );
    for (let round = 0; round < 20; round++) {
      const invented = await fetch(`${mock.url}/all`, { headers: { Prefer: "dynamic=true" } });
      expect(await invented.text()).not.toContain("RESPONSE_NOT_VALID");
    }
    expect((await fetch(`${mock.url}/all`)).status).toBe(200);
  },
);

test.each([
  ["any number", {}],
  ["at least 7", { minLength: 7 }],
  ["at least 12", { minLength: 12 }],
  ["at most 4", { maxLength: 4 }],
])("an example of bytes has as many characters as it may: %s", async (_, length) => {
  const schema = { type: "string", format: "byte", ...length };
  const mock = await startOwn({ "/bytes": { get: ok({ "application/json": { schema } }) } });
  expect((await fetch(`${mock.url}/bytes`)).status).toBe(200);
});

test("a callback that is a reference is called, and its answer accepted", async () => {
  const sent: unknown[] = [];
  const server = createServer(async (request, response) => {
    sent.push(await parsed(request));
    response.end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const example = { name: "Mails" };
  const content = { "application/json": { schema: folder, example } };
  const told = { "{$request.body#/to}": { post: { requestBody: { content }, ...ok({}) } } };
  const requestBody = { content: { "application/json": {} } };
  const post = { requestBody, callbacks: { told }, ...ok({}) };
  const again = { $ref: "#/paths/~1told/post/callbacks/told" };
  const mock = await startOwn(
    { "/told": { post }, "/again": { post: { ...post, callbacks: { again } } } },
    FOLDERS,
  );
  try {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ to: `http://127.0.0.1:${port}/` });
    for (const path of ["/told", "/again"]) {
      const taken = await fetch(`${mock.url}${path}`, { method: "POST", headers, body });
      expect(taken.status).toBe(200);
    }
    await expect.poll(() => sent).toEqual([example, example]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
