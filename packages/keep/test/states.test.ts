import { createHash } from "node:crypto";
import { appendFile, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { keep, retry, verify } from "../src/index.ts";
import { openLedger } from "../src/ledger/sqlite-ledger.ts";
import { mailPath } from "../src/store/mail-name.ts";
import {
  archiveOf,
  folder,
  idOf,
  keptIds,
  listing,
  mailOf,
  mailsAsked,
  startServer,
  watchTotals,
  worklistOf,
} from "./store-and-server.ts";

const DAY = 86_400_000;

/** A store, the options to keep mails in it, and the rows of its gaps.csv. */
async function setUp(server: Awaited<ReturnType<typeof startServer>>, count = 3) {
  const home = await folder();
  const store = join(home, "store");
  const options = { client: server.client, store, rate: 1000 };
  return {
    home,
    store,
    options,
    all: { ...options, worklist: await worklistOf(home, count) },
    gaps: async (): Promise<string[]> => {
      const [, ...rows] = (await readFile(join(store, "gaps.csv"), "utf8")).trim().split("\n");
      return rows;
    },
  };
}

test.each([
  [403, "forbidden"],
  [404, "unknown"],
  [400, "invalid"],
])("an item that is answered %i is %s, with status and request id", async (status, state) => {
  const server = await startServer({
    judge: (path) =>
      path.startsWith("/targets/t1/")
        ? { status, headers: { "x-request-id": `r-${status}` } }
        : undefined,
  });
  const { all, gaps } = await setUp(server);
  const { outcome, balance } = await keep(all);
  expect(outcome).toBe("gaps");
  expect(balance.worklist).toMatchObject({ total: 3, listed: 2, [state]: 1 });
  expect(await gaps()).toEqual([
    expect.stringMatching(new RegExp(`^item,3,t1,,,,${state},.*,${status},r-${status},2`)),
  ]);
});

test("an item answered 400 is requested again only if asked by name, and a bad row never", async () => {
  const server = await startServer({
    // Long enough for a first report of progress.
    latency: (path) => (!isRefused && path.startsWith("/targets/") ? 2500 : 0),
    judge: (path) => (isRefused && path.startsWith("/targets/t1/") ? { status: 400 } : undefined),
  });
  let isRefused = true;
  const { all, options } = await setUp(server);
  await appendFile(all.worklist, "too,many,columns\n");
  expect((await keep(all)).balance.worklist).toMatchObject({ total: 4, listed: 2, invalid: 2 });
  isRefused = false;
  const before = server.seen.length;
  await retry(options);
  expect(server.seen.length).toBe(before);
  const { told, onEvent } = watchTotals();
  const { balance } = await retry({ ...options, onEvent, only: ["invalid"] });
  expect(balance.worklist).toMatchObject({ total: 4, listed: 3, invalid: 1 });
  expect(server.seen.slice(before).filter(({ path }) => path.includes("/archives"))).toHaveLength(
    1,
  );
  expect(told[0]).toEqual([0, 1]);
});

test("a blank link is requested again by retry, and kept once there is one", async () => {
  const server = await startServer({
    judge: (path) => {
      if (!isBlank || !path.startsWith("/targets/t1/")) return undefined;
      return listing([{ ...archiveOf(server.url, "t1", 0), url: "" }]);
    },
  });
  let isBlank = true;
  const { all, options, store, gaps } = await setUp(server);
  const first = await keep(all);
  expect(first.balance.archives).toMatchObject({ total: 3, kept: 2, blank: 1 });
  expect(first.balance.worklist).toMatchObject({ listed: 3 });
  const [row = ""] = await gaps();
  expect(row.startsWith(`archive,,t1,00000A,,${idOf("t1", 0)},blank,`)).toBe(true);
  const before = server.seen.length;
  await retry({ ...options, only: ["missing"] });
  expect(server.seen.length).toBe(before);
  isBlank = false;
  expect((await retry(options)).outcome).toBe("complete");
  expect(await stat(join(store, "gaps.csv")).catch(() => "none")).toBe("none");
  expect((await verify({ store })).findings).toEqual([]);
});

test("an expired link is renewed once, by a listing that obeys the pace, and the mail is kept", async () => {
  let calls = 0;
  const server = await startServer({
    judge: (path) => {
      if (!path.includes("/targets/t1/archives")) return undefined;
      const expiresOn = new Date(Date.now() + (calls++ === 0 ? -DAY : DAY)).toISOString();
      return listing([{ ...archiveOf(server.url, "t1", 0), expiresOn }]);
    },
  });
  const { all } = await setUp(server);
  expect((await keep(all)).outcome).toBe("complete");
  expect(calls).toBe(2);
});

test.each([
  [31 * DAY, 0, "31 days behind"],
  [-5 * 3_600_000, 0, "5 h ahead of"],
  [-5 * 3_600_000, 1, "5 h ahead of"],
  [0, 0, undefined],
])(
  "a clock that is %i ms from the service's after %i answers is reported once, if it matters: %s",
  async (off, right, told) => {
    let answers = 0;
    const server = await startServer({
      judge: (path) => {
        const target = /^\/targets\/(t\d)\//.exec(path)?.[1];
        if (target === undefined) return undefined;
        const answer = listing([archiveOf(server.url, target, 0)]);
        answers += 1;
        const date = new Date(Date.now() + (answers > right ? off : 0)).toUTCString();
        return { ...answer, headers: { ...answer.headers, date } };
      },
    });
    const { all } = await setUp(server);
    const warnings: string[] = [];
    await keep({
      ...all,
      onEvent: (event) => {
        if (event.event === "warning") warnings.push(event.message);
      },
    });
    expect(warnings).toEqual(
      told === undefined
        ? []
        : [expect.stringContaining(`The clock of this machine is ${told} the service's: `)],
    );
  },
);

test("a mail that was kept meanwhile does not become a gap again", async () => {
  const server = await startServer();
  const { all, store } = await setUp(server, 1);
  await keep(all);
  const ledger = openLedger(join(store, "ledger.sqlite"));
  const [known] = await ledger.find(idOf("t0", 0));
  if (known === undefined) throw new Error("There is no row.");
  const late = {
    kind: "archive" as const,
    row: known.row,
    archive: known,
    state: "blank" as const,
  };
  expect(await ledger.settle([late])).toEqual([late]);
  expect(await ledger.find(known.id)).toEqual([known]);
  await ledger.close();
  expect((await verify({ store })).findings).toEqual([]);
});

test("all expired links of a target are renewed by one listing", async () => {
  let listings = 0;
  const gone = new Date(Date.now() - DAY).toISOString();
  const server = await startServer({
    each: 40,
    judge: (path) => {
      if (!path.includes("/targets/t0/")) return undefined;
      listings += 1;
      const all = Array.from({ length: 40 }, (_, n) => archiveOf(server.url, "t0", n));
      return listing(all.map((archive) => Object.assign(archive, { expiresOn: gone })));
    },
  });
  const { all } = await setUp(server, 2);
  const { balance } = await keep(all);
  expect(balance.archives).toMatchObject({ total: 80, kept: 40, expired: 40 });
  expect(listings).toBe(2);
});

test("a 429 that only names the end of its period is waited for", async () => {
  let refused = 0;
  const waits: number[] = [];
  const server = await startServer({
    judge: (path) =>
      path.startsWith("/targets/t1/") && refused++ === 0
        ? { status: 429, headers: { "x-ratelimit-reset": "2" } }
        : undefined,
  });
  const { all } = await setUp(server);
  await keep({
    ...all,
    onEvent: (event) => {
      if (event.event === "limited") waits.push(event.wait);
    },
  });
  expect(waits).toHaveLength(1);
  expect(waits[0]).toBeGreaterThan(1000);
});

test("the same time written differently is the same sending", async () => {
  const server = await startServer({
    judge: (path) => {
      const archive = archiveOf(server.url, "t0", 0);
      if (path.startsWith("/targets/t0/")) return listing([archive]);
      if (!path.startsWith("/actions/")) return undefined;
      return listing([{ ...archive, sendingDate: archive.sendingDate.replace(".000Z", "Z") }]);
    },
  });
  const { home, options } = await setUp(server);
  const worklist = join(home, "both.csv");
  await writeFile(worklist, "target,action\nt0,\nt0,00000A\n");
  const { balance } = await keep({ ...options, worklist });
  expect(balance.archives).toMatchObject({ total: 1, kept: 1 });
  expect(server.seen.filter(({ path }) => path.startsWith("/mail/"))).toHaveLength(1);
});

test("a stamp's archives sent before --since are left out, too", async () => {
  const server = await startServer({
    judge: (path) =>
      path.startsWith("/actions/stamp/") ? listing([archiveOf(server.url, "t0", 0)]) : undefined,
  });
  const { home, options } = await setUp(server);
  const worklist = join(home, "stamps.csv");
  await writeFile(worklist, "stamp\ns1\n");
  const { balance } = await keep({ ...options, worklist, since: "2026-01-02" });
  expect(balance).toMatchObject({ worklist: { listed: 1 }, archives: { total: 0 } });
});

test("a retry leaves out what was sent before --since, or not before --until", async () => {
  let isBlank = true;
  const server = await startServer({
    judge(path) {
      if (!isBlank || !path.startsWith("/targets/")) return undefined;
      return listing(
        [0, 1, 2].map((n) => Object.assign(archiveOf(server.url, "t0", n), { url: "" })),
      );
    },
    each: 3,
  });
  const { all, options } = await setUp(server, 1);
  expect((await keep(all)).balance.archives).toMatchObject({ total: 3, blank: 3 });
  isBlank = false;
  const [since, until] = ["2026-01-01T01:00Z", "2026-01-01T02:00Z"];
  const { balance } = await retry({ ...options, since, until });
  expect(balance.archives).toMatchObject({ total: 3, kept: 1, blank: 2 });
  expect(mailsAsked(server.seen)).toEqual([idOf("t0", 1)]);
});

test("an item that fails is failed even where all others are unknown", async () => {
  const server = await startServer({
    judge: (path) =>
      path.startsWith("/targets/t0/")
        ? { status: 500 }
        : path.startsWith("/targets/")
          ? { status: 404 }
          : undefined,
  });
  const { all } = await setUp(server, 20);
  const { outcome, balance } = await keep({ ...all, giveUpAfter: 30_000 });
  expect(outcome).toBe("gaps");
  expect(balance.worklist).toMatchObject({ total: 20, unknown: 19, failed: 1 });
});

test("an archive whose link stays expired is a gap, requested at most twice a run", async () => {
  let calls = 0;
  const server = await startServer({
    judge: (path) => {
      if (!path.includes("/targets/t1/archives")) return undefined;
      calls += 1;
      const expiresOn = new Date(Date.now() - DAY).toISOString();
      return listing([{ ...archiveOf(server.url, "t1", 0), expiresOn }]);
    },
  });
  const { all, options, gaps } = await setUp(server);
  const { balance } = await keep(all);
  expect(balance.archives).toMatchObject({ total: 3, kept: 2, expired: 1 });
  expect(calls).toBe(2);
  expect(await gaps()).toEqual([expect.stringContaining(",expired,")]);
  // A run after a completed one requests what is open, which is nothing.
  await keep(all);
  expect(calls).toBe(2);
  const again = await retry(options);
  expect(again.balance.archives).toMatchObject({ total: 3, kept: 2, expired: 1 });
  expect(calls).toBe(3);
});

test("a mail that does not match its MD5 is fetched again, then damaged, and never in the store", async () => {
  let tries = 0;
  let isDamaged = true;
  const id = idOf("t1", 0);
  const body = mailOf(id);
  const server = await startServer({
    judge: (path) => {
      if (!isDamaged || !path.startsWith(`/mail/${id}`)) return undefined;
      tries += 1;
      const md5 = createHash("md5").update("other bytes").digest("base64");
      return { status: 200, headers: { "content-md5": md5 }, body };
    },
  });
  const { all, options, store, gaps } = await setUp(server);
  const { balance } = await keep(all);
  expect(balance.archives).toMatchObject({ total: 3, kept: 2, damaged: 1 });
  expect(tries).toBe(3);
  expect(await gaps()).toEqual([expect.stringContaining(`,${id},damaged,`)]);
  const path = join(store, "mails", id.slice(0, 2), `${id}.eml`);
  expect(await stat(path).catch(() => "none")).toBe("none");
  isDamaged = false;
  expect((await retry({ ...options, only: ["damaged"] })).outcome).toBe("complete");
  expect(await readFile(path)).toEqual(body);
});

/** The mail's id, and an answer to it with an encoding; `of` gives the bytes sent, and those of the MD5. */
function encoded(target: string, encoding: string, of: (mail: Buffer) => [Buffer, Buffer]) {
  const id = idOf(target, 0);
  const [body, whole] = of(mailOf(id));
  const headers: Record<string, string> = {
    "content-encoding": encoding,
    "content-length": String(body.length),
    "content-md5": createHash("md5").update(whole).digest("base64"),
  };
  return [id, { status: 200, headers, body }] as const;
}

test("an encoded or empty answer or a web page is no mail: it is fetched again, then failed, and never in the store", async () => {
  const other = Buffer.from("other");
  const none = Buffer.alloc(0);
  const page = Buffer.from("\uFEFF\r\n<!DOCTYPE html><title>Blocked</title>");
  const odd = new Map([
    encoded("t0", "gzip", (mail) => [gzipSync(mail).subarray(0, 60), gzipSync(mail)]),
    encoded("t1", "gzip", (mail) => [gzipSync(mail), other]),
    encoded("t2", "gzip", (mail) => [none, mail]),
    encoded("t3", "aws-chunked", (mail) => [mail, other]),
    encoded("t4", "identity", () => [none, none]),
    [idOf("t6", 0), { status: 200, headers: {}, body: page }],
  ]);
  const fine = new Map([
    // Not an encoding: some tools put the charset there by mistake.
    encoded("t5", "utf-8", (mail) => [mail, mail]),
    // With its MD5 it is what the storage has, whatever that is.
    encoded("t7", "", () => [page, page]),
  ]);
  let isSound = false;
  const server = await startServer({
    judge(path) {
      const id = /^\/mail\/([^?]+)/.exec(path)?.[1] ?? "";
      return fine.get(id) ?? (isSound ? undefined : odd.get(id));
    },
  });
  const { all, options, store, gaps } = await setUp(server, 10);
  expect((await keep(all)).balance.archives).toMatchObject({ total: 10, kept: 4, failed: 6 });
  expect((await gaps()).filter((row) => / is no mail to keep: .*,200,/.test(row))).toHaveLength(6);
  expect([...(await keptIds(store))].filter((id) => odd.has(id))).toEqual([]);
  for (const id of odd.keys()) {
    expect(mailsAsked(server.seen).filter((asked) => asked === id).length).toBeGreaterThan(2);
  }
  isSound = true;
  expect((await retry(options)).outcome).toBe("complete");
});

test("a second mail of the same id that cannot be compared is a conflict that says so", async () => {
  const server = await startServer({
    judge: (path) => {
      const archive = archiveOf(server.url, "t0", 0);
      if (path.startsWith("/targets/t0/")) return listing([archive]);
      return path.startsWith("/targets/t1/")
        ? listing([{ ...archive, target: "t1", url: "" }])
        : undefined;
    },
  });
  const { all, gaps, home } = await setUp(server, 1);
  await keep(all);
  await worklistOf(home, 2);
  expect((await keep(all)).balance.archives).toMatchObject({ total: 2, kept: 1, conflict: 1 });
  expect(await gaps()).toEqual([
    expect.stringMatching(/,conflict,"?Its id is kept already, and this one could not be compared/),
  ]);
});

test("the same id with other bytes is a conflict, and the first mail stays kept", async () => {
  const id = idOf("t0", 0);
  let isOther = false;
  const server = await startServer({
    judge: (path) => {
      if (path.startsWith("/targets/t1/")) {
        return listing([{ ...archiveOf(server.url, "t0", 0), target: "t1" }]);
      }
      return isOther && path.startsWith("/mail/") ? { status: 200, body: "other" } : undefined;
    },
  });
  const { home, store, options, gaps } = await setUp(server, 1);
  const worklist = await worklistOf(home, 1);
  await keep({ ...options, worklist });
  isOther = true;
  await worklistOf(home, 2);
  const { balance } = await keep({ ...options, worklist });
  expect(balance.archives).toMatchObject({ total: 2, kept: 1, conflict: 1 });
  expect(await gaps()).toEqual([expect.stringContaining(`archive,,t1,00000A,,${id},conflict,`)]);
  const rows = (await readFile(join(store, "archives.csv"), "utf8")).trim().split("\n");
  expect(rows.at(-1)).toMatch(new RegExp(`^${id},00000A,t1,.*,conflict,,5,[0-9a-f]{64},,`));
  expect(await readFile(join(store, "mails", id.slice(0, 2), `${id}.eml`))).toEqual(mailOf(id));
  expect((await verify({ store })).findings).toEqual([]);
  const before = server.seen.length;
  await retry(options);
  expect(server.seen.length).toBe(before);
});

test.each([
  ["kept", { kept: 1, conflict: 1 }],
  ["missing, too", { missing: 1, conflict: 1 }],
])(
  "of two mails with one id, the one that could not be fetched stays a gap where the other is %s",
  async (state, archives) => {
    const id = idOf("t0", 0);
    let asked = 0;
    const server = await startServer({
      judge: (path) => {
        if (path.startsWith("/targets/t1/")) {
          return listing([{ ...archiveOf(server.url, "t0", 0), target: "t1" }]);
        }
        if (!path.startsWith("/mail/")) return undefined;
        asked += 1;
        return asked === 1 || state !== "kept" ? { status: 404 } : undefined;
      },
    });
    const { all, home, store, options, gaps } = await setUp(server, 1);
    await keep(all);
    await worklistOf(home, 2);
    const { outcome, balance } = await keep(all);
    expect(outcome).toBe("gaps");
    expect(balance.archives).toMatchObject({ total: 2, ...archives });
    expect((await gaps()).toSorted()).toEqual(
      state === "kept"
        ? [expect.stringMatching(`^archive,,t0,00000A,,${id},conflict,.*could not be had.*,404,`)]
        : [
            expect.stringMatching(`^archive,,t0,00000A,,${id},missing,`),
            expect.stringMatching(`^archive,,t1,00000A,,${id},conflict,.*could not be had.*,404,`),
          ],
    );
    const again = await retry(options);
    expect(again.balance.archives).toMatchObject({ total: 2, ...archives });
    expect((await verify({ store })).findings).toEqual([]);
  },
);

test("the same id with the same bytes is no gap", async () => {
  const server = await startServer({
    judge: (path) =>
      path.startsWith("/targets/t1/")
        ? listing([{ ...archiveOf(server.url, "t0", 0), target: "t1" }])
        : undefined,
  });
  const { all } = await setUp(server, 2);
  const { outcome, balance } = await keep(all);
  expect(outcome).toBe("complete");
  expect(balance.archives).toMatchObject({ total: 1, kept: 1 });
});

test("--until is exclusive, however the API understands it", async () => {
  const server = await startServer({ each: 3 });
  const { all } = await setUp(server, 1);
  const until = "2026-01-01T02:00:00Z";
  const { balance } = await keep({ ...all, since: "2026-01-01", until });
  // The mails at 00:00 and 01:00, not the one at 02:00.
  expect(balance.archives).toMatchObject({ total: 2, kept: 2 });
  const { searchParams } = new URL(server.seen[0]?.path ?? "", server.url);
  expect(searchParams.get("startDate")).toBe("2026-01-01T00:00:00.000Z");
  expect(searchParams.get("endDate")).toBe("2026-01-01T02:00:00.000Z");
});

test.each([
  ["Plain.Not", "%50lain.%4Eot", "%5"],
  [".hidden", "%2Ehidden", "%2"],
  ["a/../b", "a%2F..%2Fb", "a%"],
  ["é", "%C3%A9", "%C"],
  ["x", "x", "x"],
])("the id %j is kept in a file of its own", async (id, name, place) => {
  const server = await startServer({
    judge: (path) =>
      path.startsWith("/targets/")
        ? listing([{ ...archiveOf(server.url, "t0", 0), id, url: `${server.url}/mail/any` }])
        : undefined,
  });
  const { all, store } = await setUp(server, 1);
  expect((await keep(all)).outcome).toBe("complete");
  expect(await readFile(join(store, "mails", place, `${name}.eml`))).toEqual(mailOf("any"));
  expect((await verify({ store })).findings).toEqual([]);
});

test("an id too long for a file name is kept under its hash", async () => {
  const id = "a".repeat(201);
  const server = await startServer({
    judge: (path) =>
      path.startsWith("/targets/")
        ? listing([{ ...archiveOf(server.url, "t0", 0), id, url: `${server.url}/mail/any` }])
        : undefined,
  });
  const { all, store } = await setUp(server, 1);
  await keep(all);
  const hash = createHash("sha256").update(id).digest("hex");
  expect(await readFile(join(store, `mails/%s/%sha256-${hash}.eml`))).toEqual(mailOf("any"));
});

test("a complete file without a row is adopted and not fetched again; an empty one is no mail", async () => {
  const server = await startServer();
  const { all, store } = await setUp(server);
  await keep(all);
  const [first = ""] = await keptIds(store);
  const path = join(store, mailPath(first));
  for (const file of [join(store, "ledger.sqlite"), join(store, "ledger.sqlite-wal"), path]) {
    await writeFile(file, "");
  }
  const before = server.seen.length;
  const { balance } = await keep(all);
  expect(balance.archives).toMatchObject({ total: 3, kept: 3 });
  const after = server.seen.slice(before);
  expect(mailsAsked(after)).toEqual([first]);
  expect(after).toHaveLength(3 + 1);
  expect(await readFile(path)).toEqual(mailOf(first));
});
