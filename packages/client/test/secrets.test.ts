import type { ServerResponse } from "node:http";
import { format, inspect } from "node:util";
import { expect, test } from "vitest";
import type { ClientOptions, MailArchive } from "../src/index.ts";
import { saveMail } from "../src/node.ts";
import { archive, clientOf, inTurn, list, serve, status, unusedUrl } from "./server.ts";

const KEY = 'planted/k€y+value "1"'.replace("€", "e");
/** Percent-encoded, as in a link. It also occurs decoded. */
const SIGNATURE = "plantedSignature%2Bof%2Fthe%2Flink%3D";
const DECODED = decodeURIComponent(SIGNATURE);

/** What a careless server, proxy or runtime may echo. */
const ECHO = JSON.stringify({
  key: KEY,
  inUrl: `https://a.example/?k=${encodeURIComponent(KEY)}`,
  link: `https://a.example/b.eml?sv=1&sig=${SIGNATURE}&se=2`,
});
const ECHO_HEADERS = {
  "x-echo": `key=${KEY}`,
  "x-request-id": `id-${encodeURIComponent(KEY)}`,
  "x-link": `<https://a.example/b.eml?sig=${SIGNATURE}>; rel=mail`,
  "x-ms-error-code": `Bad sig=${SIGNATURE}`,
};

/** Everything that somebody could print of a value. */
function printed(value: unknown): string {
  const error =
    value instanceof Error ? [value.message, value.stack, printed(value.cause ?? "")] : [];
  const headers = [value, (value as { headers?: unknown } | null)?.headers]
    .filter((part) => part instanceof Headers)
    .flatMap((part) => [...part].map(String));
  return [
    ...error,
    ...headers,
    inspect(value, { depth: Infinity, showHidden: true, getters: true }),
    JSON.stringify(value),
    String(value),
    format("%o %j %s", value, value, value),
  ].join("\n");
}

function expectNoSecret(text: string): void {
  for (const secret of [
    KEY,
    encodeURIComponent(KEY),
    JSON.stringify(KEY).slice(1, -1),
    SIGNATURE,
    DECODED,
  ]) {
    expect(text).not.toContain(secret);
  }
}

