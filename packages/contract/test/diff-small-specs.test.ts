import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { diff } from "../src/index.ts";
import type { Bump } from "../src/index.ts";
import { expectBumps } from "./rewritten.ts";
import type { Rewritten } from "./rewritten.ts";

const folder = await mkdtemp(join(tmpdir(), "diff-small-specs-"));
afterAll(() => rm(folder, { recursive: true }));

/**
 * Has what our own spec lacks: request bodies, path and header parameters, a header that always comes, OAuth, server
 * variables.
 */
const SMALL = `
openapi: 3.1.0
info: { title: Pets, version: 1.0.0, license: { name: MIT, url: https://a.example } }
tags: [{ name: pets }, { name: walks }]
servers:
  - url: https://pets.example.com
  - { url: "https://{zone}.example.com", variables: { zone: { default: eu, enum: [eu, us] } } }
paths:
  /pets:
    parameters:
      - { name: page, in: query, schema: { type: integer } }
    post:
      parameters:
        - { name: size, in: query, schema: { type: string, enum: [small, big] } }
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: "#/components/schemas/Cat" } } }
      responses:
        "200":
          description: A pet.
          headers:
            ETag: { required: true, schema: { type: string } }
            X-Pet: { required: true, schema: { type: string } }
          content:
            application/json:
              schema:
                oneOf: [{ $ref: "#/components/schemas/Cat" }, { $ref: "#/components/schemas/Dog" }]
                discriminator:
                  propertyName: kind
                  mapping: { cat: "#/components/schemas/Cat", dog: "#/components/schemas/Dog" }
  /walks:
    parameters:
      - { name: length, in: query, schema: { type: integer } }
      - { name: X-Walk, in: header, schema: { type: integer, minimum: 0, exclusiveMinimum: true } }
    put:
      responses: { "204": { description: Walked. } }
    patch:
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                pace: { type: string, default: slow }
                way: { type: string, not: { enum: [up, down] } }
                parks: { type: array, contains: { type: string }, minContains: 2, maxContains: 4 }
                stops: { type: array, contains: { type: integer } }
                spot: { type: array, prefixItems: [{ type: number }, { type: string }] }
                gait: { type: object, dependentSchemas: { leash: { required: [length] } } }
      responses:
        default:
          description: What was walked.
          content:
            application/json:
              schema: { properties: { parameters: { type: string, default: none } } }
  /toys/{kind}:
    post:
      parameters:
        - { name: kind, in: path, required: true, schema: { type: string, default: ball } }
        - { name: sold, in: query, allowReserved: true, schema: { type: string } }
      requestBody:
        content:
          text/csv: {}
          multipart/form-data; Boundary=x:
            schema: { type: object, required: [note, size], properties: { note: { type: string, default: "-" }, size: { $ref: "#/components/schemas/Size" }, other: { $ref: "#/components/schemas/Size" } } }
            encoding: { photo: { contentType: "image/png, image/gif", style: form, explode: false }, sound: { style: form } }
      responses:
        "201":
          description: A toy.
          content:
            application/json; charset=UTF-8; profile=A:
              schema:
                type: object
                xml: { name: toy }
                properties:
                  age: { type: [integer, "null"] }
                  lot: { type: array, contains: { type: string }, minContains: 2, maxContains: 4 }
                  sort: { const: toy }
                  owner: { $ref: "#/components/schemas/Owner" }
                  keeper: { description: Who., allOf: [{ $ref: "#/components/schemas/Owner" }] }
                  vet: { nullable: true, allOf: [{ $ref: "#/components/schemas/Owner" }] }
                  home: { allOf: [{ type: object }, { properties: { host: { nullable: true, allOf: [{ $ref: "#/components/schemas/Owner" }] } } }] }
                  photo: { type: string, format: byte }
                  text: { $ref: "#/components/schemas/Content" }
                dependentRequired: { age: [lot] }
                patternProperties: { "^x": { type: integer } }
            application/toys+xml: { schema: { type: object, xml: { name: Toy } } }
          links: { again: { operationId: walk, parameters: { length: $response.body#/age } } }
        5XX: { description: None. }
      callbacks:
        sold: { "https://hook.example": { post: { parameters: [{ name: X-Sale, in: header, required: true, schema: { type: string } }], requestBody: { required: true, content: { text/plain: {} } }, responses: { "204": { description: Told. } } } } }
components:
  securitySchemes:
    key: { type: apiKey, in: header, name: X-Key }
    token: { type: http, scheme: bearer, bearerFormat: opaque }
    login:
      type: oauth2
      flows:
        clientCredentials:
          tokenUrl: https://example.com/token
          scopes: { read: To read., write: To write. }
        implicit:
          authorizationUrl: https://example.com/login
          refreshUrl: https://example.com/refresh
          scopes: { read: To read. }
  schemas:
    Cat: { type: object, properties: { kind: { type: string }, fur: { enum: [long, short] }, toys: { type: array, contains: { type: string }, minContains: 5 } } }
    Dog: { type: object, properties: { kind: { type: string } } }
    Owner: { type: object, properties: { name: { type: string, xml: { name: toy-owner } } } }
    Content: { type: string }
    Size: { type: string, default: small }
    Lots: { type: array, contains: { type: string }, maxContains: 6 }
`;

