import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  appendFile,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { startBrowser } from "@np6-archives/test-servers/browser";
import { expect, test } from "vitest";
import { keep, personBag } from "../src/index.ts";
import { zipFolder } from "../src/person/zip-folder.ts";
import { bagProblems } from "./bag-validator.ts";
import {
  IS_POSIX,
  archiveOf,
  command,
  folder,
  idOf,
  listing,
  mailOf,
  start,
  startServer,
  worklistOf,
} from "./store-and-server.ts";

const run = promisify(execFile);

/** Opens a .zip with the system's own tool. On Windows that is its tar, as a GNU tar may come first in the PATH. */
async function unzip(path: string, into: string): Promise<void> {
  await mkdir(into);
  if (IS_POSIX) await run("unzip", ["-q", path, "-d", into]);
  else await run(`${process.env["SystemRoot"]}/System32/tar.exe`, ["-xf", path, "-C", into]);
}

/** A mail that would reach the network wherever it is shown. */
const HOSTILE = [
  "From: a@example.com",
  "To: b@example.com",
  "Subject: =?UTF-8?Q?Caf=C3=A9_<b>?=",
  "MIME-Version: 1.0",
  "Content-Type: text/html; charset=utf-8",
  "",
  '<h1>Your order</h1><script>document.title="owned";fetch("http://tracker.example/x")</script>',
  '<img src="http://tracker.example/pixel.gif"><link rel="stylesheet" href="http://tracker.example/a.css">',
  '<iframe src="http://tracker.example/frame"></iframe><p style="background:url(http://tracker.example/b)">Thanks</p>',
].join("\r\n");

/** A store where t0, t1 and t2 have two mails each, t1 also a blank link, and t3 is unknown. */
async function keptStore() {
  const server = await startServer({
    each: 2,
    judge(path) {
      if (path.startsWith("/targets/t3/")) return { status: 404 };
      if (path.startsWith("/targets/t1/")) {
        const blank = { ...archiveOf(server.url, "t1", 2), url: "" };
        return listing([archiveOf(server.url, "t1", 0), archiveOf(server.url, "t1", 1), blank]);
      }
      return path.startsWith(`/mail/${idOf("t1", 0)}`) ? { status: 200, body: HOSTILE } : undefined;
    },
  });
  const home = await folder();
  const store = join(home, "store");
  await keep({ client: server.client, worklist: await worklistOf(home, 4), store, rate: 1000 });
  return { server, home, store };
}

const ASKED =
  /^Last asked for: \d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z; mails sent later may be missing$/m;

test("of several targets, the statement tells when the one was asked for that was not for the longest", async () => {
  const { home, store } = await keptStore();
  const db = new DatabaseSync(join(store, "ledger.sqlite"));
  db.exec("UPDATE items SET lastTried = '2026-01-02T00:00:00.000Z' WHERE target = 't1'");
  db.close();
  const out = join(home, "bag");
  await personBag({ store, target: ["t1", "t2"], out });
  expect(await readFile(join(out, "data/statement.txt"), "utf8")).toContain(
    "Last asked for: 2026-01-02T00:00:00.000Z;",
  );
});

