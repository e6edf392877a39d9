import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parse, parseDocument } from "yaml";
import type { Document, Node, YAMLMap, YAMLSeq } from "yaml";
import type { Bump } from "../src/index.ts";

/** The spec that is changed, and its text. */
export const ours = fileURLToPath(import.meta.resolve("@np6-archives/spec/openapi.yaml"));
export const text = await readFile(ours, "utf8");

type Keys = (string | number)[];

const byTarget = ["paths", "/targets/{id}/archives"];
export const byStamp = ["paths", "/actions/stamp/{id}/archives"];
const answers = [...byTarget, "get", "responses"];
const content = [...answers, "200", "content"];
const mediaType = "application/vnd.np6.cm.mail.archive";
const archive = ["components", "schemas", "MailArchive"];
const parameters = ["components", "parameters"];
export const page = { name: "page", in: "query", schema: { type: "integer" } };
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

/** Renames a component and all references to it. */
const rename = (kind: string, from: string, to: string) => (spec: Document) => {
  const renamed = spec
    .toString()
    .replaceAll(`/${kind}/${from}"`, `/${kind}/${to}"`)
    .replace(`\n    ${from}:`, `\n    ${to}:`);
  spec.contents = parseDocument(renamed).contents;
};

/** Changes of the spec, and the right bump for each. */
export const planted: [name: string, bump: Bump, change: (spec: Document) => void][] = [
  ["a property is no longer required", "major", remove([...archive, "required", 4])],
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
  ["a date has no format", "major", remove([...archive, "properties", "expiresOn", "format"])],
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
    "a header gets a similar name, which the types show",
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
  ["no answer is documented", "major", remove(answers)],
  ["an answer's body is no longer described", "major", remove([...content, mediaType, "schema"])],
  [
    "a header of a component is no longer described",
    "major",
    remove(["components", "headers", "RequestId", "schema"]),
  ],
  [
    "a header of a response is no longer described",
    "major",
    remove(["components", "responses", "NotFound", "headers", "x-request-id", "schema"]),
  ],
  [
    "a parameter has content instead of a schema",
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
    "a new schema, which the types show",
    "minor",
    set(["components", "schemas", "x-mail"], { type: "object" }),
  ],
  [
    "a new response, which the types show",
    "minor",
    set(["components", "responses", "Conflict"], { description: "Conflict" }),
  ],
  [
    "a new header, which the types show",
    "minor",
    set(["components", "headers", "Age"], { schema: { type: "integer" } }),
  ],
  [
    "the first request body, which the types show",
    "minor",
    set(["components", "requestBodies"], { Mail: { content: {} } }),
  ],
  ["an extension among the components", "patch", set(["components", "x-own"], { schemas: {} })],
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
  ["the key is no longer required", "minor", set(["security"], [])],
  ["the key becomes optional", "minor", add(["security"], {})],
  ["an operation is deprecated", "minor", set([...byStamp, "get", "deprecated"], true)],
  ["a description", "patch", set([...byTarget, "get", "description"], "Other words.")],
  [
    "the provenance of a fact",
    "patch",
    set(["components", "headers", "RequestId", "x-provenance"], "documented"),
  ],
  ["an extension at a parameter", "patch", set([...parameters, "StartDate", "x-column"], "sent")],
  [
    "a nested extension at a parameter's schema",
    "patch",
    set([...parameters, "StartDate", "schema", "x-column"], { name: "sent" }),
  ],
  [
    "a comment on a parameter's schema",
    "patch",
    set([...parameters, "StartDate", "schema", "$comment"], "Other words."),
  ],
  ["the summary of a parameter", "patch", set([...parameters, "StartDate", "summary"], "Words.")],
  [
    "external docs of a parameter's schema",
    "patch",
    set([...parameters, "StartDate", "schema", "externalDocs"], { url: "https://example.com" }),
  ],
  [
    "the description of an example",
    "patch",
    set(["components", "examples", "Empty", "summary"], "None"),
  ],
  ["the vendor's version", "patch", set(["info", "version"], "8.1.1")],
  [
    "a property of an answer gets a format",
    "patch",
    set([...archive, "properties", "id", "format"], "uuid"),
  ],
  ["the description of a tag", "patch", set(["tags", 0, "description"], "Other words.")],
  ["another tag", "patch", add(["tags"], { name: "New", description: "New." })],
  ["the summary of an operation", "patch", set([...byTarget, "get", "summary"], "Other words.")],
  ["the summary of the spec", "patch", set(["info", "summary"], "Other words.")],
  ["a value of an example", "patch", set(["components", "examples", "BlankLink", "value"], [])],
  [
    "a value of an example of its own",
    "patch",
    set([...content, mediaType, "examples", "reference", "value"], []),
  ],
  ["another example", "patch", set([...content, mediaType, "examples", "more"], { value: [] })],
  ["an example of a header", "patch", set(["components", "headers", "RequestId", "example"], "x")],
  [
    "a new property named description",
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
    "a parameter of the operation moves to its path",
    "none",
    move([...byStamp, "get", "parameters"], [...byStamp, "parameters"]),
  ],
  [
    "a path gets a parameter that the operation overrides",
    "none",
    set([...byStamp, "parameters"], [{ ...inPath, schema: { type: "integer" } }]),
  ],
  ["an operation repeats the server", "none", set([...byStamp, "get", "servers"], [server])],
  ["a path repeats the server", "none", set([...byStamp, "servers"], [server])],
  [
    "the server moves to each path",
    "none",
    all(
      remove(["servers"]),
      ...Object.keys(parse(text).paths).map((path) => set(["paths", path, "servers"], [server])),
    ),
  ],
  [
    "the defaults of a query parameter are written out",
    "none",
    all(
      ...Object.entries({ style: "form", explode: true, ...NOT }).map(([key, value]) =>
        set([...parameters, "StartDate", key], value),
      ),
    ),
  ],
  [
    "the defaults of a path parameter are written out",
    "none",
    all(
      set([...byStamp, "get", "parameters", 0, "style"], "simple"),
      set([...byStamp, "get", "parameters", 0, "explode"], false),
    ),
  ],
  [
    "the defaults of a header are written out",
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
    "a parameter gets another explode than the default",
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