const NO_CONTENT = 'responses: { "204"';
const parameters = (parameter: string) => `parameters: [${parameter}]`;
const PASSWORD = "password: { tokenUrl: https://example.com/token, scopes: {} }";
const PATTERNS = 'patternProperties: { "^x": { type: integer } }';
const ANYWAY = "minItems: 0, minLength: 0, minProperties: 0, required: [], uniqueItems: false";
const OWN = "x-own: { get: { required: [all] } }";
const BODY = "content: { text/plain: { schema: { type: string } } }";

/** A name, the bump that replacing `written` by `instead` demands, and the bump to go back. */
const rewritten: Rewritten[] = [
  ["the same", "none", "none", "", ""],
  ["a header that comes, in another case", "none", "none", "ETag", "ETAG"],
  ["a header that is sent, in another case", "none", "none", "X-Walk", "x-walk"],
  ["the header of a key, in another case", "none", "none", "X-Key", "x-key"],
  ["a media type in another case", "none", "none", "application/json", "Application/JSON"],
  ["a server's host in another case", "none", "none", "pets.example", "Pets.Example"],
  ["the name of the licence", "patch", "patch", "name: MIT", "name: BSD"],
  ["the URL of the licence", "patch", "patch", "a.example", "b.example"],
  ["a tag is renamed", "patch", "patch", "name: walks", "name: ways"],
  ["a tag is gone", "patch", "patch", ", { name: walks }", ""],
  ["a slash after a server's URL", "none", "none", "example.com", "example.com/"],
  ["a server's default port is written out", "none", "none", "example.com", "example.com:443"],
  ["another port", "major", "major", "example.com", "example.com:8443"],
  ["another path of a server", "major", "major", "example.com", "example.com/Pets"],
  [
    "a body becomes required",
    "major",
    "major",
    NO_CONTENT,
    `requestBody: { required: true, ${BODY} }\n      ${NO_CONTENT}`,
  ],
  [
    "a body may now be sent",
    "minor",
    "major",
    NO_CONTENT,
    `requestBody: { ${BODY} }\n      ${NO_CONTENT}`,
  ],
  ["a body becomes optional", "minor", "major", "        required: true\n", ""],
  ["a header may now be missing", "major", "patch", "X-Pet: { required: true,", "X-Pet: {"],
  [
    "another property is the discriminator",
    "major",
    "major",
    "propertyName: kind",
    "propertyName: sort",
  ],
  ["a discriminator value is renamed", "major", "major", "{ cat: ", "{ feline: "],
  ["a kind is called much the same", "major", "major", ", dog: ", ", dogs: "],
  [
    "a second discriminator value for a schema",
    "minor",
    "major",
    "{ cat: ",
    '{ feline: "#/components/schemas/Cat", cat: ',
  ],
  [
    "the name of a schema stands for another",
    "major",
    "major",
    "{ cat: ",
    '{ Cat: "#/components/schemas/Dog", cat: ',
  ],
  [
    "the implicit discriminator values are written out",
    "none",
    "none",
    "dog: ",
    'Dog: Dog, Cat: "#/components/schemas/Cat", dog: ',
  ],
  ["a scope is gone", "major", "minor", ", write: To write.", ""],
  ["a scope is renamed", "major", "major", "write: ", "change: "],
  ["a scope's description", "patch", "patch", "To write.", "To change."],
  ["another flow of OAuth", "major", "major", "clientCredentials:", "password:"],
  [
    "an additional OAuth flow",
    "minor",
    "major",
    "      flows:\n",
    `      flows:\n        ${PASSWORD}\n`,
  ],
  ["another token URL", "major", "major", "com/token", "com/tokens"],
  ["another authorization URL", "major", "major", "com/login", "com/logon"],
  ["another refresh URL", "major", "major", "com/refresh", "com/renew"],
  ["another default of a server variable", "major", "major", "default: eu", "default: us"],
  ["an additional value of a server variable", "minor", "major", "[eu, us]", "[eu, us, ca]"],
  ["a server variable loses its enum", "minor", "major", ", enum: [eu, us]", ""],
  ["another order of a server variable's enum", "patch", "patch", "[eu, us]", "[us, eu]"],
  ["a server variable is renamed", "major", "major", "variables: { zone:", "variables: { area:"],
  [
    "an additional server variable",
    "minor",
    "major",
    "variables: { zone:",
    "variables: { port: { default: '443' }, zone:",
  ],
  ["another order of a parameter's enum", "patch", "patch", "[small, big]", "[big, small]"],
  ["another order of a body's enum", "patch", "patch", "[long, short]", "[short, long]"],
  [
    "an operation narrows a parameter of its path",
    "major",
    "minor",
    NO_CONTENT,
    `${parameters("{ name: length, in: query, schema: { type: integer, maximum: 9 } }")}\n      ${NO_CONTENT}`,
  ],
  [
    "an operation refers to a parameter of another path",
    "minor",
    "major",
    NO_CONTENT,
    `${parameters('{ $ref: "#/paths/~1pets/parameters/0" }')}\n      ${NO_CONTENT}`,
  ],
  ["another default of what is sent", "major", "major", "default: slow", "default: fast"],
  // The server may have used the same default before, but nothing said so.
  ["no default of what is sent", "major", "major", ", default: slow", ""],
  ["another default of a parameter", "major", "major", "integer } }", "integer, default: 1 } }"],
  ["another default of an answer", "patch", "patch", "default: none", "default: all"],
  ["minContains is raised", "major", "minor", "minContains: 2", "minContains: 3"],
  ["minContains is dropped", "minor", "major", ", minContains: 2", ""],
  ["minContains becomes 0", "minor", "major", "minContains: 2", "minContains: 0"],
  ["maxContains is lowered", "major", "minor", "maxContains: 4", "maxContains: 3"],
  ["maxContains is dropped", "minor", "major", ", maxContains: 4", ""],
  [
    "a property of a request becomes readOnly",
    "major",
    "minor",
    "pace: {",
    "pace: { readOnly: true,",
  ],
  ["null is accepted, too", "minor", "major", "pace: {", "pace: { nullable: true,"],
  [
    "a property of a request becomes writeOnly",
    "patch",
    "patch",
    "pace: {",
    "pace: { writeOnly: true,",
  ],
  [
    "patternProperties are added",
    "major",
    "major",
    "type: object\n",
    `type: object\n              ${PATTERNS}\n`,
  ],
  [
    "a property named like a keyword may be sent",
    "minor",
    "minor",
    "                pace:",
    "                patternProperties: { type: string }\n                pace:",
  ],
  [
    "the defaults of schema keywords are written out",
    "none",
    "none",
    "pace: {",
    `pace: { ${ANYWAY},`,
  ],
  [
    "the default of minContains is written out",
    "none",
    "none",
    "contains: { type: integer }",
    "contains: { type: integer }, minContains: 1",
  ],
  [
    "properties named like keywords with default values may be sent",
    "minor",
    "minor",
    "                pace:",
    "                additionalProperties: true\n                items: {}\n                pace:",
  ],
  [
    "unevaluatedItems becomes false",
    "major",
    "minor",
    "pace: {",
    "pace: { unevaluatedItems: false,",
  ],
  ["an extension beside paths", "patch", "patch", "\npaths:", `\npaths:\n  ${OWN}`],
  [
    "an extension beside statuses",
    "patch",
    "patch",
    "      responses:\n        default:",
    `      responses:\n        ${OWN}\n        default:`,
  ],
  [
    "a property named like an extension may be sent",
    "minor",
    "minor",
    "                pace:",
    "                x-own: { type: string }\n                pace:",
  ],
  [
    "a header named like an extension",
    "minor",
    "major",
    "            ETag:",
    "            x-own: { schema: { type: string } }\n            ETag:",
  ],
  [
    "an HTTP authentication scheme in another case",
    "none",
    "none",
    "scheme: bearer",
    "scheme: Bearer",
  ],
  ["another HTTP authentication scheme", "major", "major", "scheme: bearer", "scheme: digest"],
  ["another bearerFormat", "patch", "patch", "bearerFormat: opaque", "bearerFormat: JWT"],
  ["no bearerFormat", "patch", "patch", ", bearerFormat: opaque", ""],
  [
    "a parameter may be empty",
    "minor",
    "major",
    "name: page,",
    "name: page, allowEmptyValue: true,",
  ],
  ["a range of statuses in another case", "none", "none", "5XX:", "5xx:"],
  ["another range of statuses", "major", "major", "5XX:", "4XX:"],
  [
    "a parameter of a media type in another writing",
    "none",
    "none",
    "; charset=UTF-8; profile=A",
    ';Profile="A";charset=utf-8',
  ],
  ["another parameter of a media type", "major", "major", "profile=A", "profile=a"],
  ["null as OpenAPI 3.0 has it", "none", "none", '[integer, "null"]', "integer, nullable: true"],
  [
    "null beside a reference as OpenAPI 3.1 has it",
    "none",
    "none",
    'nullable: true, allOf: [{ $ref: "#/components/schemas/Owner" }]',
    'anyOf: [{ $ref: "#/components/schemas/Owner" }, { type: "null" }]',
  ],
  [
    "null or another schema",
    "major",
    "major",
    'nullable: true, allOf: [{ $ref: "#/components/schemas/Owner" }]',
    'oneOf: [{ type: "null" }, { $ref: "#/components/schemas/Content" }]',
  ],
  [
    "null within an allOf as OpenAPI 3.1 has it",
    "none",
    "none",
    'host: { nullable: true, allOf: [{ $ref: "#/components/schemas/Owner" }]',
    'host: { anyOf: [{ $ref: "#/components/schemas/Owner" }, { type: "null" }]',
  ],
  [
    "null as an alternative, not as a type",
    "none",
    "none",
    'age: { type: [integer, "null"] }',
    'age: { anyOf: [{ type: integer }, { type: "null" }] }',
  ],
  [
    "null as an alternative is accepted, too",
    "minor",
    "major",
    "pace: { type: string,",
    'pace: { anyOf: [{ type: string }, { type: "null" }],',
  ],
  [
    "another kind may be sent back",
    "major",
    "patch",
    'owner: { $ref: "#/components/schemas/Owner"',
    'owner: { anyOf: [{ $ref: "#/components/schemas/Owner" }, { type: integer }]',
  ],
  [
    "items of a tuple are exchanged",
    "major",
    "major",
    "[{ type: number }, { type: string }]",
    "[{ type: string }, { type: number }]",
  ],
  [
    "an item of a tuple gets a type",
    "major",
    "minor",
    "prefixItems: [{ type: number }, { type: string }]",
    "prefixItems: [{ type: number }, { type: string }, { type: string }]",
  ],
  [
    "one schema more applies beside a property",
    "major",
    "minor",
    "dependentSchemas: {",
    "dependentSchemas: { lead: { required: [length] },",
  ],
  ["null is no longer sent back", "patch", "major", "vet: { nullable: true,", "vet: {"],
  ["bytes as OpenAPI 3.1 has them", "none", "none", "format: byte", "contentEncoding: base64"],
  ["bytes in another encoding", "major", "major", "format: byte", "contentEncoding: base32"],
  ["a single value as OpenAPI 3.0 has it", "none", "none", "const: toy", "enum: [toy]"],
  [
    "a description of a reference as in OpenAPI 3.0",
    "patch",
    "patch",
    'owner: { $ref: "#/components/schemas/Owner"',
    'owner: { description: Who., allOf: [{ $ref: "#/components/schemas/Owner" }]',
  ],
  [
    "a schema referred to in an allOf is deprecated",
    "minor",
    "minor",
    "keeper: {",
    "keeper: { deprecated: true,",
  ],
  [
    "a schema referred to in an allOf gets a property",
    "minor",
    "major",
    "keeper: {",
    "keeper: { properties: { since: { type: integer } },",
  ],
  [
    "defaults that allow anything are written out",
    "none",
    "none",
    "kind: { type: string } } }\n    Owner",
    "kind: { type: string } }, items: {}, exclusiveMinimum: false }\n    Owner",
  ],
  [
    "an empty security requirement is written out",
    "none",
    "none",
    "\ntags:",
    "\nsecurity: []\ntags:",
  ],
  [
    "the default of a property that always comes",
    "patch",
    "patch",
    'default: "-"',
    "default: none",
  ],
  [
    "the default of a property that is optional in one place",
    "major",
    "major",
    "default: small",
    "default: big",
  ],
  ["the default of a path parameter", "patch", "patch", "default: ball", "default: bone"],
  ["an XML name where there is no XML", "patch", "patch", "name: toy }", "name: toys }"],
  ["another XML name", "major", "major", "name: Toy }", "name: Toys }"],
  [
    "the defaults for XML are written out",
    "none",
    "none",
    "name: Toy }",
    "name: Toy, wrapped: false }",
  ],
  [
    "minContains of an answer is lowered",
    "major",
    "patch",
    "minContains: 2, maxContains: 4 }\n                  sort",
    "minContains: 1, maxContains: 4 }\n                  sort",
  ],
  [
    "maxContains of an answer is raised",
    "major",
    "patch",
    "maxContains: 4 }\n                  sort",
    "maxContains: 5 }\n                  sort",
  ],
  [
    "maxContains of an unused schema is raised",
    "patch",
    "patch",
    "maxContains: 6",
    "maxContains: 7",
  ],
  ["dependentRequired of an answer is dropped", "major", "patch", "{ age: [lot] }", "{ age: [] }"],
  [
    "patternProperties of an answer are dropped",
    "major",
    "minor",
    '                patternProperties: { "^x": { type: integer } }\n',
    "",
  ],
  [
    "a property of an answer becomes writeOnly",
    "major",
    "patch",
    "age: {",
    "age: { writeOnly: true,",
  ],
  ["a link leads elsewhere", "patch", "patch", "length: $response", "size: $response"],
  ["a form field gets another style", "major", "major", "explode: false", "explode: true"],
  [
    "a form field accepts one media type less",
    "major",
    "minor",
    "image/png, image/gif",
    "image/png",
  ],
  [
    "a form field accepts a range of media types",
    "minor",
    "major",
    "image/png, image/gif",
    "image/*",
  ],
  [
    "the default style of a form field is written out",
    "none",
    "none",
    "sound: { style: form",
    "sound: { style: form, explode: true",
  ],
  [
    "a form field is written in another style",
    "major",
    "major",
    "sound: { style: form",
    "sound: { style: spaceDelimited",
  ],
  ["a form field accepts any media type", "minor", "major", "image/png, image/gif", "*/*"],
  [
    "a form field takes only a certain media type",
    "major",
    "minor",
    "sound: { style: form",
    "sound: { contentType: audio/ogg, style: form",
  ],
  [
    "a form field takes reserved characters",
    "minor",
    "major",
    "sound: { style: form",
    "sound: { allowReserved: true, style: form",
  ],
  ["allowReserved of a parameter is dropped", "major", "minor", ", allowReserved: true", ""],
  [
    "a callback may come without its body",
    "major",
    "patch",
    "requestBody: { required: true, content",
    "requestBody: { content",
  ],
  [
    "a callback may come without a header",
    "major",
    "patch",
    "name: X-Sale, in: header, required: true,",
    "name: X-Sale, in: header,",
  ],
  [
    "a callback comes without a header",
    "major",
    "minor",
    "{ name: X-Sale, in: header, required: true, schema: { type: string } }",
    "",
  ],
  [
    "a callback comes without its body",
    "major",
    "minor",
    "requestBody: { required: true, content: { text/plain: {} } }, ",
    "",
  ],
  [
    "a header of a callback becomes a query parameter",
    "major",
    "major",
    "name: X-Sale, in: header",
    "name: X-Sale, in: query",
  ],
  ["a header of a callback is renamed", "major", "major", "name: X-Sale", "name: X-Sales"],
  [
    "a form that could be anything gets a schema",
    "major",
    "minor",
    "text/csv: {}",
    "text/csv: { schema: { type: string } }",
  ],
  [
    "a form that could be anything gets a description",
    "minor",
    "minor",
    "text/csv: {}",
    "text/csv: { schema: { description: Any. } }",
  ],
  [
    "a schema of a mapping is given by its name",
    "none",
    "none",
    'cat: "#/components/schemas/Cat", dog',
    "cat: Cat, dog",
  ],
  [
    "an exclusive bound is written as OpenAPI 3.1 has it",
    "none",
    "none",
    "minimum: 0, exclusiveMinimum: true",
    "exclusiveMinimum: 0",
  ],
  [
    "minContains of what is sent and comes back is raised",
    "major",
    "major",
    "minContains: 5",
    "minContains: 6",
  ],
  ["a longer enum in a not", "major", "major", "[up, down]", "[up, down, back]"],
  ["a title in a not", "patch", "patch", "not: {", "not: { title: Steep,"],
  ["a not is dropped", "minor", "major", ", not: { enum: [up, down] }", ""],
  [
    "a property may be anything",
    "minor",
    "major",
    "way: { type: string, not: { enum: [up, down] } }",
    "way: true",
  ],
  [
    "a property may no longer be sent",
    "major",
    "major",
    "way: { type: string, not: { enum: [up, down] } }",
    "way: false",
  ],
  [
    "a property of an answer may be anything",
    "major",
    "patch",
    "sort: { const: toy }",
    "sort: true",
  ],
  [
    "data that looks like a reference",
    "patch",
    "patch",
    "Size: {",
    'Size: { x-own: { $ref: none.yaml }, example: { $ref: "#/none" },',
  ],
  ["a list becomes the default", "major", "major", "parks: {", "parks: { default: [a, b],"],
  [
    "only one object or one list may be sent",
    "major",
    "minor",
    "way: {",
    "way: { enum: [{ a: 1, b: 2 }, [a]],",
  ],
  [
    "a dynamic reference comes or goes",
    "major",
    "major",
    "pace: {",
    'pace: { $dynamicRef: "#walk",',
  ],
  [
    "lists and maps that name nothing",
    "none",
    "none",
    'put:\n      responses: { "204": {',
    'put:\n      callbacks: {}\n      parameters: []\n      tags: []\n      responses: { "204": { content: {}, headers: {}, links: {},',
  ],
  [
    "maps of a schema that name nothing",
    "none",
    "none",
    "pace: {",
    "pace: { $defs: {}, dependentRequired: {}, dependentSchemas: {}, patternProperties: {}, propertyNames: {},",
  ],
  ["a longer enum of a parameter", "minor", "major", "[small, big]", "[small, big, huge]"],
];

