import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { forGenerators } from "../for-generators.ts";

// Parsed documents with known property names.
// oxlint-disable-next-line typescript/no-explicit-any
type Node = Record<string, any>;

const text = await readFile(new URL("../openapi.yaml", import.meta.url), "utf8");
const contract = parse(text) as Node;
const easier = JSON.parse(forGenerators(text)) as Node;
const vendorType = "application/vnd.np6.cm.mail.archive";

test("a success is the same under both media types", () => {
  for (const path of Object.values<Node>(easier["paths"])) {
    const { content } = path["get"].responses["200"];
    expect(Object.keys(content)).toEqual(["application/json", vendorType]);
    expect(content["application/json"]).toEqual(content[vendorType]);
  }
});

test("each server error is listed by its status, and only 500 has the example that the mock answers", () => {
  for (const path of Object.values<Node>(easier["paths"])) {
    const { responses } = path["get"];
    expect(Object.keys(responses).filter((code) => code.startsWith("5"))).toEqual([
      "500",
      "502",
      "503",
      "504",
    ]);
  }
  const { ServerError500, ServerError503 } = easier["components"].responses;
  expect(ServerError500.headers["x-request-id"].examples).toHaveProperty("serverError");
  expect(ServerError503.headers["x-request-id"].examples).toBeUndefined();
});

test("no date in a query may be null", () => {
  const { StartDate, EndDate } = easier["components"].parameters;
  expect([StartDate.schema, EndDate.schema]).toEqual(
    Array.from({ length: 2 }, () => ({ type: "string", format: "date-time" })),
  );
});

/** The parts that must not differ. */
const others = ({ info, paths, components, ...rest }: Node): Node => ({
  ...rest,
  info: { ...info, description: "" },
  paths: Object.entries<Node>(paths).map(([path, { get }]) => [
    path,
    { ...get, responses: Object.keys(get.responses).filter((code) => !code.startsWith("5")) },
  ]),
  schemas: components.schemas,
  examples: components.examples,
  headers: components.headers,
  security: components.securitySchemes,
  responses: Object.entries(components.responses).filter(
    ([name]) => !name.startsWith("ServerError"),
  ),
});

test("its description says that it is not the contract, and everything else is unchanged", () => {
  expect(easier["info"].description).toMatch(/^This is not the contract: .*openapi\.yaml/s);
  expect(others(easier)).toEqual(others(contract));
});

function responseOf(response: Node): Node {
  return contract["components"].responses[response["$ref"]?.split("/").at(-1)] ?? response;
}

test("every example of a response has one of the same name in each required parameter", () => {
  for (const { get } of Object.values<Node>(contract["paths"])) {
    const names = Object.values<Node>(get.responses).flatMap((response) => {
      const { content = {}, headers } = responseOf(response);
      return [content[vendorType]?.examples, headers["x-request-id"].examples].flatMap(
        (examples: object | undefined) => Object.keys(examples ?? {}),
      );
    });
    expect(names.length).toBeGreaterThan(9);
    for (const { required, examples } of get.parameters.filter((one: Node) => one["required"])) {
      expect([required, Object.keys(examples)]).toEqual([true, names]);
    }
  }
});
