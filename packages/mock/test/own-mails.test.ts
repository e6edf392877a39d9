import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMock } from "@np6-archives/mock";
import type { MailArchive } from "@np6-archives/spec";
import { afterAll, beforeAll, expect, test } from "vitest";

const mail = (subject: string): string =>
  `From: a@example.com\r\nDate: Mon, 02 Feb 2026 08:00:00 +0000\r\nSubject: ${subject}\r\n\r\nText of ${subject}.\r\n`;

const home = await mkdtemp(join(tmpdir(), "own-mails-"));
afterAll(() => rm(home, { recursive: true }));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(home, "mixed-"));
  const files: Record<string, string> = {
    "10-third.eml": mail("third"),
    "01-first.eml": mail("first"),
    "02-second": mail("second").replaceAll("\r\n", "\n"),
    "notes.txt": "These are notes.\nNo mail at all.\n",
    "config.yaml": "name: value\nother: thing\n",
    "empty.eml": "",
    "picture.eml": "\u0089PNG\r\n\u001A\n",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await mkdir(join(folder, "00-folder"));
  await symlink(join(folder, "nowhere"), join(folder, "gone.eml"), "file");
});

test("each mail of a folder is one archive of 00000A to 000T123, in file-name order, with a link that opens", async () => {
  const warnings: string[] = [];
  const mock = await startMock({ mails: folder, onWarning: (line) => warnings.push(line) });
  try {
    const list = async (path: string): Promise<MailArchive[]> => {
      const response = await fetch(`${mock.url}${path}`, { headers: { "X-Key": "demo" } });
      return (await response.json()) as MailArchive[];
    };
    const archives = await list("/targets/000T123/archives");
    expect(await list("/actions/00000A/targets/000T123/archives")).toEqual(archives);
    expect(await list("/actions/stamp/d52055cd-e854-4177-8ef5-b10fd8d568a7/archives")).toEqual([
      archives[0],
    ]);

    const texts = await Promise.all(archives.map(async ({ url }) => (await fetch(url)).text()));
    expect(texts).toEqual([mail("first"), mail("second").replaceAll("\r\n", "\n"), mail("third")]);
    const month = 31 * 86_400_000;
    for (const { sendingDate } of archives) {
      expect(Date.now() - Date.parse(sendingDate)).toBeLessThan(month);
    }
    const names = mock.dataset.archives.filter(({ target }) => target === "000T123");
    expect(names.map((one) => one.mail)).toEqual(["01-first.eml", "02-second", "10-third.eml"]);
  } finally {
    await mock.close();
  }
  expect(warnings).toEqual([
    `${join(folder, "config.yaml")} is no mail (it begins with no mail headers), so it is left out.`,
    `${join(folder, "empty.eml")} is no mail (it begins with no mail headers), so it is left out.`,
    `${join(folder, "gone.eml")} cannot be read (ENOENT), so it is left out.`,
    `${join(folder, "notes.txt")} is no mail (it begins with no mail headers), so it is left out.`,
    `${join(folder, "picture.eml")} is no mail (it begins with no mail headers), so it is left out.`,
  ]);
});

test("a folder that is missing, is a file, or has no mail is refused in one line", async () => {
  await expect(startMock({ mails: join(folder, "missing") })).rejects.toThrow(
    /cannot be read \(ENOENT\)\.$/,
  );
  await expect(startMock({ mails: join(folder, "notes.txt") })).rejects.toThrow(
    /cannot be read \(ENOTDIR\)\.$/,
  );
  await expect(startMock({ mails: join(folder, "00-folder") })).rejects.toThrow(/holds no mail\.$/);
});

test("the story ids remain, with the folder's mails", async () => {
  const mock = await startMock({ mails: folder });
  try {
    const response = await fetch(`${mock.url}/targets/000F404/archives`, {
      headers: { "X-Key": "demo" },
    });
    expect(response.status).toBe(404);
    const blank = mock.dataset.archives.filter(({ target }) => target === "000BLANK");
    expect(blank.map((one) => one.mail === undefined)).toEqual([true, false]);
  } finally {
    await mock.close();
  }
});