describe.concurrent("a change is judged by what it does to callers", () => {
  test.each(rewritten)("%s: %s, back %s", (...each) => expectBumps(folder, SMALL, each));
});

test("of two spellings in one map each is a name of its own, and told places are in the spec", async () => {
  const header = "            ETag: { required: true, schema: { type: string } }\n";
  const files = [join(folder, "two.yaml"), join(folder, "one.yaml")] as const;
  await writeFile(files[0], SMALL.replace(header, `${header}            etag: {}\n`));
  await writeFile(files[1], SMALL.replace(header, "            etag: {}\n"));
  expect((await diff(...files)).bump).toBe("major");
  await writeFile(files[0], SMALL);
  await writeFile(files[1], SMALL.replace("ETag: { required: true,", "etag: {"));
  const places = (await diff(...files)).changes.map(({ path }) => path);
  expect(places.join()).toContain("/headers/etag");
  expect(places.join()).not.toMatch(/ETag/);
});

test("components that are gone as a whole are told one by one", async () => {
  const files = [join(folder, "named.yaml"), join(folder, "inlined.yaml")] as const;
  const info = { title: "Pets", version: "1.0.0" };
  const response = { description: "A pet." };
  const spec = (said: object) => ({
    openapi: "3.1.0",
    info,
    paths: { "/pets": { get: { responses: { "200": said } } } },
  });
  const named = {
    ...spec({ $ref: "#/components/responses/Pet" }),
    components: { responses: { Pet: response } },
  };
  await writeFile(files[0], JSON.stringify(named));
  await writeFile(files[1], JSON.stringify(spec(response)));
  const { bump, changes } = await diff(...files);
  expect(bump).toBe("major");
  expect(changes.map(({ path }) => path)).toEqual(["#/components/responses"]);
  expect((await diff(files[1], files[0])).bump).toBe("minor");
});

