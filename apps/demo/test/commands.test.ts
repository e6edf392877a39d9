import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { PS } from "../src/command/package-manager.ts";
import { ANY_PORT, start, startCommand } from "./command.ts";
import type { Started } from "./command.ts";

/** Whether this machine's own name resolves to an address. */
const isNamed = await lookup(hostname()).then(
  () => true,
  () => false,
);

/** A store whose ledger is elsewhere. */
const boundStore = await mkdtemp(join(tmpdir(), "viewer-"));
await writeFile(join(boundStore, ".store-id"), "");
afterAll(() => rm(boundStore, { recursive: true }));

const running: Started[] = [];

function run(...args: Parameters<typeof startCommand>): Started {
  const started = startCommand(...args);
  running.push(started);
  return started;
}

afterEach(() => {
  for (const { process: child } of running.splice(0)) child.kill("SIGKILL");
});

/** A port that something else listens on. */
async function portInUse(): Promise<AsyncDisposable & { port: number }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}

/** A program that only starts another one. */
const starts = (program: string) =>
  `require("node:child_process").spawn(process.execPath, [${JSON.stringify(program)}], { stdio: "inherit" })`;

const DEMO = `import ${JSON.stringify(new URL("../dist/demo.js", import.meta.url).href)};`;

/** A server that ends with its package manager as the demo does, but uses `ps` for it. */
const WATCHING_BY_PS = `
  import { createServer } from "node:http";
  import { PS, whenPackageManagerEnds } from ${JSON.stringify(new URL("../dist/command/package-manager.js", import.meta.url).href)};
  whenPackageManagerEnds(() => process.exit(), PS);
  const server = createServer().listen(0, "127.0.0.1", () => {
    console.log("Viewer: http://127.0.0.1:" + server.address().port);
  });
`;

