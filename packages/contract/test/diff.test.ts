import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { parse, parseDocument } from "yaml";
import type { Document, Node, YAMLMap, YAMLSeq } from "yaml";
import { readSpec } from "../src/diff/read-spec.ts";
import { diff } from "../src/index.ts";
import type { Bump } from "../src/index.ts";

const ours = fileURLToPath(import.meta.resolve("@np6-archives/spec/openapi.yaml"));
const text = await readFile(ours, "utf8");
const folder = await mkdtemp(join(tmpdir(), "diff-"));
afterAll(() => rm(folder, { recursive: true }));

type Keys = (string | number)[];

const byTarget = ["paths", "/targets/{id}/archives"];
const byStamp = ["paths", "/actions/stamp/{id}/archives"];
const answers = [...byTarget, "get", "responses"];
const content = [...answers, "200", "content"];
const mediaType = "application/vnd.np6.cm.mail.archive";
const archive = ["components", "schemas", "MailArchive"];
const parameters = ["components", "parameters"];
const page = { name: "page", in: "query", schema: { type: "integer" } };
const inPath = { name: "id", in: "path", required: true };
const NOT = { required: false, deprecated: false, allowReserved: false, allowEmptyValue: false };
const server = { url: "https://api-cm.np6.com", description: "Production" };

const set = (keys: Keys, value: unknown) => (spec: Document) =>
  spec.setIn(keys, spec.createNode(value));
const remove =
  (...all: Keys[]) =>
  (spec: Document) => {
    for (const keys of all) spec.deleteIn(keys);
  };
const add = (keys: Keys, value: unknown) => (spec: Document) =>
  spec.addIn(keys, spec.createNode(value));
const move = (from: Keys, to: Keys) => (spec: Document) => {
  spec.setIn(to, spec.getIn(from, true));
  spec.deleteIn(from);
};
const all =
  (...changes: ((spec: Document) => void)[]) =>
  (spec: Document) => {
    for (const change of changes) change(spec);
  };

/** Another name for a component, for all that refer to it too. */
const rename = (kind: string, from: string, to: string) => (spec: Document) => {
  const renamed = spec
    .toString()
    .replaceAll(`/${kind}/${from}"`, `/${kind}/${to}"`)
    .replace(`\n    ${from}:`, `\n    ${to}:`);
  spec.contents = parseDocument(renamed).contents;
};

