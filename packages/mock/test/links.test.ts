import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  BlobSASPermissions,
  BlobServiceClient,
  SASProtocol,
  StorageSharedKeyCredential,
  generateBlobSASQueryParameters,
} from "@azure/storage-blob";
import type { Mock } from "@np6-archives/mock";
import { startMock } from "@np6-archives/mock";
import type { Azurite } from "@np6-archives/test-servers/azurite";
import { startAzurite } from "@np6-archives/test-servers/azurite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// The same expectations for the mock and the storage vendor's own emulator. Links are signed by the vendor's library.
const mail = readFileSync(new URL("../mails/html-and-text.eml", import.meta.url));
const md5 = createHash("md5").update(mail).digest("base64");
const CONTAINER = "mcom032";
const KEY =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const credential = new StorageSharedKeyCredential("devstoreaccount1", KEY);

let mock: Mock;
let azurite: Azurite;
let blobName: string;

beforeAll(async () => {
  [mock, azurite] = await Promise.all([startMock(), startAzurite()]);
  const archive = mock.dataset.archives.find((one) => one.mail === "html-and-text.eml");
  blobName = new URL(archive?.url ?? "").pathname.split("/").at(-1) ?? "";
  const store = new BlobServiceClient(azurite.url, credential).getContainerClient(CONTAINER);
  await store.create();
  await store
    .getBlockBlobClient(blobName)
    .uploadData(mail, { blobHTTPHeaders: { blobContentType: "message/rfc822" } });
});
afterAll(() => Promise.all([mock.close(), azurite.stop()]));

interface Signing {
  start?: Date;
  expiry?: Date;
  permission?: string;
  version?: string;
  blob?: string;
  contentDisposition?: string;
  contentType?: string;
  protocol?: SASProtocol;
}

function fromNow(minutes: number): Date {
  return new Date(Date.now() + minutes * 60_000);
}

function signed({
  start = fromNow(-10),
  expiry = fromNow(10),
  permission = "r",
  blob = blobName,
  ...rest
}: Signing = {}): string {
  return generateBlobSASQueryParameters(
    {
      containerName: CONTAINER,
      blobName: blob,
      permissions: BlobSASPermissions.parse(permission),
      startsOn: start,
      expiresOn: expiry,
      version: "2020-02-10",
      ...rest,
    },
    credential,
  ).toString();
}

async function expectError(response: Response, status: number, code: string): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get("x-ms-error-code")).toBe(code);
  expect(response.headers.get("content-type")).toBe("application/xml");
  const xml = await response.text();
  expect(xml).toMatch(/^<\?xml version="1\.0" encoding="utf-8"/i);
  expect(/<Code>(\w+)<\/Code>/.exec(xml)?.[1]).toBe(code);
  const id = response.headers.get("x-ms-request-id");
  expect(xml).toMatch(new RegExp(`<Message>[^<]+\\nRequestId:${id}\\nTime:[^<]+</Message>`));
}

/** Azure answers AuthenticationFailed where its emulator answers AuthorizationFailure. */
const STORAGES = [
  { storage: "the mock", origin: () => mock.blobUrl, authentication: "AuthenticationFailed" },
  { storage: "Azurite", origin: () => azurite.url, authentication: "AuthorizationFailure" },
];

