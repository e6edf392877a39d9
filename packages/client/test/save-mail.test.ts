import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startMock } from "@np6-archives/mock";
import type { Mock } from "@np6-archives/mock";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { LinkBlankError, LinkExpiredError } from "../src/index.ts";
import type { MailContent } from "../src/index.ts";
import { createMd5, ownMd5 } from "../src/mail/md5.ts";
import { saveMail } from "../src/node.ts";
import { replaceFile } from "../src/save/replace-file.ts";
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

test("every mail that the mock lists for a target is saved completely, and nothing else is left", async () => {
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

test("a mail is saved where file handles cannot flush, as under Yarn's Plug'n'Play", async () => {
  const handle = await open(join(folder, "any"), "w");
  const methods = Object.getPrototypeOf(handle) as typeof handle;
  await handle.close();
  const spies = (["datasync", "sync"] as const).map((name) =>
    vi.spyOn(methods, name).mockRejectedValue(new Error("Method not implemented.")),
  );
  try {
    const [newest] = await clientOf(mock).listByTarget("000T123");
    const path = join(folder, "any");
    const { bytes } = await saveMail(clientOf(mock), newest ?? archive(), path);
    expect((await stat(path)).size).toBe(bytes);
  } finally {
    for (const spy of spies) spy.mockRestore();
    await rm(join(folder, "any"));
  }
});

test("a mail whose connection drops is still saved completely", async () => {
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
])("a mail that %s leaves no file, and an existing file unchanged", async (_, headers) => {
  const server = await serve((request, response) => {
    response.writeHead(200, headers).write("mail");
    setTimeout(() => ("content-length" in headers ? request.socket.destroy() : response.end()), 20);
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
});

test("a missing folder is the file system's own error, and the connection is closed", async () => {
  const server = await serve(status(200, {}, "x".repeat(1_000_000)));
  const save = saveMail(
    clientOf(server),
    archive({ url: server.url }),
    join(folder, "no", "a.eml"),
  );
  await expect(save).rejects.toHaveProperty("code", "ENOENT");
  await expect.poll(() => server.connections()).toBe(0);
});

/** A folder for one test. */
const ownFolder = () => mkdtemp(join(folder, "own-"));
const MAIL = "Subject: hello\r\n\r\n";

test.each([220, 255])("a file name of %i bytes works", async (length) => {
  const server = await serve(status(200, {}, MAIL));
  const own = await ownFolder();
  const name = "n".repeat(length);
  await saveMail(clientOf(server), archive({ url: server.url }), join(own, name));
  expect(await readdir(own)).toEqual([name]);
});

test("a name that is too long is reported as such, not by what the clean-up ran into", async () => {
  const server = await serve(status(200, {}, MAIL));
  const own = await ownFolder();
  const save = saveMail(clientOf(server), archive({ url: server.url }), join(own, "n".repeat(256)));
  const error = await save.catch((reason: unknown) => reason);
  const code = process.platform === "win32" ? "ENOENT" : "ENAMETOOLONG";
  expect(error).toMatchObject({ code, syscall: expect.stringMatching(/rename/) });
  expect(await readdir(own)).toEqual([]);
});

test("the mail's own failure is reported, even if the clean-up fails too", async () => {
  const own = await ownFolder();
  const first = new Error("the first");
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await rm(own, { recursive: true });
      controller.error(first);
    },
  });
  const client = { download: async () => ({ body }) as MailContent };
  await expect(saveMail(client, archive(), join(own, "a.eml"))).rejects.toBe(first);
});

test("a path that is a folder, or a link to one, is refused before anything is sent", async () => {
  const server = await serve(status(200, {}, MAIL));
  const own = await ownFolder();
  await mkdir(join(own, "folder"));
  await symlink(join(own, "folder"), join(own, "link"), "junction");
  for (const name of ["folder", "link"]) {
    const save = saveMail(clientOf(server), archive({ url: server.url }), join(own, name));
    await expect(save).rejects.toThrow(/^path: expected the path of a file, got /);
  }
  expect(server.requests).toHaveLength(0);
  expect(await readdir(own)).toEqual(["folder", "link"]);
  expect((await lstat(join(own, "link"))).isSymbolicLink()).toBe(true);
});

test.skipIf(process.platform === "win32")(
  "a path that is no regular file, such as a device or a link to one, is refused",
  async () => {
    const server = await serve(status(200, {}, MAIL));
    const path = join(await ownFolder(), "null");
    await symlink("/dev/null", path);
    const save = saveMail(clientOf(server), archive({ url: server.url }), path);
    await expect(save).rejects.toThrow(/^path: expected the path of a file, got /);
    expect(server.requests).toHaveLength(0);
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
  },
);

test("a folder that appears at the path meanwhile is the file system's own error", async () => {
  const path = join(await ownFolder(), "a.eml");
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await mkdir(path);
      controller.close();
    },
  });
  const client = { download: async () => ({ body }) as MailContent };
  await expect(saveMail(client, archive(), path)).rejects.toHaveProperty("syscall", "rename");
});