test("one person's mails, gaps and statement are a valid bag in a folder", async () => {
  const { home, store } = await keptStore();
  const out = join(home, "bag");
  const target = ["t1", "t2", "t3"];
  expect(await personBag({ store, target, out })).toEqual({ mails: 4, gaps: 2, without: [] });
  expect(await bagProblems(out)).toEqual([]);
  const names = [0, 0, 1, 1].map(
    (n, i) => `20260101T0${n}0000Z_00000A_${idOf(i % 2 === 0 ? "t1" : "t2", n)}.eml`,
  );
  expect((await readdir(join(out, "data/mails"))).toSorted()).toEqual(names.toSorted());
  expect(await readFile(join(out, `data/mails/${names[3]}`))).toEqual(mailOf(idOf("t2", 1)));
  const gaps = await readFile(join(out, "data/gaps.csv"), "utf8");
  expect(gaps).toMatch(
    /^kind,line,target,action,stamp,archive,state,reason,status,requestId,lastTried\n/,
  );
  expect(gaps).toMatch(/^item,5,t3,.*,unknown,/m);
  expect(gaps).toMatch(/^archive,,t1,.*,blank,/m);
  const index = (await readFile(join(out, "data/index.csv"), "utf8")).trim().split("\n");
  expect(index).toHaveLength(5);
  const statement = await readFile(join(out, "data/statement.txt"), "utf8");
  for (const said of [
    "t1, t2, t3",
    "Made: 20",
    "Period: 2026-01-01T00:00:00.000Z to 2026-01-01T01:00:00.000Z",
    "Mails: 4",
    "Could not be had: 2",
    "- item t3: unknown (",
    `- archive ${idOf("t1", 2)}, sent 2026-01-01T02:00:00.000Z by action 00000A: blank (`,
    "An empty list does not prove that nothing was sent",
  ]) {
    expect(statement).toContain(said);
  }
  expect(statement).toMatch(ASKED);
  // Nothing about another person.
  const all = await Promise.all(
    (await readdir(out, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => readFile(join(entry.parentPath, entry.name), "latin1")),
  );
  expect(all.join("")).not.toMatch(/\bt0\b/);
  if (IS_POSIX) expect((await stat(out)).mode & 0o777).toBe(0o700);
  expect((await readdir(home)).filter((name) => name.includes(".part"))).toEqual([]);
});

test("a .zip is the same bag, in one folder with its name", async () => {
  const { server, home, store } = await keptStore();
  const args = ["person", "--store", store, "--target", "t1", "--target", "t2", "--out"];
  const { code, stdout } = await command(server.url, ...args, join(home, "One Person.zip"));
  expect(stdout).toContain("4 mails");
  expect(code).toBe(0);
  await unzip(join(home, "One Person.zip"), join(home, "out"));
  expect(await readdir(join(home, "out"))).toEqual(["One Person"]);
  expect(await bagProblems(join(home, "out/One Person"))).toEqual([]);
  expect(await readdir(join(home, "out/One Person/data/mails"))).toHaveLength(4);
  if (IS_POSIX) expect((await stat(join(home, "One Person.zip"))).mode & 0o777).toBe(0o600);
});

test("its page is readable in a browser without network, and requests nothing", async () => {
  const { home, store } = await keptStore();
  const out = join(home, "bag");
  await personBag({ store, target: ["t1", "t2"], out });
  const browser = await startBrowser();
  try {
    const context = await browser.newContext({ offline: true });
    const page = await context.newPage();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    const address = pathToFileURL(join(out, "data/index.html")).href;
    await page.goto(address);
    expect(await page.title()).toBe("Archived mails of t1, t2");
    expect(await page.locator("article h2").allTextContents()).toContain("Café <b>");
    expect(await page.locator("article").count()).toBe(4);
    for (const summary of await page.locator("summary").all()) await summary.click();
    const mail = page.frameLocator("iframe").first();
    await mail.getByText("Your order").waitFor();
    expect(await mail.getByText("Thanks").isVisible()).toBe(true);
    expect(await page.locator("pre").first().isVisible()).toBe(true);
    expect(asked.filter((url) => !/^(about:|data:)/.test(url) && url !== address)).toEqual([]);
    expect(await page.title()).not.toBe("owned");
    expect(problems).toEqual([]);
    const hrefs = await page
      .locator("a")
      .evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    for (const href of hrefs) await stat(join(out, "data", decodeURIComponent(href ?? "?")));
  } finally {
    await browser.close();
  }
});

test.each<[string, (bag: string) => unknown]>([
  ["a byte changed", (bag) => appendFile(join(bag, "data/statement.txt"), "x")],
  ["a file too many", (bag) => writeFile(join(bag, "data/more.txt"), "")],
  ["a file gone", (bag) => rm(join(bag, "data/index.csv"))],
  ["a tag file changed", (bag) => appendFile(join(bag, "bag-info.txt"), "X: y\n")],
  ["a declaration of another form", (bag) => writeFile(join(bag, "bagit.txt"), "BagIt 1.0\n")],
  ["no tag manifest", (bag) => rm(join(bag, "tagmanifest-sha256.txt"))],
  ["no manifest", (bag) => rename(join(bag, "manifest-sha256.txt"), join(bag, "manifest.txt"))],
])("our validator finds %s", async (_, tamper) => {
  const { home, store } = await keptStore();
  const out = join(home, "bag");
  await personBag({ store, target: "t2", out });
  expect(await bagProblems(out)).toEqual([]);
  await tamper(out);
  expect(await bagProblems(out)).not.toEqual([]);
});

test.each<[string, (store: string) => unknown, RegExp]>([
  [
    "a mail that was changed",
    (store) =>
      appendFile(join(store, "mails", idOf("t2", 0).slice(0, 2), `${idOf("t2", 0)}.eml`), "x"),
    /is not as it was stored/,
  ],
  [
    "a mail that is gone",
    (store) => rm(join(store, "mails", idOf("t2", 0).slice(0, 2), `${idOf("t2", 0)}.eml`)),
    /cannot be read from the store/,
  ],
  [
    "another target's mail",
    (store) => {
      const db = new DatabaseSync(join(store, "ledger.sqlite"));
      const of = (target: string) =>
        db.prepare("SELECT path FROM archives WHERE id = ?").get(idOf(target, 0));
      const { path } = of("t1") as { path: string };
      db.prepare("UPDATE archives SET path = ? WHERE id = ?").run(path, idOf("t2", 0));
      db.close();
    },
    /is not as it was stored/,
  ],
])("%s fails the command, which leaves nothing behind", async (_, tamper, said) => {
  const { home, store } = await keptStore();
  await tamper(store);
  const before = await readdir(home);
  for (const out of ["bag", "bag.zip"]) {
    await expect(personBag({ store, target: "t2", out: join(home, out) })).rejects.toThrow(said);
  }
  expect(await readdir(home)).toEqual(before);
});

test("a target that is named twice is in the bag once", async () => {
  const { home, store } = await keptStore();
  const out = join(home, "bag");
  expect(await personBag({ store, target: ["t1", "t1"], out })).toMatchObject({
    mails: 2,
    gaps: 1,
  });
  expect(await readdir(join(out, "data/mails"))).toHaveLength(2);
});

test("ids without any mail are named, in the statement with the reason", async () => {
  const server = await startServer({
    judge: (path) =>
      path.startsWith("/targets/t1/") ? listing([archiveOf(server.url, "other", 0)]) : undefined,
  });
  const home = await folder();
  const store = join(home, "store");
  await keep({ client: server.client, worklist: await worklistOf(home, 2), store, rate: 1000 });
  const ids = ["--target", "t0", "typo", "--target", "t1"];
  const out = join(home, "bag");
  const { code, stdout } = await command(
    server.url,
    "person",
    "--store",
    store,
    "--out",
    out,
    ...ids,
  );
  expect(stdout).toBe(
    `1 mail in ${out}, 0 could not be had.\nNothing of typo, t1: statement.txt tells why.\n`,
  );
  expect(code).toBe(0);
  expect(await readFile(join(out, "data/statement.txt"), "utf8")).toContain(
    [
      "Nothing of typo: no row of the store has it",
      "Nothing of t1: it was asked for, and no mail is known under it: none was listed, or none is left after an erasure\n",
    ].join("\n"),
  );
  expect(await bagProblems(out)).toEqual([]);
  const erased = await command(server.url, "erase", "--store", store, "--reason", "x", ...ids);
  expect(erased).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^1 archive erased, and none is of typo, t1\.\n/),
  });

  // The worklist still names it: its mail is listed again, and stays erased.
  await keep({ client: server.client, worklist: await worklistOf(home, 2), store, rate: 1000 });
  const later = join(home, "later");
  expect(await personBag({ store, target: "t0", out: later })).toMatchObject({ without: ["t0"] });
  expect(await readFile(join(later, "data/statement.txt"), "utf8")).toContain(
    "Nothing of t0: it was asked for, and no mail is known under it: none was listed, or none is left after an erasure\n",
  );
});