describe.each(STORAGES)("a link to $storage", ({ origin, authentication }) => {
  const open = (
    query: string,
    { blob = blobName, ...init }: RequestInit & { blob?: string } = {},
  ): Promise<Response> => fetch(`${origin()}/${CONTAINER}/${blob}?${query}`, init);

  test("gives the bytes, their length, MD5, ETag, date and type", async () => {
    const response = await open(signed());
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).equals(mail)).toBe(true);
    const { headers } = response;
    expect(headers.get("content-length")).toBe(String(mail.length));
    expect(headers.get("content-md5")).toBe(md5);
    expect(headers.get("content-type")).toBe("message/rfc822");
    expect(headers.get("accept-ranges")).toBe("bytes");
    expect(headers.get("x-ms-blob-type")).toBe("BlockBlob");
    expect(headers.get("etag")).toMatch(/^"0x[0-9A-F]+"$/);
    expect(headers.get("x-ms-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Date(headers.get("last-modified") ?? "").toUTCString()).toBe(
      headers.get("last-modified"),
    );
  });

  test.each(["2018-11-09", "2020-02-10", "2021-12-02"])(
    "can be signed for version %s",
    async (version) => {
      expect((await open(signed({ version }))).status).toBe(200);
    },
  );

  test("is refused before its start and after its expiry, and opens in between", async () => {
    await expectError(
      await open(signed({ start: fromNow(-20), expiry: fromNow(-10) })),
      403,
      authentication,
    );
    await expectError(
      await open(signed({ start: fromNow(10), expiry: fromNow(20) })),
      403,
      authentication,
    );
    expect((await open(signed({ start: fromNow(-20), expiry: fromNow(1) }))).status).toBe(200);
  });

  test("expires while the test waits", async () => {
    const query = signed({ start: fromNow(-1), expiry: new Date(Date.now() + 5000) });
    expect((await open(query)).status).toBe(200);
    await expect.poll(async () => (await open(query)).status, { interval: 200 }).toBe(403);
  });

  test.each([
    ["with another signature", (query: string) => query.replace(/sig=.{4}/, "sig=AAAA")],
    ["with a later expiry than was signed", (query: string) => query.replace(/se=2/, "se=3")],
    ["with more rights than were signed", (query: string) => query.replace("sp=r", "sp=rw")],
    ["without a signature", (query: string) => query.replace(/&sig=[^&]+/, "")],
    ["without an expiry", (query: string) => query.replace(/se=[^&]+&/, "")],
    ["without anything", () => ""],
  ])("is refused %s", async (_, change) => {
    await expectError(await open(change(signed())), 403, authentication);
  });

  test("opens only the blob that it was signed for", async () => {
    const other = "00000000-0000-4000-8000-000000000000.eml";
    await expectError(await open(signed(), { blob: other }), 403, authentication);
    await expectError(await open(signed({ blob: other }), { blob: other }), 404, "BlobNotFound");
  });

  test("allows only reading", async () => {
    const mismatch = "AuthorizationPermissionMismatch";
    await expectError(await open(signed({ permission: "w" })), 403, mismatch);
    await expectError(await open(signed(), { method: "DELETE" }), 403, mismatch);
    await expectError(
      await open(signed(), {
        method: "PUT",
        body: "x",
        headers: { "x-ms-blob-type": "BlockBlob" },
      }),
      403,
      mismatch,
    );
  });

  test("signed for https only does not open by http", async () => {
    await expectError(
      await open(signed({ protocol: SASProtocol.Https })),
      403,
      "AuthorizationProtocolMismatch",
    );
  });

  test("sets the response headers that it was signed with", async () => {
    const response = await open(
      signed({ contentDisposition: "attachment; filename=mail.eml", contentType: "text/plain" }),
    );
    expect(response.headers.get("content-disposition")).toBe("attachment; filename=mail.eml");
    expect(response.headers.get("content-type")).toBe("text/plain");
  });

  test("answers HEAD with the headers of GET, whatever the range", async () => {
    const get = await open(signed());
    const head = await open(signed(), { method: "HEAD", headers: { range: "bytes=0-4" } });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe("");
    for (const name of ["content-length", "content-md5", "content-type", "etag", "last-modified"]) {
      expect([name, head.headers.get(name)]).toEqual([name, get.headers.get(name)]);
    }
    const missing = await open("", { method: "HEAD" });
    expect([missing.status, missing.headers.get("x-ms-error-code")]).toEqual([403, authentication]);
  });

  test.each([
    ["bytes=0-9", 0, 9],
    ["bytes=10-", 10, mail.length - 1],
    ["bytes=900-5000", 900, mail.length - 1],
    [`bytes=0-${mail.length - 1}`, 0, mail.length - 1],
  ])("answers the range %s with that part", async (range, first, last) => {
    const response = await open(signed(), { headers: { range } });
    expect(response.status).toBe(206);
    expect(response.headers.get("content-range")).toBe(`bytes ${first}-${last}/${mail.length}`);
    expect(response.headers.get("content-md5")).toBeNull();
    expect(response.headers.get("x-ms-blob-content-md5")).toBe(md5);
    const body = Buffer.from(await response.arrayBuffer());
    expect(body.equals(mail.subarray(first, last + 1))).toBe(true);
  });

  test("prefers x-ms-range to Range, and gives the part's MD5 on request", async () => {
    const response = await open(signed(), {
      headers: {
        range: "bytes=1-2",
        "x-ms-range": "bytes=0-4",
        "x-ms-range-get-content-md5": "true",
      },
    });
    expect(response.headers.get("content-range")).toBe(`bytes 0-4/${mail.length}`);
    expect(response.headers.get("content-md5")).toBe(
      createHash("md5").update(mail.subarray(0, 5)).digest("base64"),
    );
  });

  test("refuses a range beyond the end, and ignores an invalid range", async () => {
    for (const range of ["bytes=5000-", "bytes=5000-6000"]) {
      const response = await open(signed(), { headers: { range } });
      expect(response.headers.get("content-range")).toBe(`bytes */${mail.length}`);
      await expectError(response, 416, "InvalidRange");
    }
    for (const range of ["bytes=9-2", "bytes=0-0,2-3"]) {
      expect((await open(signed(), { headers: { range } })).status).toBe(200);
    }
  });

  test("honours If-Match and If-None-Match", async () => {
    const etag = (await open(signed())).headers.get("etag") ?? "";
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await open(signed(), { headers })).status;

    expect(await status({ "if-match": etag })).toBe(200);
    expect(await status({ "if-match": etag.replaceAll('"', "") })).toBe(200);
    expect(await status({ "if-match": "*" })).toBe(200);
    expect(await status({ "if-match": `"0x0",${etag}` })).toBe(200);
    expect(await status({ "if-match": '"0x0","0x1"' })).toBe(412);
    expect(await status({ "if-none-match": `"0x0",${etag}` })).toBe(304);
    expect(await status({ "if-match": etag, range: "bytes=3-5" })).toBe(206);
    expect(await status({ "if-none-match": '"0x0"' })).toBe(200);
    await expectError(
      await open(signed(), { headers: { "if-match": '"0x0"', range: "bytes=5000-" } }),
      412,
      "ConditionNotMet",
    );
    await expectError(
      await open(signed(), { headers: { "if-none-match": "*" } }),
      400,
      "UnsatisfiableCondition",
    );
    const unchanged = await open(signed(), { headers: { "if-none-match": etag } });
    expect(unchanged.status).toBe(304);
    expect(unchanged.headers.get("x-ms-error-code")).toBe("ConditionNotMet");
    expect(await unchanged.text()).toBe("");
  });

  test("honours If-Modified-Since and If-Unmodified-Since", async () => {
    const modified = (await open(signed())).headers.get("last-modified") ?? "";
    const before = new Date(Date.parse(modified) - 1000).toUTCString();
    const status = async (name: string, value: string): Promise<number> =>
      (await open(signed(), { headers: { [name]: value } })).status;

    expect(await status("if-modified-since", modified)).toBe(304);
    expect(await status("if-modified-since", before)).toBe(200);
    expect(await status("if-unmodified-since", modified)).toBe(200);
    expect(await status("if-unmodified-since", before)).toBe(412);
  });

  // If-Match && If-Unmodified-Since && (If-None-Match || If-Modified-Since), according to Azure's documentation.
  test("evaluates several conditions together", async () => {
    const usual = await open(signed());
    const same = usual.headers.get("etag") ?? "";
    const modified = usual.headers.get("last-modified") ?? "";
    const before = new Date(Date.parse(modified) - 1000).toUTCString();
    for (const [expected, headers] of [
      [412, { "if-match": same, "if-unmodified-since": before }],
      [412, { "if-match": '"0x0"', "if-unmodified-since": modified }],
      [200, { "if-match": same, "if-unmodified-since": modified }],
      [200, { "if-none-match": same, "if-modified-since": before }],
      [200, { "if-none-match": '"0x0"', "if-modified-since": modified }],
      [304, { "if-none-match": same, "if-modified-since": modified }],
      [412, { "if-unmodified-since": before, "if-none-match": same }],
      [304, { "if-match": same, "if-modified-since": modified }],
    ] as [number, Record<string, string>][]) {
      const { status } = await open(signed(), { headers });
      expect([status, headers]).toEqual([expected, headers]);
    }
  });
});

