import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import {
  ArchivesClient,
  ConnectionError,
  DownloadError,
  LinkBlankError,
  LinkExpiredError,
  isLinkExpired,
  linkState,
  TimeoutError,
} from "../src/index.ts";
import type { MailArchive } from "../src/index.ts";
import { answer, clientThrough, scriptedFetch } from "./scripted-fetch.ts";
import { API_KEY, archive, clientOf, inTurn, list, serve, status } from "./server.ts";

const failure = (error: unknown) => error;
const MAIL = "From: shop@example.com\r\nTo: you@example.com\r\n\r\nHello é\r\n";
const md5 = (body: string) => createHash("md5").update(body).digest("base64");
const expired = new Date(Date.now() - 1000).toISOString();

test("a mail comes with its size, ETag and MD5, as a stream, as bytes or as text", async () => {
  const headers = {
    "content-length": String(Buffer.byteLength(MAIL)),
    etag: '"1"',
    "content-md5": md5(MAIL),
  };
  const server = await serve(status(200, headers, MAIL));
  const client = clientOf(server);
  const mine = archive({ url: `${server.url}/mail.eml?sig=abc` });

  const mail = await client.download(mine);
  expect(mail).toMatchObject({ size: Buffer.byteLength(MAIL), etag: '"1"', contentMd5: md5(MAIL) });
  expect(await mail.text()).toBe(MAIL);
  expect(await (await client.download(mine)).bytes()).toEqual(new TextEncoder().encode(MAIL));
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await client.download(mine)).body) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toBe(MAIL);
});

test("reading a mail a second time rejects, as text and as bytes", async () => {
  const server = await serve(status(200, {}, MAIL));
  const mail = await clientOf(server).download(archive({ url: `${server.url}/mail.eml` }));
  await mail.text();
  await expect(mail.text()).rejects.toThrow(TypeError);
  await expect(mail.bytes()).rejects.toThrow(TypeError);
});

test("an empty mail is a mail of zero bytes", async () => {
  const server = await serve(status(200, { "content-length": "0" }));
  const mail = await clientOf(server).download(archive({ url: server.url }));
  expect(mail.size).toBe(0);
  expect(await mail.bytes()).toHaveLength(0);
});

test("the link is requested byte for byte as listed, without the key and the client's headers", async () => {
  const server = await serve(status(200, {}, MAIL));
  const path = "/c/%7Eb%2fc.eml?sv=1&sig=hn%2fGa%2B%3d&x=a+b%20c&&e";
  const client = clientOf(server, { headers: { "x-client": "1" } });
  const options = { headers: { "X-Key": API_KEY, "x-call": "1" } };
  await (await client.download(archive({ url: server.url + path }), options)).text();
  expect(server.requests[0]?.url).toBe(path);
  const { headers } = server.requests[0] ?? {};
  expect(headers).not.toHaveProperty("x-key");
  expect(headers).not.toHaveProperty("x-client");
  expect(headers).toMatchObject({ "x-call": "1", "accept-encoding": "identity;q=1" });
});

test("a redirect of a link is refused, even within its origin", async () => {
  const server = await serve(status(302, { location: "/elsewhere" }));
  const error = await clientOf(server)
    .download(archive({ url: server.url }))
    .catch(failure);
  expect(error).toBeInstanceOf(ConnectionError);
  expect((error as Error).message).toContain("was refused");
  expect(server.requests).toHaveLength(1);
});

test.each(["http://127.0.0.1:1/a.eml", "ftp://a.example/a.eml", "a.eml", "javascript:alert(1)"])(
  "%s is not opened: only https is",
  async (url) => {
    const fetch = scriptedFetch(answer(200));
    await expect(clientThrough(fetch).download(archive({ url }))).rejects.toThrow(
      "its link is no https URL",
    );
    expect(fetch.calls).toHaveLength(0);
  },
);

test.each([
  ["http://localhost:4010", true],
  ["http://127.8.0.1", true],
  ["http://[::1]:4010/prefix", true],
  ["http://127.0.0.1.example.com", false],
  ["http://api.example.com", false],
  ["https://localhost", false],
])("with an API at %s, whether plain http links are allowed: %s", async (baseUrl, allowed) => {
  const fetch = scriptedFetch(() => new Response(MAIL));
  const client = new ArchivesClient({ apiKey: API_KEY, baseUrl, fetch });
  const opened = client.download(archive({ url: "http://127.0.0.1:4011/a.eml" }));
  if (allowed) expect(await (await opened).text()).toBe(MAIL);
  else await expect(opened).rejects.toBeInstanceOf(DownloadError);
});

