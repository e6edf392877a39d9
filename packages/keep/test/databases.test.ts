import dns from "node:dns";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { connect, createServer, Socket } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, startPostgres } from "@np6-archives/test-servers/postgres";
import type { Postgres } from "@np6-archives/test-servers/postgres";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { erase, keep, personBag, status, verify, work } from "../src/index.ts";
import type { KeepEvent } from "../src/index.ts";
import { migrate } from "../src/ledger/postgres-schema.ts";
import { openDatabase } from "../src/ledger/postgres.ts";
import { isLed, takeLead } from "../src/queue/advisory-locks.ts";
import { openQueue } from "../src/queue/queue.ts";
import { IS_POSIX, folder, startServer, worklistOf } from "./store-and-server.ts";

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

async function setUp(items: number, serverOptions: Parameters<typeof startServer>[0] = {}) {
  const { client } = await startServer(serverOptions);
  const home = await folder();
  const [store, worklist] = [join(home, "store"), await worklistOf(home, items)];
  const ledger = await postgres.database();
  const name = new URL(ledger).pathname.slice(1);
  return { home, name, options: { client, worklist, store, ledger, rate: 1000 } };
}

/** Makes a role without any rights, and returns the database's address for it. */
async function roleOf(ledger: string, name: string): Promise<string> {
  await ask(ledger, `CREATE ROLE ${name} LOGIN PASSWORD 'hush'`);
  const address = new URL(ledger);
  address.username = name;
  address.password = "hush";
  return address.href;
}

test("a role that may not create schemas works in existing ones, and a read-only role can verify", async () => {
  const { home, name, options } = await setUp(4);
  const owner = await roleOf(options.ledger, `${name}_owner`);
  for (const schema of ["np6_keep", "np6_keep_jobs"])
    await ask(options.ledger, `CREATE SCHEMA ${schema} AUTHORIZATION ${name}_owner`);
  const own = { ...options, ledger: owner };
  expect(await keep(own)).toMatchObject({ outcome: "complete" });
  await worklistOf(home, 40);
  const [run, helper] = await Promise.all([keep({ ...own, rate: 40 }), work(own)]);
  expect([run.outcome, helper.outcome]).toEqual(["complete", "complete"]);
  await erase({ ...own, target: "t1", reason: "request 12" });

  const reader = await roleOf(options.ledger, `${name}_reader`);
  await ask(
    owner,
    `GRANT USAGE ON SCHEMA np6_keep TO ${name}_reader;
     GRANT SELECT ON ALL TABLES IN SCHEMA np6_keep TO ${name}_reader`,
  );
  const read = { store: options.store, ledger: reader };
  expect((await verify(read)).findings).toEqual([]);
  expect((await status(read)).archives).toMatchObject({ kept: 39, erased: 1 });
  const bag = await personBag({ ...read, target: "t2", out: join(home, "bag") });
  expect(bag.mails).toBe(1);
  for (const each of [`${name}_reader`, `${name}_owner`])
    await ask(options.ledger, `DROP OWNED BY ${each} CASCADE; DROP ROLE ${each}`);
});

test("a database that cannot store every text is refused before anything is requested", async () => {
  const { name, options } = await setUp(1);
  await ask(
    options.ledger,
    `CREATE DATABASE ${name}_latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`,
  );
  const ledger = options.ledger.replace(name, `${name}_latin`);
  await expect(keep({ ...options, ledger })).rejects.toThrow(
    "--ledger: expected a database in UTF8, got one in LATIN1.",
  );
  await ask(options.ledger, `DROP DATABASE ${name}_latin WITH (FORCE)`);
});

test("a database's own timeouts for statements and idle sessions end no run", async () => {
  const { name, options } = await setUp(3);
  const timeouts = [
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
  ];
  // All at once: the next connection would already have these timeouts.
  const changes = timeouts.map((timeout) => `ALTER DATABASE ${name} SET ${timeout} = '5s'`);
  await ask(options.ledger, changes.join("; "));
  expect(await keep(options)).toMatchObject({ outcome: "complete" });
  const db = await openDatabase(options.ledger, {});
  onTestFinished(() => db.close());
  const settings = timeouts.map((timeout) => `current_setting('${timeout}')`).join(", ");
  expect(await db.query(`SELECT ARRAY[${settings}] AS all`)).toEqual([{ all: timeouts.fill("0") }]);
});

