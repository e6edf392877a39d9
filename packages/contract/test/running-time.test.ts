import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { afterRunning } from "../src/survey/running-time.ts";

function keepBusy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

test("time in which the process is blocked does not count", async () => {
  let isOver = false;
  const over = new Promise<void>((resolve) => {
    afterRunning(100, () => {
      isOver = true;
      resolve();
    });
  });
  for (let round = 0; round < 5; round += 1) {
    keepBusy(150);
    await turn();
    expect(isOver).toBe(false);
  }
  await over;
});

test("a cancelled callback is not called", async () => {
  const called: string[] = [];
  const callOff = afterRunning(20, () => called.push("called off"));
  callOff();
  await new Promise<void>((resolve) => {
    afterRunning(60, resolve);
  });
  expect(called).toEqual([]);
});
