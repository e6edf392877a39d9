import { expect, test } from "vitest";
import { startMock } from "../src/index.ts";
import type { MockOptions } from "../src/index.ts";

test.each<[options: unknown, sentence: string | RegExp]>([
  [{ apiKeys: "secret" }, "apiKeys: expected an array of texts that are not blank, got a string."],
  [{ apiKeys: ["secret", " "] }, "apiKeys: expected an array of texts that are not blank, got"],
  [{ apiKeys: ["right", "secret\r"] }, /^apiKeys: expected a key that a header can hold: [^"]+$/],
  [{ apiKeys: ["schlüssel €"] }, "apiKeys: expected a key that a header can hold"],
  [{ rateLimit: "5/s" }, "rateLimit: expected a whole number of requests a second, 1 or more, got"],
  [{ rateLimit: 0 }, "rateLimit: expected a whole number of requests a second, 1 or more, got 0."],
  [{ rateLimit: 0.5 }, "1 or more, got 0.5."],
  [{ latency: -1 }, "latency: expected a number of milliseconds from 0 to 86400000, got -1."],
  [{ latency: 86_400_001 }, "from 0 to 86400000, got 86400001."],
  [{ latency: Number.POSITIVE_INFINITY }, "from 0 to 86400000, got Infinity."],
  [{ host: "" }, 'host: expected a text that is not blank, got "".'],
  [{ mails: "" }, 'mails: expected a text that is not blank, got "".'],
  [{ spec: " " }, 'spec: expected a text that is not blank, got " ".'],
  [{ archives: "" }, 'archives: expected an array, or a path that is not blank, got "".'],
  [{ port: 70_000 }, "port: expected a whole number from 0 to 65535, got 70000."],
  [{ cors: "yes" }, 'cors: expected true or false, got "yes".'],
  [{ onRequest: {} }, "onRequest: expected a function, got an object."],
  [{ now: 5 }, "now: expected a Date or a text, got 5."],
  [{ prot: 4010 }, /^startMock: expected one of the options port, .*, got "prot"\.$/],
  ["x", 'startMock: expected an object with options, got "x".'],
  [[], "startMock: expected an object with options, got an object."],
])("an invalid option is refused with a reason: %o", async (options, sentence) => {
  await expect(startMock(options as MockOptions)).rejects.toThrow(sentence);
});

test("an option that is undefined counts as left out", async () => {
  const options: Record<keyof MockOptions, undefined> = {
    port: undefined,
    blobPort: undefined,
    host: undefined,
    seed: undefined,
    now: undefined,
    apiKeys: undefined,
    rateLimit: undefined,
    latency: undefined,
    mails: undefined,
    spec: undefined,
    archives: undefined,
    seeded: undefined,
    publicUrl: undefined,
    publicBlobUrl: undefined,
    basePath: undefined,
    cors: undefined,
    watch: undefined,
    onRequest: undefined,
    onWarning: undefined,
  };
  const mock = await startMock(options);
  const headers = { "X-Key": "any" };
  expect((await fetch(`${mock.url}/targets/000T123/archives`, { headers })).status).toBe(200);
  await mock.close();
});