/** Changes of the spec, and the bump that is right for each. */
const planted: [name: string, bump: Bump, change: (spec: Document) => void][] = [
  ["a property is not promised any more", "major", remove([...archive, "required", 4])],
  [
    "a property is gone",
    "major",
    remove([...archive, "properties", "url"], [...archive, "required", 4]),
  ],
  [
    "a property has another type",
    "major",
    set([...archive, "properties", "id", "type"], "integer"),
  ],
  [
    "a property may be null",
    "major",
    set([...archive, "properties", "url", "type"], ["string", "null"]),
  ],
  [
    "a date has no format any more",
    "major",
    remove([...archive, "properties", "expiresOn", "format"]),
  ],
  [
    "the list is wrapped in an object",
    "major",
    set(["components", "schemas", "MailArchives"], {
      type: "object",
      properties: { items: { type: "array", items: { $ref: "#/components/schemas/MailArchive" } } },
    }),
  ],
  [
    "the media type is another",
    "major",
    move([...content, mediaType], [...content, "application/json"]),
  ],
  ["an operation is gone", "major", remove(byStamp)],
  ["a path is another", "major", move(byStamp, ["paths", "/stamps/{id}/archives"])],
  [
    "a new parameter is required",
    "major",
    add([...byTarget, "get", "parameters"], { ...page, required: true }),
  ],
  ["a parameter becomes required", "major", set([...parameters, "StartDate", "required"], true)],
  ["a parameter is gone", "major", remove([...byTarget, "get", "parameters", 2])],
  ["a parameter is renamed", "major", set([...parameters, "StartDate", "name"], "from")],
  [
    "a parameter may not be null any more",
    "major",
    set([...parameters, "EndDate", "schema", "type"], "string"),
  ],
  [
    "a parameter of the path is renamed, which the types show",
    "major",
    all(
      set([...byTarget, "get", "parameters", 0, "name"], "target"),
      move(byTarget, ["paths", "/targets/{target}/archives"]),
    ),
  ],
  [
    "a schema is renamed, which the types show",
    "major",
    all(
      move(archive, ["components", "schemas", "Mail"]),
      set(["components", "schemas", "MailArchives", "items", "$ref"], "#/components/schemas/Mail"),
    ),
  ],
  [
    "a parameter's component is renamed, which the types show",
    "major",
    rename("parameters", "StartDate", "From"),
  ],
  [
    "a response is renamed, which the types show",
    "major",
    rename("responses", "NotFound", "Missing"),
  ],
  ["a header is renamed, which the types show", "major", rename("headers", "RequestId", "Handle")],
  [
    "a header gets a name much like its own, which the types show",
    "major",
    rename("headers", "RequestId", "RequestIds"),
  ],
  [
    "the key goes into another header",
    "major",
    set(["components", "securitySchemes", "apiKey", "name"], "Key"),
  ],
  ["an operationId is another", "major", set([...byStamp, "get", "operationId"], "getArchive")],
  ["the server is another", "major", set(["servers", 0, "url"], "https://api.np6.com")],
  [
    "an operation has another server",
    "major",
    set([...byStamp, "get", "servers"], [{ url: "https://api.np6.com" }]),
  ],
  ["a path has another server", "major", set([...byStamp, "servers"], [{ url: "/stamps" }])],
  ["a status is gone", "major", remove([...answers, "429"])],
  ["no answer is told any more", "major", remove(answers)],
  [
    "an answer's body is not described any more",
    "major",
    remove([...content, mediaType, "schema"]),
  ],
  [
    "a header of a component is not described any more",
    "major",
    remove(["components", "headers", "RequestId", "schema"]),
  ],
  [
    "a header of a response is not described any more",
    "major",
    remove(["components", "responses", "NotFound", "headers", "x-request-id", "schema"]),
  ],
  [
    "a parameter is written in another way",
    "major",
    move(
      [...parameters, "EndDate", "schema"],
      [...parameters, "EndDate", "content", "application/json", "schema"],
    ),
  ],
  ["a header is gone", "major", remove([...answers, "200", "headers"])],

  ["a new property", "minor", set([...archive, "properties", "subject"], { type: "string" })],
  [
    "a new property that is always there",
    "minor",
    all(
      set([...archive, "properties", "subject"], { type: "string" }),
      add([...archive, "required"], "subject"),
    ),
  ],
  ["a new parameter that is optional", "minor", add([...byTarget, "get", "parameters"], page)],
  [
    "a new operation",
    "minor",
    set(["paths", "/x"], { get: { operationId: "x", responses: { 200: { description: "x" } } } }),
  ],
  ["a new status", "minor", set([...answers, "409"], { description: "Conflict" })],
  [
    "a new header of a response",
    "minor",
    set([...answers, "200", "headers", "X-New"], { schema: { type: "string" } }),
  ],
  [
    "a second media type beside the first",
    "minor",
    set([...content, "application/json"], {
      schema: { $ref: "#/components/schemas/MailArchives" },
    }),
  ],
  [
    "a parameter takes more than before",
    "minor",
    remove([...parameters, "StartDate", "schema", "format"]),
  ],
  ["the key is not asked for any more", "minor", set(["security"], [])],
  ["the key may be left out", "minor", add(["security"], {})],
  ["an operation is deprecated", "minor", set([...byStamp, "get", "deprecated"], true)],
  ["a description", "patch", set([...byTarget, "get", "description"], "Other words.")],
  [
    "how sure a fact is",
    "patch",
    set(["components", "headers", "RequestId", "x-provenance"], "documented"),
  ],
  [
    "something of somebody's own at a parameter",
    "patch",
    set([...parameters, "StartDate", "x-column"], "sent"),
  ],
  [
    "something of somebody's own, with parts, at what a parameter takes",
    "patch",
    set([...parameters, "StartDate", "schema", "x-column"], { name: "sent" }),
  ],
  [
    "a comment on what a parameter takes",
    "patch",
    set([...parameters, "StartDate", "schema", "$comment"], "Other words."),
  ],
  ["the summary of a parameter", "patch", set([...parameters, "StartDate", "summary"], "Words.")],
  [
    "further reading on what a parameter takes",
    "patch",
    set([...parameters, "StartDate", "schema", "externalDocs"], { url: "https://example.com" }),
  ],
  ["the words of an example", "patch", set(["components", "examples", "Empty", "summary"], "None")],
  ["the vendor's version", "patch", set(["info", "version"], "8.1.1")],
  [
    "a promise is narrower than before",
    "patch",
    set([...archive, "properties", "id", "format"], "uuid"),
  ],
  ["the words of a tag", "patch", set(["tags", 0, "description"], "Other words.")],
  ["another tag", "patch", add(["tags"], { name: "New", description: "New." })],
  ["the summary of an operation", "patch", set([...byTarget, "get", "summary"], "Other words.")],
  ["the summary of all", "patch", set(["info", "summary"], "Other words.")],
  ["a value of an example", "patch", set(["components", "examples", "BlankLink", "value"], [])],
  [
    "a value of an example of its own",
    "patch",
    set([...content, mediaType, "examples", "reference", "value"], []),
  ],
  ["another example", "patch", set([...content, mediaType, "examples", "more"], { value: [] })],
  ["an example of a header", "patch", set(["components", "headers", "RequestId", "example"], "x")],
  [
    "a new property that is called like prose",
    "minor",
    set([...archive, "properties", "description"], { type: "string" }),
  ],
  [
    "a reference is written out",
    "none",
    (spec) =>
      spec.setIn(
        [...byTarget, "get", "parameters", 1],
        (spec.getIn([...parameters, "StartDate"], true) as Node).clone(),
      ),
  ],
  [
    "another order of parameters",
    "none",
    (spec) => {
      const list = spec.getIn([...byTarget, "get", "parameters"]) as YAMLSeq;
      list.items = list.items.toReversed();
    },
  ],
  [
    "a parameter of the operation is said at its path",
    "none",
    move([...byStamp, "get", "parameters"], [...byStamp, "parameters"]),
  ],
  [
    "a parameter of the operation is said at its path too",
    "none",
    set([...byStamp, "parameters"], [{ ...inPath, schema: { type: "integer" } }]),
  ],
  ["an operation repeats the server", "none", set([...byStamp, "get", "servers"], [server])],
  ["a path repeats the server", "none", set([...byStamp, "servers"], [server])],
  [
    "each path says the server",
    "none",
    all(
      remove(["servers"]),
      ...Object.keys(parse(text).paths).map((path) => set(["paths", path, "servers"], [server])),
    ),
  ],
  [
    "what holds for a parameter of a query is written out",
    "none",
    all(
      ...Object.entries({ style: "form", explode: true, ...NOT }).map(([key, value]) =>
        set([...parameters, "StartDate", key], value),
      ),
    ),
  ],
  [
    "what holds for a parameter of a path is written out",
    "none",
    all(
      set([...byStamp, "get", "parameters", 0, "style"], "simple"),
      set([...byStamp, "get", "parameters", 0, "explode"], false),
    ),
  ],
  [
    "what holds for a header is written out",
    "none",
    all(
      ...Object.entries({
        style: "simple",
        explode: false,
        required: false,
        deprecated: false,
      }).map(([key, value]) => set(["components", "headers", "RequestId", key], value)),
    ),
  ],
  [
    "a parameter is written as it is not by default",
    "major",
    set([...parameters, "StartDate", "explode"], false),
  ],
  ["one type is a list of one", "none", set([...archive, "properties", "id", "type"], ["string"])],
  [
    "another layout",
    "none",
    (spec) => {
      const root = spec.contents as YAMLMap;
      root.items = root.items.toReversed();
    },
  ],
];