test.each(["bag", "bag.zip"])("a signal ends it, and no %s is left", async (name) => {
  const { home, store } = await keptStore();
  const before = await readdir(home);
  const signal = AbortSignal.abort();
  const asked = personBag({ store, target: "t1", out: join(home, name), signal });
  await expect(asked).rejects.toThrow("aborted");
  expect(await readdir(home)).toEqual(before);
});

test("a file that disappears while a folder is zipped is reported", async () => {
  const home = await folder();
  const bag = join(home, "bag");
  await mkdir(bag);
  for (const name of ["a", "b"]) await writeFile(join(bag, name), randomBytes(8_000_000));
  const zipped = zipFolder(bag, join(home, "bag.zip"));
  zipped.catch(() => {});
  await expect.poll(() => readdir(home)).toContain("bag.zip");
  await rm(bag, { recursive: true });
  await expect(zipped).rejects.toThrow("ENOENT");
});

test.runIf(IS_POSIX).each([
  ["SIGHUP", "bag"],
  ["SIGHUP", "bag.zip"],
  ["SIGINT", "bag"],
] as const)("%s, and a second signal right after it, leave no %s", async (signal, name) => {
  const server = await startServer({ each: 40, size: 2_000_000 });
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, 1);
  await keep({ client: server.client, worklist, store, rate: 1000 });
  const before = (await readdir(home)).toSorted();
  const args = ["person", "--store", store, "--target", "t0", "--out", join(home, name)];
  for (const second of [undefined, "SIGTERM"] as const) {
    const child = start(server.url, ...args);
    const ended = once(child, "exit");
    const part = new RegExp(`^${name}\\.part-`);
    await expect
      .poll(() => readdir(home), { interval: 1 })
      .toContainEqual(expect.stringMatching(part));
    child.kill(signal);
    if (second) child.kill(second);
    expect(await ended).toEqual([3, null]);
    expect((await readdir(home)).toSorted()).toEqual(before);
  }
});

