import { execFile } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { status, verify } from "../src/index.ts";
import { command, folder, start, startServer, sum, worklistOf } from "./store-and-server.ts";

const KILLS = Number(process.env["KEEP_KILLS"] ?? 100);

/** Each kill is a process: on a machine that is busy with other tests they take minutes. */
const PATIENCE = 3_600_000;

test(
  "survives SIGKILL at any moment: nothing lost, nothing twice, the balance always true",
  { timeout: PATIENCE },
  async () => {
    const each = 3;
    const items = 30 * KILLS;
    const server = await startServer({ each });
    const home = await folder();
    const store = join(home, "store");
    const worklist = await worklistOf(home, items);
    const args = ["run", "--worklist", worklist, "--store", store, "--rate", "200/s", "--quiet"];
    let killed = 0;
    for (; killed < KILLS; killed += 1) {
      const before = server.seen.length;
      const child = start(server.url, ...args);
      const ended = once(child, "exit");
      // A moment is a number of requests: a busy machine only takes longer to reach it.
      const moment = before + 1 + Math.floor(Math.random() * 60);
      const reached = (async () => {
        while (server.seen.length < moment && child.exitCode === null) {
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        child.kill("SIGKILL");
      })();
      await Promise.all([ended, reached]);
      if (child.exitCode !== null) break;
      const { worklist: counts, archives } = await status({ store });
      expect(sum(counts)).toBe(counts.total);
      expect(sum(archives)).toBe(archives.total);
    }
    const last = await command(server.url, ...args);
    expect(last.stderr).toBe("");
    expect(last.code).toBe(0);
    const { worklist: counts, archives } = await status({ store });
    expect(counts).toMatchObject({ total: items, listed: items, open: 0 });
    expect(archives).toMatchObject({ total: items * each, kept: items * each });
    expect((await verify({ store })).findings).toEqual([]);
    await promisify(execFile)("sha256sum", ["-c", "--quiet", "manifest-sha256.txt"], {
      cwd: store,
    });
    expect(await readdir(join(store, "mails"))).not.toContain(".part");

    // The server's own log: a mail is asked for again only if it was in flight when a kill came.
    const mails = server.seen.filter(({ path }) => path.startsWith("/mail/"));
    const again = mails.length - items * each;
    expect(new Set(mails.map(({ path }) => path)).size).toBe(items * each);
    expect(again).toBeLessThanOrEqual(killed * 32);
    console.log(
      `${killed} kills, ${items} items, ${items * each} mails, ${again} in flight asked again`,
    );
  },
);
