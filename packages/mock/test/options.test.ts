import { expect, test } from "vitest";
import { startMock } from "../src/index.ts";
import type { MockOptions } from "../src/index.ts";

test.each<[options: unknown, sentence: string | RegExp]>([
  [{ apiKeys: "secret" }, "apiKeys: expected an array of texts, got a string."],
  [{ rateLimit: "5/s" }, 'rateLimit: expected a number of requests a second, such as 5, got "5/s"'],
  [{ latency: -1 }, "latency: expected a number of milliseconds, such as 200, got -1."],
  [{ port: 70_000 }, "port: expected a whole number from 0 to 65535, got 70000."],
  [{ cors: "yes" }, 'cors: expected true or false, got "yes".'],
  [{ onRequest: {} }, "onRequest: expected a function, got an object."],
  [{ now: 5 }, "now: expected a Date or a text, got 5."],
  [{ prot: 4010 }, /^startMock: expected one of the options port, .*, got "prot"\.$/],
  ["x", 'startMock: expected an object with options, got "x".'],
  [[], "startMock: expected an object with options, got an object."],
])("a mistake in the options is told: %o", async (options, sentence) => {
  await expect(startMock(options as MockOptions)).rejects.toThrow(sentence);
});

test("an option that is undefined is one that is left out", async () => {
  const mock = await startMock({ port: undefined, apiKeys: undefined } as unknown as MockOptions);
  await mock.close();
});