// Windows has only a read-only flag, and does not replace such files.
test.each(process.platform === "win32" ? [0o666] : [0o600, 0o640, 0o444])(
  "a replaced file passes its mode on: %o",
  async (mode) => {
    const server = await serve(status(200, {}, MAIL));
    const path = join(await ownFolder(), "a.eml");
    await writeFile(path, "as it was");
    await chmod(path, mode);
    await saveMail(clientOf(server), archive({ url: server.url }), path);
    expect((await stat(path)).mode & 0o7777).toBe(mode);
    expect(await readFile(path, "utf8")).toBe(MAIL);
  },
);

test("a write that takes only some of the bytes is continued", async () => {
  const handle = await open(join(folder, "any"), "w");
  const write = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, "writev");
  await handle.close();
  write.mockImplementationOnce(async function (this: typeof handle, chunks) {
    const { bytesWritten } = await this.write(chunks[0] as Uint8Array, 0, 3);
    return { bytesWritten, buffers: [...chunks] };
  });
  const body = new Blob(["From: ", "a@example.com"]).stream();
  const client = { download: async () => ({ body }) as MailContent };
  const path = join(folder, "in-two.eml");
  expect(await saveMail(client, archive(), path)).toMatchObject({ bytes: 19 });
  expect(write).toHaveBeenCalledOnce();
  write.mockRestore();
  expect(await readFile(path, "utf8")).toBe("From: a@example.com");
});

test("a relative path is resolved when saveMail is called", async () => {
  const own = await ownFolder();
  const program = `
    import { mkdirSync, readdirSync } from "node:fs";
    import { saveMail } from "@np6-archives/client/node";
    const own = ${JSON.stringify(own)};
    mkdirSync(own + "/before"); mkdirSync(own + "/after");
    process.chdir(own + "/before");
    const body = new Blob(["mail"]).stream();
    const saving = saveMail({ download: async () => ({ body }) }, {}, "a.eml");
    process.chdir(own + "/after");
    const { path } = await saving;
    console.log(path, readdirSync(own + "/before"), readdirSync(own + "/after"));
  `;
  const node = ["--input-type=module", "--eval", program];
  const options = { cwd: import.meta.dirname };
  const { stdout } = await promisify(execFile)(process.execPath, node, options);
  expect(stdout).toBe("a.eml [ 'a.eml' ] []\n");
});

test.each(["EPERM", "EACCES", "EBUSY"])(
  "on Windows a file that is open elsewhere is retried: %s",
  async (code) => {
    let attempts = 0;
    const held = Object.assign(new Error(code), { code });
    const move = async () => {
      attempts++;
      if (attempts < 4) throw held;
    };
    await replaceFile("a", "b", { platform: "win32", move });
    expect(attempts).toBe(4);

    const never = async () => {
      attempts++;
      throw held;
    };
    attempts = 0;
    await expect(replaceFile("a", "b", { platform: "linux", move: never })).rejects.toBe(held);
    expect(attempts).toBe(1);
    await expect(replaceFile("a", "b", { platform: "win32", move: never })).rejects.toBe(held);
    expect(attempts).toBe(10);
  },
);

test.each([0, 55, 56, 64, 1000])("our own MD5 and the runtime's agree about %i bytes", (length) => {
  const bytes = Buffer.alloc(length, "0123456789");
  const expected = createHash("md5").update(bytes).digest("base64");
  for (const md5 of [ownMd5(), createMd5()]) {
    md5.update(bytes.subarray(0, 7));
    md5.update(bytes.subarray(7));
    expect(md5.base64()).toBe(expected);
  }
});