/** The spec with what two dates have in common said once. */
function withMerge(spec: string, merged: string): string {
  return spec
    .replace("        id:\n          type", "        id: &id\n          type")
    .replace("        sendingDate:\n          type", "        sendingDate: &sent\n          type")
    .replace(
      /( {8}expiresOn:\n)(?: {10}(?:type|format|x-provenance): .*\n)+/,
      `$1          <<: ${merged}\n`,
    );
}

/** Other writings of the spec, as one or several files, that mean the same. */
const rewritten: [name: string, files: Record<string, string>][] = [
  [
    "an anchor and its alias",
    {
      "openapi.yaml": text
        .replace(
          '"429": { $ref: "#/components/responses/TooManyRequests" }',
          '"429": &limited { $ref: "#/components/responses/TooManyRequests" }',
        )
        .replaceAll('"429": { $ref: "#/components/responses/TooManyRequests" }', '"429": *limited'),
    },
  ],
  ["a merge key", { "openapi.yaml": withMerge(text, "*sent") }],
  ["a merge key of several", { "openapi.yaml": withMerge(text, "[*sent, *id]") }],
  [
    "another order of lists that are sets",
    {
      "openapi.yaml": text
        .replaceAll('[string, "null"]', '["null", string]')
        .replace("[id, action, target,", "[target, action, id,"),
    },
  ],
  ["JSON", { "openapi.yaml": JSON.stringify(parse(text)) }],
  [
    "schemas in a file of their own, which refers to itself and back",
    {
      "openapi.yaml": text
        .replaceAll('"#/components/schemas/MailArchives"', '"parts/schemas.yaml#/MailArchives"')
        .replace(/ {4}MailArchives:\n[^]*?(?= {4}MailArchive:)/, (lines) =>
          lines.replace(
            /.*items: .*/,
            '      items: { $ref: "./parts/schemas.yaml#/MailArchive" }',
          ),
        ),
      "parts/schemas.yaml": [
        "MailArchives:",
        "  type: array",
        "  x-provenance: documented",
        "  description: A bare list. Its order is not documented.",
        '  items: { $ref: "#/MailArchive" }',
        'MailArchive: { $ref: "../openapi.yaml#/components/schemas/MailArchive" }',
      ].join("\n"),
    },
  ],
];

