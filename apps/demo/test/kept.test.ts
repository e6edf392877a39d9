import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdtemp, readFile, readdir, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { ArchivesClient } from "@np6-archives/client";
import { KeepError, erase, keep, openKept, personBag } from "@np6-archives/keep";
import type { KeptArchive, KeptMails } from "@np6-archives/keep";
import { startMock } from "@np6-archives/mock";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { openKeptStore } from "../src/archives/kept-store.ts";
import { openBag } from "../src/web/bag-download.ts";
import type { WriteBag } from "../src/web/bag-download.ts";
import { serveViewer } from "../src/web/serve.ts";
import type { RunningViewer } from "../src/web/serve.ts";
import { start, startCommand } from "./command.ts";
import { linksOf } from "./viewer.ts";

// Mails that np6-archives-keep has stored are found and opened, whether NP6 answers or not.

const LIST = "by=target&target=000T123";

let folder: string;
let store: string;
let kept: KeptMails;
/** How many mails of the target are kept. */
let count: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "np6 kept-"));
  store = join(folder, "store");
  const mock = await startMock();
  const client = new ArchivesClient({ apiKey: "demo", baseUrl: mock.url });
  await writeFile(join(folder, "worklist.csv"), "target\n000T123\n");
  await keep({ client, worklist: join(folder, "worklist.csv"), store, rate: 100 });
  await mock.close();
  kept = await openKept({ store });
  count = (await kept.find({ target: "000T123" })).length;
  expect(count).toBeGreaterThan(20);
});
afterAll(async () => {
  await kept.close();
  await rm(folder, { recursive: true });
});

const bag = (target: string, out: string) => personBag({ store, target, out });

async function withViewer(
  client: ArchivesClient | undefined,
  use: (viewer: RunningViewer, log: string[]) => Promise<void>,
  more: Partial<Parameters<typeof serveViewer>[0]> = {},
): Promise<void> {
  const log: string[] = [];
  const options = { client, kept, bag, log: (line: string) => void log.push(line), ...more };
  const viewer = await serveViewer(options, { host: "127.0.0.1", port: 0 });
  try {
    await use(viewer, log);
  } finally {
    await viewer.close();
  }
}

const textOf = async (viewer: RunningViewer, path: string) =>
  (await fetch(new URL(path, viewer.url))).text();

test("without a key kept mails are listed, marked and opened, with the facts of the copy shown", () =>
  withViewer(undefined, async (viewer) => {
    const list = await textOf(viewer, `?${LIST}`);
    const mails = linksOf(list, "mail?");
    expect(mails).toHaveLength(count);
    expect(list.match(/>Kept</g)).toHaveLength(count);
    const [mail = ""] = mails;
    const page = await textOf(viewer, mail);
    expect(page).toContain("The one that was kept on");
    const download = new Uint8Array(
      await (await fetch(new URL(mail.replace("mail?", "download?"), viewer.url))).arrayBuffer(),
    );
    expect(page.split(createHash("sha256").update(download).digest("hex"))).toHaveLength(2);
    const head = JSON.parse(await textOf(viewer, mail.replace("mail?", "head?"))) as object;
    expect(head).toEqual({
      subject: expect.stringMatching(/./) as string,
      from: expect.stringMatching(/@/) as string,
    });
  }));

test("the store is found relative to the folder where the package manager was called", async () => {
  const called = { INIT_CWD: folder, npm_package_name: "@np6-archives/demo" };
  const viewer = startCommand("main.js", { PORT: "0", KEPT_STORE: "store", ...called });
  try {
    const [, url = ""] = await viewer.until(/Viewer: (\S+)/);
    expect(linksOf(await (await fetch(`${url}?${LIST}`)).text(), "mail?")).toHaveLength(count);
  } finally {
    viewer.process.kill("SIGTERM");
  }
  expect(await viewer.ended()).toBe(0);
});

test("an archive that was found can be read after it went through JSON", async () => {
  const [one] = await kept.find({ target: "000T123" });
  const copy = JSON.parse(JSON.stringify(one)) as NonNullable<typeof one>;
  const chunks: Uint8Array[] = [];
  for await (const chunk of kept.read(copy)) chunks.push(chunk);
  expect(Buffer.concat(chunks)).toHaveLength(copy.bytes);
});

