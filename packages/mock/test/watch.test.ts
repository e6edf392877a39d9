import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mock } from "@np6-archives/mock";
import { startMock } from "@np6-archives/mock";
import { afterEach, beforeEach, expect, test } from "vitest";
import { splitSpec } from "./split-spec.ts";

const contract = await readFile(
  createRequire(import.meta.url).resolve("@np6-archives/spec/openapi.yaml"),
  "utf8",
);
const mail = (subject: string): string =>
  `From: a@example.com\r\nSubject: ${subject}\r\n\r\nText\r\n`;

let folder: string;
let spec: string;
let mails: string;
let archives: string;
let mock: Mock;
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "watch-"));
  [spec, mails, archives] = ["openapi.yaml", "mails", "own.yaml"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await mkdir(mails);
  await writeFile(spec, contract);
  await writeFile(join(mails, "a.eml"), mail("a"));
  await writeFile(archives, "- target: OWN\n");
  lines = [];
  mock = await startMock({
    spec,
    mails,
    archives,
    watch: true,
    onWarning: (line) => lines.push(line),
  });
});
afterEach(async () => {
  await mock.close();
  await rm(folder, { recursive: true });
});

const get = (path: string): Promise<Response> =>
  fetch(`${mock.url}${path}`, { headers: { "X-Key": "demo" } });
const mailNames = (): (string | undefined)[] =>
  mock.dataset.archives.filter(({ target }) => target === "000T123").map((one) => one.mail);

const subjectsOfOther = async (): Promise<(string | undefined)[]> => {
  const list = (await (await get("/targets/OTHER/archives")).json()) as { url: string }[];
  const texts = list.map(async ({ url }) => (await fetch(url)).text());
  return (await Promise.all(texts)).map((text) => /Subject: (.*)\r/.exec(text)?.[1]);
};
const refusedMail: unknown = expect.stringMatching(
  /^The changed archives file .* is not taken in, .*archives\[\d\]\.mail\.file/,
);

test("a changed spec is reloaded, a broken one is reported and the last good one stays", async () => {
  const path = "/targets/000T123/archives?startDate=no";
  expect((await get(path)).status).toBe(400);
  await writeFile(spec, contract.replace("name: startDate", "name: fromDate"));
  await expect.poll(() => lines).toEqual([`The changed spec ${spec} is taken in.`]);
  expect((await get(path)).status).toBe(200);

  await writeFile(spec, contract.slice(0, 5000));
  await expect.poll(() => lines).toHaveLength(2);
  expect(lines[1]).toMatch(
    /^The changed spec .* is not taken in, the last good one stays: [^\n]+$/,
  );
  expect((await get(path)).status).toBe(200);

  await writeFile(spec, contract);
  await expect.poll(() => lines).toHaveLength(3);
  expect((await get(path)).status).toBe(400);

  await writeFile(spec, contract.slice(0, 5000));
  await expect.poll(() => lines).toHaveLength(4);
  await writeFile(spec, contract);
  await expect.poll(() => lines[4]).toBe(`The spec ${spec} is good again, as it was before.`);
});

test("a spec with an alias inside its own anchor is reloaded, and served unchanged", async () => {
  const changed = contract.replace("name: startDate", "name: fromDate");
  const looped = `${changed}\nx-loop: &loop\n  inner: *loop\n`;
  await writeFile(spec, looped);
  await expect.poll(() => lines).toEqual([`The changed spec ${spec} is taken in.`]);
  const served = await fetch(`${mock.url}/__mock/docs/openapi.yaml`);
  expect([served.status, await served.text()]).toEqual([200, looped]);
});

test("a change in another file of the spec is noticed, wherever it is", async () => {
  const { parts } = await splitSpec(folder);
  const text = await readFile(parts, "utf8");
  await rm(parts);
  await expect.poll(() => lines.at(-1)).toContain("not taken in");
  await writeFile(parts, text.replace("required: [id,", "required: [subject, id,"));
  await expect.poll(() => lines.at(-1)).toBe(`The changed spec ${spec} is taken in.`);
  expect((await get("/targets/000T123/archives")).status).toBe(500);
  await writeFile(parts, text);
  await expect.poll(async () => (await get("/targets/000T123/archives")).status).toBe(200);
});

