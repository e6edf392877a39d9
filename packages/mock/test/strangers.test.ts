import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { Mock } from "@np6-archives/mock";
import { startMock } from "@np6-archives/mock";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Sends a request with headers that fetch would set itself. */
function ask(
  mock: Mock,
  line: string,
  headers: Record<string, string> = {},
  body = "",
): Promise<{ status: number; text: string }> {
  const [method, path] = line.split(" ");
  const { port } = new URL(mock.url);
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, method, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    })
      .on("error", reject)
      .end(body);
  });
}

const CHANGES = [
  ["POST /__mock/reset", ""],
  ["POST /__mock/faults", '{"fault":"reset"}'],
  ["PUT /__mock/archives", '[{"target":"STRANGE"}]'],
] as const;
const GETS = ["health", "journal", "dataset", "docs/openapi.yaml"].map(
  (name) => `GET /__mock/${name}`,
);

describe.each([
  ["on loopback", { cors: false }],
  ["on loopback with cors", { cors: true }],
  ["on every interface", { host: "0.0.0.0" }],
])("%s", (_, options) => {
  let mock: Mock;
  beforeAll(async () => {
    mock = await startMock({
      ...options,
      publicUrl: "https://gateway.example/np6",
      publicBlobUrl: "http://mails:4011",
    });
  });
  afterAll(() => mock.close());

  test.each(["https://evil.example", "http://127.0.0.1:1", "http://localhost", "null", "x"])(
    "a page of %s changes nothing, and is told why",
    async (origin) => {
      for (const [line, body] of CHANGES) {
        const { status, text } = await ask(
          mock,
          line,
          { origin, "content-type": "text/plain" },
          body,
        );
        expect(status).toBe(403);
        const { detail } = JSON.parse(text) as { detail: string };
        expect(detail).toContain(`got "${origin}"`);
        expect(detail).toContain(new URL(mock.url).host);
      }
      expect(mock.dataset.targets).not.toContain("STRANGE");
      const listed = await ask(mock, "GET /targets/000T123/archives", { "x-key": "demo", origin });
      expect(listed.status).toBe(200);
      for (const line of GETS) expect((await ask(mock, line, { origin })).status).toBe(200);
    },
  );

  test("requests without an origin, the mock's own pages and those of its public names may change it", async () => {
    const { port } = new URL(mock.url);
    for (const headers of [
      {},
      { origin: mock.url },
      { origin: `http://LOCALHOST:${port}`, host: `localhost:${port}` },
      { origin: "https://gateway.example" },
      { origin: "https://gateway.example", host: "gateway.example" },
    ] as Record<string, string>[]) {
      for (const [line, body] of CHANGES) {
        expect((await ask(mock, line, headers, body)).status).toBeLessThan(300);
      }
      mock.reset();
    }
  });
});

test.each([
  ["evil.example", 403],
  ["evil.example:80", 403],
  ["127.0.0.1.evil.example", 403],
  ["localhost.evil.example", 403],
  ["evillocalhost", 403],
  ["a b", 403],
  ["", 200],
  ["localhost:1", 200],
  ["localhost.:4010", 200],
  ["LocalHost", 200],
  ["mock.localhost:4010", 200],
  ["192.0.2.1", 200],
  ["[::1]:4010", 200],
  ["gateway.example", 200],
  ["mails:4010", 200],
])("on loopback, the mock's own pages answer Host %j with %i", async (host, status) => {
  const mock = await startMock({
    publicUrl: "https://gateway.example",
    publicBlobUrl: "http://mails",
  });
  try {
    for (const line of GETS) {
      const answer = await ask(mock, line, { host });
      expect(answer.status).toBe(status);
      if (status === 403) expect(answer.text).toContain("--public-url");
    }
    // The Origin of a page under that name.
    const put = await ask(
      mock,
      "PUT /__mock/archives",
      { host, ...(host !== "" && { origin: `http://${host}` }) },
      "[]",
    );
    expect(put.status).toBe(status);
    // A client under test may call the API by any host name.
    const listed = await ask(mock, "GET /targets/000T123/archives", { host, "x-key": "demo" });
    expect(listed.status).toBe(200);
  } finally {
    await mock.close();
  }
});

test("when reachable from other machines, it answers to any host name", async () => {
  const mock = await startMock({ host: "0.0.0.0" });
  try {
    expect((await ask(mock, "GET /__mock/health", { host: "anything" })).status).toBe(200);
  } finally {
    await mock.close();
  }
});

const put = (mock: Mock, file: string): ReturnType<typeof ask> =>
  ask(mock, "PUT /__mock/archives", {}, JSON.stringify([{ target: "T", mail: { file } }]));

describe("a file named in a PUT", () => {
  let folder: string;
  let mails: string;
  let archives: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "strangers-"));
    mails = join(folder, "mails");
    archives = join(folder, "archives");
    const text = "From: a@example.com\n\nText\n";
    for (const one of [mails, archives, join(mails, "deep"), join(folder, "mails-of-others")]) {
      await mkdir(one);
      await writeFile(join(one, "a.eml"), text);
    }
    await writeFile(join(archives, "own.yaml"), "- { target: T, mail: { file: a.eml } }\n");
    await symlink(join(folder, "mails-of-others"), join(mails, "link"), "junction");
    await symlink(mails, join(folder, "linked"), "junction");
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("may be anywhere while only this machine reaches the mock", async () => {
    const mock = await startMock({ mails });
    try {
      expect((await put(mock, join(folder, "mails-of-others/a.eml"))).status).toBe(200);
    } finally {
      await mock.close();
    }
  });

  test("must be within a folder of the mock when reachable from other machines, with links resolved", async () => {
    const mock = await startMock({
      host: "0.0.0.0",
      mails: join(folder, "linked"),
      archives: join(archives, "own.yaml"),
    });
    try {
      for (const file of [
        "README.md",
        join(mails, "a.eml"),
        join(folder, "linked/deep/a.eml"),
        join(archives, "a.eml"),
        relative(".", join(archives, "a.eml")),
      ]) {
        expect((await put(mock, file)).status).toBe(200);
      }
      for (const file of [
        "/etc/passwd",
        "../mock/../../package.json",
        "..",
        join(folder, "mails-of-others/a.eml"),
        join(mails, "link/a.eml"),
        join(mails, "../mails-of-others/a.eml"),
        // It does not even reveal whether a file exists.
        join(folder, "mails-of-others/nothing.eml"),
      ]) {
        const { status, text } = await put(mock, file);
        expect(status).toBe(400);
        const { detail } = JSON.parse(text) as { detail: string };
        expect(detail).toBe(
          `archives[0].mail.file: expected a file below the working folder, or that of --mails or --archives, as other machines reach this mock, got ${JSON.stringify(file)}.`,
        );
      }
      const { text } = await put(mock, join(mails, "nothing.eml"));
      expect(text).toContain("(ENOENT)");
    } finally {
      await mock.close();
    }
  });

  test("is refused when the working folder is the root, as every file would be within it", async () => {
    const before = process.cwd();
    const mock = await startMock({ host: "0.0.0.0" });
    try {
      process.chdir("/");
      expect((await put(mock, "/etc/passwd")).status).toBe(400);
    } finally {
      process.chdir(before);
      await mock.close();
    }
  });
});