describe.concurrent("another writing of the same is no change", () => {
  test.each(rewritten)("%s", async (name, files) => {
    const home = join(folder, name.replaceAll(/\W/g, "-"));
    await mkdir(join(home, "parts"), { recursive: true });
    for (const [file, content_] of Object.entries(files))
      await writeFile(join(home, file), content_);
    const file = join(home, "openapi.yaml");
    expect((await readFile(file, "utf8")) === text).toBe(false);
    expect(await diff(ours, file)).toEqual({ bump: "none", isBreaking: false, changes: [] });
    expect((await diff(file, ours)).bump).toBe("none");
  });
});

/** Files that can not be compared, and what is told of them. */
const broken: [name: string, content: string, sentence: RegExp][] = [
  [
    "a quote that never ends",
    'openapi: "3.1.0\ninfo: {',
    /: expected YAML or JSON, got a fault at line \d+, column \d+: .+\.$/,
  ],
  [
    "a key twice",
    "openapi: 3.1.0\nopenapi: 3.1.1\n",
    /line 2, column 1: Map keys must be unique\.$/,
  ],
  ["an alias of nothing", "openapi: *x\n", /: expected YAML or JSON, got a fault/],
  [
    "an alias within its own anchor",
    `${text}\nx-a: &a { properties: { self: *a } }\n`,
    /: expected a value for the alias \*a, got one within its own anchor\.$/,
  ],
  [
    "a merge of what it stands in",
    `${text}\nx-a: &a { b: { <<: *a } }\n`,
    /: expected a value for the alias \*a, got one within its own anchor\.$/,
  ],
  [
    "JSON that breaks off",
    '{"openapi": "3.1.0", "info": {',
    /: expected YAML or JSON, got a fault at line 1/,
  ],
  ["nothing", "", /: expected an OpenAPI document, got something else\.$/],
  [
    "a reference to nothing",
    text.replace("#/components/parameters/EndDate", "#/components/parameters/None"),
    /: expected a value for the reference #\/components\/parameters\/None, got none\.$/,
  ],
  [
    "a reference to itself",
    text.replace(
      / {4}MailArchives:\n/,
      '    MailArchives: { $ref: "#/components/schemas/MailArchives" }\n    Old:\n',
    ),
    /: expected a value for the reference #\/components\/schemas\/MailArchives, got one to itself\.$/,
  ],
  [
    "two references to each other",
    `${text}\n  pathItems:\n    A: { $ref: "#/components/pathItems/B" }\n    B: { $ref: "#/components/pathItems/A" }\n`,
    /, got one to itself\.$/,
  ],
  [
    "a reference to a file that is missing",
    text.replace("#/components/parameters/EndDate", "./none.yaml#/EndDate"),
    /: expected a file for the reference \.\/none\.yaml#\/EndDate, got none\.$/,
  ],
  [
    "a reference to the web",
    text.replace("#/components/parameters/EndDate", "https://example.com/x.yaml"),
    /: expected references to files, got https:\/\/example\.com\/x\.yaml\.$/,
  ],
];

describe("a file that is broken is told in one line", () => {
  test.each(broken)("%s", async (name, content_, sentence) => {
    const file = join(folder, `broken-${broken.findIndex(([other]) => other === name)}.yaml`);
    await writeFile(file, content_);
    for (const [before, after] of [
      [ours, file],
      [file, ours],
    ] as const) {
      const error = await diff(before, after).catch((reason: unknown) => reason);
      expect((error as Error).message).toMatch(sentence);
      expect((error as Error).message).not.toMatch(/\n|bug/);
    }
  });
});

test("a change is seen where a merge key brings it", async () => {
  const [before, after] = [join(folder, "merged.yaml"), join(folder, "merged-after.yaml")];
  const merged = withMerge(text, "*sent");
  await writeFile(before, merged);
  await writeFile(after, merged.replace(/(&sent\n.*\n).*format.*\n/, "$1"));
  expect((await diff(before, after)).changes).toContainEqual(
    expect.objectContaining({
      impact: "major",
      path: expect.stringMatching(/\/properties\/expiresOn$/),
    }),
  );
});