test("a section of the components that names nothing is none", async () => {
  const files = [join(folder, "bare.json"), join(folder, "empty.json")] as const;
  const spec = { openapi: "3.1.0", info: { title: "Pets", version: "1.0.0" }, paths: {} };
  const sections = ["headers", "parameters", "pathItems", "requestBodies", "responses", "schemas"];
  const components = Object.fromEntries(sections.map((section) => [section, {}]));
  await writeFile(files[0], JSON.stringify(spec));
  await writeFile(files[1], JSON.stringify({ ...spec, components }));
  expect((await diff(...files)).bump).toBe("none");
  expect((await diff(files[1], files[0])).bump).toBe("none");
});

test("a reference to items of any kind is a schema of any kind", async () => {
  const files = [join(folder, "items.yaml"), join(folder, "any.yaml")] as const;
  const end = "    Lots: {";
  const list = "    List: { type: array, items: {} }";
  const reference = '{ $ref: "#/components/schemas/List/items" }';
  await writeFile(files[0], SMALL.replace(end, `${list}\n    Any: ${reference}\n${end}`));
  await writeFile(files[1], SMALL.replace(end, `${list}\n    Any: {}\n${end}`));
  expect((await diff(...files)).changes).toEqual([]);
});

test("schemas that refer to each other in a file of their own are the same", async () => {
  // A number sign elsewhere ends a file's name in a reference.
  const named = join(folder, "C#");
  await mkdir(named);
  const files = [join(named, "together.yaml"), join(named, "apart.json")] as const;
  const cat = 'cat: { $ref: "#/components/schemas/Cat", deprecated: true, description: Old. }';
  const together = SMALL.replace(
    "    Lots: {",
    `    Pets: { properties: { ${cat} } }\n    Lots: {`,
  );
  const spec = parse(together) as { components: { schemas: Record<string, object> } };
  const names = Object.keys(spec.components.schemas);
  const schemas = Object.fromEntries(
    names.map((name) => [name, { $ref: `together.yaml#/components/schemas/${name}` }]),
  );
  await writeFile(files[0], together);
  const apart = { ...spec, components: { ...spec.components, schemas } };
  await writeFile(files[1], JSON.stringify(apart));
  expect((await diff(...files)).changes).toEqual([]);
  expect((await diff(files[1], files[0])).changes).toEqual([]);
});