test("the mock signs its links as the storage vendor's library does", async () => {
  const { url } = mock.dataset.archives.find((one) => one.mail === "html-and-text.eml") ?? {};
  const listed = new URL(url ?? "");
  const again = signed({
    start: new Date(listed.searchParams.get("st") ?? ""),
    expiry: new Date(listed.searchParams.get("se") ?? ""),
    blob: listed.pathname.split("/").at(-1) ?? "",
  });
  expect(Object.fromEntries(new URLSearchParams(again))).toEqual(
    Object.fromEntries(listed.searchParams),
  );
  expect((await fetch(`${azurite.url}${listed.pathname}${listed.search}`)).status).toBe(200);
});

test("a link whose signed response headers cannot be sent is refused, and the mock survives", async () => {
  for (const contentDisposition of ["one\r\ntwo: three", "📎"]) {
    const url = `${mock.blobUrl}/${CONTAINER}/${blobName}?${signed({ contentDisposition })}`;
    const response = await fetch(url);
    expect(response.status).toBe(400);
    expect(response.headers.get("x-ms-error-code")).toBe("InvalidQueryParameterValue");
  }
  expect((await fetch(`${mock.url}/__mock/health`)).status).toBe(200);
});

test("a key that is sent to the storage is refused and logged in the journal as a leak", async () => {
  const { url } = mock.dataset.archives.find(({ mail: name }) => name !== undefined) ?? {};
  const response = await fetch(url ?? "", { headers: { "X-Key": "leaked secret" } });
  expect(response.status).toBe(400);
  expect(response.headers.get("x-ms-error-code")).toBe("ApiKeyLeaked");
  const leak = mock.journal().findLast(({ origin }) => origin === "blob");
  expect(leak).toMatchObject({ leak: true, status: 400, headers: { "x-key": "[redacted]" } });
  expect(JSON.stringify(mock.journal())).not.toContain("leaked secret");
});
