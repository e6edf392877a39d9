import { inspect } from "node:util";
import { expect, test, vi } from "vitest";
import { ConnectionError, DownloadError } from "../src/index.ts";
import type { ApiError, ClientOptions, Fetch } from "../src/index.ts";
import { clientThrough, scriptedFetch } from "./scripted-fetch.ts";
import { archive, clientOf, serve, status } from "./server.ts";

const KEY = "ab+cd/ef==";
const LINK =
  "https://mails.example.com/c/a.eml?sv=1&sig=planted%2Bsignature%3D&se=2999-01-01T00:00:00Z";
const failure = (error: unknown) => error;

/** All that a deep print shows, hidden properties included. */
function printed(value: unknown): string {
  const all = inspect(value, { depth: Infinity, showHidden: true, getters: true });
  return `${all}\n${JSON.stringify(value)}\n${String((value as Error)?.stack)}`;
}

function expectNoSecret(value: unknown): void {
  const text = printed(value);
  for (const secret of [KEY, encodeURIComponent(KEY), "planted", "u:p", "cd/ef", "ef=="]) {
    expect(text).not.toContain(secret);
  }
}

test.each([
  [
    "JSON that escapes what it need not",
    String.raw`{"echo":"ab\u002Bcd\/ef=="}`,
    "application/json",
  ],
  [
    "JSON within JSON",
    JSON.stringify({ echo: String.raw`{"key":"ab\u002Bcd\/ef=="}` }),
    "application/json",
  ],
  ["a property's name", String.raw`{"ab\u002bcd\/ef==":[{"x-key":"planted"}]}`, "application/json"],
  ["HTML", "<p>ab&#43;cd&#x2F;ef&equals;=</p><a href='?a=1&amp;sig=planted&#43;'>", "text/html"],
  ["HTML in JSON", JSON.stringify({ page: "<p>ab&plus;cd&sol;ef==</p>" }), "application/json"],
])("the key in %s is masked in an error's body", async (_, body, type) => {
  const server = await serve(status(400, { "content-type": type }, body));
  const client = clientOf(server, { apiKey: KEY });
  const error = (await client.listByStamp("a").catch(failure)) as ApiError;
  expectNoSecret(error.body);
  expect(printed(error.body)).toContain("[redacted]");
  const raw = await client.raw.GET("/actions/stamp/{id}/archives", {
    params: { path: { id: "a" } },
  });
  expectNoSecret(raw.error);
  expect(typeof raw.error).toBe(typeof error.body);
});

test("a key that lies where an error's body is cut is masked", async () => {
  const body = "x".repeat(65_536 - KEY.length + 1) + KEY + "x".repeat(9000);
  const server = await serve(status(400, {}, body));
  const client = clientOf(server, { apiKey: KEY });
  const error = (await client.listByStamp("a").catch(failure)) as ApiError;
  expectNoSecret(error.body);
  expect(String(error.body)).not.toContain("ab+");
});

test("a key in a reason phrase is in no response", async () => {
  const fetch = scriptedFetch(() => new Response(null, { status: 404, statusText: `No ${KEY}` }));
  const client = clientThrough(fetch, { apiKey: KEY });
  const { response } = await client.raw.GET("/actions/stamp/{id}/archives", {
    params: { path: { id: "a" } },
  });
  expect(response.statusText).toBe("No [redacted]");
});

test("a key is masked in a header that would be invalid when decoded", async () => {
  const echo = String.raw`{"key":"ab\u002Bcd\/ef==","why":"clé refusée \u2013 voir"}`;
  const fetch = scriptedFetch(() => new Response(null, { status: 401, headers: { echo } }));
  const hooks = { onResponse: vi.fn() };
  const error = await clientThrough(fetch, { apiKey: KEY, hooks }).listByStamp("a").catch(failure);
  expect(error).toMatchObject({ name: "AuthenticationError", status: 401 });
  expect((error as ApiError).headers.get("echo")).toBe("[redacted]");
  expectNoSecret(hooks.onResponse.mock.calls);
});

test("a key is masked in a body that is nested too deeply to walk through", async () => {
  const nested = 25_000;
  const body = `${"[".repeat(nested)}"${KEY}"${"]".repeat(nested)}`;
  const server = await serve(status(500, {}, body));
  const client = clientOf(server, { apiKey: KEY, maxRetries: 0 });
  const shown = body.replace(KEY, "[redacted]");
  const error = await client.listByStamp("a").catch(failure);
  expect(error).toMatchObject({ name: "ServerError", status: 500, body: shown });
  const { response } = await client.raw.GET("/actions/stamp/{id}/archives", {
    params: { path: { id: "a" } },
    parseAs: "stream",
  });
  expect(response.status).toBe(500);
});

