import { execFile, execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { constants } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ArchivesClient, LinkBlankError } from "@np6-archives/client";
import { expect, onTestFinished, test, vi } from "vitest";
import { UnwritableError, keep, retry, status } from "../src/index.ts";
import type { KeepEvent } from "../src/index.ts";
import { orWhyNot } from "../src/verify/finding.ts";
import { isRefusedWrite, unwritable } from "../src/words/store-failures.ts";
import {
  IS_POSIX,
  KEY,
  archiveOf,
  command,
  folder,
  idOf,
  keptIds,
  listing,
  mailsAsked,
  start,
  startServer,
  worklistOf,
} from "./store-and-server.ts";

const run = promisify(execFile);
const CLI = fileURLToPath(new URL("../dist/cli.js", import.meta.url));

/** Whether this machine allows mounting without root. If not, a limit on file sizes stands in for a full disk. */
function mayMount(): boolean {
  try {
    execFileSync("unshare", ["--map-root-user", "--mount", "mount", "-t", "tmpfs", "x", "/mnt"], {
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
}

/** The command's arguments for a run of so many items, and its store. */
async function setUp(count: number) {
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, count);
  const args = ["run", "--worklist", worklist, "--store", store, "--rate", "100/s", "--quiet"];
  return { home, store, worklist, args };
}

test.each([
  ["API", "/targets/", "api"],
  ["storage", "/mail/", "storage"],
])("after an outage of the %s no item or archive is failed", async (_, prefix, of) => {
  let asked = 0;
  let failures = Infinity;
  const server = await startServer({
    judge(path) {
      if (!path.startsWith(prefix)) return undefined;
      asked += 1;
      if (asked <= 10 || failures === 0) return undefined;
      failures -= 1;
      return { status: 503 };
    },
  });
  const { store, worklist } = await setUp(60);
  const events: KeepEvent[] = [];
  const onEvent = (event: KeepEvent) => {
    events.push(event);
    // It lasts a little longer than until it is noticed.
    if (event.event === "outage") failures = Math.min(failures, 2);
  };
  const { outcome, balance } = await keep({
    client: server.client,
    worklist,
    store,
    rate: 500,
    parallel: 6,
    onEvent,
  });
  expect(outcome).toBe("complete");
  expect(balance.archives).toMatchObject({ total: 60, kept: 60 });
  const outages = events.filter(({ event }) => event === "outage");
  expect(outages[0]).toMatchObject({ of, down: true });
  expect(outages.at(-1)).toMatchObject({ of, down: false });
});

test.each(["/targets/", "/mail/"])(
  "a stop during an outage of %s ends the run without further requests",
  async (prefix) => {
    const stop = new AbortController();
    let asked = 0;
    const server = await startServer({
      judge(path) {
        if (!path.startsWith(prefix)) return undefined;
        asked += 1;
        // Each of the three has failed once, so these are probes.
        if (asked === 5) stop.abort();
        return { status: 503 };
      },
    });
    const { store, worklist } = await setUp(3);
    const { signal } = stop;
    const { outcome, balance } = await keep({ client: server.client, worklist, store, signal });
    expect(asked).toBe(5);
    expect(outcome).toBe("stopped");
    expect(balance.worklist).toMatchObject({ total: 3, open: 3 });
  },
);

test.each([
  ["API", "/targets/"],
  ["storage", "/mail/"],
])("a stop also ends a probe of the %s, which may wait long for its answer", async (_, prefix) => {
  const stop = new AbortController();
  let wasEnded: boolean | undefined;
  const fetching = vi.spyOn(globalThis, "fetch");
  onTestFinished(() => fetching.mockRestore());
  let worked: string | undefined;
  const server = await startServer({
    judge(path) {
      if (!path.startsWith(prefix)) return undefined;
      if (worked === undefined) {
        worked = path;
        return undefined;
      }
      // Only a probe requests what worked before.
      if (path === worked && !stop.signal.aborted) {
        const calls = fetching.mock.calls as [url: URL | string, init: RequestInit][];
        const look = calls.findLast(([url]) => url.toString().endsWith(path))?.[1].signal;
        stop.abort(new LinkBlankError("That of another mail."));
        wasEnded = look?.aborted;
      }
      return { status: 503 };
    },
    latency: () => (stop.signal.aborted ? 60_000 : 0),
  });
  const { store, worklist } = await setUp(4);
  const { signal } = stop;
  const { outcome, balance } = await keep({ client: server.client, worklist, store, signal });
  expect(wasEnded).toBe(true);
  expect(outcome).toBe("stopped");
  expect(balance.worklist).toMatchObject({ total: 4, listed: 1, open: 3 });
  expect(balance.archives).toMatchObject({ total: 1, kept: 1 });
});

test("a storage that does not come back ends the run with exit 3, and its archives are no gaps", async () => {
  const server = await startServer({
    judge: (path) => (path.startsWith("/mail/") ? { status: 503 } : undefined),
  });
  const { store, args } = await setUp(5);
  const { code, stdout } = await command(server.url, ...args, "--give-up-after", "2s");
  expect(code).toBe(3);
  expect(stdout).toContain("Nothing worked for 2 s");
  expect((await status({ store })).worklist).toMatchObject({ total: 5, open: 5 });
  expect((await status({ store })).archives.total).toBe(0);
});

test("an API that does not answer ends the run with exit 3, and items stay open", async () => {
  const nobody = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => nobody.once("listening", resolve));
  const { port } = nobody.address() as AddressInfo;
  await new Promise((resolve) => nobody.close(resolve));
  const { store, args } = await setUp(5);
  const asked = await command(`http://127.0.0.1:${port}`, ...args, "--give-up-after", "2s");
  expect(asked.code).toBe(3);
  expect((await status({ store })).worklist).toMatchObject({ total: 5, open: 5 });
});

test("an item that fails longer than an outage may last is failed, if what worked before still works", async () => {
  const server = await startServer({
    judge: (path) => (path.startsWith("/targets/t2/") ? { status: 503 } : undefined),
  });
  const { store, worklist } = await setUp(3);
  // One after the other: the others have worked before, however busy the machine.
  const options = { client: server.client, store, rate: 1000, parallel: 1, giveUpAfter: 1 };
  const { outcome, balance } = await keep({ ...options, worklist });
  expect(outcome).toBe("gaps");
  expect(balance.worklist).toMatchObject({ total: 3, listed: 2, failed: 1 });
  expect((await retry(options)).balance.worklist).toMatchObject({ listed: 2, failed: 1 });
});

test("a mail that fails while others can be fetched is failed, with status and request id", async () => {
  const id = idOf("t1", 0);
  const server = await startServer({
    judge: (path) =>
      path.startsWith(`/mail/${id}`)
        ? { status: 500, headers: { "x-ms-request-id": "r-500" } }
        : undefined,
  });
  const { store, worklist } = await setUp(20);
  const { balance } = await keep({ client: server.client, worklist, store, rate: 1000 });
  expect(balance.archives).toMatchObject({ total: 20, kept: 19, failed: 1 });
  expect(await readFile(join(store, "gaps.csv"), "utf8")).toMatch(
    new RegExp(`archive,,t1,00000A,,${id},failed,DownloadError.*,500,r-500,`),
  );
});

test("the last mails that fail are failed, if an earlier one can still be fetched", async () => {
  const broken = new Set(["t1", "t2", "t3", "t4"].map((target) => idOf(target, 0)));
  const server = await startServer({
    judge: (path) => {
      const id = /^\/mail\/([^?]+)/.exec(path)?.[1] ?? "";
      return broken.has(id) ? { status: 500 } : undefined;
    },
  });
  const { home, store, worklist } = await setUp(10);
  const options = { client: server.client, store, rate: 1000, giveUpAfter: 60_000 };
  const { outcome, balance } = await keep({ ...options, worklist });
  expect(outcome).toBe("gaps");
  expect(balance.archives).toMatchObject({ total: 10, kept: 6, failed: 4 });
  // The next run has fetched nothing itself yet, and must not fetch again what an earlier one kept.
  await worklistOf(home, 11);
  broken.add(idOf("t10", 0));
  const before = server.seen.length;
  const next = await keep({ ...options, worklist });
  expect(next.balance.archives).toMatchObject({ total: 11, kept: 6, failed: 5 });
  expect(new Set(mailsAsked(server.seen.slice(before)))).toEqual(new Set([idOf("t10", 0)]));
});

test.each([
  ["redirects everything to its own page", { status: 302, headers: { location: "/login" } }],
  [
    "answers everything with its own page",
    { status: 200, headers: { "content-type": "text/html" }, body: "<html>Log in</html>" },
  ],
  ["empties every body", { status: 200, headers: { "content-length": "0" } }],
  ["encodes every body", { status: 200, headers: { "content-encoding": "gzip" } }],
])("a proxy that %s is an outage, and no mail is failed", async (_, answer) => {
  let mails = 0;
  const server = await startServer({
    judge(path) {
      if (path === "/login") return { status: 200, body: "Log in" };
      if (!path.startsWith("/mail/")) return undefined;
      mails += 1;
      return mails > 3 ? answer : undefined;
    },
  });
  const { store, worklist } = await setUp(8);
  const options = { client: server.client, worklist, store, rate: 1000, giveUpAfter: 4000 };
  const { outcome, balance } = await keep(options);
  expect(outcome).toBe("stopped");
  expect(balance.archives).toMatchObject({ total: 3, kept: 3 });
});

test.each([
  [503, "<Error><Code>ServerBusy</Code></Error>"],
  [429, ""],
])("a storage that throttles (%i) settles nothing", async (busy, body) => {
  const recent: number[] = [];
  const server = await startServer({
    each: 4,
    judge(path) {
      if (!path.startsWith("/mail/")) return undefined;
      const now = performance.now();
      while ((recent[0] ?? now) < now - 1000) recent.shift();
      if (recent.length >= 15) return { status: busy, body };
      recent.push(now);
      return undefined;
    },
  });
  const { store, worklist } = await setUp(20);
  const { outcome, balance } = await keep({ client: server.client, worklist, store, rate: 1000 });
  expect(outcome).toBe("complete");
  expect(balance.archives).toMatchObject({ total: 80, kept: 80 });
  expect(server.seen.filter(({ status: answered }) => answered === busy)).not.toEqual([]);
});

test("a mail that is always throttled is failed once an outage would be over", async () => {
  const id = idOf("t1", 0);
  const server = await startServer({
    judge: (path) => (path.startsWith(`/mail/${id}`) ? { status: 429 } : undefined),
  });
  const { store, worklist } = await setUp(5);
  const options = { client: server.client, store, rate: 1000, giveUpAfter: 1 };
  const { balance } = await keep({ ...options, worklist });
  expect(balance.archives).toMatchObject({ total: 5, kept: 4, failed: 1 });
});

test("a bug in the calling program is thrown, and no item or archive is failed", async () => {
  const server = await startServer();
  const { store, worklist } = await setUp(3);
  const fault = new TypeError("This is no function.");
  const faulty = (part: string) =>
    new ArchivesClient({
      apiKey: KEY,
      baseUrl: server.url,
      fetch(url, init) {
        if (url.includes(part)) throw fault;
        return fetch(url, init);
      },
    });
  const options = { worklist, store, rate: 1000 };
  for (const part of ["/targets/", "/mail/"]) {
    await expect(keep({ ...options, client: faulty(part) })).rejects.toThrow();
    const { worklist: items, archives } = await status({ store });
    expect(items).toMatchObject({ total: 3, open: 3 });
    expect(archives.total).toBe(0);
  }
  await expect(keep({ ...options, client: {} as ArchivesClient })).rejects.toThrow(TypeError);
  expect((await keep({ ...options, client: server.client })).outcome).toBe("complete");
});

test("a refused key ends a run whose worklist is still open", async () => {
  const server = await startServer({ judge: () => ({ status: 401 }) });
  const store = join(await folder(), "store");
  const child = start(server.url, "run", "--worklist", "-", "--store", store, "--quiet");
  child.stdin?.write("target\nt0\n");
  expect(await once(child, "exit")).toEqual([2, null]);
});

test("an API that stays silent ends a run of one item within its time", async () => {
  const server = await startServer({ judge: () => ({ status: 503 }) });
  const { store, worklist } = await setUp(1);
  const ended: string[] = [];
  const { reason } = await keep({
    client: server.client,
    worklist,
    store,
    giveUpAfter: 1,
    onEvent: (event) => void (event.event === "outage" && ended.push(event.of)),
  });
  expect(reason).toContain("Nothing worked for");
  expect(ended).toEqual(["api"]);
});

test("a key that is refused during a run is exit 2, and the same command continues with a good one", async () => {
  let isRefused = true;
  let asked = 0;
  const server = await startServer({
    judge: (path) =>
      path.startsWith("/targets/") && ++asked > 20 && isRefused ? { status: 401 } : undefined,
  });
  const { store, args } = await setUp(60);
  const refused = await command(server.url, ...args, "--json");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/^np6-archives-keep: .*401.*\n$/);
  const { worklist: counts, archives } = await status({ store });
  expect(counts).toMatchObject({ total: 60, failed: 0, forbidden: 0, unknown: 0, invalid: 0 });
  expect(counts.open).toBeGreaterThanOrEqual(40);
  expect(JSON.parse(refused.stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({
    event: "finished",
    outcome: "stopped",
    worklist: counts,
    archives,
  });
  isRefused = false;
  const before = server.seen.length;
  const kept = await keptIds(store);
  expect((await command(server.url, ...args)).code).toBe(0);
  expect((await status({ store })).archives).toMatchObject({ total: 60, kept: 60 });
  expect(mailsAsked(server.seen.slice(before)).filter((id) => kept.has(id))).toEqual([]);
});

test.runIf(IS_POSIX)(
  "a full disk is exit 3, and the same command continues when there is room",
  async () => {
    const server = await startServer({ size: 100_000 });
    const { home, args } = await setUp(30);
    if (!mayMount()) {
      server.options.size = 600_000;
      const full = await command({ url: server.url, fileKilobytes: 500 }, ...args);
      expect(full).toMatchObject({
        code: 3,
        stdout: expect.stringContaining("0 failed + 30 open"),
      });
      expect((await command(server.url, ...args)).code).toBe(0);
      return;
    }
    const store = join(home, "disk/store");
    const inStore = args.with(args.indexOf("--store") + 1, store);
    await mkdir(join(home, "disk"));
    const script = `mount -t tmpfs -o size=6m disk "${home}/disk" && head -c 4m /dev/zero > "${home}/disk/filler"
"$@"; echo "code $?"; shift 2
head -c 9m /dev/zero > "${home}/disk/filler2"
"${process.execPath}" "${CLI}" status --store "${store}"
"${process.execPath}" "${CLI}" verify --store "${store}" | grep "kept mails read"
rm "${home}/disk/filler" "${home}/disk/filler2"; "${process.execPath}" "${CLI}" "$@"; echo "code $?"
cd "${store}" && sha256sum --quiet -c manifest-sha256.txt && ls mails/.part 2>&1 | grep -c "No such file"`;
    const { stdout } = await run(
      "unshare",
      ["--map-root-user", "--mount", "sh", "-c", script, "sh", process.execPath, CLI, ...inStore],
      { env: { PATH: process.env["PATH"], NP6_API_KEY: KEY, NP6_BASE_URL: server.url } },
    );
    expect(stdout).toMatch(/Stopped before the end\. The store cannot be written: .*\ncode 3\n/);
    const [, states = ""] = /code 3\n(worklist 30 = .*)\n/.exec(stdout) ?? [];
    expect(states).toMatch(/0 unknown \+ 0 forbidden \+ 0 invalid \+ 0 failed \+ [1-9]\d* open$/);
    expect(stdout).toMatch(/^(\d+) of \1 kept mails read, /m);
    expect(stdout).toMatch(
      /worklist 30 = 30 listed .*\narchives 30 = 30 kept .*\nComplete, no gap\.\ncode 0\n1\n$/,
    );
  },
);

test.runIf(IS_POSIX)(
  "a folder that is not writable from the start is exit 3 with one line",
  async () => {
    const server = await startServer();
    const { home, args } = await setUp(3);
    if (!mayMount()) {
      const none = await command({ url: server.url, fileKilobytes: 0 }, ...args);
      expect(none).toMatchObject({ code: 3, stderr: expect.stringContaining("cannot be written") });
      return;
    }
    await mkdir(join(home, "store"));
    const script = `mount -t tmpfs -o ro disk "${home}/store"; "$@" 2>&1; echo "code $?"`;
    const { stdout } = await run(
      "unshare",
      ["--map-root-user", "--mount", "sh", "-c", script, "sh", process.execPath, CLI, ...args],
      { env: { PATH: process.env["PATH"], NP6_API_KEY: KEY, NP6_BASE_URL: server.url } },
    );
    expect(stdout).toMatch(/^np6-archives-keep: The store cannot be written: EROFS.*\ncode 3\n$/);
    expect(server.seen).toEqual([]);
  },
);

test.runIf(IS_POSIX).each([
  ["EDQUOT", "EDQUOT, write"],
  ["ESTALE", "ESTALE, write"],
] as const)(
  "an error that Node.js has no name for is reported by its system name, as the store's: %s",
  (name, told) => {
    const code = `Unknown system error -${constants.errno[name]}`;
    const error = Object.assign(new Error(`${code}: ${code}, write`), {
      errno: -constants.errno[name],
      code,
    });
    expect(unwritable(error, true)?.message).toBe(`The store cannot be written: ${told}`);
    expect(isRefusedWrite(error)).toBe(name === "EDQUOT");
  },
);

test.each([
  ["open '/s/x.csv.1.part'", ""],
  ["rename 'C:\\s\\x.csv.1.part' -> 'C:\\s\\x.csv'", ", for 'C:\\s\\x.csv'"],
  ["link '/s/it's.eml.1.part' -> '/s/it's.eml'", ", for '/s/it's.eml'"],
  ["unlink '/s/x.csv'", ", unlink '/s/x.csv'"],
])("the file that cannot be written is named, an unfinished one is not: %s", (done, told) => {
  const why = "EPERM: operation not permitted";
  const error = Object.assign(new Error(`${why}, ${done}`), { code: "EPERM" });
  expect(unwritable(error, true)?.message).toBe(`The store cannot be written: ${why}${told}`);
});

test("an error without any name is the store's, too, and a finding when reading", async () => {
  const code = "Unknown system error -11117";
  const error = Object.assign(new Error(`${code}: ${code}, read`), { errno: -11_117, code });
  expect(unwritable(error, true)?.message).toBe(`The store cannot be written: ${code}, read`);
  expect(await orWhyNot(() => Promise.reject(error))).toBe(`It cannot be read: ${code}.`);
});

/** What a command prints on a read-only store, or on a writable one where mounting is not allowed. */
async function onReadOnly(store: string, script: string): Promise<string> {
  const mounts = `mount --bind "${store}" "${store}" && mount -o remount,ro,bind "${store}"; `;
  const asked = mayMount()
    ? ["unshare", "--map-root-user", "--mount", "sh", "-c", mounts + script, "sh"]
    : ["sh", "-c", script, "sh"];
  const [program = "", ...words] = asked;
  return (await run(program, [...words, process.execPath, CLI])).stdout;
}

test.runIf(IS_POSIX)(
  "a read-only store has a status, can be verified and gives out a bag",
  async () => {
    const server = await startServer();
    const { home, store, worklist } = await setUp(2);
    await keep({ client: server.client, worklist, store });
    const bag = join(home, "bag");
    const said = await onReadOnly(
      store,
      `"$@" status --store "${store}"; "$@" verify --store "${store}"; "$@" person --store "${store}" --target t0 --out "${bag}"`,
    );
    expect(said).toMatch(/^archives 2 = 2 kept /m);
    expect(said).toMatch(/^2 of 2 kept mails read, 0 findings\.$/m);
    expect(await readFile(join(bag, "manifest-sha256.txt"), "utf8")).toMatch(/\.eml$/m);
  },
);

test.runIf(IS_POSIX)(
  "a read-only store shows what a killed run had not yet moved into its ledger's main file",
  async () => {
    const server = await startServer();
    const { home, store, worklist } = await setUp(2);
    await keep({ client: server.client, worklist, store });
    const ledger = new DatabaseSync(join(store, "ledger.sqlite"));
    ledger.exec("UPDATE runs SET sha256 = NULL; UPDATE items SET state = 'open'");
    const copy = join(home, "copy");
    await cp(store, copy, { recursive: true });
    ledger.close();
    const end = `${randomUUID()}.part`;
    await mkdir(join(copy, "mails/.part", end), { recursive: true });
    for (const half of [`archives.csv.${end}`, `runs/0002.json.${end}`, `mails/.part/${end}/1`])
      await writeFile(join(copy, half), "");
    const said = await onReadOnly(
      copy,
      `"$@" status --store "${copy}"; "$@" verify --store "${copy}"`,
    );
    expect(said).toMatch(/^worklist 2 = 0 listed .* 2 open$/m);
    expect(said).toMatch(/^2 of 2 kept mails read, 0 findings\.\nThe last run was killed/m);
    if (!mayMount()) return;
    await rm(join(copy, "ledger.sqlite-shm"));
    const refused = await onReadOnly(copy, `"$@" status --store "${copy}" 2>&1; echo "code $?"`);
    expect(refused).toMatch(
      /ledger\.sqlite-wal beside it.* Copy the store to such a place\.\ncode 2\n$/,
    );
  },
);

test("a folder that stops being a folder ends the run with exit 3, and no item is failed", async () => {
  const server = await startServer();
  const { store, worklist } = await setUp(3);
  await mkdir(join(store, "mails"), { recursive: true });
  const id = idOf("t1", 0);
  await writeFile(join(store, "mails", id.slice(0, 2)), "");
  const options = { client: server.client, worklist, store, rate: 1000 };
  const { outcome, reason, balance } = await keep(options);
  expect(outcome).toBe("stopped");
  expect(reason).toContain("The store cannot be written");
  expect(balance.worklist.listed + balance.worklist.open).toBe(3);
  expect(balance.archives.failed).toBe(0);
  await rm(join(store, "mails", id.slice(0, 2)));
  expect((await keep(options)).outcome).toBe("complete");
});

test.each(["no database at all, ".repeat(300), undefined])(
  "a damaged ledger is reported in one line with exit 2, and stays as it is",
  async (text) => {
    const server = await startServer();
    const { store, args } = await setUp(300);
    await command(server.url, ...args);
    const ledger = join(store, "ledger.sqlite");
    const bytes = Buffer.from(text ?? (await readFile(ledger)));
    // Overwrites the pages with the rows, but not the header of the file.
    if (text === undefined) bytes.fill(0xff, 4096);
    await Promise.all([rm(`${ledger}-wal`, { force: true }), rm(`${ledger}-shm`, { force: true })]);
    await writeFile(ledger, bytes);
    const { code, stderr } = await command(server.url, ...args);
    expect(stderr).toMatch(
      /^np6-archives-keep: .*The ledger: expected a whole SQLite file, got .*\n$/,
    );
    expect(code).toBe(2);
  },
);

test("a ledger without its tables, as left by a full disk or a power failure, is exit 2", async () => {
  const { store, args } = await setUp(2);
  await command((await startServer()).url, ...args);
  await writeFile(join(store, "ledger.sqlite"), "");
  for (const name of ["status", "verify", "retry"]) {
    const { code, stderr } = await command("http://127.0.0.1:9", name, "--store", store);
    expect(stderr).toMatch(
      /^np6-archives-keep: The ledger: expected a whole SQLite file, got .* \(no such table: \w+\)\.\n$/,
    );
    expect(code).toBe(2);
  }
});

test("a ledger made by a newer version is exit 2, and nothing is requested", async () => {
  const server = await startServer();
  const { store, args } = await setUp(1);
  await command(server.url, ...args);
  const file = join(store, "ledger.sqlite");
  const db = new DatabaseSync(file);
  db.exec("PRAGMA user_version = 2; DELETE FROM items; DROP INDEX items_state");
  db.close();
  const asked = server.seen.length;
  for (const words of [args, ["status", "--store", store], ["verify", "--store", store]]) {
    const { code, stderr } = await command(server.url, ...words);
    expect(stderr).toBe(
      `np6-archives-keep: ${file}: expected a ledger of version 1 or older, got 2: a newer np6-archives-keep made it.\n`,
    );
    expect(code).toBe(2);
  }
  expect(server.seen).toHaveLength(asked);
});

test.runIf(IS_POSIX)(
  "a ledger that cannot be opened is reported by its path, with exit 2",
  async () => {
    const { store } = await setUp(1);
    await mkdir(store);
    // For root a file's mode is no obstacle, but nobody can open a socket.
    const file = join(store, "ledger.sqlite");
    const socket = createServer().listen(file);
    await once(socket, "listening");
    onTestFinished(() => void socket.close());
    for (const name of ["status", "verify"]) {
      const { code, stderr } = await command("http://127.0.0.1:9", name, "--store", store);
      expect(stderr).toBe(
        `np6-archives-keep: ${file}: expected a ledger that can be read, got "unable to open database file".\n`,
      );
      expect(code).toBe(2);
    }
  },
);

test("a ledger that fails while two mails of one id are written is reported in one line", async () => {
  let isThere = false;
  const server = await startServer({
    judge: (path) => {
      const [, target = ""] = /^\/targets\/(\w+)/.exec(path) ?? [];
      if (target !== "") return listing([{ ...archiveOf(server.url, "t0", 0), target }]);
      if (!isThere) return { status: 404 };
      const db = new DatabaseSync(join(store, "ledger.sqlite"));
      db.exec("DROP TABLE archives");
      db.close();
      return undefined;
    },
  });
  const { home, store, args } = await setUp(1);
  expect((await command(server.url, ...args)).code).toBe(1);
  isThere = true;
  await worklistOf(home, 2);
  const { code, stderr } = await command(server.url, ...args);
  expect(stderr).toMatch(/^np6-archives-keep: The ledger: expected a whole SQLite file, .*\n$/);
  expect(code).toBe(2);
});

test("a ledger that another program holds is exit 3", async () => {
  const server = await startServer();
  const { store, worklist } = await setUp(3);
  const options = { client: server.client, worklist, store, rate: 1000 };
  await keep(options);
  const other = new DatabaseSync(join(store, "ledger.sqlite"));
  other.exec("BEGIN EXCLUSIVE");
  await expect(keep(options)).rejects.toThrow(UnwritableError);
  other.close();
  expect((await keep(options)).outcome).toBe("complete");
  expect(await readdir(store)).not.toContainEqual(expect.stringMatching(/\.part$/));
});
