import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMock } from "@np6-archives/mock";
import type { Mock } from "@np6-archives/mock";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LinkBlankError, LinkExpiredError } from "../src/index.ts";
import { saveMail } from "../src/node.ts";
import { archive, clientOf, serve, status } from "./server.ts";

let folder: string;
let mock: Mock;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "np6-save-"));
  mock = await startMock();
});
afterAll(async () => {
  await mock.close();
  await rm(folder, { recursive: true });
});

test("every mail that the mock lists for a target is saved whole, and nothing else is left", async () => {
  const client = clientOf(mock);
  const archives = await client.listByTarget("000T123");
  expect(archives.length).toBeGreaterThan(0);
  for (const [i, each] of archives.entries()) {
    const path = join(folder, `${i}.eml`);
    const saved = await saveMail(client, each, path).catch((error: unknown) => error);
    if (saved instanceof LinkExpiredError || saved instanceof LinkBlankError) continue;
    const bytes = await readFile(path);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(saved).toEqual({ path, bytes: bytes.length, sha256 });
    expect(bytes.toString("latin1")).toMatch(/^[\w-]+: /);
  }
  const names = await readdir(folder);
  expect(names.length).toBeGreaterThan(0);
  expect(names.every((name) => /^\d+\.eml$/.test(name))).toBe(true);
  expect(mock.journal().filter(({ leak }) => leak)).toEqual([]);
});

test("a mail whose connection drops is saved whole all the same", async () => {
  const client = clientOf(mock);
  const [newest] = await client.listByTarget("000T123");
  if (newest === undefined) throw new Error("The mock lists nothing.");
  const whole = await (await client.download(newest)).bytes();
  mock.inject({ match: { origin: "blob" }, fault: "truncate" });
  const { bytes, path } = await saveMail(client, newest, join(folder, "dropped.eml"));
  expect(bytes).toBe(whole.length);
  expect(new Uint8Array(await readFile(path))).toEqual(whole);
});

test("an expired link is refreshed by listing, or the save fails with nothing at the path", async () => {
  const client = clientOf(mock);
  const [old] = await client.listByTarget("000EXPIRED");
  if (old === undefined) throw new Error("The mock lists nothing.");
  const path = join(folder, "expired.eml");
  await expect(saveMail(client, old, path)).rejects.toBeInstanceOf(LinkExpiredError);
  expect(await readdir(folder)).not.toContain("expired.eml");
});

test.each([
  ["is cut off", { "content-length": "9" }],
  ["does not match its MD5", { "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==" }],
])(
  "a mail that %s leaves no file, and a file that was there stays as it was",
  async (_, headers) => {
    const server = await serve((request, response) => {
      response.writeHead(200, headers).write("mail");
      setTimeout(
        () => ("content-length" in headers ? request.socket.destroy() : response.end()),
        20,
      );
    });
    const client = clientOf(server);
    const own = await mkdtemp(join(folder, "own-"));
    const mail = archive({ url: server.url });
    await expect(saveMail(client, mail, join(own, "new.eml"))).rejects.toHaveProperty(
      "name",
      "DownloadError",
    );
    await writeFile(join(own, "old.eml"), "as it was");
    await expect(saveMail(client, mail, join(own, "old.eml"))).rejects.toThrow();
    expect(await readdir(own)).toEqual(["old.eml"]);
    expect(await readFile(join(own, "old.eml"), "utf8")).toBe("as it was");
    await rm(own, { recursive: true });
  },
);

test("a folder that is not there is the file system's own error, and the connection is given up", async () => {
  const server = await serve(status(200, {}, "x".repeat(1_000_000)));
  const save = saveMail(
    clientOf(server),
    archive({ url: server.url }),
    join(folder, "no", "a.eml"),
  );
  await expect(save).rejects.toHaveProperty("code", "ENOENT");
  await expect.poll(() => server.connections()).toBe(0);
});