const TIGHTER = [
  ["path item", "minimum: 1", "minimum: 2", "#/paths/~1dogs~1{id}/parameters/0/schema"],
  [
    "callback",
    "maximum: 8",
    "maximum: 9",
    "#/paths/~1dogs~1{id}/get/callbacks/sold/https:~1~1hook.example/post/requestBody/content/text~1plain/schema",
  ],
] as const;

test.each(TIGHTER)(
  "a %s of a file, which the components name, is judged by what it does to callers",
  async (kind, written, instead, place) => {
    const files = [join(folder, `${kind}.yaml`), join(folder, `${kind}-after.yaml`)] as const;
    const parts = `
dogs:
  parameters: [{ name: id, in: path, required: true, schema: { type: integer, minimum: 1 } }]
  get: { callbacks: { sold: { $ref: "#/sold" } }, responses: {} }
sold:
  https://hook.example:
    post: { requestBody: { content: { text/plain: { schema: { type: integer, maximum: 8 } } } }, responses: {} }
`;
    for (const [file, text] of [
      [files[0], parts],
      [files[1], parts.replace(written, instead)],
    ] as const) {
      await writeFile(`${file}.parts`, text);
      const reference = (name: string) => ({ $ref: `${basename(file)}.parts#/${name}` });
      const spec = {
        openapi: "3.1.0",
        info: { title: "Dogs", version: "1.0.0" },
        paths: { "/dogs/{id}": reference("dogs") },
        components: {
          callbacks: { Sold: reference("sold") },
          pathItems: { Dogs: reference("dogs") },
        },
      };
      await writeFile(file, JSON.stringify(spec));
    }
    const { bump, changes } = await diff(...files);
    expect(bump).toBe("major");
    expect(changes).toContainEqual(expect.objectContaining({ impact: "major", path: place }));
  },
);