/** What fetches throw when a connection fails, and which parts of the request are in it. */
const THROWN: [string, (url: string, init: RequestInit) => unknown][] = [
  [
    "Bun's path",
    (path) => Object.assign(new Error("Unable to connect"), { code: "ConnectionRefused", path }),
  ],
  [
    "Bun's path of an answer that is no HTTP",
    (path) =>
      Object.assign(new TypeError(`Malformed_HTTP_Response fetching "${path}".`), {
        code: "Malformed_HTTP_Response",
        path,
      }),
  ],
  [
    "an own fetch's config",
    (url, { headers }) => ({ code: "ECONNRESET", config: { url, headers, params: [url] } }),
  ],
  [
    "an own fetch's error with its config",
    (url, { headers }) =>
      Object.assign(new Error("socket hang up"), {
        code: "ECONNRESET",
        config: { url: new URL(url), headers, auth: { authorization: "Basic planted" } },
        request: { _header: `GET ${url}\r\nx-key: ${KEY}` },
        toJSON: () => ({ url }),
      }),
  ],
  [
    "the errors of an AggregateError",
    (url) =>
      Object.assign(new AggregateError([new Error(`connect to ${url}`), url]), {
        code: "ECONNREFUSED",
      }),
  ],
  [
    "undici's input",
    (input) =>
      Object.assign(new TypeError("fetch failed"), {
        cause: Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL", input }),
      }),
  ],
  [
    "a cause of a cause",
    (url) =>
      new TypeError("fetch failed", {
        cause: new Error("a", { cause: new Error("b", { cause: url }) }),
      }),
  ],
  [
    "a getter, a symbol and bytes",
    (url) =>
      Object.defineProperties(new TypeError("fetch failed"), {
        url: { get: () => url, enumerable: true },
        [Symbol("url")]: { value: url, enumerable: true },
        sent: { value: Buffer.from(url), enumerable: true },
      }),
  ],
  ["a message", (url) => new DOMException(`NetworkError when fetching ${url}`)],
  [
    "a circle",
    (url) => {
      const error: Error & { self?: unknown } = new TypeError("fetch failed", { cause: { url } });
      error.self = error;
      return error;
    },
  ],
];

test.each(THROWN)("no secret gets into a cause through %s", async (_, thrown) => {
  const seen: unknown[] = [];
  const fetch: Fetch = (url, init) => {
    throw thrown(url, init);
  };
  const options: ClientOptions = {
    apiKey: KEY,
    baseUrl: "https://api.example.com",
    fetch,
    headers: { referer: LINK },
    maxRetries: 1,
    hooks: { onRetry: (event) => void seen.push(event) },
  };
  const client = clientOf({ url: "https://api.example.com" }, options);
  seen.push(
    await client.listByStamp(KEY).catch(failure),
    await client.download(archive({ url: LINK })).catch(failure),
  );
  expect(seen).toHaveLength(4);
  expect(seen[2]).toBeInstanceOf(ConnectionError);
  for (const value of seen) expectNoSecret(value);
});

test.each([
  ["Bun", "self signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ["Bun", "EPROTO: The TLS handshake failed.", "EPROTO"],
  ["node-fetch", `request to ${LINK} failed, reason: expired`, "CERT_HAS_EXPIRED"],
  ["node-fetch", `request to ${LINK} failed, reason: invalid CA certificate`, "INVALID_CA"],
])(
  "no secret gets into a cause through the TLS errors of %s, and they are not retried: %s",
  async (_, message, code) => {
    const fetch = scriptedFetch(() => {
      throw Object.assign(new TypeError(message), { code, path: LINK });
    });
    const error = await clientThrough(fetch)
      .download(archive({ url: LINK }))
      .catch(failure);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(fetch.calls).toHaveLength(1);
    expectNoSecret(error);
  },
);

test("a cause keeps what explains the failure", async () => {
  const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), {
    code: "ECONNREFUSED",
    syscall: "connect",
    port: 1,
  });
  const thrown = Object.assign(new TypeError("fetch failed", { cause }), {
    list: [1, { a: true }],
  });
  const fetch = scriptedFetch(() => {
    throw thrown;
  });
  const error = await clientThrough(fetch, { maxRetries: 0 }).listByStamp("a").catch(failure);
  expect(error).toBeInstanceOf(ConnectionError);
  expect((error as Error).cause).toBeInstanceOf(Error);
  expect((error as Error).cause).toMatchObject({
    name: "TypeError",
    message: "fetch failed",
    stack: thrown.stack,
    list: [1, { a: true }],
    cause: { message: cause.message, code: "ECONNREFUSED", syscall: "connect", port: 1 },
  });
});

test("an error of the caller's own fetch that is no network failure passes unchanged", async () => {
  const mistake = Object.assign(new Error("the proxy's settings are wrong"), { config: { a: 1 } });
  const fetch = scriptedFetch(() => {
    throw mistake;
  });
  await expect(clientThrough(fetch).listByStamp("a")).rejects.toBe(mistake);
  expect(fetch.calls).toHaveLength(1);
});

test.each([
  "https://mcom[077/c/a.eml?sig=planted",
  "https://u:p@host/",
  "https://planted@host/a.eml",
  "https://h:99999/?sig=planted",
  "https://?sig=planted",
  "ftp://host/a.eml?sig=planted",
  "a.eml?sig=planted",
  "https:",
])("the link %s is a DownloadError that does not show it, and is not requested", async (url) => {
  const fetch = scriptedFetch(() => new Response("mail"));
  const error = await clientThrough(fetch).download(archive({ url })).catch(failure);
  expect(error).toBeInstanceOf(DownloadError);
  expectNoSecret(error);
  expect(fetch.calls).toHaveLength(0);
});
