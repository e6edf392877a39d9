import { expect, test } from "vitest";
import { slots } from "../src/run/slots.ts";

test("gives out slots in the order in which they were requested, even while others wait", async () => {
  const pair = slots(2);
  const begun: number[] = [];
  const ask = (n: number) =>
    pair.use(async () => {
      begun.push(n);
      await Promise.resolve();
      if (n < 100) asked.push(ask(n + 100));
    });
  const asked = Array.from({ length: 100 }, (_, n) => ask(n));
  await pair.below(1);
  await Promise.all(asked);
  expect(begun).toEqual(Array.from({ length: 200 }, (_, n) => n));
});