test("by action, stamp and day only matching mails are found", () =>
  withViewer(undefined, async (viewer) => {
    const all = await kept.find({ target: "000T123" });
    const [one] = all.toSorted((a, b) => Date.parse(b.sendingDate) - Date.parse(a.sendingDate));
    const { action = "", sendingDate = "" } = one ?? {};
    const ofAction = all.filter((archive) => archive.action === action).length;
    const found = async (query: string) =>
      linksOf(await textOf(viewer, `?${query}`), "mail?").length;
    expect(await found(`by=action&action=${action}&target=000T123`)).toBe(ofAction);
    const day = new Date(sendingDate).toISOString().slice(0, 10);
    const ofDay = all.filter((each) => new Date(each.sendingDate).toISOString().startsWith(day));
    expect(await found(`${LIST}&from=${day}&to=${day}&zone=UTC`)).toBe(ofDay.length);
    expect(await found("by=target&target=000EMPTY")).toBe(0);
    const empty = await textOf(viewer, "?by=target&target=000EMPTY");
    expect(empty).toContain("only kept mails are looked at here");
    expect(empty).not.toContain("API key");
    expect(await found("by=stamp&stamp=00000000-0000-4000-8000-0000000000e0")).toBe(0);
  }));

test("with NP6 down, kept mails are shown with a note on what is not known", () =>
  withViewer(
    new ArchivesClient({ apiKey: "demo", baseUrl: "http://127.0.0.1:9", maxRetries: 0 }),
    async (viewer, log) => {
      const list = await textOf(viewer, `?${LIST}`);
      expect(linksOf(list, "mail?")).toHaveLength(count);
      expect(list).toContain("NP6 gave no list. What is kept is shown all the same.");
      expect(log).toEqual([expect.stringMatching(/^GET \/ 502 ConnectionError/)]);
      expect((await fetch(new URL("?by=target&target=000T999", viewer.url))).status).toBe(502);
    },
  ));

test.each([
  ["en", 404, "NP6 knows no such id", "NP6 no longer knows it. What is kept is shown", []],
  ["fr", 404, "NP6 ne connaît pas cet identifiant", "NP6 ne le connaît plus. Ce qui est", []],
  [
    "en",
    403,
    "may not see these archives",
    "NP6 gave no list. What is kept is shown",
    ["What to do"],
  ],
  ["fr", 403, "ne donne pas accès à ces", "NP6 n’a pas donné de liste. Ce qui est", ["Que faire"]],
] as const)(
  "in %s, a %i of NP6 is told with what is kept, and with advice only where there is any",
  async (language, status, title, note, advice) => {
    const mock = await startMock();
    mock.inject({ fault: `status=${status}`, match: { origin: "api" } });
    const client = new ArchivesClient({ apiKey: "demo", baseUrl: mock.url, maxRetries: 0 });
    await withViewer(client, async (viewer) => {
      const list = await textOf(viewer, `?${LIST}&lang=${language}`);
      expect(linksOf(list, "mail?")).toHaveLength(count);
      expect(list).toContain(title);
      expect(list).toContain(note);
      expect(list.match(/What to do|Que faire/g) ?? []).toEqual(advice);
    });
    await mock.close();
  },
);

test("with NP6 up, each mail is listed once, and marked if it is kept", async () => {
  const mock = await startMock();
  const client = new ArchivesClient({ apiKey: "demo", baseUrl: mock.url });
  await withViewer(client, async (viewer) => {
    const list = await textOf(viewer, `?${LIST}`);
    const ids = linksOf(list, "mail?").map((link) => new URLSearchParams(link.slice(5)).get("id"));
    expect(new Set(ids).size).toBe(ids.length);
    expect(list.match(/>Kept</g)).toHaveLength(count);
    // The copy is read, not the link.
    mock.reset();
    await textOf(viewer, linksOf(list, "mail?")[0] ?? "");
    expect(mock.journal().filter(({ origin }) => origin === "blob")).toEqual([]);
  });
  await mock.close();
});

