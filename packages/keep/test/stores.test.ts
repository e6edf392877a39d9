import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { promises } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import http from "node:http";
import { syncBuiltinESMExports } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { BlobServiceClient } from "@azure/storage-blob";
import { startAzurite } from "@np6-archives/test-servers/azurite";
import type { Azurite } from "@np6-archives/test-servers/azurite";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { erase, keep, personBag, reconcile, status, verify } from "../src/index.ts";
import { openContainer } from "../src/store/azure-store.ts";
import { openFolder } from "../src/store/folder-store.ts";
import { textOf } from "../src/store/store.ts";
import type { Store } from "../src/store/store.ts";
import { IS_POSIX, command, folder, idOf, startServer, worklistOf } from "./store-and-server.ts";

/** Azurite's well-known key: https://learn.microsoft.com/azure/storage/common/storage-use-azurite */
const KEY =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

let azurite: Azurite;
let connection: string;
beforeAll(async () => {
  azurite = await startAzurite();
  connection = `DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=${KEY};BlobEndpoint=${azurite.url};`;
  process.env["AZURE_STORAGE_CONNECTION_STRING"] = connection;
});
afterAll(async () => {
  delete process.env["AZURE_STORAGE_CONNECTION_STRING"];
  await azurite.stop();
});

async function* bytes(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function* broken(size: number): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(size);
  throw new Error("cut");
}

function pathOf(target: string): string {
  const id = idOf(target, 0);
  return `mails/${id.slice(0, 2)}/${id}.eml`;
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

const kinds = [
  ["a folder", () => folder().then((home) => join(home, "store"))],
  ["a container", () => Promise.resolve(`azure://c${randomUUID()}/some/where`)],
] as const;

describe.each(kinds)("%s", (_, place) => {
  const open = async () => {
    const address = await place();
    const store = address.startsWith("azure:")
      ? await openContainer(address, { make: true })
      : openFolder(address);
    return store;
  };

  test("writes a path once, and hashes the existing file otherwise", async () => {
    const store = await open();
    const first = await store.put("mails/aa/a.eml", bytes("one", "two"));
    expect(first).toEqual({ bytes: 6, sha256: sha256("onetwo") });
    const second = await store.put("mails/aa/a.eml", bytes("other"));
    expect(second).toEqual(first);
    expect(await store.look("mails/aa/a.eml")).toEqual(first);
    expect(await textOf(store.read("mails/aa/a.eml"))).toBe("onetwo");
    await store.close();
  });

  test("of two writers one wins, and both get the hash of its bytes", async () => {
    const store = await open();
    const texts = ["a".repeat(100_000), "b".repeat(100_000)];
    const found = await Promise.all(texts.map((text) => store.put("mails/x.eml", bytes(text))));
    expect(found[0]).toEqual(found[1]);
    expect(texts.map(sha256)).toContain(found[0]?.sha256);
    await store.close();
  });

  test("does not mix large bodies that two writers send in parts", async () => {
    const store = await open();
    const halfway = Promise.withResolvers<void>();
    let writers = 2;
    async function* parts(letter: string): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(5 << 20, letter);
      writers -= 1;
      if (writers === 0) halfway.resolve();
      await halfway.promise;
      yield Buffer.alloc(10, letter);
    }
    const found = await Promise.all(
      ["a", "b"].map((each) => store.put("mails/x.eml", parts(each))),
    );
    expect(found[0]).toEqual(found[1]);
    expect(await store.look("mails/x.eml")).toEqual(found[0]);
    const whole = ["a", "b"].map((letter) => sha256(letter.repeat((5 << 20) + 10)));
    expect(whole).toContain(found[0]?.sha256);
    await store.close();
  });

  test("leaves nothing of a body that breaks off, small or large", async () => {
    const store = await open();
    for (const size of [10, 9_000_000]) {
      await expect(store.put("mails/b.eml", broken(size))).rejects.toThrow("cut");
      expect(await store.has("mails/b.eml")).toBe(false);
      expect(await store.look("mails/b.eml")).toBeUndefined();
    }
    expect(await Array.fromAsync(store.list("mails"))).toEqual([]);
    await store.close();
  });

  test("keeps a large body as it came", async () => {
    const store = await open();
    const part = "0123456789abcdef".repeat(65_536);
    const stored = await store.put("mails/l.eml", bytes(...Array.from({ length: 11 }, () => part)));
    expect(stored).toEqual({ bytes: 11 << 20, sha256: sha256(part.repeat(11)) });
    expect(await store.look("mails/l.eml")).toEqual(stored);
    await store.close();
  });

  test("overwrites files, lists what is there, and removes", async () => {
    const store = await open();
    expect(await store.write("runs/0001.json", ["old"])).toBe(sha256("old\n"));
    expect(await store.write("runs/0001.json", ["new", "lines"])).toBe(sha256("new\nlines\n"));
    expect(await textOf(store.read("runs/0001.json"))).toBe("new\nlines\n");
    expect(await store.write("archives.csv", [])).toBe(sha256(""));
    await store.put("mails/aa/%2E.eml", bytes(""));
    expect(await Array.fromAsync(store.list("mails"))).toEqual(["mails/aa/%2E.eml"]);
    expect((await store.names()).toSorted()).toEqual(["archives.csv", "mails", "runs"]);
    await store.remove("mails/aa/%2E.eml");
    await store.remove("mails/aa/%2E.eml");
    expect(await Array.fromAsync(store.list("mails"))).toEqual([]);
    await store.close();
  });

  test("holds a run, which every other command then works on", async () => {
    const server = await startServer({ each: 2 });
    const home = await folder();
    const where = { store: await place(), ledger: join(home, "ledger.sqlite") };
    const worklist = await worklistOf(home, 5);
    const options = { client: server.client, worklist, ...where, rate: 1000 };
    expect(await keep(options)).toMatchObject({ outcome: "complete" });
    const before = server.seen.length;
    await keep(options);
    expect(server.seen.length).toBe(before);
    expect((await status(where)).archives).toMatchObject({ total: 10, kept: 10 });
    expect((await verify(where)).findings).toEqual([]);
    expect(await personBag({ ...where, target: "t1", out: join(home, "bag") })).toMatchObject({
      mails: 2,
      gaps: 0,
    });
    const sent = join(home, "sent.csv");
    await writeFile(sent, "target,action\nt1,00000A\nt9,\n");
    expect(await reconcile({ ...where, sent })).toMatchObject({ events: 2, results: { kept: 1 } });
    await erase({ ...where, target: "t1", reason: "request 12" });
    expect((await keep(options)).balance.archives).toMatchObject({ kept: 8, erased: 2 });
    expect((await verify(where)).findings).toEqual([]);
  });
});