test("a blank link is a LinkBlankError, and nothing is requested", async () => {
  const fetch = scriptedFetch(answer(200));
  const error = await clientThrough(fetch)
    .download(archive({ url: "    " }))
    .catch(failure);
  expect(error).toBeInstanceOf(LinkBlankError);
  expect((error as Error).message).toBe(
    "Archive 43fb9527-e5b2-4bcd-8dfd-b5a8bc881e11 has no link.",
  );
  expect(fetch.calls).toHaveLength(0);
});

/** A server that lists `fresh` and serves a mail at /fresh; it refuses /old as Azure does. */
async function storage(fresh: (url: string) => MailArchive[]) {
  const server = await serve((request, response) => {
    const refused = status(403, { "x-ms-error-code": "AuthenticationFailed" }, "<Error/>");
    const routes: Record<string, ReturnType<typeof status>> = {
      "/fresh": status(200, {}, MAIL),
      "/old": refused,
    };
    const path = request.url?.split("?")[0] ?? "";
    (routes[path] ?? list(fresh(server.url)))(request, response);
  });
  return server;
}

test.each([
  ["by its own end", (url: string) => ({ url: `${url}/old?se=${expired}` })],
  ["by expiresOn", (url: string) => ({ url: `${url}/old`, expiresOn: expired })],
  ["as the storage says", (url: string) => ({ url: `${url}/old` })],
])(
  "a link that has expired %s is replaced by a single listing of the narrowest range",
  async (how, old) => {
    const server = await storage((url) => [
      archive({ id: "another" }),
      archive({ url: `${url}/fresh` }),
    ]);
    const mail = await clientOf(server).download(archive(old(server.url)));
    expect(await mail.text()).toBe(MAIL);

    const asked = server.requests.map(({ url }) => url);
    expect(asked.at(-1)).toBe("/fresh");
    expect(asked.at(-2)).toBe(
      "/actions/00000A/targets/000T123/archives?startDate=2026-02-05T09%3A27%3A57.670Z&endDate=2026-02-05T09%3A27%3A59.670Z",
    );
    expect(asked).toHaveLength(how === "as the storage says" ? 3 : 2);
    expect(server.requests.at(-1)?.headers).not.toHaveProperty("x-key");
  },
);

test.each([
  ["the same link comes again", (url: string) => [archive({ url: `${url}/old` })]],
  ["the archive is no longer listed", () => []],
  ["the new link is blank", () => [archive({ url: " " })]],
  [
    "the new link has expired too",
    (url: string) => [archive({ url: `${url}/fresh`, expiresOn: expired })],
  ],
])("when %s, an expired link is a LinkExpiredError after one listing", async (_, fresh) => {
  const server = await storage(fresh);
  const old = archive({ url: `${server.url}/old` });
  await expect(clientOf(server).download(old)).rejects.toBeInstanceOf(LinkExpiredError);
  expect(server.requests).toHaveLength(2);
});

test("a new link that the storage refuses too is not replaced again", async () => {
  const server = await storage((url) => [archive({ url: `${url}/old?again` })]);
  const old = archive({ url: `${server.url}/old` });
  await expect(clientOf(server).download(old)).rejects.toBeInstanceOf(LinkExpiredError);
  expect(server.requests).toHaveLength(3);
});

test.each([
  ["listing brings the same link", (url: string) => [archive({ url: `${url}/mail` })], "/mail"],
  [
    "the newly listed link is expired by it, too",
    (url: string) => [archive({ url: `${url}/other`, expiresOn: expired })],
    "/other",
  ],
])(
  "a link that is expired only by this machine's clock is left to the storage to judge when %s",
  async (_, listed, path) => {
    const server = await serve((request, response) => {
      const isListing = request.url?.startsWith("/actions");
      const to = isListing ? list(listed(server.url)) : status(200, {}, MAIL);
      to(request, response);
    });
    for (const expiresOn of [expired, new Date(Date.now() + 45_000).toISOString()]) {
      server.requests.length = 0;
      const mail = await clientOf(server).download(
        archive({ url: `${server.url}/mail`, expiresOn }),
      );
      expect(await mail.text()).toBe(MAIL);
      expect(server.requests.map(({ url }) => url?.split("?")[0])).toEqual([
        "/actions/00000A/targets/000T123/archives",
        path,
      ]);
    }
  },
);