test("neither the key nor a link's signature is in anything printed, whatever fails", async () => {
  const seen: unknown[] = [];
  const note = (...parts: unknown[]) => void seen.push(...parts);
  const options: ClientOptions = {
    apiKey: KEY,
    timeout: 300,
    logLevel: "debug",
    logger: { info: note, debug: note },
    hooks: { onRequest: note, onResponse: note, onRetry: note },
  };
  /** Makes a call to each server, and collects what it returned or threw. */
  const drive = async (
    answers: Parameters<typeof serve>[0][],
    call: (client: ReturnType<typeof clientOf>, url: string) => Promise<unknown>,
  ) => {
    for (const one of answers) {
      const server = await serve(one);
      const client = clientOf(server, options);
      note(client, client.raw, await call(client, server.url).catch((error: unknown) => error));
    }
  };
  const failures = [400, 401, 403, 404, 409, 418, 422, 429, 500].map((code) =>
    status(code, { "retry-after": "3600", ...ECHO_HEADERS }, ECHO),
  );
  const broken = [
    ...failures,
    inTurn(status(503, ECHO_HEADERS, ECHO), status(404, ECHO_HEADERS, ECHO)),
    status(200, ECHO_HEADERS, ECHO),
    status(200, ECHO_HEADERS, "no JSON"),
    status(302, {
      ...ECHO_HEADERS,
      location: `https://b.example/?sig=${SIGNATURE}&k=${encodeURIComponent(KEY)}`,
    }),
    inTurn((request) => request.socket.destroy(), status(404, ECHO_HEADERS)),
    (_: unknown, response: ServerResponse) => {
      response.writeHead(200, ECHO_HEADERS).write("[");
    },
  ];

  // The key as an id, as when somebody mixes up two arguments.
  await drive(broken, (client) => client.listByTarget(KEY));
  await drive(broken, async (client) => {
    const { error, response } = await client.raw.GET("/actions/stamp/{id}/archives", {
      params: { path: { id: "a" } },
    });
    note(response, error);
  });
  await drive([list([], ECHO_HEADERS)], async (client) => {
    const { response, requestId } = await client.listByTarget("000T123").withResponse();
    note(response, requestId, await client.listByStamp("a").asResponse());
  });

  const mail = (url: string): MailArchive => archive({ url: `${url}/b.eml?sv=1&sig=${SIGNATURE}` });
  const azure = status(403, { ...ECHO_HEADERS, "x-ms-error-code": "AuthenticationFailed" }, ECHO);
  const cut: Parameters<typeof serve>[0] = (request, response) => {
    response.writeHead(200, {
      ...ECHO_HEADERS,
      etag: `"${SIGNATURE}"`.slice(0, 4),
      "content-length": 100,
    });
    response.write("x", () => setTimeout(() => request.socket.destroy(), 20));
  };
  await drive([status(200, ECHO_HEADERS, "mail"), ...broken, azure, cut], async (client, url) => {
    const content = await client.download(mail(url), { refresh: false });
    await content.bytes();
    note(content);
  });
  await drive([azure, ...failures], (client, url) => client.download(mail(url)));
  await drive([azure], (client, url) => saveMail(client, mail(url), "/nowhere/at/all"));

  const nobody = clientOf({ url: await unusedUrl() }, { ...options, maxRetries: 0 });
  note(await nobody.listByTarget(KEY).catch((error: unknown) => error));
  note(await nobody.download(mail(await unusedUrl())).catch((error: unknown) => error));

  // Some runtimes put the whole URL into their errors.
  const chatty = clientOf(
    { url: "https://api.example.com" },
    {
      ...options,
      maxRetries: 0,
      fetch: (url) =>
        Promise.reject(new TypeError(`error sending request for url (${url}) with ${KEY}`)),
    },
  );
  note(await chatty.listByTarget("a").catch((error: unknown) => error));
  note(await chatty.download(mail("https://a.example")).catch((error: unknown) => error));

  expect(seen.filter((value) => value instanceof Error).length).toBeGreaterThan(40);
  for (const value of seen) expectNoSecret(printed(value));
});

test("a link that is passed instead of its archive is not shown with its signature", async () => {
  const link = `https://a.example/b.eml?sv=1&sig=${SIGNATURE}&se=2`;
  const client = clientOf({ url: "http://127.0.0.1:1" });
  const error = await client.download(link as unknown as MailArchive).catch(String);
  expect(error).toMatch(
    /^TypeError: archive: expected an archive as listed, with a url, got "https:.*\.$/,
  );
  expect(error).not.toContain("plantedSignature");
});

test("a key given to one call is as secret as the client's", async () => {
  const server = await serve(status(400, ECHO_HEADERS, ECHO));
  const call = clientOf(server).listByTarget("a", null, { headers: { "X-Key": KEY } });
  expectNoSecret(printed(await call.catch((error: unknown) => error)));
});

test.each(["another key", null])(
  "the client's key stays secret when a call replaces it by %j",
  async (other) => {
    const server = await serve(status(400, ECHO_HEADERS, ECHO));
    const client = clientOf(server, { apiKey: KEY });
    const call = client.listByTarget("a", null, { headers: { "X-Key": other } });
    expectNoSecret(printed(await call.catch((error: unknown) => error)));
  },
);

test.each([
  [KEY, "another key"],
  ["another key", KEY],
])("both keys stay secret where the client's headers replace its own", async (apiKey, other) => {
  const server = await serve(status(404, ECHO_HEADERS, ECHO));
  const client = clientOf(server, { apiKey, headers: { "X-Key": other } });
  for (const call of [
    client.download(archive({ url: `${server.url}/b.eml` })),
    client.listByTarget("a"),
  ])
    expectNoSecret(printed(await call.catch((error: unknown) => error)));
});

test("data belongs to the caller: a link comes as the service sent it", async () => {
  const url = `https://a.example/b.eml?sig=${SIGNATURE}`;
  const server = await serve(list([archive({ url })]));
  const { data, response } = await clientOf(server).listByTarget("a").withResponse();
  expect(data[0]?.url).toBe(url);
  expect(await response.text()).toContain(SIGNATURE);
});