test.each(TIGHTER)(
  "a %s of the components is judged by what it does to callers",
  async (kind, written, instead, place) => {
    const files = [
      join(folder, `own ${kind}.yaml`),
      join(folder, `own ${kind}-after.yaml`),
    ] as const;
    const text = `
openapi: 3.1.0
info: { title: Dogs, version: 1.0.0 }
paths: { "/dogs/{id}": { $ref: "#/components/pathItems/Dogs" } }
components:
  pathItems:
    Dogs:
      parameters: [{ name: id, in: path, required: true, schema: { type: integer, minimum: 1 } }]
      get: { callbacks: { sold: { $ref: "#/components/callbacks/Sold" } }, responses: {} }
  callbacks:
    Sold:
      https://hook.example:
        post: { requestBody: { content: { text/plain: { schema: { type: integer, maximum: 8 } } } }, responses: {} }
`;
    await writeFile(files[0], text);
    await writeFile(files[1], text.replace(written, instead));
    const { bump, changes } = await diff(...files);
    expect(bump).toBe("major");
    expect(changes).toContainEqual(expect.objectContaining({ impact: "major", path: place }));
    expect((await diff(files[0], files[0])).changes).toEqual([]);
  },
);

test("a description beside a reference to a file changes nothing else", async () => {
  const files = [join(folder, "bare-name.yaml"), join(folder, "told-name.yaml")] as const;
  const cats = "Cat: { properties: { kittens: { items: { $ref: '#/Cat' } } } }";
  await writeFile(join(folder, "cats.yaml"), cats);
  const named = SMALL.replace(/( Cat: ).+/, '$1{ $ref: "cats.yaml#/Cat" }');
  await writeFile(files[0], named);
  await writeFile(files[1], named.replace('yaml#/Cat" }', 'yaml#/Cat", description: A cat. }'));
  const { changes } = await diff(...files);
  expect(changes.map(({ impact, path }) => [impact, path])).toEqual([
    ["patch", "#/components/schemas/Cat"],
  ]);
});

