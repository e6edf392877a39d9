import { BlobSASPermissions, BlobServiceClient } from "@azure/storage-blob";
import type { ContainerClient } from "@azure/storage-blob";
import { startAzurite } from "@np6-archives/test-servers/azurite";
import type { Azurite } from "@np6-archives/test-servers/azurite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DownloadError, LinkExpiredError } from "../src/index.ts";
import type { MailArchive } from "../src/index.ts";
import { archive, clientOf, list, serve } from "./server.ts";

/** Published with the emulator and the same everywhere: no secret. */
const ACCOUNT =
  "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const MAIL = "From: shop@example.com\r\n\r\n" + "Hello\r\n".repeat(100_000);

let azurite: Azurite;
let container: ContainerClient;

beforeAll(async () => {
  azurite = await startAzurite();
  const service = `DefaultEndpointsProtocol=http;${ACCOUNT};BlobEndpoint=${azurite.url}`;
  container = BlobServiceClient.fromConnectionString(service).getContainerClient("mails");
  await container.create();
});
afterAll(() => azurite.stop());

/** Stores a mail under a name, and returns a link to it that works until `expiresOn`. */
async function stored(name: string, expiresOn = new Date(Date.now() + 3_600_000)): Promise<string> {
  const blob = container.getBlockBlobClient(name);
  await blob.upload(MAIL, Buffer.byteLength(MAIL));
  const startsOn = new Date(Date.now() - 7_200_000);
  return blob.generateSasUrl({ permissions: BlobSASPermissions.parse("r"), startsOn, expiresOn });
}

/** A client of an API that lists these archives. With `dropAt`, the first download breaks off after so many bytes. */
async function clientBeside(archives: MailArchive[] = [], dropAt?: number) {
  const server = await serve(list(archives));
  let dropped = false;
  const requests: string[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    requests.push(`${new URL(url).pathname} ${new Headers(init.headers).get("range")}`);
    const response = await globalThis.fetch(url, init);
    if (dropAt === undefined || dropped || response.body === null) return response;
    dropped = true;
    let left = dropAt;
    const cut = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        controller.enqueue(chunk.subarray(0, left));
        left -= chunk.length;
        if (left <= 0) controller.error(new TypeError("terminated"));
      },
    });
    return new Response(response.body.pipeThrough(cut), response);
  };
  return { client: clientOf(server, { fetch }), requests, server };
}

test("downloads a mail from Azure's own emulator, and checks its MD5", async () => {
  const { client } = await clientBeside();
  const mail = await client.download(archive({ url: await stored("plain.eml") }));
  expect(mail).toMatchObject({
    size: MAIL.length,
    contentMd5: expect.any(String),
    etag: expect.any(String),
  });
  expect(await mail.text()).toBe(MAIL);
});

test("continues a mail whose connection dropped", async () => {
  const { client, requests } = await clientBeside([], 1000);
  const mail = await client.download(archive({ url: await stored("dropped.eml") }));
  expect(await mail.text()).toBe(MAIL);
  expect(requests.map((request) => request.split(" ")[1])).toEqual(["null", "bytes=1000-"]);
});

test("refuses to continue a mail that has changed", async () => {
  const { client } = await clientBeside([], 1000);
  const mail = await client.download(archive({ url: await stored("changed.eml") }));
  await stored("changed.eml");
  const error = await mail.text().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DownloadError);
  expect(error).toMatchObject({ status: 412 });
});

test("replaces a link that the storage refuses as expired, by listing again", async () => {
  const expired = await stored("expired.eml", new Date(Date.now() - 3_600_000));
  // According to the archive the link still works: only the storage knows better.
  const old = archive({ url: expired.replace(/&se=[^&]*/, "&se=2999-01-01T00%3A00%3A00Z") });
  const nothing = await clientBeside([old]);
  await expect(nothing.client.download(old)).rejects.toBeInstanceOf(LinkExpiredError);

  const { client } = await clientBeside([archive({ url: await stored("expired.eml") })]);
  expect(await (await client.download(old)).text()).toBe(MAIL);
});

test("a mail that is not there is a DownloadError with the storage's code and request id", async () => {
  const url = await stored("gone.eml");
  await container.deleteBlob("gone.eml");
  const { client } = await clientBeside();
  const error = await client.download(archive({ url })).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    name: "DownloadError",
    status: 404,
    requestId: expect.any(String),
  });
  expect((error as Error).message).toContain("404 BlobNotFound");
});