test.each([
  // For a logical replica.
  ["publishes all tables", () => "CREATE PUBLICATION everything FOR ALL TABLES"],
  [
    "reads a backslash in a string as PostgreSQL 9.0 did",
    (name: string) => `ALTER DATABASE ${name} SET standard_conforming_strings = off`,
  ],
])("a database that %s can be written and erased", async (_, change) => {
  const { name, options } = await setUp(2);
  await ask(options.ledger, change(name));
  expect(await keep(options)).toMatchObject({ outcome: "complete" });
  expect((await erase({ ...options, target: "t0", reason: "asked" })).archives).toBe(1);
  expect((await verify(options)).findings).toEqual([]);
});

test("a database that is read-only when a run begins is waited for, and the run says so", async () => {
  const { name, options } = await setUp(2);
  const { ledger } = options;
  const change = (is: string) => {
    const address = `${ledger}?options=-c+default_transaction_read_only=off`;
    return ask(address, `ALTER DATABASE ${name} SET default_transaction_read_only = ${is}`);
  };
  await change("on");
  const warnings: string[] = [];
  const told = Promise.withResolvers<void>();
  const onEvent = (event: KeepEvent) => {
    if (event.event !== "warning") return;
    warnings.push(event.message);
    told.resolve();
  };
  const run = keep({ ...options, giveUpAfter: 60_000, onEvent });
  await Promise.race([told.promise, run]);
  await change("off");
  expect(await run).toMatchObject({ outcome: "complete" });
  expect(warnings).toEqual([
    "The ledger cannot be reached: it only lets itself be read. It is waited for, 60 s at most.",
  ]);
});

test("checking for a leader does not keep others from taking the lead", async () => {
  const db = await openDatabase(await postgres.database(), {});
  const over = new AbortController();
  const looks = Array.from({ length: 6 }, async () => {
    while (!over.signal.aborted) await isLed(db);
  });
  try {
    for (let n = 0; n < 30; n += 1) {
      const place = await takeLead(db);
      expect(place).toBeDefined();
      expect(await isLed(db)).toBe(true);
      await place?.leave();
      await expect.poll(() => isLed(db)).toBe(false);
    }
  } finally {
    over.abort();
    await Promise.all(looks);
    await db.close();
  }
});

/** Ends all connections to a database, as a failover to a standby does, and loses the latest writes. */
async function takeOver(ledger: string, loss: string): Promise<void> {
  await ask(
    ledger,
    `BEGIN;
     LOCK TABLE np6_keep.items, np6_keep.archives IN ACCESS EXCLUSIVE MODE;
     SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid();
     ${loss};
     COMMIT`,
  );
}

test("an item is not settled without its archives, which a failover lost", async () => {
  const { options } = await setUp(1, {
    each: 2,
    latency: (path) => (/^\/mail\/.*-1\?/.test(path) ? 5000 : 0),
  });
  const run = keep({ ...options, giveUpAfter: 60_000 });
  const kept = async () => (await status(options).catch(() => undefined))?.archives.kept;
  await expect.poll(kept).toBe(1);
  await takeOver(options.ledger, "DELETE FROM np6_keep.archives");
  expect((await run).balance).toMatchObject({ worklist: { listed: 1 }, archives: { kept: 2 } });
  expect((await verify(options)).findings).toEqual([]);
});

/** Makes a ledger into which a worklist is read slowly. */
async function slowLedger(ledger: string): Promise<void> {
  const db = await openDatabase(ledger, {});
  await migrate(db);
  await db.close();
  await ask(
    ledger,
    `CREATE FUNCTION np6_keep.slow() RETURNS trigger LANGUAGE plpgsql
       AS $$ BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$;
     CREATE TRIGGER slow AFTER INSERT ON np6_keep.items EXECUTE FUNCTION np6_keep.slow()`,
  );
}

/** A worklist that takes some seconds to be read into a slow ledger. */
async function longWorklist(path: string): Promise<void> {
  const rows = Array.from({ length: 400 }, (_, n) => `${"x".repeat(900)}${n}\n`);
  await writeFile(path, ["target\n", ...rows]);
}