test("the download of a large copy that turns out to be changed breaks off", async () => {
  const [copy] = await kept.find({ target: "000T123" });
  const bytes = 41 * 1024 * 1024;
  const large: KeptMails = {
    find: async () => (copy === undefined ? [] : [{ ...copy, bytes }]),
    async *read() {
      for (let megabyte = 0; megabyte < 41; megabyte++) yield Buffer.alloc(1024 * 1024);
      // Gives all of them time to be sent.
      await setTimeout(1000);
      throw new KeepError("It is not what was kept.");
    },
    close: async () => undefined,
  };
  await withViewer(
    undefined,
    async (viewer, log) => {
      const [mail = ""] = linksOf(await textOf(viewer, `?${LIST}`), "mail?");
      const download = await fetch(new URL(mail.replace("mail?", "download?"), viewer.url));
      expect(download.headers.get("content-length")).toBe(String(bytes));
      await expect(download.arrayBuffer().then(() => "whole")).rejects.toThrow();
      expect(log).toEqual([expect.stringMatching(/^GET \/download 500 KeepError/)]);
    },
    { kept: large, bag: undefined },
  );
});

test("a mail that is kept meanwhile is shown from the store, and one that is erased not at all", async () => {
  const mail = { target: "000BBB", mail: { text: "of somebody" } };
  const mock = await startMock({ seeded: false, archives: [mail] });
  const client = new ArchivesClient({ apiKey: "demo", baseUrl: mock.url, maxRetries: 0 });
  const own = join(folder, "of somebody");
  const worklist = join(folder, "somebody.csv");
  await writeFile(worklist, "target\n000AAA\n");
  await keep({ client, worklist, store: own, rate: 100 });
  const ownKept = await openKept({ store: own });
  await withViewer(
    client,
    async (viewer) => {
      const list = async () => {
        const text = await textOf(viewer, "?by=target&target=000BBB");
        const [page = ""] = linksOf(text, "mail?");
        return { text, page, head: page.replace("mail?", "head?") };
      };
      const before = await list();
      expect(await textOf(viewer, before.page)).toContain("of somebody");
      expect(JSON.parse(await textOf(viewer, before.head))).toHaveProperty("subject");

      await writeFile(worklist, "target\n000BBB\n");
      await keep({ client, worklist, store: own, rate: 100 });
      const after = await list();
      expect(after.page).toBe(before.page);
      expect(after.text).toContain(">Kept<");
      const shown = await textOf(viewer, after.page);
      expect(shown).toContain("The one that was kept on");
      expect(shown).not.toContain("cannot be read");
      expect(JSON.parse(await textOf(viewer, after.head))).toHaveProperty("subject");

      await erase({ store: own, target: "000BBB", reason: "asked for" });
      await fetch(`${mock.url}/__mock/archives`, {
        method: "PUT",
        body: JSON.stringify([{ ...mail, link: "expired" }]),
      });
      // At once, without a new list, and on pages of the list that was already loaded.
      for (const path of ["mail?", "frame?", "print?", "download?", "head?"]) {
        const answer = await fetch(new URL(after.page.replace("mail?", path), viewer.url));
        expect([path, answer.status]).toEqual([path, path === "head?" ? 204 : 410]);
        expect(await answer.text()).not.toContain("of somebody");
      }
      expect((await list()).page).toBe(before.page);
    },
    { kept: ownKept, bag: undefined },
  );
  await ownKept.close();
  await mock.close();
});

test("paging through a list shows no copy that was erased meanwhile", () => {
  const copies = new Map(
    Array.from({ length: 60 }, (_, at): [string, KeptArchive] => {
      const sendingDate = new Date(Date.UTC(2026, 0, 1, 0, 60 - at)).toISOString();
      const facts = { action: "00000A", target: "000AAA", expiresOn: sendingDate, bytes: 1 };
      return [
        `id-${at}`,
        { id: `id-${at}`, sendingDate, keptAt: sendingDate, sha256: "", ...facts },
      ];
    }),
  );
  const find: KeptMails["find"] = async (query) =>
    [...copies.values()].filter(({ id }) => !("id" in query) || query.id === id);
  return withViewer(
    undefined,
    async (viewer) => {
      const idsOn = async (page: number) =>
        linksOf(await textOf(viewer, `?by=target&target=000AAA&page=${page}`), "mail?").length;
      expect([await idsOn(1), await idsOn(2)]).toEqual([50, 10]);
      copies.delete("id-3");
      expect(await idsOn(2)).toBe(10);
      copies.delete("id-55");
      expect(await idsOn(2)).toBe(8);
    },
    { kept: { ...kept, find } },
  );
});

