import { startMock } from "@np6-archives/mock";
import { afterAll, expect, test } from "vitest";
import { verify } from "../src/index.ts";

const mock = await startMock({ apiKeys: ["any key"] });
afterAll(() => mock.close());

/** The answers of verify where the server sends this reset and, in its lists, this in place of each sending date. */
async function answersOf(reset: string, sendingDate = "$&"): Promise<string[]> {
  const changed: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const headers = new Headers(response.headers);
    headers.set("x-ratelimit-reset", reset);
    const body = (await response.text()).replaceAll(/"sendingDate":"[^"]*"/g, sendingDate);
    return new Response(init?.method === "HEAD" ? null : body, {
      status: response.status,
      headers,
    });
  };
  const options = { baseUrl: mock.url, apiKey: "any key", target: "000T123", fetch: changed };
  const { answers } = await verify({ ...options, observe: true });
  const answerTo = (asked: string) => answers.find(({ question }) => question.includes(asked));
  return ["X-RateLimit-Reset", "order"].map((asked) => answerTo(asked)?.answer ?? "none");
}

test.each([
  ["30", "a delay, in seconds"],
  ["1770285480", "an instant, in seconds since 1970"],
  ["1770285480000", "an instant, in milliseconds since 1970"],
])("a reset of %s is %s", async (reset, answer) => {
  expect(await answersOf(reset)).toEqual([answer, "newest first"]);
});

test("mails sent at the same instant do not tell the order", async () => {
  const [, order] = await answersOf("30", '"sendingDate":"2026-02-05T09:27:59.865Z"');
  expect(order).toBe("not seen");
});
