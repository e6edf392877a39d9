import { startMock } from "@np6-archives/mock";
import { afterAll, expect, test } from "vitest";
import { CouldNotRunError, verify } from "../src/index.ts";
import type { VerifyOptions } from "../src/index.ts";
import { answeringServer } from "./answering-server.ts";
import type { AnsweringServer } from "./answering-server.ts";
import { changeArchives, isListing, rogueProxy } from "./rogue-proxy.ts";
import type { Passing } from "./rogue-proxy.ts";

/*
 * A server that never lists anything leaves nothing to verify: the result must be neither "holds" nor "violated".
 */
const apiKey = "key-of-nothing-seen";
const mock = await startMock({ apiKeys: [apiKey] });
afterAll(() => mock.close());

const noListing =
  /^http:\/\/127\.0\.0\.1:\d+\S*: expected a listing, got none: name ids .* --target, --action and --stamp, or check the base URL\.$/;

/** The verdict, or why there is none. */
async function outcomeOf(options: VerifyOptions): Promise<string> {
  try {
    return (await verify({ apiKey, ...options })).verdict;
  } catch (error) {
    if (error instanceof CouldNotRunError) return error.message;
    throw error;
  }
}

async function outcomeBehind(answer: (passing: Passing) => void): Promise<string> {
  const proxy = await rogueProxy(mock, { answer });
  const outcome = await outcomeOf({ baseUrl: proxy.url });
  await proxy.close();
  return outcome;
}

/** A server that is not the API, and answers everything with one page. */
function onePage(status: number, headers: Record<string, string> = {}): Promise<AnsweringServer> {
  return answeringServer((_request, response) => {
    response.writeHead(status, { "content-type": "text/html", ...headers });
    response.end("<h1>Welcome</h1>");
  });
}

function notFound(passing: Passing): void {
  passing.status = 404;
  passing.body = Buffer.alloc(0);
}

test.each([false, true])(
  "a server that answers everything with a page and 404 cannot be verified (observe: %s)",
  async (observe) => {
    const server = await onePage(404);
    expect(await outcomeOf({ baseUrl: server.url, observe })).toMatch(noListing);
    await server.close();
  },
);

test("a server under a wrong prefix, or one that knows none of the spec's ids, cannot be verified", async () => {
  expect(await outcomeOf({ baseUrl: `${mock.url}/v1` })).toMatch(noListing);
  const knowsNobody = await outcomeBehind((passing) => {
    if (passing.status === 200 && isListing(passing)) notFound(passing);
  });
  expect(knowsNobody).toMatch(noListing);
});

test.each([{ target: "000T123" }, { stamp: "d52055cd-e854-4177-8ef5-b10fd8d568a7" }])(
  "404 for an id given as known is a violation: %o",
  async (given) => {
    const server = await onePage(404);
    expect(await outcomeOf({ baseUrl: server.url, ...given })).toBe("violated");
    await server.close();
  },
);

test("404 for an action given as known together with its target is a violation", async () => {
  const named = { baseUrl: mock.url, action: "NOPE123" };
  expect(await outcomeOf({ ...named, target: "000T123" })).toBe("violated");
  expect(await outcomeOf(named)).toBe("holds");
});

test("a violation counts even if nothing was listed", async () => {
  const server = await onePage(404, { "x-ratelimit-limit": "plenty" });
  expect(await outcomeOf({ baseUrl: server.url })).toBe("violated");
  await server.close();
});

test("a page with 200 for everything is a violation", async () => {
  const server = await onePage(200);
  expect(await outcomeOf({ baseUrl: server.url })).toBe("violated");
  await server.close();
});

test("it is enough that one operation lists something, or that all list nothing", async () => {
  const knowsNoStamp = await outcomeBehind((passing) => {
    if (passing.kind === "stamp") notFound(passing);
  });
  expect(knowsNoStamp).toBe("holds");
  expect(await outcomeBehind((passing) => changeArchives(passing, () => []))).toBe("holds");
});

test("a mock that accepts any key is distinguished from one that checks it", async () => {
  const careless = await startMock();
  const { verdict, checks } = await verify({ baseUrl: careless.url, apiKey });
  const violated = checks.filter(({ outcome }) => outcome === "violation").map(({ id }) => id);
  expect({ verdict, violated }).toEqual({ verdict: "violated", violated: ["key-checked"] });
  await careless.close();
});