test("a store that cannot be searched is reported in a line, and NP6's list is still shown", async () => {
  const malformed = new Error("database disk image is malformed");
  const broken = { kept: { ...kept, find: () => Promise.reject(malformed) } };
  const mock = await startMock();
  const client = new ArchivesClient({ apiKey: "demo", baseUrl: mock.url });
  for (const sources of [{ client }, { client: undefined }]) {
    await withViewer(
      sources.client,
      async (viewer, log) => {
        const answer = await fetch(new URL(`?${LIST}`, viewer.url));
        const list = await answer.text();
        expect(list).toContain("What was kept cannot be read");
        const [mail = ""] = linksOf(list, "mail?");
        expect([answer.status, mail !== ""]).toEqual(sources.client ? [200, true] : [500, false]);
        if (sources.client) expect(await textOf(viewer, mail)).toContain("Your documents");
        expect((await fetch(new URL("bag?target=000T123", viewer.url))).status).toBe(500);
        const line = /^GET \/(?:bag)? 500 KeepError: The ledger of [^\n]*`verify` tells more\.$/;
        expect(log).toEqual([line, line].map((each) => expect.stringMatching(each) as string));
      },
      broken,
    );
  }
  await mock.close();
});

test("a store that replaces another is read from then on, and its absence is reported meanwhile", async () => {
  const place = join(folder, "place");
  await cp(store, place, { recursive: true });
  const placed = await openKeptStore(place);
  const found = async () => (await placed.find({ target: "000T123" })).length;
  expect(await found()).toBe(count);
  await rename(place, `${place}-old`);
  await expect(found()).rejects.toThrow(KeepError);
  const other = join(folder, "other");
  await cp(store, other, { recursive: true });
  await erase({ store: other, target: "000T123", reason: "another store" });
  await rename(other, place);
  expect(await Promise.all([found(), found()])).toEqual([0, 0]);
  await rename(place, other);
  await rename(`${place}-old`, place);
  expect(await found()).toBe(count);
  const [archive] = await placed.find({ target: "000T123" });
  let bytes = 0;
  for await (const chunk of placed.read(archive as KeptArchive)) bytes += chunk.length;
  expect(bytes).toBe(archive?.bytes);
  await placed.close();
});

test("a person's bag can be downloaded, and leaves nothing behind", () =>
  withViewer(undefined, async (viewer) => {
    // Other tests may make bags at the same time.
    const own = await mkdtemp(join(folder, "tmp-"));
    vi.stubEnv("TMPDIR", own);
    onTestFinished(() => void vi.unstubAllEnvs());
    const [link = ""] = linksOf(await textOf(viewer, `?${LIST}`), "bag?");
    const answer = await fetch(new URL(link, viewer.url));
    expect(answer.headers.get("content-type")).toBe("application/zip");
    expect(answer.headers.get("content-disposition")).toContain("000T123.zip");
    const zip = Buffer.from(await answer.arrayBuffer());
    expect(zip.length).toBe(Number(answer.headers.get("content-length")));
    // Each file's name occurs twice in the zip: before the file, and in the directory at the end.
    expect(zip.toString("latin1").match(/data\/mails\/[^/]*?\.eml/g)).toHaveLength(2 * count);
    await expect.poll(() => readdir(own)).toEqual([]);
    expect((await fetch(new URL("bag?target=000EMPTY", viewer.url))).status).toBe(404);
  }));

test("HEAD of a bag does not make one", () => {
  const written: string[] = [];
  const spy = (target: string) => Promise.resolve(void written.push(target));
  return withViewer(
    undefined,
    async (viewer) => {
      const head = async (target: string) =>
        fetch(new URL(`bag?target=${target}`, viewer.url), { method: "HEAD" });
      const answer = await head("000T123");
      expect(answer.status).toBe(200);
      expect(answer.headers.get("content-type")).toBe("application/zip");
      expect((await head("000EMPTY")).status).toBe(404);
      expect(written).toEqual([]);
    },
    { bag: spy },
  );
});