test.each([
  ["a file", 0],
  ["a stream", 1],
])("a part of %s that a failover lost is read again, or there is a warning", async (of, most) => {
  const { options } = await setUp(0, { each: 0 });
  await slowLedger(options.ledger);
  await longWorklist(options.worklist);
  const worklist = of === "a file" ? options.worklist : createReadStream(options.worklist);
  const warnings: KeepEvent[] = [];
  const onEvent = (event: KeepEvent) => {
    if (event.event === "warning") warnings.push(event);
  };
  const run = keep({ ...options, worklist, giveUpAfter: 60_000, onEvent });
  const taken = async () => (await status(options).catch(() => undefined))?.worklist.total;
  await expect.poll(taken).toBeGreaterThan(10);
  await takeOver(options.ledger, "DELETE FROM np6_keep.items WHERE id <= 10");
  const { balance } = await run;
  expect(warnings).toHaveLength(most);
  if (most === 0) expect(balance.worklist).toMatchObject({ total: 400, listed: 400 });
  else expect(balance.worklist.total).toBeLessThan(400);
  expect((await keep(options)).balance.worklist).toMatchObject({ total: 400, listed: 400 });
});

test("each connection has TCP keep-alive, to notice a server that went silent", async () => {
  const kept = vi.spyOn(Socket.prototype, "setKeepAlive");
  onTestFinished(() => kept.mockRestore());
  const address = await postgres.database();
  const db = await openDatabase(address, {});
  await (await db.connect()).end();
  const queue = await openQueue(address, db);
  await queue.close();
  await db.close();
  expect(kept.mock.calls.length).toBeGreaterThan(3);
  expect(new Set(kept.mock.calls.map(String))).toEqual(new Set(["true,10000"]));
});

/** The database's address through `server`, which listens until the end of the test. */
async function addressOf(server: Server, database: string): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const url = new URL(database);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return url.href;
}

/** The database behind a proxy in which `serve` joins each client with a connection of its own. */
async function proxied(
  address: string,
  serve: (client: Socket, behind: Socket) => void,
): Promise<string> {
  const { hostname, port } = new URL(address);
  const server = createServer((client) => {
    const behind = connect(Number(port), hostname);
    for (const socket of [client, behind]) socket.on("error", () => {});
    serve(client, behind);
  });
  return addressOf(server, address);
}

/**
 * The database behind a proxy that can fall silent: it then still accepts and keeps connections, but forwards nothing.
 */
async function silentAtLast(database: string) {
  const sockets = new Set<Socket>();
  let isSilent = false;
  const address = await proxied(database, (client, behind) => {
    for (const [from, to] of [
      [client, behind],
      [behind, client],
    ] as const) {
      sockets.add(from);
      from.on("data", (bytes) => void (isSilent || to.write(bytes)));
      from.on("close", () => to.destroy());
    }
  });
  onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  return { address, fallSilent: () => (isSilent = true) };
}

/** Makes the timeouts that detect silence 50 times shorter, until the end of the test. */
function findOutSooner(): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with its socket
  const wait = Socket.prototype.setTimeout;
  const sooner = vi.spyOn(Socket.prototype, "setTimeout").mockImplementation(function (
    this: Socket,
    milliseconds,
    heard,
  ) {
    return wait.call(this, milliseconds / 50, heard);
  });
  onTestFinished(() => sooner.mockRestore());
}

test("a signal ends a connection to a silent server, and the second one that is being tried", async () => {
  findOutSooner();
  // Without a signal pg would close them after 10 s.
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const others = Array.from({ length: 2 }, () => Promise.withResolvers<Socket>());
  let count = 0;
  const server = createServer((socket) => others[count++]?.resolve(socket.resume()));
  const address = await addressOf(server, "postgres://someone@127.0.0.1/x");
  const stop = new AbortController();
  const { signal } = stop;
  const opened = openDatabase(address, { giveUpAfter: 60_000, signal });
  const sockets = await Promise.all(others.map(({ promise }) => promise));
  const ended = sockets.map((socket) => once(socket, "close"));
  stop.abort();
  await expect(opened).rejects.toBe(signal.reason);
  await Promise.all(ended);
});

test("a server that keeps its connections but is silent counts as away, one that is slow does not", async () => {
  findOutSooner();
  const { address, fallSilent } = await silentAtLast(await postgres.database());
  const db = await openDatabase(address, { giveUpAfter: 1000 });
  const place = await takeLead(db);
  const queue = await openQueue(address, db);
  expect(await db.query("SELECT pg_sleep(2), 1 AS one")).toMatchObject([{ one: 1 }]);
  fallSilent();
  // More than the connections of both pools.
  const asked = Array.from({ length: 12 }, () => [db.query("SELECT 1"), queue.take(1)]).flat();
  for (const { reason } of (await Promise.allSettled(asked)) as PromiseRejectedResult[])
    expect(String(reason)).toContain("The ledger cannot be reached");
  await queue.close();
  await place?.leave();
  await db.close();
});