test("a mail that is added, removed or replaced is noticed, and the links of the others stay", async () => {
  const before = mock.dataset.archives.find(({ target }) => target === "000T123");
  await writeFile(join(mails, "b.eml"), mail("b"));
  await expect.poll(mailNames).toEqual(["a.eml", "b.eml"]);
  expect((await fetch(before?.url ?? "")).status).toBe(200);
  await writeFile(join(mails, "new"), mail("changed"));
  await rename(join(mails, "new"), join(mails, "b.eml"));
  const second = mock.dataset.archives.find(
    ({ target, mail: name }) => target === "000T123" && name === "b.eml",
  );
  await expect.poll(async () => (await fetch(second?.url ?? "")).text()).toBe(mail("changed"));
  await rm(join(mails, "a.eml"));
  await expect.poll(mailNames).toEqual(["b.eml"]);
  expect(await (await fetch(second?.url ?? "")).text()).toBe(mail("changed"));
  expect(new Set(lines)).toEqual(new Set([`The changed mail folder ${mails} is taken in.`]));

  await rm(join(mails, "b.eml"));
  await expect.poll(() => lines.at(-1)).toContain("is not taken in, the last good one stays");
});

test("a changed archives file is reloaded, one with a mistake is reported with the place", async () => {
  await writeFile(archives, "- target: OTHER\n");
  await expect.poll(() => mock.dataset.targets).toContain("OTHER");
  expect(mock.dataset.targets).not.toContain("OWN");
  await writeFile(archives, "- target: OTHER\n- link: usable\n");
  await expect.poll(() => lines).toHaveLength(2);
  expect(lines[1]).toContain("archives[1].target");
  expect((await get("/targets/OTHER/archives")).status).toBe(200);
  // A reset drops what was put, and restores what the file says now.
  await fetch(`${mock.url}/__mock/archives`, { method: "PUT", body: "[]" });
  expect(mock.dataset.targets).not.toContain("OTHER");
  mock.reset();
  expect(mock.dataset.targets).toContain("OTHER");
});

test("an archives file is reloaded when the mails that it names exist, and again when one changes", async () => {
  const taken = `The changed archives file ${archives} is taken in.`;
  const told: unknown[] = [];
  const tells = async (line: unknown): Promise<void> => {
    told.push(line);
    await expect.poll(() => lines).toEqual(told);
  };
  const second = "{ target: OTHER, mail: { file: mails/../two.eml } }";
  await writeFile(archives, `- { target: OTHER, mail: { file: one.eml } }\n- ${second}\n`);
  await tells(refusedMail);
  await writeFile(join(folder, "one.eml"), mail("one"));
  await tells(refusedMail);
  await writeFile(join(folder, "two.eml"), mail("two"));
  await tells(taken);
  expect(await subjectsOfOther()).toEqual(["one", "two"]);

  await writeFile(join(folder, "two.eml"), mail("changed"));
  await tells(taken);
  expect(await subjectsOfOther()).toEqual(["one", "changed"]);
  // A broken file names no mails, so those that it named before are still watched.
  await writeFile(archives, "[");
  await tells(expect.stringContaining("is not taken in"));
  await writeFile(archives, `- ${second}\n`);
  await tells(taken);
  // No longer named, so no longer watched.
  await writeFile(join(folder, "one.eml"), mail("changed"));
  await rm(join(folder, "two.eml"));
  await tells(refusedMail);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(lines).toEqual(told);
});

test("a file is read again when its mode changes", async () => {
  const taken = `The changed archives file ${archives} is taken in.`;
  await writeFile(archives, "- target: OTHER\n");
  await expect.poll(() => lines).toEqual([taken]);
  // Root can read a file of any mode, so the test only checks that the change is noticed.
  await chmod(archives, 0o444);
  await expect.poll(() => lines).toEqual([taken, taken]);
});

test("a spec that is written slowly is not served half-written, and no request is lost meanwhile", async () => {
  const written = new AbortController();
  const statuses = new Map<number, number>();
  const asking = (async () => {
    while (!written.signal.aborted) {
      const { status } = await get("/targets/000T123/archives");
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  })();
  const next = contract.replace("name: startDate", "name: fromDate");
  await writeFile(spec, "");
  for (let at = 0; at < next.length; at += 2000) {
    await appendFile(spec, next.slice(at, at + 2000));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await expect.poll(() => lines.at(-1)).toBe(`The changed spec ${spec} is taken in.`);
  written.abort();
  await asking;
  expect([...statuses.keys()]).toEqual([200]);
});