test("a place with a blank is told whole where the specs cannot be compared", async () => {
  const files = [join(folder, "unbroken.yaml"), join(folder, "broken.yaml")] as const;
  const mapping = 'discriminator: { propertyName: id, mapping: { a: "#/components/schemas/None" }';
  await writeFile(files[0], SMALL);
  await writeFile(files[1], SMALL.replace("sort: {", `sort: { ${mapping} },`));
  await expect(diff(...files)).rejects.toThrow(
    /: Can't resolve \$ref \(#\/paths.+; charset=UTF-8; .+\/mapping\/a of the new one\)$/,
  );
});

test("what a mapping leads to is told once, where its author wrote it", async () => {
  const files = [join(folder, "kinds.yaml"), join(folder, "other-kinds.yaml")] as const;
  const dog = "Dog: { type: object, properties: { kind: { type: string";
  await writeFile(files[0], SMALL);
  await writeFile(files[1], SMALL.replace(dog, `${dog}, description: Words.`));
  const { changes } = await diff(...files);
  expect(changes.map(({ path }) => path)).toEqual(["#/components/schemas/Dog/properties/kind"]);
});

test("null of a list in either writing, and parameters in another order, make no difference", async () => {
  const files = [join(folder, "older.json"), join(folder, "newer.json")] as const;
  const owner = { $ref: "#/components/schemas/Owner" };
  const items = { anyOf: [owner, { type: "null" }] };
  const inOld = { type: "array", nullable: true, items };
  const inNew = { oneOf: [{ type: "null" }, { type: "array", items }] };
  const [either, text] = [{ anyOf: [{ type: "string" }, { type: "integer" }] }, { type: "string" }];
  const schemas = [
    { owners: inOld, either, text },
    { text, owners: inNew, either },
  ];
  for (const [i, named] of schemas.entries()) {
    const sent = Object.entries(named).map(([name, schema]) => ({ name, in: "query", schema }));
    const spec = {
      openapi: "3.1.0",
      info: { title: "Pets", version: "1.0.0" },
      paths: { "/pets": { get: { parameters: sent, responses: {} } } },
      components: { schemas: { Owner: text } },
    };
    await writeFile(files[i]!, JSON.stringify(spec));
  }
  expect((await diff(...files)).changes).toEqual([]);
  expect((await diff(files[1], files[0])).changes).toEqual([]);
});

const refTo = (name: string) => ({ $ref: `#/components/schemas/${name}` });