test.runIf(IS_POSIX).each(["bag", "bag.zip"])(
  "a full disk for %s is reported as such, with exit 3",
  async (name) => {
    const server = await startServer({ size: 200_000 });
    const home = await folder();
    const store = join(home, "store");
    const worklist = await worklistOf(home, 1);
    await keep({ client: server.client, worklist, store, rate: 1000 });
    const before = await readdir(home);
    const place = { url: server.url, fileKilobytes: 100 };
    const args = ["person", "--store", store, "--target", "t0", "--out", join(home, name)];
    expect(await command(place, ...args)).toEqual({
      code: 3,
      stdout: "",
      stderr: "np6-archives-keep: The bag cannot be written: EFBIG: file too large, write\n",
    });
    expect(await readdir(home)).toEqual(before);
  },
);

test.each(["bag", "bag.zip"])(
  "of two commands at once for one %s the first succeeds, and the other is refused",
  async (name) => {
    const { home, store } = await keptStore();
    const out = join(home, name);
    const asked = [1, 2].map(() => personBag({ store, target: "t1", out }));
    const ended = await Promise.allSettled(asked);
    expect(ended.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const refused = ended.find(({ status }) => status === "rejected");
    expect(refused).toMatchObject({
      reason: { message: expect.stringContaining("not there yet") },
    });
    expect((await readdir(home)).filter((found) => found.startsWith("bag"))).toEqual([name]);
    const bag = name === "bag" ? out : join(home, "opened/bag");
    if (name !== "bag") await unzip(out, join(home, "opened"));
    expect(await bagProblems(bag)).toEqual([]);
  },
);

test.each([
  [".zip", "a name before .zip"],
  ["...zip", "a name before .zip"],
  // On Windows this is a path.
  ...(IS_POSIX ? [["a\\b.zip", "a name before .zip"]] : []),
  ["worklist.csv/bag", "a path in a folder"],
  ["store/new/bag.zip", "a path outside the store"],
  ["x".repeat(300), "a path in a folder"],
])("--out %.20s is refused", async (name, said) => {
  const { home, store } = await keptStore();
  const before = await readdir(home);
  const asked = personBag({ store, target: "t1", out: `${home}/${name}` });
  await expect(asked).rejects.toThrow(`--out: expected ${said}`);
  expect(await readdir(home)).toEqual(before);
});

test("a path that is taken, and an unknown person, are refused with one line and exit 2", async () => {
  const { server, home, store } = await keptStore();
  await mkdir(join(home, "bag"));
  const asked = async (...args: string[]) =>
    command(server.url, "person", "--store", store, ...args);
  const taken = await asked("--target", "t1", "--out", join(home, "bag"));
  expect(taken).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^np6-archives-keep: --out: expected .*\n$/),
  });
  const unknown = await asked("--target", "t99", "--out", join(home, "other"));
  expect(unknown).toMatchObject({
    code: 2,
    stderr: 'np6-archives-keep: --target: expected ids that the store knows, got "t99".\n',
  });
});