test("two mails with similar file names have their own id and link each", async () => {
  const twins = await mkdtemp(join(home, "twins-"));
  const names = [Buffer.from([0xe9]), Buffer.from("é")];
  for (const [at, name] of names.entries()) {
    await writeFile(
      Buffer.concat([Buffer.from(`${twins}/`), name, Buffer.from(".eml")]),
      mail(`${at}`),
    );
  }
  const mock = await startMock({ mails: twins });
  try {
    const archives = mock.dataset.archives.filter(({ target }) => target === "000T123");
    expect(archives.map((one) => one.mail)).toEqual(["é.eml", "é.eml"]);
    expect(archives[0]?.id).not.toBe(archives[1]?.id);
    const texts = await Promise.all(archives.map(async ({ url }) => (await fetch(url)).text()));
    expect(texts.toSorted()).toEqual([mail("0"), mail("1")]);
  } finally {
    await mock.close();
  }
});

test("a mail is served byte for byte, however it begins, and oddities are reported", async () => {
  const odd = await mkdtemp(join(home, "odd-"));
  const latin1 = Buffer.concat([
    Buffer.from(`${odd}/9-caf`),
    Buffer.from([0xe9]),
    Buffer.from(".eml"),
  ]);
  const files: Record<string, string> = {
    "1-mark.eml": `\uFEFF${mail("mark")}`,
    "2-mbox.eml": `From MAILER-DAEMON Thu Feb  5 09:27:58 2026\r\n${mail("mbox")}`,
    "3-no-colon.eml": mail("broken").replace("Date:", "a line without one\r\nDate:"),
    "4-space.eml": "From: a@example.com\nSubject: s\n \n--e\n\nhello\n",
    "5-marked-mbox.eml": `\uFEFFFrom MAILER-DAEMON Thu\n${mail("both")}`,
    "6-space-before-colon.eml": "From : a@example.com\nSubject : s\n\nhello\n",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(odd, name), text);
  await writeFile(latin1, mail("latin"));
  execFileSync("mkfifo", [join(odd, "7-pipe.eml")]);
  await symlink("7-pipe.eml", join(odd, "8-to-a-pipe.eml"), "file");

  const warnings: string[] = [];
  const mock = await startMock({ mails: odd, onWarning: (line) => warnings.push(line) });
  try {
    const archives = mock.dataset.archives.filter(({ target }) => target === "000T123");
    const bytes = await Promise.all(
      archives.map(async ({ url }) => Buffer.from(await (await fetch(url)).arrayBuffer())),
    );
    expect(bytes.map(String)).toEqual([...Object.values(files), mail("latin")]);
    expect(archives.at(-1)?.mail).toBe("9-café.eml");

    await rm(join(odd, "1-mark.eml"));
    const gone = await fetch(archives[0]?.url ?? "");
    expect(gone.status).toBe(404);
    expect(await gone.text()).toContain("<Code>BlobNotFound</Code>");
  } finally {
    await mock.close();
  }
  expect(warnings.map((line) => line.slice(odd.length + 1))).toEqual([
    "1-mark.eml begins with a byte order mark; it is served as it is.",
    "2-mbox.eml begins with the line of an mbox; it is served as it is.",
    "3-no-colon.eml has lines among its headers that are no headers (1); it is served as it is.",
    "4-space.eml has lines among its headers that are no headers (1); it is served as it is.",
    "5-marked-mbox.eml begins with a byte order mark; it is served as it is.",
    "5-marked-mbox.eml begins with the line of an mbox; it is served as it is.",
    "7-pipe.eml is no regular file, so it is left out.",
    "8-to-a-pipe.eml is no regular file, so it is left out.",
  ]);
});