/** Ends the connection whose query is sleeping. */
async function endSleeping(address: string): Promise<void> {
  const text = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()`;
  await vi.waitFor(async () => expect(await ask(address, text)).toHaveLength(1), 10_000);
}

test("a database that is not waited for is tried again by the next query", async () => {
  const address = await postgres.database();
  const db = await openDatabase(address, {});
  const sleeping = expect(db.query("SELECT pg_sleep(60)")).rejects.toThrow("cannot be reached");
  await endSleeping(address);
  await sleeping;
  expect(await db.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
  await db.close();
});

test("a read-only database is given up for writing, though it answers reads", async () => {
  const address = await postgres.database();
  const db = await openDatabase(address, { giveUpAfter: 1000 });
  const name = new URL(address).pathname.slice(1);
  await ask(address, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  async function read() {
    for (let n = 0; n < 100; n += 1) {
      await db.query("SELECT 1");
      await sleep(50);
    }
  }
  const asked = await Promise.allSettled([db.query("CREATE TABLE t ()"), read()]);
  const told =
    "The ledger cannot be reached: cannot execute CREATE TABLE in a read-only transaction";
  for (const each of asked) expect(each).toMatchObject({ reason: { message: told } });
  await db.close();
});

test.runIf(IS_POSIX)(
  "a server whose socket is a file that disappears with it is waited for",
  async () => {
    const home = await folder();
    const url = new URL(await postgres.database());
    const listen = async () => {
      const server = createServer((client) => {
        const behind = connect(Number(url.port), url.hostname);
        pipeline(client, behind, client, () => {});
      });
      server.listen(join(home, `.s.PGSQL.${url.port}`));
      await once(server, "listening");
      return server;
    };
    const before = await listen();
    const db = await openDatabase(`${url.href}?host=${home}`, { giveUpAfter: 60_000 });
    before.close();
    const asked = db.query("SELECT 1 AS one");
    await sleep(500);
    const after = await listen();
    expect(await asked).toEqual([{ one: 1 }]);
    await db.close();
    after.close();
  },
);

test("a host whose address is lost is waited for, one that never had an address is not", async () => {
  const url = new URL(await postgres.database());
  url.hostname = "localhost";
  const options = { giveUpAfter: 60_000 };
  const db = await openDatabase(url.href, options);
  const nowhere = Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
  const looked = vi
    .spyOn(dns, "lookup")
    .mockImplementation((...args: unknown[]) => (args.at(-1) as (error: Error) => void)(nowhere));
  onTestFinished(() => looked.mockRestore());
  await expect(openDatabase(url.href, options)).rejects.toThrow("that answers, got");
  const asked = db.query("SELECT 1 AS one");
  await sleep(500);
  looked.mockRestore();
  expect(await asked).toEqual([{ one: 1 }]);
  expect(db.breaks()).toBeGreaterThan(0);
  await db.close();
});

test("a slow query on a server that is back is waited for", async () => {
  const address = await postgres.database();
  const db = await openDatabase(address, { giveUpAfter: 1000 });
  const slow = db.query("SELECT pg_sleep(2), 1 AS one");
  await endSleeping(address);
  expect(await slow).toMatchObject([{ one: 1 }]);
  await db.close();
});

/** A server's last message, and its "ready for query", as in its wire protocol. */
const ENDED = wireMessage("E", "SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0");
const READY = wireMessage("Z", "I");
const REFUSED = wireMessage("E", "SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter\0\0");

function wireMessage(type: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)]);
}

/** The database behind a proxy that ends every second connection at the moment when it is ready. */
function endingSoon(address: string): Promise<string> {
  let connections = 0;
  return proxied(address, (client, behind) => {
    connections += 1;
    const isEnded = connections % 2 === 0;
    client.pipe(behind);
    behind.on("data", (bytes) => {
      if (isEnded && bytes.subarray(-READY.length).equals(READY)) {
        behind.destroy();
        client.end(Buffer.concat([bytes, ENDED]));
      } else client.write(bytes);
    });
  });
}

test("connections that end at the moment when they are ready are opened again", async () => {
  const address = await endingSoon(await postgres.database());
  const db = await openDatabase(address, { giveUpAfter: 60_000 });
  expect(await db.transaction((query) => query("SELECT 1 AS one"))).toEqual([{ one: 1 }]);
  const place = await takeLead(db);
  expect(await place?.isAlone()).toBe(true);
  await place?.leave();
  const queue = await openQueue(address, db);
  expect(await queue.isEmpty()).toBe(true);
  await queue.close();
  await db.close();
});

/** A pooler such as PgBouncer: it refuses a connection that begins with options of its own. */
function pooler(address: string): Promise<string> {
  return proxied(address, (client, behind) => {
    behind.pipe(client);
    client.once("data", (start) => {
      if (start.includes("\0options\0")) client.end(REFUSED);
      else behind.write(start);
      client.pipe(behind);
    });
  });
}

test("a ledger behind a pooler is written and verified", async () => {
  const { options } = await setUp(3);
  const ledger = await pooler(options.ledger);
  expect(await keep({ ...options, ledger })).toMatchObject({ outcome: "complete" });
  expect((await verify({ ...options, ledger })).findings).toEqual([]);
});

test("a connection that ends while idle does not count as broken", async () => {
  const { options } = await setUp(0);
  const db = await openDatabase(`${options.ledger}?options=-c+idle_session_timeout=3s`, {});
  onTestFinished(() => db.close());
  const resting = () =>
    ask(
      options.ledger,
      `SELECT FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'np6-archives-keep'`,
    );
  const questions = [
    () => db.query("SELECT 1"),
    () => db.transaction((query) => query("SELECT 1")),
    () => db.query("SELECT 1"),
  ];
  for (const question of questions) {
    await question();
    await expect.poll(resting).toEqual([]);
  }
  expect(db.breaks()).toBe(0);
});

test("a run completes even if connections break all the time while its worklist is read", async () => {
  const { options } = await setUp(0, { each: 0 });
  await slowLedger(options.ledger);
  await longWorklist(options.worklist);
  const over = new AbortController();
  const run = keep(options).finally(() => over.abort());
  while (!over.signal.aborted) {
    await sleep(200);
    await ask(
      options.ledger,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND state = 'idle'`,
    );
  }
  expect(await run).toMatchObject({ outcome: "complete" });
});