/** The status of a page requested with another Host header, which fetch does not allow. */
async function statusAs(host: string, url: string): Promise<number | undefined> {
  const [response] = (await once(get(url, { headers: { host } }), "response")) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

describe("the demo", () => {
  test("prints one address of the viewer, one of the mock, and what to try first", async () => {
    const demo = run("demo.js", ANY_PORT);
    await demo.until(/Ctrl-C/);
    const { out } = demo.said();
    expect(out.match(/https?:\/\/\S+/g)).toHaveLength(2);
    expect(out).toMatch(/^Viewer: {1}http:\/\/127\.0\.0\.1:\d+\/$/m);
    expect(out).toMatch(/^Mock: {3}http:\/\/127\.0\.0\.1:\d+$/m);
    expect(out).toContain("000T123");
  });

  test("serves both, and lists the mock's data", async () => {
    const demo = run("demo.js", ANY_PORT);
    const [, viewer] = await demo.until(/Viewer: (\S+)/);
    const page = await (await fetch(`${viewer}?by=target&target=000T123`)).text();
    expect(page).toMatch(/1–\d+ of \d+/);
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("exits 0 on %s", async (signal) => {
    const demo = run("demo.js", ANY_PORT);
    await demo.until(/Ctrl-C/);
    demo.process.kill(signal);
    expect(await demo.ended()).toBe(0);
  });

  // On Windows only the direct parent is known, which is not the one killed here.
  test.skipIf(process.platform === "win32").each([
    ["does not outlive the package manager that started it", DEMO],
    ["does not outlive it on systems without /proc, either", WATCHING_BY_PS],
  ])("%s", async (_, program) => {
    const folder = await mkdtemp(join(tmpdir(), "np6-demo-"));
    try {
      // As with npx and pnpm: two programs above the demo, of which only the first is killed.
      const npx = join(folder, "npx");
      const pnpm = join(folder, "pnpm");
      const demo = join(folder, "demo.mjs");
      await writeFile(npx, starts(pnpm));
      await writeFile(pnpm, starts(demo));
      await writeFile(demo, program);
      const started = start(process.execPath, [npx], ANY_PORT);
      running.push(started);
      const [, viewer] = await started.until(/Viewer: (\S+)/);
      started.process.kill("SIGKILL");
      // Its output closes when the last process using it has ended.
      await started.ended();
      await expect(fetch(`${viewer}`)).rejects.toThrow("fetch failed");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test.skipIf(process.platform === "win32")(
    "ps gives the parent and the command of a process",
    () => {
      expect(PS.parentOf(process.pid)).toBe(process.ppid);
      expect(PS.wordsOf(process.pid).join(" ")).toMatch(/\bnode\b/);
      expect(PS.isRunning(process.pid)).toBe(true);
    },
  );

  test.runIf(process.platform === "linux")("goes on when another kind of parent ends", async () => {
    const demo = fileURLToPath(new URL("../dist/demo.js", import.meta.url));
    const started = start(
      "/bin/sh",
      ["-c", `"${process.execPath}" "${demo}" & echo "Pid: $!"`],
      ANY_PORT,
    );
    const [, pid] = await started.until(/Pid: (\d+)/);
    try {
      const [, viewer] = await started.until(/Viewer: (\S+)/);
      // Longer than the check for the parent would take.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect((await fetch(`${viewer}`)).status).toBe(200);
    } finally {
      process.kill(Number(pid), "SIGTERM");
    }
    await started.ended();
  });
});

describe("the viewer", () => {
  const KEY = { NP6_API_KEY: "a-key", PORT: "0" };

  test("starts with the service of its environment, without a request to it", async () => {
    const viewer = run("main.js", { ...KEY, NP6_BASE_URL: "http://127.0.0.1:9" });
    await viewer.until(/^Viewer: http:\/\/127\.0\.0\.1:\d+\/$/m);
    viewer.process.kill("SIGTERM");
    expect(await viewer.ended()).toBe(0);
  });

  test("answers to the host names in ALLOWED_HOSTS, with any letters, ignoring empty ones", async () => {
    const viewer = run("main.js", {
      ...KEY,
      ALLOWED_HOSTS: " Archives.example.com,, bücher.example.,archive_viewer",
    });
    const [, url = ""] = await viewer.until(/Viewer: (\S+)/);
    for (const [host, status] of [
      ["archives.example.com", 200],
      ["archives.example.com.", 200],
      ["archive_viewer", 200],
      ["xn--bcher-kva.example", 200],
      ["other.example.com", 421],
      ["other.example.com.", 421],
    ] as const) {
      expect(await statusAs(host, url), host).toBe(status);
    }
  });

  test.runIf(isNamed)("answers to the host name that it listens on", async () => {
    const viewer = run("main.js", { ...KEY, HOST: hostname() });
    const [, url = ""] = await viewer.until(/Viewer: (\S+)/);
    expect(await statusAs(new URL(url).host, url)).toBe(200);
  });

  test("shows a page, and logs a line, when the service cannot be reached", async () => {
    const viewer = run("main.js", { ...KEY, NP6_BASE_URL: "http://127.0.0.1:9" });
    const [, url] = await viewer.until(/Viewer: (\S+)/);
    const answer = await fetch(`${url}?by=target&target=000T123`);
    expect(answer.status).toBe(502);
    expect(await answer.text()).toContain("NP6 cannot be reached");
    viewer.process.kill("SIGTERM");
    // Only now has all of its output been read.
    await viewer.ended();
    const { err } = viewer.said();
    expect(err.trim().split("\n")).toHaveLength(1);
    expect(err).toContain("ConnectionError");
    expect(err).not.toContain("a-key");
  });

  test.each([
    [join(tmpdir(), "nowhere"), join(tmpdir(), "nowhere", "evidence"), undefined],
    ["", join(process.cwd(), "evidence"), undefined],
    [tmpdir(), join(process.cwd(), "evidence"), "a-package-around-it"],
  ])(
    "names the folder that it took for its store, called by pnpm in “%s”",
    async (caller, folder, script) => {
      const called = { INIT_CWD: caller, npm_package_name: script ?? "@np6-archives/demo" };
      const viewer = run("main.js", { ...KEY, KEPT_STORE: "evidence", ...called });
      expect(await viewer.ended()).toBe(2);
      expect(viewer.said().err).toBe(
        `KEPT_STORE: expected a folder with a store, got "${folder}".\n`,
      );
    },
  );

  test.each(["0.0.0.0", "0"])(
    "on every interface, %s, it prints an address that works",
    async (HOST) => {
      const viewer = run("main.js", { ...KEY, HOST });
      const [, url = ""] = await viewer.until(/Viewer: (\S+)/);
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      expect((await fetch(url)).status).toBe(200);
    },
  );

  test("goes on when nobody reads its output any more", async () => {
    const viewer = run("main.js", { ...KEY, NP6_BASE_URL: "http://127.0.0.1:9" });
    const [, url] = await viewer.until(/Viewer: (\S+)/);
    viewer.process.stderr?.destroy();
    for (const _ of [1, 2]) {
      expect((await fetch(`${url}?by=target&target=000T123`)).status).toBe(502);
    }
    viewer.process.kill("SIGTERM");
    expect(await viewer.ended()).toBe(0);
  });

  test.each(["main.js", "demo.js"] as const)(
    "%s starts when nobody reads its output",
    async (name) => {
      const other = await portInUse();
      await other[Symbol.asyncDispose]();
      const viewer = run(name, { ...ANY_PORT, ...KEY, PORT: String(other.port) });
      viewer.process.stdout?.destroy();
      let status = 0;
      while (status === 0 && viewer.process.exitCode === null) {
        const page = await fetch(`http://127.0.0.1:${other.port}`).catch(() => undefined);
        status = page?.status ?? 0;
      }
      viewer.process.kill("SIGTERM");
      expect([await viewer.ended(), viewer.said().err]).toEqual([0, ""]);
    },
  );

  test.each([
    ["no key", {}, [], /^NP6_API_KEY is missing.*KEPT_STORE/],
    [
      "a store that does not exist",
      { ...KEY, KEPT_STORE: "/nowhere/store" },
      [],
      /^KEPT_STORE: expected a folder with a store, got "\/nowhere\/store"/,
    ],
    [
      "a store that is no folder, without secrets it may contain",
      { ...KEY, KEPT_STORE: "https://mails.blob.core.windows.net/kept?sig=a-signature" },
      [],
      /^KEPT_STORE: expected a folder with a store, got an address\.$/m,
    ],
    [
      "a container",
      { ...KEY, KEPT_STORE: "azure://kept" },
      [],
      /^KEPT_STORE: expected a folder with a store, got an address\.$/m,
    ],
    [
      "a folder that is no store",
      { ...KEY, KEPT_STORE: tmpdir() },
      [],
      /^KEPT_STORE: .*ledger\.sqlite: expected a ledger, got no such file/,
    ],
    [
      "a store whose ledger is elsewhere",
      { ...KEY, KEPT_STORE: boundStore },
      [],
      /^KEPT_STORE: .*: expected a store with its ledger, got one whose ledger lies elsewhere\.$/m,
    ],
    ["an unknown option", KEY, ["--prot", "1"], /^Unknown option --prot/],
    [
      "an invalid port",
      { ...KEY, PORT: "http" },
      [],
      /^PORT: expected a port from 0 to 65535, got "http"/,
    ],
    ["an empty key", { ...KEY, NP6_API_KEY: "" }, [], /^NP6_API_KEY is missing/],
    [
      "a key that no header can carry",
      { ...KEY, NP6_API_KEY: "a-k€y" },
      [],
      /^NP6_API_KEY: expected a valid header value(?!.*a-k)/,
    ],
    [
      "an invalid service address",
      { ...KEY, NP6_BASE_URL: "nowhere" },
      [],
      /^NP6_BASE_URL: expected an http or https URL.*nowhere/,
    ],
    [
      "a service address with a query",
      { ...KEY, NP6_BASE_URL: "https://api-cm.np6.com/?x" },
      [],
      /^NP6_BASE_URL: expected an http or https URL without user, query or fragment/,
    ],
    [
      "a host that is not this machine's",
      { ...KEY, HOST: "192.0.2.1" },
      [],
      /^This machine has no address 192\.0\.2\.1\. Set another with HOST\.$/m,
    ],
    [
      "a link-local host without its interface",
      { ...KEY, HOST: "fe80::1" },
      [],
      /^This machine has no address fe80::1\. Set another with HOST\.$/m,
    ],
    [
      "a host that cannot be resolved",
      { ...KEY, HOST: "nowhere.invalid" },
      [],
      /^This machine has no address nowhere\.invalid\. Set another with HOST\.$/m,
    ],
  ])("exits 2 with one line: %s", async (_, env, args, line) => {
    const viewer = run("main.js", env, args);
    expect(await viewer.ended()).toBe(2);
    expect(viewer.said().out).toBe("");
    expect(viewer.said().err).toMatch(line);
    expect(viewer.said().err.trim().split("\n")).toHaveLength(1);
  });

  test.each(["http://x/", "a/b", "a b", "x:80", "*.example.com", "a..b"])(
    "exits 2 with one line when ALLOWED_HOSTS names %s",
    async (name) => {
      const viewer = run("main.js", { ...KEY, ALLOWED_HOSTS: `archives.example.com,,${name}` });
      expect(await viewer.ended()).toBe(2);
      expect(viewer.said()).toEqual({
        out: "",
        err: `ALLOWED_HOSTS: expected host names separated by commas, such as archives.example.com, got "${name}".\n`,
      });
    },
  );

  test.each(["main.js", "demo.js"] as const)(
    "%s exits 2 with one line when its port is in use",
    async (name) => {
      await using other = await portInUse();
      const { port } = other;
      const viewer = run(name, { ...ANY_PORT, ...KEY, PORT: String(port) });
      expect(await viewer.ended()).toBe(2);
      expect(viewer.said().err).toMatch(new RegExp(`^Port in use.*127\\.0\\.0\\.1:${port}.*PORT`));
      expect(viewer.said().err.trim().split("\n")).toHaveLength(1);
    },
  );

  test.each(["MOCK_PORT", "MOCK_BLOB_PORT"])(
    "the demo exits 2 with one line that names %s when that port is in use",
    async (name) => {
      await using other = await portInUse();
      const { port } = other;
      const demo = run("demo.js", { ...ANY_PORT, [name]: String(port) });
      expect(await demo.ended()).toBe(2);
      expect(demo.said().err).toBe(
        `Port in use: something else listens on 127.0.0.1:${port}. Set another port with ${name}.\n`,
      );
    },
  );

  test.each([
    [
      "the viewer and the mock have the same port",
      { PORT: "6322", MOCK_PORT: "6322" },
      "PORT and MOCK_PORT are both 6322: each needs a port of its own.",
    ],
    [
      "a port is the default of another",
      { MOCK_PORT: "4011", MOCK_BLOB_PORT: "" },
      "MOCK_PORT and MOCK_BLOB_PORT are both 4011: each needs a port of its own.",
    ],
    [
      "the mock's host is not this machine's",
      { MOCK_HOST: "nowhere.invalid" },
      "This machine has no address nowhere.invalid. Set another with MOCK_HOST.",
    ],
  ])("the demo exits 2 with one line when %s", async (_, env, line) => {
    const demo = run("demo.js", { ...ANY_PORT, ...env });
    expect(await demo.ended()).toBe(2);
    expect(demo.said()).toEqual({ out: "", err: `${line}\n` });
  });

  test("describes its settings with --help, and exits 0", async () => {
    const viewer = run("main.js", {}, ["--help"]);
    expect(await viewer.ended()).toBe(0);
    for (const name of [
      "NP6_API_KEY",
      "NP6_BASE_URL",
      "KEPT_STORE",
      "PORT",
      "HOST",
      "ALLOWED_HOSTS",
    ]) {
      expect(viewer.said().out).toContain(name);
    }
  });
});
