import { readFile } from "node:fs/promises";
import type { Mock, MockOptions } from "@np6-archives/mock";
import { startMock } from "@np6-archives/mock";
import type { MailArchive } from "@np6-archives/spec";
import { mailArchivesIssues } from "@np6-archives/spec/validate";
import { expect, test } from "vitest";

async function withMock<T>(options: MockOptions, use: (mock: Mock) => T | Promise<T>): Promise<T> {
  const mock = await startMock(options);
  try {
    return await use(mock);
  } finally {
    await mock.close();
  }
}

async function listAt(mock: Mock, path: string): Promise<MailArchive[]> {
  const response = await fetch(mock.url + path, { headers: { "X-Key": "demo" } });
  return (await response.json()) as MailArchive[];
}

const list = (mock: Mock, target: string): Promise<MailArchive[]> =>
  listAt(mock, `/targets/${target}/archives`);

function bytes(options: MockOptions): Promise<string> {
  return withMock(options, async (mock) =>
    JSON.stringify([mock.dataset, await list(mock, "00010000")]).replaceAll(mock.blobUrl, "BLOB"),
  );
}

test("the same seed, clock and ports give the same bytes, another seed gives others", async () => {
  const now = "2026-02-10T10:20:30Z";
  const first = await bytes({ now });
  expect(await bytes({ now })).toBe(first);
  expect(await bytes({ now: "2026-02-10T10:59:59Z" })).toBe(first);
  // However long the start takes.
  expect(await bytes({ now: "2026-02-10T10:59:59.999Z" })).toBe(first);
  expect(await bytes({ now, seed: 9 })).not.toBe(first);
  expect(await bytes({ now: "2026-02-10T11:00:00Z" })).not.toBe(first);
});

test("the dataset is plausible: ids, dates, links", () =>
  withMock({}, ({ dataset, blobUrl }) => {
    const { archives, targets, actions } = dataset;
    expect(mailArchivesIssues(archives)).toEqual([]);
    expect(archives.length).toBeGreaterThan(380);
    expect(targets.length).toBeGreaterThan(40);
    expect(actions).toHaveLength(8);
    expect(new Set(archives.map(({ id }) => id)).size).toBe(archives.length);
    expect(new Set(archives.map(({ stamp }) => stamp)).size).toBe(archives.length);

    const fractions = archives.map(({ sendingDate }) => /\.(\d+)Z$/.exec(sendingDate)?.[1]?.length);
    expect(new Set(fractions)).toEqual(new Set([2, 3]));

    const day = 86_400_000;
    for (const { sendingDate, expiresOn, url } of archives) {
      const age = Date.now() - Date.parse(sendingDate);
      expect(age).toBeGreaterThan(0);
      expect(age).toBeLessThan(61 * day);
      expect(Date.parse(expiresOn) - Date.parse(sendingDate)).toBe(32 * day);
      if (url.trim() === "") continue;
      expect(url.startsWith(`${blobUrl}/mcom032/`)).toBe(true);
      const se = new URL(url).searchParams.get("se") ?? "";
      expect(Date.parse(expiresOn) - Date.parse(se)).toBeLessThan(1000);
    }
  }));

test("each story id behaves as its story says", () =>
  withMock({}, async (mock) => {
    expect(await list(mock, "000EMPTY")).toEqual([]);
    const [blank, other] = await list(mock, "000BLANK");
    expect(blank?.url.trim()).toBe("");
    expect((await fetch(other?.url ?? "")).status).toBe(200);
    for (const { url } of await list(mock, "000EXPIRED")) {
      expect((await fetch(url)).status).toBe(403);
    }
    const stories = mock.dataset.wellKnown.map(({ id }) => id);
    expect(new Set(stories).size).toBe(stories.length);
    for (const [end, links] of [
      ["e0", []],
      ["b0", [""]],
      ["ed", [403]],
    ] as const) {
      const stamp = `00000000-0000-4000-8000-${end.padStart(12, "0")}`;
      const listed = await listAt(mock, `/actions/stamp/${stamp}/archives`);
      const seen = listed.map(async ({ url }) => url.trim() && (await fetch(url)).status);
      expect(await Promise.all(seen)).toEqual(links);
    }
  }));

test("the README describes every story id as the mock does", () =>
  withMock({}, async (mock) => {
    const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
    const rows = [...readme.matchAll(/^\| (target|action|stamp) +\| `(\S+)` +\| (.+?) +\|$/gm)];
    expect(rows.map(([, kind, id, story]) => ({ kind, id, story }))).toEqual(
      mock.dataset.wellKnown,
    );
  }));

test("ten thousand archives are listed and filtered, and the last links among them work", () =>
  withMock({}, async (mock) => {
    const many = await list(mock, "00010000");
    expect(many).toHaveLength(10_000);
    expect(mailArchivesIssues(many)).toEqual([]);
    const dates = many.map(({ sendingDate }) => Date.parse(sendingDate));
    expect(dates).toEqual(dates.toSorted((one, another) => another - one));
    expect((await fetch(many[4000]?.url ?? "")).status).toBe(200);

    const start = encodeURIComponent(many[99]?.sendingDate ?? "");
    const newest = await fetch(`${mock.url}/targets/00010000/archives?startDate=${start}`, {
      headers: { "X-Key": "demo" },
    });
    expect(await newest.json()).toEqual(many.slice(0, 100));
  }));

test("a link from an earlier run opens without listing its target first", async () => {
  const now = "2026-02-10T10:00:00Z";
  const path = await withMock({ now }, async (mock) => {
    const [newest] = await list(mock, "00010000");
    return newest?.url.slice(mock.blobUrl.length) ?? "";
  });
  await withMock({ now }, async (mock) => {
    expect((await fetch(`${mock.blobUrl}${path}`)).status).toBe(200);
  });
});

test("every answer has the Date of the mock's clock", () =>
  withMock({ now: "2031-02-10T10:00:00Z" }, async (mock) => {
    for (const url of [mock.url, `${mock.url}/nowhere`, `${mock.blobUrl}/nowhere`]) {
      const { headers } = await fetch(url);
      expect(headers.get("date")).toMatch(/^Mon, 10 Feb 2031 10:0/);
    }
  }));

test("links expire by the mock's clock, which starts at `now`", async () => {
  const link = await withMock({ now: "2026-02-10T10:00:00Z" }, (mock) => {
    const [newest] = mock.dataset.archives;
    return newest?.url.slice(mock.blobUrl.length) ?? "";
  });
  const statusAt = (now: string): Promise<number> =>
    withMock({ now }, async (mock) => (await fetch(`${mock.blobUrl}${link}`)).status);
  expect(await statusAt("2026-02-10T10:00:00Z")).toBe(200);
  expect(await statusAt("2026-02-10T09:00:00Z")).toBe(403);
  expect(await statusAt("2026-03-14T10:00:00Z")).toBe(403);
});

test.each(["soon", "2026-02-01", "2026-02-01T09:00:00", "2026-02-30T00:00:00Z"])(
  "an invalid start of the clock, %s, is refused",
  async (now) => {
    await expect(startMock({ now })).rejects.toThrow(`, got "${now}"`);
  },
);

test("the clock may start in any zone, and on a leap day", () =>
  withMock({ now: "2028-02-29T23:30:00-01:00" }, async (mock) => {
    const response = await fetch(`${mock.url}/targets/000EMPTY/archives`);
    expect(response.status).toBe(401);
    expect(mock.journal()[0]?.time).toMatch(/^2028-03-01T00:3/);
  }));