test("when the storage refuses that link too, it is a LinkExpiredError with the storage's code and id", async () => {
  const headers = { "x-ms-error-code": "AuthenticationFailed", "x-ms-request-id": "blob-2" };
  const server = await serve((request, response) => {
    const isListing = request.url?.startsWith("/actions");
    const old = archive({ url: `${server.url}/mail`, expiresOn: expired });
    (isListing ? list([old]) : status(403, headers))(request, response);
  });
  const old = archive({ url: `${server.url}/mail`, expiresOn: expired });
  const error = await clientOf(server).download(old).catch(failure);
  expect(error).toBeInstanceOf(LinkExpiredError);
  expect(error).toMatchObject({
    status: 403,
    code: "AuthenticationFailed",
    requestId: "blob-2",
    message:
      "The link of archive 43fb9527-e5b2-4bcd-8dfd-b5a8bc881e11 is not accepted by the storage, which answered 403 AuthenticationFailed, and there is no other. (request id blob-2)",
  });
  expect(server.requests).toHaveLength(2);
});

test.each([
  ["AuthorizationFailure", "x-ms-error-code", ""],
  ["AuthorizationPermissionMismatch", "x-ms-error-code", ""],
  ["PublicAccessNotPermitted", "x-none", "<Error><Code>PublicAccessNotPermitted</Code></Error>"],
])("the storage's 403 %s is a DownloadError with its code and id", async (code, name, body) => {
  const headers = { [name]: code, "x-ms-request-id": "blob-3" };
  const server = await serve(status(403, headers, body));
  const mail = archive({ url: `${server.url}/mail` });
  const error = await clientOf(server).download(mail).catch(failure);
  expect(error).toBeInstanceOf(DownloadError);
  expect(error).toMatchObject({ status: 403, code, requestId: "blob-3" });
  expect((error as Error).message).toContain(
    `the storage answered 403 ${code} (request id blob-3)`,
  );
  expect(server.requests).toHaveLength(1);
});

test("with refresh: false an expired link is not replaced", async () => {
  const fetch = scriptedFetch(answer(200));
  const old = archive({ expiresOn: expired });
  const call = clientThrough(fetch).download(old, { refresh: false });
  await expect(call).rejects.toThrow(
    "The link of archive 43fb9527-e5b2-4bcd-8dfd-b5a8bc881e11 has expired, and there is no other.",
  );
  expect(fetch.calls).toHaveLength(0);
});

test("a link that is not accepted is recognised by the body too, where a browser hides the header", async () => {
  const body = "<?xml version='1.0'?><Error><Code>AuthenticationFailed</Code></Error>";
  const fetch = scriptedFetch(() => new Response(body, { status: 403 }));
  const call = clientThrough(fetch).download(archive(), { refresh: false });
  await expect(call).rejects.toBeInstanceOf(LinkExpiredError);
});

test("any other refusal by the storage is a DownloadError with its status, code and request id", async () => {
  const headers = { "x-ms-error-code": "BlobNotFound", "x-ms-request-id": "blob-1" };
  const fetch = scriptedFetch(answer(404, headers));
  const error = await clientThrough(fetch).download(archive()).catch(failure);
  expect(error).toBeInstanceOf(DownloadError);
  expect(error).toMatchObject({ status: 404, requestId: "blob-1" });
  expect((error as Error).message).toBe(
    "The mail of archive 43fb9527-e5b2-4bcd-8dfd-b5a8bc881e11 could not be downloaded: the storage answered 404 BlobNotFound (request id blob-1)",
  );
});

test("opening a link is retried like any call", async () => {
  const server = await serve(
    inTurn(status(503), (request) => request.socket.destroy(), status(200, {}, MAIL)),
  );
  const mail = await clientOf(server).download(archive({ url: server.url }));
  expect(await mail.text()).toBe(MAIL);
  expect(server.requests).toHaveLength(3);
});

test("bytes that do not match the Content-MD5 are refused", async () => {
  const headers = { "content-md5": md5("another mail"), "x-ms-request-id": "blob-5" };
  const server = await serve(status(200, headers, MAIL));
  const mail = await clientOf(server).download(archive({ url: server.url }));
  const error = await mail.text().catch(failure);
  expect((error as Error).message).toContain("its bytes do not match their MD5");
  expect(error).toMatchObject({ status: 200, requestId: "blob-5" });
});