describe("alternatives that come or go", () => {
  const [text, whole, none] = [{ type: "string" }, { type: "integer" }, { type: "null" }];
  const compared = async (before: object, after: object, named: readonly object[] = [{}, {}]) => {
    const files = [join(folder, "before.json"), join(folder, "after.json")] as const;
    for (const [i, schema] of [before, after].entries()) {
      const spec = {
        openapi: "3.1.0",
        info: { title: "Pets", version: "1.0.0" },
        paths: {
          "/pets": {
            post: { requestBody: { content: { "application/json": { schema } } }, responses: {} },
          },
        },
        components: { schemas: { Pet: { type: "object" }, Size: whole, ...named[i] } },
      };
      await writeFile(files[i]!, JSON.stringify(spec));
    }
    return diff(...files);
  };

  test.each([
    ["what could be anything", { anyOf: [text, none] }, { description: "Any." }],
    [
      "a union before the others",
      { oneOf: [refTo("Pet"), text] },
      { oneOf: [{ anyOf: [whole, none] }, refTo("Pet"), text] },
    ],
    [
      "a described reference before the others",
      { anyOf: [refTo("Pet"), text] },
      { anyOf: [{ allOf: [refTo("Size")], description: "Its size." }, refTo("Pet"), text] },
    ],
  ])("%s is compared with none of them", async (_, before, after) => {
    expect((await compared(before, after)).bump).toBe("minor");
  });

  test.each([
    [
      "a reference with what is noted of it",
      { allOf: [refTo("Size")], default: 1, deprecated: true },
      { ...refTo("Size"), default: 1, deprecated: true },
    ],
    [
      "a schema alone in an allOf",
      { allOf: [{ required: ["a"], properties: { a: text } }], description: "Any." },
      { required: ["a"], properties: { a: text }, description: "Any." },
    ],
    [
      "null beside several",
      { nullable: true, anyOf: [text, whole] },
      { anyOf: [text, none, whole] },
    ],
    ["null beside one", { nullable: true, oneOf: [refTo("Pet")] }, { oneOf: [refTo("Pet"), none] }],
  ])("%s is the same in either writing", async (_, before, after) => {
    expect((await compared(before, after)).changes).toEqual([]);
    expect((await compared(after, before)).changes).toEqual([]);
  });

  test.each<[name: string, bump: Bump, before: object, after: object]>([
    [
      "a limit in an allOf that hides behind one beside it",
      "minor",
      { allOf: [{ required: ["a"] }], required: ["b"], title: "Any" },
      { required: ["b"], title: "Any" },
    ],
    [
      "null that an enum does not have",
      "major",
      { anyOf: [{ type: "string", enum: ["a"] }, none] },
      { type: ["string", "null"], enum: ["a"] },
    ],
    [
      "null that an enum has",
      "none",
      { anyOf: [{ type: "string", enum: ["a"] }, none] },
      { type: ["string", "null"], enum: ["a", null] },
    ],
  ])("%s: %s", async (_, bump, before, after) => {
    expect((await compared(before, after)).bump).toBe(bump);
  });

  test("two schemas of an allOf are not one of them", async () => {
    const [one, other] = [{ required: ["a"] }, { required: ["b"] }];
    expect((await compared({ allOf: [one, other] }, one)).bump).not.toBe("none");
    expect((await compared(one, { allOf: [one, other] })).bump).toBe("major");
  });

  test("what is referred to keeps its form", async () => {
    const alone = { properties: { a: refTo("Own/allOf/0") } };
    const beside = { properties: { a: refTo("Own") } };
    const own = { type: "object", properties: { b: text } };
    const named = [{ Own: { allOf: [own] } }, { Own: own }] as const;
    expect((await compared(alone, beside, named)).isBreaking).toBe(false);
  });

  test("a longer if may make the whole allow less, and so may a shorter one", async () => {
    const [one, two] = ["[a]", "[a, b]"].map(
      (names) =>
        parse(`
          if: { required: ${names} }
          then: { required: [c] }
          else: { required: [d] }
        `) as object,
    ) as [object, object];
    expect((await compared(one, two)).bump).toBe("major");
    expect((await compared(two, one)).bump).toBe("major");
  });

  test("a schema that leads to itself by its alternatives is compared", async () => {
    const circle = { A: { anyOf: [refTo("B"), text] }, B: { anyOf: [refTo("A"), whole] } };
    expect((await compared(refTo("A"), refTo("A"), [{ A: text }, circle])).bump).toBe("minor");
  });

  test("what changed in an item of a tuple is its position", async () => {
    const { changes } = await compared(
      { prefixItems: [text, whole] },
      { prefixItems: [whole, text] },
    );
    expect(changes.map(({ message }) => message)).toContain("Position of Schema modified.");
  });
});

test("what is referred to beside words is judged by all that it is for, and told where it is", async () => {
  const files = [join(folder, "worded.json"), join(folder, "worded-after.json")] as const;
  const schema = { $ref: "#/components/schemas/Pet", description: "A pet." };
  const content = { "application/json": { schema } };
  for (const [file, needed] of [
    [files[0], ["name", "age"]],
    [files[1], ["name"]],
  ] as const) {
    const responses = { "200": { description: "A pet.", content } };
    const spec = {
      openapi: "3.1.0",
      info: { title: "Pets", version: "1.0.0" },
      paths: { "/pets": { post: { requestBody: { content }, responses } } },
      components: { schemas: { Pet: { dependentRequired: { kind: needed } } } },
    };
    await writeFile(file, JSON.stringify(spec));
  }
  const { changes } = await diff(...files);
  expect(changes.map(({ impact, path }) => `${impact} ${path}`)).toEqual([
    "major #/components/schemas/Pet/dependentRequired",
  ]);
});

test("a change beside a reference is told there", async () => {
  const files = [join(folder, "beside.yaml"), join(folder, "beside-after.yaml")] as const;
  const owner = 'owner: { $ref: "#/components/schemas/Owner"';
  await writeFile(files[0], SMALL.replace(owner, `${owner}, required: [name]`));
  await writeFile(files[1], SMALL.replace(owner, `${owner}, description: Words.`));
  const { changes } = await diff(...files);
  const places = changes.map(({ impact, path }) => `${impact} ${path.replace(/.*\/schema\//, "")}`);
  expect(places.toSorted()).toEqual(["major properties/owner", "patch properties/owner"]);
});