// On Windows folders cannot be flushed.
test.runIf(IS_POSIX).each([
  ["found", (store: Store, path: string) => store.look(path)],
  ["put again", (store: Store, path: string) => store.put(path, bytes("other"))],
])("a mail of a killed process that is %s is flushed with its folder", async (_, adopt) => {
  const home = await folder();
  const path = "mails/aa/a.eml";
  await openFolder(home).put(path, bytes("one"));
  const store = openFolder(home);
  await store.put("mails/aa/b.eml", bytes("two"));
  await store.flush();
  await adopt(store, path);
  // The flush fails as the folder is gone, which shows that it was attempted.
  await rename(join(home, "mails/aa"), join(home, "moved"));
  await expect(store.flush()).rejects.toThrow(/ENOENT.*aa'$/);
});

test.runIf(IS_POSIX)("a table and a run file are flushed with their folders", async () => {
  const home = await folder();
  const opened = vi.spyOn(promises, "open");
  syncBuiltinESMExports();
  try {
    await openFolder(home).write("runs/0001.json", ["{}"]);
    const [, ...folders] = opened.mock.calls.map(([path]) => path);
    expect(folders).toEqual([join(home, "runs"), home]);
  } finally {
    opened.mockRestore();
    syncBuiltinESMExports();
  }
});

/** A container with three mails. */
async function keptContainer() {
  const server = await startServer({ each: 1 });
  const home = await folder();
  const container = `c${randomUUID()}`;
  const where = { store: `azure://${container}`, ledger: join(home, "ledger.sqlite") };
  await keep({ client: server.client, worklist: await worklistOf(home, 3), ...where, rate: 1000 });
  const blobs = BlobServiceClient.fromConnectionString(connection).getContainerClient(container);
  return { where, blobs };
}

test("verify finds a blob changed, missing or extra, and a table that was edited", async () => {
  const { where, blobs } = await keptContainer();
  const put = (path: string) => blobs.getBlockBlobClient(path).upload("x", 1);
  await blobs.deleteBlob(pathOf("t0"));
  await put(pathOf("t1"));
  await put("mails/zz/stray.eml");
  await put("stray.txt");
  await put("archives.csv");
  await put("runs/0007.json");
  const found = (await verify(where)).findings.map(({ path }) => path);
  const expected = [pathOf("t0"), pathOf("t1"), "mails/zz/stray.eml", "stray.txt", "archives.csv"];
  expect(found.toSorted()).toEqual([...expected, "runs/0007.json"].toSorted());
});

test("verify goes on after an archived blob, and reports it", async () => {
  const { where, blobs } = await keptContainer();
  await blobs.getBlockBlobClient(pathOf("t1")).setAccessTier("Archive");
  expect(await verify(where)).toMatchObject({
    findings: [{ path: pathOf("t1"), problem: "It cannot be read: BlobArchived." }],
    mails: 3,
    read: 2,
  });
});

/** Azurite behind a proxy that refuses some requests, and breaks the connection in the middle of some answers. */
async function hindered(howIsIt: (asked: URL, method: string) => string | undefined) {
  const asks = http.createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    const to = new URL(url, azurite.url);
    const how = howIsIt(to, method);
    const [, answered, code] = /^(\d+) (\w+)$/.exec(how ?? "") ?? [];
    if (answered !== undefined) {
      return response.writeHead(Number(answered), { "x-ms-error-code": code }).end();
    }
    const passed = http.request(to, { method, headers }, async (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      const body = await buffer(answer);
      if (how === undefined) return response.end(body);
      return response.write(body.subarray(0, body.length / 2), () => response.destroy());
    });
    return request.pipe(passed);
  });
  await once(asks.listen(0, "127.0.0.1"), "listening");
  const { port } = asks.address() as AddressInfo;
  process.env["AZURE_STORAGE_CONNECTION_STRING"] = connection.replace(
    /(127.0.0.1:)\d+/,
    `$1${port}`,
  );
  onTestFinished(() => {
    process.env["AZURE_STORAGE_CONNECTION_STRING"] = connection;
    asks.close();
    asks.closeAllConnections();
  });
}

