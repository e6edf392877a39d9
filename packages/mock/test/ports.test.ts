import { createServer } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { startMock } from "@np6-archives/mock";
import { afterAll, beforeAll, expect, test } from "vitest";

let server: Server;
let taken: number;

beforeAll(async () => {
  server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  ({ port: taken } = server.address() as AddressInfo);
});

afterAll(() => void server.close());

test.each([
  ["port", "the API (port)"],
  ["blobPort", "the mails (blobPort)"],
])("a %s in use is an error with a clear message and a code", async (option, what) => {
  const error: unknown = await startMock({ [option]: taken }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    message: `No place to serve ${what}: port ${taken} on 127.0.0.1 is already in use.`,
    cause: { code: "EADDRINUSE", port: taken },
  });
});

test("one port for both origins is refused before either is opened", async () => {
  await expect(startMock({ port: taken, blobPort: taken })).rejects.toThrow(
    `a port of their own each (port and blobPort), got ${taken} for both`,
  );
});

test("a request that comes while the mock is starting waits for its answer", async () => {
  const before = await startMock();
  const { url, blobUrl } = before;
  await before.close();
  const ports = { port: Number(new URL(url).port), blobPort: Number(new URL(blobUrl).port) };
  const starting = startMock(ports);
  try {
    const [listing, mail] = await Promise.all([
      firstAnswer(`${url}/targets/000EMPTY/archives`),
      firstAnswer(`${blobUrl}/mcom032/none.eml`),
    ]);
    expect([listing.status, mail.status]).toEqual([200, 400]);
  } finally {
    await (await starting).close();
  }
});

/** Retries until somebody listens. */
async function firstAnswer(url: string): Promise<Response> {
  for (;;) {
    try {
      return await fetch(url, { headers: { "X-Key": "demo" } });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