test("the order of somebody's data stays as it is", async () => {
  const data = { required: ["b", "a"], type: ["b", "a"] };
  const properties = { required: { enum: ["b", "a"] }, type: { examples: [data] } };
  const spec = { openapi: "3.1.0", components: { schemas: { X: { properties, default: data } } } };
  const file = join(folder, "data.json");
  await writeFile(file, JSON.stringify({ ...spec, "x-data": data }));
  expect(await readSpec(file)).toEqual({ ...spec, "x-data": data });
});

test("a schema that holds itself, in a file of its own, is compared", async () => {
  const part = join(folder, "tree.yaml");
  await writeFile(part, 'Tree: { type: array, items: { $ref: "#/Tree" } }\n');
  const file = join(folder, "with-tree.yaml");
  const spec = parseDocument(text);
  spec.setIn(["components", "schemas", "Forest"], spec.createNode({ $ref: "./tree.yaml#/Tree" }));
  await writeFile(file, spec.toString());
  expect((await diff(file, file)).bump).toBe("none");
  expect((await diff(ours, file)).bump).not.toBe("major");
});

const judged: string[] = [];

describe.concurrent("a change of the spec is judged by what it does to its users", () => {
  test.each(planted)("%s: %s", async (name, bump, change) => {
    const spec = parseDocument(text);
    change(spec);
    const file = join(folder, `${planted.findIndex(([other]) => other === name)}.yaml`);
    await writeFile(file, spec.toString());
    const result = await diff(ours, file);
    const first = result.changes.find(({ impact }) => impact === result.bump);
    judged.push(
      `${result.bump.padEnd(6)} ${name.padEnd(58)} ${first?.rule ?? first?.message ?? ""}`,
    );
    expect(result.bump).toBe(bump);
    expect(result.isBreaking).toBe(bump === "major");
  });
});

test("the table of the planted changes", () => {
  console.log(judged.toSorted().join("\n"));
  const breaking = planted.filter(([, bump]) => bump === "major");
  expect(breaking.length).toBeGreaterThanOrEqual(10);
  expect(planted.length - breaking.length).toBeGreaterThanOrEqual(10);
});

test("a change says where it is, what changed, and which rule says so", async () => {
  const file = join(folder, "without-stamps.yaml");
  const spec = parseDocument(text);
  spec.deleteIn(byStamp);
  await writeFile(file, spec.toString());
  expect((await diff(ours, file)).changes).toContainEqual({
    impact: "major",
    path: "#/paths/~1actions~1stamp~1{id}~1archives",
    message: "Path `/actions/stamp/{id}/archives` was removed.",
    rule: "path-removed",
  });
});

test("a change is told once, where its author wrote it", async () => {
  const spec = parseDocument(text);
  spec.setIn([...byStamp, "parameters"], spec.createNode([page]));
  spec.setIn([...byStamp, "post"], (spec.getIn([...byStamp, "get"], true) as Node).clone());
  spec.setIn([...byStamp, "get", "servers"], spec.createNode([{ url: "/stamps" }]));
  const files = [join(folder, "written.yaml"), join(folder, "written-after.yaml")] as const;
  await writeFile(files[0], spec.toString());
  spec.setIn([...byStamp, "parameters", 0, "schema", "maximum"], 3);
  spec.setIn([...byStamp, "parameters", 0, "description"], "Words.");
  spec.setIn(["servers", 0, "url"], "https://api.np6.com");
  await writeFile(files[1], spec.toString());
  const { changes } = await diff(...files);
  const places = changes.map(({ impact, path }) => `${impact} ${path}`);
  expect(places.toSorted()).toEqual([
    "major #/paths/~1actions~1stamp~1{id}~1archives/parameters/0/schema",
    "major #/servers/0",
    "patch #/paths/~1actions~1stamp~1{id}~1archives/parameters/0",
  ]);
});

test("a file that is missing, or no OpenAPI, is told in one line", async () => {
  const missing = join(folder, "missing.yaml");
  const other = join(folder, "other.yaml");
  await writeFile(other, "hello: world\n");
  await expect(diff(ours, missing)).rejects.toThrow(
    `${missing}: expected an OpenAPI file, got none.`,
  );
  await expect(diff(other, ours)).rejects.toThrow(
    `${other}: expected an OpenAPI document, got something else.`,
  );
});