test("reading a blob is resumed where a connection breaks, and reported as unreachable where all break", async () => {
  const { where } = await keptContainer();
  let left = 2;
  await hindered(({ pathname }, method) => {
    if (method !== "GET" || !pathname.endsWith(pathOf("t1"))) return undefined;
    left -= 1;
    return left < 0 ? undefined : "broken";
  });
  expect(await verify(where)).toMatchObject({ findings: [], mails: 3, read: 3 });
  expect(left).toBe(-1);
  left = Infinity;
  const told = "The store cannot be reached or written: its connection broke.";
  await expect(verify(where)).rejects.toThrow(told);
});

test("verify goes on after a blob that changes while its connection breaks, and reports it", async () => {
  const { where } = await keptContainer();
  const answers = ["broken", "412 ConditionNotMet"];
  await hindered(({ pathname }, method) =>
    method === "GET" && pathname.endsWith(pathOf("t1")) ? answers.shift() : undefined,
  );
  expect(await verify(where)).toMatchObject({
    findings: [{ path: pathOf("t1"), problem: "It cannot be read: ConditionNotMet." }],
    read: 2,
  });
});

test("a container that cannot be listed is reported by the storage's code only", async () => {
  const { where } = await keptContainer();
  await hindered(({ searchParams }) =>
    searchParams.get("comp") === "list" ? "403 AuthorizationFailure" : undefined,
  );
  await expect(verify(where)).rejects.toThrow(
    "The store cannot be reached or written: AuthorizationFailure (403).",
  );
});

test.each([
  ["a container without an account", "", "AZURE_STORAGE_CONNECTION_STRING: expected"],
  ["an invalid account", "AccountKey=secret", "AZURE_STORAGE_CONNECTION_STRING: expected"],
])("%s is reported in one line, without the key", async (_, account, message) => {
  process.env["AZURE_STORAGE_CONNECTION_STRING"] = account;
  try {
    const asked = status({ store: "azure://mails", ledger: "/nowhere" });
    await expect(asked).rejects.toThrow(message);
    await expect(asked).rejects.not.toThrow("secret");
  } finally {
    process.env["AZURE_STORAGE_CONNECTION_STRING"] = connection;
  }
});

test("a container without a ledger of its own, or that does not exist, is exit 2", async () => {
  const place = { url: "http://127.0.0.1:9" };
  const { code, stderr } = await command(place, "status", "--store", "azure://mails");
  expect(code).toBe(2);
  expect(stderr).toMatch(/^np6-archives-keep: --ledger: expected .*\n$/);
  await expect(status({ store: "azure://notthere", ledger: "/nowhere" })).rejects.toThrow(
    "a container that is there",
  );
  const elsewhere = ["..", "../other", "a/../../other", ".", "a/./"];
  const addresses = elsewhere.map((prefix) => `azure://mails/${prefix}`);
  for (const store of [...addresses, "azure:/mails", "azure:mails"]) {
    await expect(status({ store, ledger: "/nowhere" })).rejects.toThrow(
      "--store: expected azure://CONTAINER[/PREFIX], the container 3 to 63 of a-z, 0-9 and single -",
    );
  }
});
