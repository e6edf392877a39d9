import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { diff } from "../src/index.ts";

const folder = await mkdtemp(join(tmpdir(), "diff-limits-"));
afterAll(() => rm(folder, { recursive: true }));

const leash = { leash: { required: ["length"] } };
const text = { type: "string" };

/** Keywords that allow less, each with what it is beside; `beside` is all that is left where it is dropped. */
const LIMITS: Readonly<Record<string, { limit: object; beside?: object }>> = {
  additionalProperties: { limit: { additionalProperties: false } },
  allOf: { limit: { allOf: [text, { maxLength: 3 }] } },
  anyOf: { limit: { anyOf: [text, { type: "integer" }] } },
  const: { limit: { const: "a" } },
  contains: { limit: { contains: text } },
  contentEncoding: { limit: { contentEncoding: "base64" }, beside: text },
  contentMediaType: { limit: { contentMediaType: "image/png" }, beside: text },
  contentSchema: { limit: { contentSchema: text }, beside: { contentMediaType: "text/json" } },
  dependentRequired: { limit: { dependentRequired: { leash: ["length"] } } },
  dependentSchemas: { limit: { dependentSchemas: leash } },
  enum: { limit: { enum: ["a"] }, beside: text },
  exclusiveMaximum: { limit: { exclusiveMaximum: 3 } },
  exclusiveMinimum: { limit: { exclusiveMinimum: 3 } },
  format: { limit: { format: "date" }, beside: text },
  items: { limit: { items: text } },
  maxContains: { limit: { maxContains: 3 }, beside: { contains: text } },
  maxItems: { limit: { maxItems: 3 } },
  maxLength: { limit: { maxLength: 3 } },
  maxProperties: { limit: { maxProperties: 3 } },
  maximum: { limit: { maximum: 3 } },
  minContains: { limit: { minContains: 3 }, beside: { contains: text } },
  minItems: { limit: { minItems: 3 } },
  minLength: { limit: { minLength: 3 } },
  minProperties: { limit: { minProperties: 3 } },
  minimum: { limit: { minimum: 3 } },
  multipleOf: { limit: { multipleOf: 3 } },
  not: { limit: { not: text } },
  oneOf: { limit: { oneOf: [text, { type: "integer" }] } },
  pattern: { limit: { pattern: "^a" } },
  prefixItems: { limit: { prefixItems: [text] } },
  propertyNames: { limit: { propertyNames: { maxLength: 3 } } },
  required: { limit: { required: ["length"] } },
  type: { limit: text },
  unevaluatedItems: { limit: { unevaluatedItems: false } },
  unevaluatedProperties: { limit: { unevaluatedProperties: false } },
  uniqueItems: { limit: { uniqueItems: true } },
};

/** A spec where callers send, or get, one property for each keyword. */
async function spec(name: string, side: "sent" | "got", isLimited: boolean): Promise<string> {
  const properties = Object.fromEntries(
    Object.entries(LIMITS).map(([keyword, { limit, beside }]) => [
      `with_${keyword}`,
      isLimited ? { ...beside, ...limit } : { ...beside },
    ]),
  );
  const content = { "application/json": { schema: { type: "object", properties } } };
  const got = { responses: { 200: { description: "Dogs.", content } } };
  const operation = side === "got" ? got : { requestBody: { content }, responses: {} };
  const file = join(folder, `${side}-${name}.json`);
  const info = { title: "Dogs", version: "1.0.0" };
  await writeFile(
    file,
    JSON.stringify({ openapi: "3.1.0", info, paths: { "/dogs": { post: operation } } }),
  );
  return file;
}

/** The impacts of the changes at each keyword's property. */
async function impacts(before: string, after: string): Promise<Record<string, string>> {
  const { changes } = await diff(before, after);
  return Object.fromEntries(
    Object.keys(LIMITS).map((keyword) => {
      const name = new RegExp(`/with_${keyword}(/|$)`);
      const own = changes.filter(({ path }) => name.test(path)).map(({ impact }) => impact);
      return [keyword, [...new Set(own)].join()];
    }),
  );
}

const all = (impact: string) =>
  Object.fromEntries(Object.keys(LIMITS).map((keyword) => [keyword, impact]));

test("who sends something is broken by each limit that comes, and freer by each that goes", async () => {
  const [free, limited] = [await spec("free", "sent", false), await spec("limited", "sent", true)];
  expect(await impacts(free, limited)).toEqual(all("major"));
  expect(await impacts(limited, free)).toEqual(all("minor"));
});

test("who gets something is broken by each limit that goes", async () => {
  const [free, limited] = [await spec("free", "got", false), await spec("limited", "got", true)];
  expect(await impacts(limited, free)).toEqual(all("major"));
  expect(Object.values(await impacts(free, limited))).not.toContain("major");
});
