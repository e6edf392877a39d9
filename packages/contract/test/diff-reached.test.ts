import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { diff } from "../src/index.ts";
import { expectBumps } from "./rewritten.ts";
import type { Rewritten } from "./rewritten.ts";

const folder = await mkdtemp(join(tmpdir(), "diff-reached-"));
afterAll(() => rm(folder, { recursive: true }));

const SHOP = `
openapi: 3.1.0
info: { title: Shop, version: 1.0.0 }
paths:
  /pets:
    get: { responses: { 200: { description: Pets., content: { application/json: { schema: { $ref: "#/components/schemas/Pet" } } } } } }
  /orders:
    post: { requestBody: { content: { application/json: { schema: { $ref: "#/components/schemas/Short" } } } }, responses: {} }
    get: { responses: { 200: { description: Orders., content: { application/json: { schema: { $ref: "#/components/schemas/Short" } } } } } }
webhooks:
  sold:
    post:
      requestBody: { content: { application/json: { schema: { required: [id], properties: { id: { type: string, enum: [a] } } } } } }
      responses: { 200: { description: Told., content: { application/json: { schema: { properties: { seen: { type: boolean } } } } } } }
components:
  schemas:
    Pet: { required: [kind], discriminator: { propertyName: kind, mapping: { feline: "#/components/schemas/Cat" } }, properties: { kind: { type: string } } }
    Cat: { allOf: [{ $ref: "#/components/schemas/Pet" }, { required: [fur], properties: { fur: { type: string } } }] }
    Dog: { allOf: [{ $ref: "#/components/schemas/Pet" }, { required: [bark], properties: { bark: { type: string } } }] }
    Puppy: { allOf: [{ $ref: "#/components/schemas/Dog" }, { required: [age], properties: { age: { type: integer } } }] }
    Short: { type: object, properties: { pin: { type: string, writeOnly: true } } }
    Long: { type: object, properties: { pin: { type: string } } }
`;

const changed: Rewritten[] = [
  ["a kind may lack a property", "major", "patch", "required: [bark], ", ""],
  ["a kind that is mapped may lack a property", "major", "patch", "required: [fur], ", ""],
  ["a kind of a kind may lack a property", "major", "patch", "required: [age], ", ""],
  ["a kind has another property", "minor", "major", "bark: {", "size: { type: string }, bark: {"],
  ["a kind is described", "patch", "patch", "bark: {", "bark: { description: How.,"],
  [
    "a kind is added",
    "minor",
    "major",
    "    Short:",
    '    Bird: { allOf: [{ $ref: "#/components/schemas/Pet" }] }\n    Short:',
  ],
  [
    "a schema is no longer a kind",
    "major",
    "major",
    'Dog: { allOf: [{ $ref: "#/components/schemas/Pet" }, ',
    "Dog: { allOf: [",
  ],
  ["the name of a kind is written out", "none", "none", "mapping: {", "mapping: { Dog: Dog,"],
  ["a webhook may lack a property", "major", "patch", "required: [id], ", ""],
  ["a webhook has one value more", "major", "patch", "enum: [a]", "enum: [a, b]"],
  [
    "the receiver of a webhook has to answer more",
    "major",
    "minor",
    "properties: { seen",
    "required: [seen], properties: { seen",
  ],
];

describe("what is reached only in a roundabout way is judged", () => {
  test.each(changed)("%s: %s, back %s", (...each) => expectBumps(folder, SHOP, each));
});

test("another schema is judged by all that it is for, though Redocly reports it once", async () => {
  const files = [join(folder, "long.yaml"), join(folder, "short.yaml")] as const;
  await writeFile(files[0], SHOP.replaceAll("schemas/Short", "schemas/Long"));
  await writeFile(files[1], SHOP);
  expect((await diff(...files)).bump).toBe("major");
});