test.each([55, 56, 63, 64, 65, 119, 128, 200_000])(
  "the MD5 of %i bytes is computed correctly",
  async (length) => {
    const body = "0123456789abcdef".repeat(length / 16 + 1).slice(0, length);
    const pieces = new ReadableStream({
      start(controller) {
        for (let at = 0; at < length; at += 37) {
          controller.enqueue(new TextEncoder().encode(body.slice(at, at + 37)));
        }
        controller.close();
      },
    });
    const fetch = scriptedFetch(
      () => new Response(pieces, { headers: { "content-md5": md5(body) } }),
    );
    const mail = await clientThrough(fetch).download(archive());
    expect(await mail.text()).toBe(body);
  },
);

test("the MD5 and length of an encoded body are not checked, as they are not the mail's", async () => {
  const headers = {
    "content-encoding": "gzip",
    "content-md5": md5("zipped"),
    "content-length": "6",
  };
  const fetch = scriptedFetch(() => new Response(MAIL, { headers }));
  const mail = await clientThrough(fetch).download(archive());
  expect(mail).toMatchObject({ size: undefined, contentMd5: undefined, encoding: "gzip" });
  expect(await mail.text()).toBe(MAIL);
});

test.each([
  ["announces its length", { "content-length": "60" }],
  ["does not announce its length", {}],
])("a mail longer than maxBytes that %s ends in a DownloadError", async (_, headers) => {
  const server = await serve(
    status(200, { "x-ms-request-id": "blob-6", ...headers }, "x".repeat(60)),
  );
  const client = clientOf(server);
  const long = await client.download(archive({ url: server.url }), { maxBytes: 59 });
  const error = await long.bytes().catch(failure);
  expect((error as Error).message).toMatch(
    /could not be downloaded: it is longer than maxBytes, 59 \(request id blob-6\)$/,
  );
  expect(error).toMatchObject({ status: 200, requestId: "blob-6" });
  const fits = await client.download(archive({ url: server.url }), { maxBytes: 60 });
  expect(await fits.bytes()).toHaveLength(60);
});

test("a mail that stops coming ends in a TimeoutError after that silence", async () => {
  const server = await serve((_, response) => {
    const headers = { "content-length": "100", etag: '"1"', "x-ms-request-id": "blob-4" };
    response.writeHead(200, headers).write("Subject:");
  });
  const mail = await clientOf(server).download(archive({ url: server.url }), { timeout: 2000 });
  const error = await mail.text().catch(failure);
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error).toMatchObject({ status: 200, requestId: "blob-4" });
  expect((error as Error).message).toBe(
    "The mail stopped coming after 8 of 100 bytes (request id blob-4)",
  );
  expect(server.requests).toHaveLength(1);
});

test("a reader may take longer than the timeout between two reads", async () => {
  const fetch = scriptedFetch(() => new Response(MAIL));
  const mail = await clientThrough(fetch).download(archive(), { timeout: 50 });
  await delay(120);
  expect(await mail.text()).toBe(MAIL);
});

test("a download's own totalTimeout bounds the reading too", async () => {
  const server = await serve((_, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write("x"), 20);
    response.on("close", () => clearInterval(drip));
  });
  const limits = { totalTimeout: 2000 };
  const mail = await clientOf(server).download(archive({ url: server.url }), limits);
  await expect(mail.text()).rejects.toBeInstanceOf(TimeoutError);
});

test("a download's totalTimeout holds even where all of it has come and the reader is slow", async () => {
  const pieces = Array.from({ length: 4 }, () => new Uint8Array(100));
  const opened = async (headers: Record<string, string>) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      },
    });
    const fetch = scriptedFetch(() => new Response(body, { headers }));
    const mail = await clientThrough(fetch).download(archive(), { totalTimeout: 200 });
    return mail.body.getReader();
  };
  const slow = await opened({ "x-ms-request-id": "blob-7" });
  expect((await slow.read()).value).toHaveLength(100);
  await delay(250);
  const error = await slow.read().catch(failure);
  expect(error).toBeInstanceOf(TimeoutError);
  expect(error).toMatchObject({ status: 200, requestId: "blob-7" });

  const inTime = await opened({ "content-length": "400" });
  for (const _ of pieces) await inTime.read();
  await delay(250);
  expect(await inTime.read()).toEqual({ done: true, value: undefined });

  const ofNoLength = await opened({});
  for (const _ of pieces) await ofNoLength.read();
  await delay(250);
  expect(await ofNoLength.read()).toEqual({ done: true, value: undefined });
});

