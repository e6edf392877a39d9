import { expect, test } from "vitest";
import type { Engine } from "../src/api/engine.ts";
import type { OperationShape } from "../src/api/operation-shape.ts";
import { memoised } from "../src/api/verdict-memo.ts";

/** How often Prism is called for requests that differ only in a parameter that the operation does not declare. */
async function asked(shape: Partial<OperationShape>): Promise<number> {
  let count = 0;
  const engine: Engine = {
    fingerprint: "",
    operations: [
      {
        method: "get",
        path: "/mails",
        anyPath: true,
        query: new Map([["key", false]]),
        anyName: false,
        headers: [],
        ...shape,
      },
    ],
    async judge() {
      count += 1;
      return { status: 200, headers: {}, body: undefined, violations: [] };
    },
    check: async () => [],
  };
  const judge = memoised(engine);
  for (const other of ["a", "b", "c"]) {
    const query = { Key: "mine", [`other[${other}]`]: other };
    await judge({ method: "GET", path: "/mails", query, headers: {}, body: undefined }, {});
  }
  return count;
}

test("a verdict is remembered whatever else is in the query, unless a parameter may consist of it", async () => {
  expect(await asked({})).toBe(1);
  expect(await asked({ anyName: true })).toBe(3);
});
