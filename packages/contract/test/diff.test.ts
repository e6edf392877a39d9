import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { parse, parseDocument } from "yaml";
import type { Node } from "yaml";
import { readSpec } from "../src/diff/read-spec.ts";
import { diff } from "../src/index.ts";
import { byStamp, ours, page, planted, text } from "./planted-changes.ts";

const folder = await mkdtemp(join(tmpdir(), "diff-"));
afterAll(() => rm(folder, { recursive: true }));

/** The spec with the shared part of two dates written once, with an anchor and a merge key. */
function withMerge(spec: string, merged: string): string {
  return spec
    .replace("        id:\n          type", "        id: &id\n          type")
    .replace("        sendingDate:\n          type", "        sendingDate: &sent\n          type")
    .replace(
      /( {8}expiresOn:\n)(?: {10}(?:type|format|x-provenance): .*\n)+/,
      `$1          <<: ${merged}\n`,
    );
}

/** The spec written differently, in one or several files, with the same meaning. */
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

describe.concurrent("the same spec written differently is no change", () => {
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

/** Files that cannot be compared, and the error for each. */
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
  ["an alias of an unknown anchor", "openapi: *x\n", /: expected YAML or JSON, got a fault/],
  [
    "an alias inside its own anchor",
    `${text}\nx-a: &a { properties: { self: *a } }\n`,
    /: expected a value for the alias \*a, got one within its own anchor\.$/,
  ],
  [
    "a merge key inside its own anchor",
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
  [
    "a malformed escape in a reference",
    text.replace("#/components/parameters/EndDate", "#/components/parameters/%zz"),
    /: expected a value for the reference #\/components\/parameters\/%zz, got none\.$/,
  ],
  [
    "another version of OpenAPI",
    text.replace("openapi: 3.1.0", "openapi: 4.0.0"),
    /: expected OpenAPI 3, got version "4\.0\.0"\.$/,
  ],
  [
    "an older version of OpenAPI",
    text.replace("openapi: 3.1.0", 'swagger: "2.0"'),
    /: expected OpenAPI 3, got version "2\.0"\.$/,
  ],
  [
    "a version without quotes",
    text.replace("openapi: 3.1.0", "openapi: 3.1"),
    /: expected a version in quotes, got the number 3\.1\.$/,
  ],
  ["two documents in one file", `${text}\n---\n${text}`, /: expected YAML or JSON, got a fault at/],
];

describe("a broken file is reported in one line", () => {
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

test("what only Redocly finds broken is reported with its reason and place", async () => {
  const file = join(folder, "mapping.yaml");
  const mapping =
    'discriminator: { propertyName: id, mapping: { a: "#/components/schemas/None" } }';
  await writeFile(file, text.replace(/( {4}MailArchive:\n)/, `$1      ${mapping}\n`));
  await expect(diff(ours, file)).rejects.toThrow(
    /^specs: expected two that can be compared, got this: .+ \(#\/.+\/mapping\/a of the new one\)$/,
  );
});

test("a schema too deep for Redocly is reported without naming a temporary file", async () => {
  const file = join(folder, "deep.json");
  // As in a Windows user's folder.
  const temporary = await mkdtemp(join(folder, "first last-"));
  vi.stubEnv("TMPDIR", temporary).stubEnv("TEMP", temporary);
  onTestFinished(() => void vi.unstubAllEnvs());
  const deep = Array.from({ length: 50 }).reduce<object>(
    (schema) => ({ properties: { a: schema } }),
    {},
  );
  const { components, ...spec } = parse(text) as { components: { schemas: object } };
  const schemas = { ...components.schemas, Deep: deep };
  await writeFile(file, JSON.stringify({ ...spec, components: { ...components, schemas } }));
  await expect(diff(ours, file)).rejects.toThrow(
    /^specs: expected two that can be compared, got this: nesting exceeded maxDepth \(100\) in the new one$/,
  );
});

test("a mapping without a value maps nothing", async () => {
  const file = join(folder, "unmapped.yaml");
  const mapping = "discriminator: { propertyName: id, mapping: }";
  await writeFile(file, text.replace(/( {4}MailArchive:\n)/, `$1      ${mapping}\n`));
  expect((await diff(ours, file)).bump).toBe("minor");
});

test("a change is seen through a merge key", async () => {
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

test("the order of arrays in examples, defaults and extensions is kept", async () => {
  const data = { required: ["b", "a"], type: ["b", "a"] };
  const properties = { required: { enum: ["b", "a"] }, type: { examples: [data] } };
  const withDefault = (value: unknown) => ({
    openapi: "3.1.0",
    components: { schemas: { X: { properties, default: value } } },
    "x-data": data,
  });
  const file = join(folder, "data.json");
  await writeFile(file, JSON.stringify(withDefault(data)));
  expect(await readSpec(file)).toEqual(withDefault(JSON.stringify(data)));
});

test("schemas in files of their own, which a mapping names, are compared", async () => {
  const home = join(folder, "kinds");
  await mkdir(home);
  const withKind = async (name: string, type: string, kind = name): Promise<string> => {
    const mail = `{ type: object, required: [id], properties: { id: { type: ${type} } } }`;
    await writeFile(join(home, `${name}.yaml`), mail);
    const mapping = `discriminator: { propertyName: id, mapping: { mail: ./${kind}.yaml } }`;
    const kinds = `{ oneOf: [{ $ref: ./${name}.yaml }], ${mapping} }`;
    const file = join(home, `with-${name}.yaml`);
    await writeFile(file, text.replace('{ $ref: "#/components/schemas/MailArchive" }', kinds));
    return file;
  };
  const [old, other] = [await withKind("old", "string"), await withKind("other", "integer")];
  expect((await diff(old, old)).bump).toBe("none");
  expect((await diff(old, other)).bump).toBe("major");
  await expect(diff(old, await withKind("broken", "string", "none"))).rejects.toThrow(
    /: expected a file for the reference \.\/none\.yaml, got none\.$/,
  );
});

test("a recursive schema in another file is compared", async () => {
  const part = join(folder, "tree.yaml");
  await writeFile(part, 'Tree: { type: array, items: { $ref: "#/Tree" } }\n');
  const file = join(folder, "with-tree.yaml");
  const spec = parseDocument(text);
  spec.setIn(["components", "schemas", "Forest"], spec.createNode({ $ref: "./tree.yaml#/Tree" }));
  await writeFile(file, spec.toString());
  expect((await diff(file, file)).bump).toBe("none");
  expect((await diff(ours, file)).bump).not.toBe("major");
});

test("a recursive schema in another file is not taken for ours of the same name", async () => {
  await writeFile(
    join(folder, "mails.yaml"),
    '{ MailArchive: { items: { $ref: "#/MailArchive" } } }',
  );
  const both = text.replace(
    "      type: array\n",
    "      type: array\n      contains: { $ref: mails.yaml#/MailArchive }\n",
  );
  const files = [join(folder, "both.yaml"), join(folder, "both-after.yaml")] as const;
  await writeFile(files[0], both);
  await writeFile(files[1], both.replace("sendingDate, url,", "sendingDate,"));
  expect((await diff(...files)).bump).toBe("major");
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

test("prints the table of the planted changes", () => {
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

test("a change is reported once, where its author wrote it", async () => {
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

test("a file that is missing, or no OpenAPI, is reported in one line", async () => {
  const missing = join(folder, "missing.yaml");
  const other = join(folder, "other.yaml");
  await writeFile(other, "hello: world\n");
  await expect(diff(ours, missing)).rejects.toThrow(
    `${missing}: expected an OpenAPI file, got none (ENOENT).`,
  );
  await expect(diff(ours, folder)).rejects.toThrow("expected an OpenAPI file, got none (EISDIR).");
  await expect(diff(other, ours)).rejects.toThrow(
    `${other}: expected an OpenAPI document, got something else.`,
  );
});

test("an argument that is no path is refused before any file is read", async () => {
  const missing = join(folder, "nowhere.yaml");
  const ofAny = diff as (...files: unknown[]) => Promise<unknown>;
  const expected = "expected the path of a file, got";
  await expect(ofAny(missing)).rejects.toThrow(`newSpec: ${expected} nothing.`);
  await expect(ofAny(new URL("file:///a.yaml"), missing)).rejects.toThrow(
    `oldSpec: ${expected} an object.`,
  );
});

test("a change in a shared schema is reported where it is written, however long the chain of references", async () => {
  const schemas = Array.from({ length: 2000 }, (_, i): [string, object] => {
    const next = i === 1999 ? {} : { next: { $ref: `#/components/schemas/S${i + 1}` } };
    return [`S${i}`, { type: "object", properties: { id: { type: "string" }, ...next } }];
  });
  const withEnd = (end: object) => {
    const components = { schemas: { ...Object.fromEntries(schemas), S1999: end } };
    const content = { "application/json": { schema: { $ref: "#/components/schemas/S0" } } };
    const get = { responses: { 200: { description: "Ends far away.", content } } };
    const info = { title: "Chain", version: "1" };
    return JSON.stringify({ openapi: "3.1.0", info, paths: { "/chain": { get } }, components });
  };
  const files = [join(folder, "chain.json"), join(folder, "other-chain.json")] as const;
  const properties = { id: { type: "string" } };
  await writeFile(files[0], withEnd({ type: "object", properties, required: ["id"] }));
  await writeFile(files[1], withEnd({ type: "object", properties, description: "The end." }));
  const { changes } = await diff(...files);
  const places = changes.map(({ impact, path }) => `${impact} ${path}`);
  expect(places.toSorted()).toEqual([
    "major #/components/schemas/S1999",
    "patch #/components/schemas/S1999",
  ]);
});