test("an abort while reading ends the mail with the caller's reason and closes the connection", async () => {
  const server = await serve((_, response) => void response.writeHead(200).write("x"));
  const controller = new AbortController();
  const mail = await clientOf(server).download(archive({ url: server.url }), {
    signal: controller.signal,
  });
  setTimeout(() => controller.abort("enough"), 50);
  await expect(mail.text()).rejects.toBe("enough");
  await expect.poll(() => server.connections()).toBe(0);
});

test("a server that closes the connection while its mail waits to be read does not end the process", async () => {
  const body = Buffer.alloc(80_000, "a");
  const server = await serve((_request, response) => {
    response.writeHead(200, { "content-length": body.length, connection: "close" }).end(body);
  });
  const mail = await clientOf(server).download(archive({ url: server.url }));
  // Until the client has seen that it was closed.
  await delay(100);
  expect(await mail.bytes()).toEqual(new Uint8Array(body));
});

test("a mail that nobody reads is read ahead by a few chunks", async () => {
  let reads = 0;
  const endless = new ReadableStream(
    {
      pull(controller) {
        reads += 1;
        controller.enqueue(new Uint8Array(1024));
      },
    },
    { highWaterMark: 0 },
  );
  const fetch = scriptedFetch(() => new Response(endless));
  const mail = await clientThrough(fetch).download(archive());
  const reader = mail.body.getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(reads).toBe(17);
  await reader.cancel();
});

test("cancelling the reader closes the connection", async () => {
  const server = await serve((_, response) => void response.writeHead(200).write("x"));
  const mail = await clientOf(server).download(archive({ url: server.url }));
  await mail.body.cancel();
  await expect.poll(() => server.connections()).toBe(0);
});

test.each<unknown>([null, undefined, {}, "url", { url: 7 }])(
  "%j is no archive, and nothing is sent",
  async (given) => {
    const fetch = scriptedFetch(answer(200));
    await expect(clientThrough(fetch).download(given as MailArchive)).rejects.toBeInstanceOf(
      TypeError,
    );
    await expect(clientThrough(fetch).download(archive(), { maxBytes: -1 })).rejects.toBeInstanceOf(
      TypeError,
    );
    expect(fetch.calls).toHaveLength(0);
  },
);

const link = (se: string) => `https://a.example/b.eml?se=${encodeURIComponent(se)}&sig=x`;

test("linkState distinguishes usable, blank and expired, and a link's own expiry beats expiresOn", () => {
  const now = Date.UTC(2026, 1, 5);
  const at = (ms: number) => new Date(now + ms).toISOString();
  const state = (url: string, expiresOn: string) => linkState({ url, expiresOn }, new Date(now));

  expect(state("https://a.example/b.eml", at(3_600_000))).toBe("usable");
  expect(state("https://a.example/b.eml", at(0))).toBe("expired");
  expect(state("  ", at(3_600_000))).toBe("blank");
  expect(state(link(at(3_600_000)), at(-1))).toBe("usable");
  expect(state(link(at(-1)), at(3_600_000))).toBe("expired");
  expect(state(link("soon"), at(-1))).toBe("expired");
  expect(state("https://a.example/b.eml", "never")).toBe("usable");
  expect(isLinkExpired({ url: link(at(59_999)), expiresOn: "" }, now)).toBe(true);
  expect(isLinkExpired({ url: link(at(60_001)), expiresOn: "" }, now)).toBe(false);
});

test.each([
  ["nothing", null, undefined, "archive: expected an archive as listed, with a url, got null."],
  ["no archive", {}, undefined, "archive: expected an archive as listed, with a url, got Object."],
  [
    "an invalid Date",
    { url: "https://a.example/b.eml", expiresOn: "" },
    new Date("soon"),
    "now: expected a Date or milliseconds since 1970, got an invalid Date.",
  ],
])("linkState refuses %s", (_, came, now, message) => {
  expect(() => linkState(came as never, now)).toThrow(new TypeError(message));
});
