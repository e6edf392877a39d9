import { expect, test } from "vitest";
import { ConnectionError } from "../src/index.ts";
import { answer, clientThrough, emptyList, scriptedFetch } from "./scripted-fetch.ts";
import { API_KEY, clientOf, list, serve, status } from "./server.ts";

const failure = (error: unknown) => error;

test.each([301, 302, 303, 307, 308])(
  "a %i within the origin is followed, with the key",
  async (code) => {
    const server = await serve((request, response) => {
      const to = request.url?.startsWith("/v2")
        ? list([])
        : status(code, { location: "/v2/archives?x=1#y" });
      to(request, response);
    });
    expect(await clientOf(server).listByTarget("000T123")).toEqual([]);
    expect(server.requests[1]).toMatchObject({ method: "GET", url: "/v2/archives?x=1" });
    expect(server.requests[1]?.headers["x-key"]).toBe(API_KEY);
  },
);

test("a redirect to another origin is refused, so that it never gets the key, and the error names both", async () => {
  const other = await serve(list([]));
  const headers = { location: `${other.url}/targets/secret`, "x-request-id": "moved" };
  const server = await serve(status(302, headers));
  const error = await clientOf(server).listByTarget("000T123").catch(failure);
  expect(error).toBeInstanceOf(ConnectionError);
  expect((error as Error).message).toBe(
    `Redirect number 1, from ${server.url} to ${other.url}, was refused (request id moved)`,
  );
  expect(error).toMatchObject({ status: 302, requestId: "moved" });
  expect(server.requests).toHaveLength(1);
  expect(other.requests).toHaveLength(0);
});

test("a redirect from https to http is refused", async () => {
  const fetch = scriptedFetch(answer(301, { location: "http://api.example.com/" }));
  await expect(clientThrough(fetch).listByStamp("a")).rejects.toThrow(
    "Redirect number 1, from https://api.example.com to http://api.example.com, was refused",
  );
  expect(fetch.calls).toHaveLength(1);
});

test("a redirect to a blob: URL, whose origin is that of the URL in it, is refused", async () => {
  const fetch = scriptedFetch(
    answer(302, { location: "blob:https://api.example.com/x" }),
    emptyList,
  );
  await expect(clientThrough(fetch).listByStamp("a")).rejects.toThrow("was refused");
  expect(fetch.calls).toHaveLength(1);
});

test.each([
  ["another host after a hop within the origin", ["/next", "https://evil.example/"]],
  ["a host name that only begins alike", ["https://api.example.com.evil.example/"]],
  ["another host behind the own one as user name", ["https://api.example.com@evil.example/"]],
  ["a path that means another host", ["//evil.example/x"]],
])("a redirect to %s is refused", async (_, locations) => {
  const fetch = scriptedFetch(...locations.map((location) => answer(307, { location })), emptyList);
  await expect(clientThrough(fetch).listByStamp("a")).rejects.toThrow("evil.example, was refused");
  expect(fetch.calls.every(({ url }) => new URL(url).host === "api.example.com")).toBe(true);
});

test("a redirect to where nothing answers is a TimeoutError, not an error with the redirect's status", async () => {
  const server = await serve((request, response) => {
    if (request.url !== "/silence") status(302, { location: "/silence" })(request, response);
  });
  const call = clientOf(server, { timeout: 100 }).listByTarget("000T123");
  await expect(call).rejects.toHaveProperty("name", "TimeoutError");
});

test("a redirect loop ends", async () => {
  const fetch = scriptedFetch(answer(302, { location: "/again" }));
  await expect(clientThrough(fetch).listByStamp("a")).rejects.toThrow("Redirect number 6");
  expect(fetch.calls).toHaveLength(6);
});

test("a redirect whose target a browser hides is refused", async () => {
  const fetch = scriptedFetch(() =>
    Object.defineProperty(new Response(), "type", { value: "opaqueredirect" }),
  );
  await expect(clientThrough(fetch).listByStamp("a")).rejects.toThrow(
    "an address that cannot be seen, was refused",
  );
});

/** What a fetch returns that follows redirects by itself. */
function followed(url: string): () => Response {
  return () =>
    Object.defineProperties(emptyList(), { redirected: { value: true }, url: { value: url } });
}

test("a fetch that followed a redirect to another origin by itself is noticed", async () => {
  const abroad = scriptedFetch(followed("https://evil.example/"));
  await expect(clientThrough(abroad).listByStamp("a")).rejects.toThrow(
    "https://evil.example, was refused",
  );
  const home = scriptedFetch(followed("https://api.example.com/v2"));
  expect(await clientThrough(home).listByStamp("a")).toEqual([]);
});

test.each([
  ["no location", {}],
  ["a location that is no URL", { location: "http://" }],
])("a redirect with %s is an ordinary error", async (_, headers) => {
  const fetch = scriptedFetch(answer(302, headers));
  await expect(clientThrough(fetch).listByStamp("a")).rejects.toThrow(/answered 302|was refused/);
  expect(fetch.calls).toHaveLength(1);
});

test("a key in the host name of a redirect is masked", async () => {
  const apiKey = "abcdef0123456789abcdef";
  const fetch = scriptedFetch(answer(302, { location: `https://${apiKey}.evil.example/` }));
  await expect(clientThrough(fetch, { apiKey }).listByStamp("a")).rejects.toThrow(
    "Redirect number 1, from https://api.example.com to https://[redacted].evil.example, was refused",
  );
});