test("rows that a failover lost after all were read are read in again", async () => {
  const { options } = await setUp(20, {
    latency: (path) => (path.startsWith("/mail/") ? 3000 : 0),
  });
  const run = keep({ ...options, giveUpAfter: 60_000 });
  const marks = () => ask(options.ledger, "SELECT FROM np6_keep.worklists").catch(() => []);
  await expect.poll(marks).toHaveLength(1);
  await sleep(500);
  await takeOver(
    options.ledger,
    "DELETE FROM np6_keep.items WHERE id > 10; DELETE FROM np6_keep.worklists",
  );
  expect((await run).balance.worklist).toMatchObject({ total: 20, listed: 20 });
});

test("a run does not overwrite the run file of another run that used the store with another ledger", async () => {
  const { options } = await setUp(5);
  const started = Promise.withResolvers<void>();
  const onEvent = ({ event }: KeepEvent) => void (event === "started" && started.resolve());
  const mayEnd = Promise.withResolvers<void>();
  async function* rows() {
    yield* createReadStream(options.worklist) as AsyncIterable<Uint8Array>;
    await mayEnd.promise;
  }
  const slow = keep({ ...options, worklist: rows(), onEvent }).catch((error: unknown) => error);
  await Promise.race([started.promise, slow]);
  const other = { ...options, ledger: await postgres.database() };
  expect(await keep(other)).toMatchObject({ run: 1, outcome: "complete" });
  mayEnd.resolve();
  expect(String(await slow)).toContain("runs/0001.json: expected none before this run's end");
  expect((await verify(other)).findings).toEqual([]);
  const warnings: string[] = [];
  const tell = (event: KeepEvent) =>
    void (event.event === "warning" && warnings.push(event.message));
  // It has begun a run of that number itself, so nothing is suspicious.
  expect(await keep({ ...options, onEvent: tell })).toMatchObject({ run: 2, outcome: "complete" });
  expect(warnings).toEqual([]);
  // From now on the foreign run file is noticed at the start.
  expect(await keep({ ...other, onEvent: tell })).toMatchObject({ run: 3, outcome: "complete" });
  expect(warnings).toEqual([
    expect.stringMatching(/^runs\/0002\.json is of no run that the ledger/),
  ]);
});