test("making a bag stops when its reader leaves", () => {
  const leaves = new AbortController();
  let left: (() => void) | undefined;
  const stopped = new Promise<void>((resolve) => (left = resolve));
  const write: WriteBag = (_target, _path, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        reject(signal.reason);
        left?.();
      });
      leaves.abort();
    });
  return withViewer(
    undefined,
    async (viewer, log) => {
      const asked = fetch(new URL("bag?target=000T123", viewer.url), { signal: leaves.signal });
      await expect(asked).rejects.toThrow("aborted");
      await stopped;
      expect(log).toEqual([]);
    },
    { bag: write },
  );
});

test("a bag's file is removed once it is open, or when writing it fails", async () => {
  const paths: string[] = [];
  const { signal } = new AbortController();
  const write = async (target: string, path: string) => {
    paths.push(path);
    await writeFile(path, target);
    if (target === "none") throw new Error("The disk is full.");
  };
  const { body, size } = await openBag(write, "000T123", signal);
  expect(existsSync(dirname(paths[0] ?? ""))).toBe(false);
  expect(await new Response(body).text()).toBe("000T123");
  expect(size).toBe(7);
  await expect(openBag(write, "none", signal)).rejects.toThrow("The disk is full.");
  expect(existsSync(dirname(paths[1] ?? ""))).toBe(false);
});

test("an unfinished bag is removed when the viewer ends", async () => {
  const code = `
    import { writeFile } from "node:fs/promises";
    import { openBag } from ${JSON.stringify(new URL("../dist/web/bag-download.js", import.meta.url))};
    await openBag(async (target, path) => {
      await writeFile(path, target);
      console.log(path);
      process.exit();
    }, "000T123", new AbortController().signal);`;
  const viewer = start(process.execPath, ["--input-type=module", "--eval", code], {});
  expect(await viewer.ended()).toBe(0);
  const { out, err } = viewer.said();
  expect(err).toBe("");
  expect(out).toMatch(/np6-bag-/);
  expect(existsSync(dirname(out.trim()))).toBe(false);
});

test.each<[what: string, damage: (path: string) => Promise<void>]>([
  ["gone", (path) => rm(path)],
  ["cut off", (path) => truncate(path, 50)],
  [
    "another one",
    async (path) => {
      const bytes = await readFile(path);
      bytes[bytes.length - 3] = (bytes.at(-3) ?? 0) ^ 1;
      await writeFile(path, bytes);
    },
  ],
])(
  "a copy that is %s is replaced by NP6's where its link opens, else a page says so",
  async (what, damage) => {
    const damaged = join(folder, `damaged ${what}`);
    await cp(store, damaged, { recursive: true });
    for (const name of await readdir(join(damaged, "mails"), { recursive: true }))
      if (name.endsWith(".eml")) await damage(join(damaged, "mails", name));
    const gone = await openKept({ store: damaged });
    const more = {
      kept: gone,
      bag: (target: string, out: string) => personBag({ store: damaged, target, out }),
    };
    const mock = await startMock();
    const client = new ArchivesClient({ apiKey: "demo", baseUrl: mock.url });
    let mail = "";
    await withViewer(
      client,
      async (viewer) => {
        const list = await textOf(viewer, `?${LIST}`);
        mail = linksOf(list.slice(list.indexOf(">Kept<") - 1000), "mail?")[0] ?? "";
        expect(await textOf(viewer, mail)).toContain("NP6’s own: the one that was kept cannot be");
        const download = await fetch(new URL(mail.replace("mail?", "download?"), viewer.url));
        expect(download.status).toBe(200);
        const bytes = await download.arrayBuffer();
        expect(bytes.byteLength).toBe(Number(download.headers.get("content-length")));
      },
      more,
    );
    await mock.close();
    await withViewer(
      undefined,
      async (viewer, log) => {
        for (const path of [mail, mail.replace("mail?", "download?"), "bag?target=000T123"]) {
          const answer = await fetch(new URL(path, viewer.url));
          expect(answer.status).toBe(500);
          expect(await answer.text()).toContain("What was kept cannot be read");
          expect(log.pop()).toMatch(
            /^GET \/\w+ 500 KeepError: Archive [^\n]*`verify` tells more\.$/,
          );
        }
      },
      more,
    );
    await gone.close();
  },
);
