import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DatasetArchive, Mock, OwnArchive } from "@np6-archives/mock";
import { startMock } from "@np6-archives/mock";
import type { MailArchive } from "@np6-archives/spec";
import { mailArchivesIssues } from "@np6-archives/spec/validate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "own-archives-"));
  await writeFile(join(folder, "one.eml"), "From: a@example.com\n\nOne\u0000byte\n");
});
afterAll(() => rm(folder, { recursive: true }));

async function withMock<T>(
  options: Parameters<typeof startMock>[0],
  use: (mock: Mock) => Promise<T>,
): Promise<T> {
  const mock = await startMock(options);
  try {
    return await use(mock);
  } finally {
    await mock.close();
  }
}

async function list(mock: Mock, path: string): Promise<MailArchive[]> {
  const response = await fetch(`${mock.url}${path}`, { headers: { "X-Key": "demo" } });
  expect(response.status).toBe(200);
  return (await response.json()) as MailArchive[];
}

function put(mock: Mock, body: unknown, type = "application/json"): Promise<Response> {
  return fetch(`${mock.url}/__mock/archives`, {
    method: "PUT",
    headers: { "content-type": type },
    body: typeof body === "string" || body instanceof Buffer ? body : JSON.stringify(body),
  });
}

const statusOf = async ({ url }: { url: string }): Promise<number | "blank"> =>
  url.trim() === "" ? "blank" : (await fetch(url)).status;

test("three entries are two usable mails and one whose link has expired", () =>
  withMock(
    { archives: [{ target: "T1" }, { target: "T1" }, { target: "T1", link: "expired" }] },
    async (mock) => {
      const archives = await list(mock, "/targets/T1/archives");
      expect(mailArchivesIssues(archives)).toEqual([]);
      expect(await Promise.all(archives.map(statusOf))).toEqual([200, 200, 403]);
      expect(await list(mock, "/actions/00000A/targets/T1/archives")).toEqual(archives);
      // The seeded archives are there as well, and none of them is T1's.
      expect((await list(mock, "/targets/000T123/archives")).length).toBeGreaterThan(20);
      expect(mock.dataset.targets).toContain("T1");
    },
  ));

describe.each([
  ["at the default date", undefined],
  ["recently", "2026-02-05T09:27:58.67Z"],
  ["long ago", "2020-01-01T00:00:00Z"],
  ["in the future", "2031-01-01T00:00:00Z"],
])("sent %s", (_, sendingDate) => {
  test.each([
    ["usable", 200],
    ["blank", "blank"],
    ["expired", 403],
    ["missing", 404],
  ] as const)("a link that is %s answers %s", (link, expected) =>
    withMock(
      {
        now: "2026-02-20T00:00:00Z",
        archives: [{ target: "T", link, sendingDate }],
      },
      async (mock) => {
        const [archive] = (await list(mock, "/targets/T/archives")) as [MailArchive];
        expect(await statusOf(archive)).toBe(expected);
        if (sendingDate !== undefined) expect(archive.sendingDate).toBe(sendingDate);
        const expired = Date.parse(archive.expiresOn) <= Date.parse("2026-02-20T00:00:00Z");
        if (link !== "blank") expect(expired).toBe(link === "expired");
      },
    ),
  );
});

test.each([
  [
    "a leap second",
    [
      "2026-09-01T00:00:00Z",
      "2026-06-30T23:59:60Z",
      "2026-03-01T00:00:00Z",
      "2026-01-01T00:00:00Z",
    ],
    "2026-07-01T00:00:00Z",
  ],
  [
    "a part of a millisecond",
    ["2026-01-01T00:00:00.0009Z", "2026-01-01T00:00:00.0005Z", "2026-01-01T00:00:00.0001Z"],
    "2026-01-01T00:00:00.0005Z",
  ],
])("%s counts in the order as it does in date ranges", (_, dates, second) =>
  withMock(
    { archives: dates.toReversed().map((sendingDate) => ({ target: "T", sendingDate })) },
    async (mock) => {
      for (const [query, expected] of [
        ["", dates],
        [`?startDate=${second}`, dates.slice(0, 2)],
        [`?endDate=${second}`, dates.slice(2)],
      ] as const) {
        const archives = await list(mock, `/targets/T/archives${query}`);
        expect(archives.map(({ sendingDate }) => sendingDate)).toEqual(expected);
      }
    },
  ),
);

test("an id with characters allowed in a path is found, percent-encoded or not", () =>
  withMock(
    { archives: ["a,b", ",", "a;b=c", "a:b@c"].map((target) => ({ target })) },
    async (mock) => {
      for (const id of ["a,b", "a%2Cb", ",", "a;b=c", "a%3Bb%3Dc", "a:b@c"])
        expect(await list(mock, `/targets/${id}/archives`)).toHaveLength(1);
    },
  ));

/** The archives without their links, which contain the ports. */
const linkless = (mock: Mock): Promise<{ sendingDate: string }[]> =>
  Promise.resolve(
    mock.dataset.archives
      .filter(({ target }) => target === "T")
      .map(({ id, action, sendingDate, expiresOn, stamp, mail }) => {
        return { id, action, sendingDate, expiresOn, stamp, mail };
      }),
  );

test("links are the same for the same seed and clock, whether they work or not", async () => {
  const lists: MailArchive[][] = [];
  for (const now of ["2026-02-20T10:59:59.999Z", "2026-02-20T10:30:00Z"]) {
    const archives: OwnArchive[] = [];
    for (const link of ["usable", "expired", "missing"] as const) {
      for (const sendingDate of ["2025-01-01T00:00:00Z", "2026-02-19T00:00:00Z"]) {
        archives.push({ target: "T", link, sendingDate });
      }
    }
    const options = { now, archives, publicBlobUrl: "http://mails.example" };
    lists.push(await withMock(options, (mock) => list(mock, "/targets/T/archives")));
  }
  expect(lists[1]).toEqual(lists[0]);
});

test("a usable link works for a day at least", () =>
  withMock(
    {
      now: "2026-02-20T10:00:00Z",
      archives: ["2026-01-19T10:00:01Z", "2026-01-20T09:59:59Z"].map((sendingDate) => {
        return { target: "T", link: "usable", sendingDate };
      }),
    },
    async (mock) => {
      for (const { expiresOn } of await list(mock, "/targets/T/archives")) {
        expect(Date.parse(expiresOn)).toBeGreaterThan(Date.parse("2026-02-21T09:00:00Z"));
      }
    },
  ));

test("what is left out is filled in, the same for the same seed and clock", async () => {
  const options = { now: "2026-02-20T10:00:00Z", archives: [{ target: "T" }, { target: "T" }] };
  const first = await withMock(options, linkless);
  expect(await withMock(options, linkless)).toEqual(first);
  expect(first).toHaveLength(2);
  expect(Date.parse(first[0]?.sendingDate ?? "")).toBeGreaterThan(
    Date.parse(first[1]?.sendingDate ?? ""),
  );
});

test("two hundred archives of one target all open, the first one newest", () =>
  withMock(
    { archives: Array.from({ length: 210 }, (_, index) => ({ target: "T", stamp: `S${index}` })) },
    async (mock) => {
      const archives = await list(mock, "/targets/T/archives");
      expect(archives).toHaveLength(210);
      expect(new Set(await Promise.all(archives.map(statusOf)))).toEqual(new Set([200]));
      expect(await list(mock, "/actions/stamp/S0/archives")).toEqual([archives[0]]);
    },
  ));

test("a mail is made from the given text or HTML, or is a file byte for byte", () =>
  withMock(
    {
      archives: [
        { target: "T", mail: { text: "Grüße\nan alle" } },
        { target: "T", mail: { html: "<p>été</p>" } },
        { target: "T", mail: { file: join(folder, "one.eml") } },
        { target: "T", mail: { text: "long ".repeat(500) } },
        { target: "T", mail: { text: "" } },
      ],
    },
    async (mock) => {
      const archives = await list(mock, "/targets/T/archives");
      const mails = await Promise.all(archives.map(async ({ url }) => (await fetch(url)).text()));
      expect(mails[0]).toMatch(
        /Content-Type: text\/plain; charset=utf-8\r\n[\s\S]*\r\n\r\nGrüße\r\nan alle\r\n$/,
      );
      expect(mails[1]).toMatch(
        /Content-Type: text\/html; charset=utf-8\r\n[\s\S]*\r\n\r\n<p>été<\/p>\r\n$/,
      );
      expect(mails[2]).toBe("From: a@example.com\n\nOne\u0000byte\n");
      expect(Math.max(...(mails[3] ?? "").split("\r\n").map((line) => line.length))).toBeLessThan(
        99,
      );
      expect(mails[4]).toMatch(/\r\n\r\n\r\n$/);
      const names = mock.dataset.archives.filter(({ target }) => target === "T");
      expect(names[2]?.mail).toBe("one.eml");
    },
  ));

test("archives of one stamp are listed together, and a seeded target can get another archive", () =>
  withMock(
    {
      archives: [
        { target: "T", stamp: "S", action: "A" },
        { target: "000T123", stamp: "S", action: "A" },
      ],
    },
    async (mock) => {
      expect(await list(mock, "/actions/stamp/S/archives")).toHaveLength(2);
      expect(await list(mock, "/actions/A/targets/000T123/archives")).toHaveLength(1);
      expect((await list(mock, "/targets/000T123/archives")).length).toBeGreaterThan(20);
    },
  ));

test("seeded: false leaves only the own archives", () =>
  withMock({ archives: [{ target: "T" }], seeded: false }, async (mock) => {
    expect(mock.dataset).toMatchObject({ targets: ["T"], actions: ["00000A"], wellKnown: [] });
    expect(mock.dataset.archives).toHaveLength(1);
    for (const path of ["/targets/000T123/archives", "/targets/000F503/archives"]) {
      const response = await fetch(`${mock.url}${path}`, { headers: { "X-Key": "demo" } });
      expect(response.status).toBe(404);
    }
  }));

test.each([
  [
    "own.json",
    '{ "archives": [{ "target": "T", "mail": { "file": "one.eml" } }], "seeded": false }',
  ],
  ["own.yaml", "seeded: false\narchives:\n  - target: T\n    mail: { file: one.eml }\n"],
  [
    "list.yaml",
    "- target: T\n  sendingDate: 2026-02-05T09:27:58.67Z\n  link: usable\n  mail: { file: one.eml }\n",
  ],
  [
    "merged.yaml",
    "seeded: false\narchives:\n  - &one { target: S, mail: { file: one.eml } }\n  - { <<: *one, target: T }\n",
  ],
])("own archives come from a file %s, with mail files relative to it", async (name, text) => {
  const file = join(folder, name);
  await writeFile(file, text);
  await withMock({ archives: file }, async (mock) => {
    const [archive] = (await list(mock, "/targets/T/archives")) as [MailArchive];
    expect(await (await fetch(archive.url)).text()).toContain("One");
    expect(mock.dataset.archives.length < 3).toBe(text.includes("seeded"));
    if (name === "list.yaml") expect(archive.sendingDate).toBe("2026-02-05T09:27:58.67Z");
  });
});

const WRONG: readonly [unknown, string][] = [
  [{}, "archives: expected an array, got undefined."],
  ["T", "archives: expected an array or an object"],
  [[{}], "archives[0].target: expected an id as text, got undefined."],
  [[{ target: "T" }, { target: " " }], "archives[1].target: "],
  [
    [{ target: 123 }],
    "archives[0].target: expected an id as text, got 123 (an id of digits needs quotes).",
  ],
  [
    [{ target: "T", action: ".." }],
    'archives[0].action: expected an id that a URL\'s path can hold, got "..".',
  ],
  [[{ target: "." }], "archives[0].target: expected an id that a URL's path can hold"],
  [[{ target: "T", stamp: ".." }], "archives[0].stamp: expected an id that a URL's path can hold"],
  [[{ target: "\uD83D" }], "archives[0].target: expected an id that a URL's path can hold"],
  [[null], "archives[0]: expected an object, got null."],
  [Object.assign([], { 1: { target: "T" } }), "archives[0]: expected an object, got "],
  [
    [{ target: "T", link: "gone" }],
    'archives[0].link: expected one of "usable", "blank", "expired", "missing", got "gone".',
  ],
  [[{ target: "T", sendingDate: "2026-02-30T00:00:00Z" }], "archives[0].sendingDate: "],
  [
    [{ target: "T", sendingDate: "0001-01-01T00:00:00Z" }],
    "archives[0].sendingDate: expected an ISO 8601 instant of the years 1900 to 9997",
  ],
  [[{ target: "T", sendingDate: 5 }], "archives[0].sendingDate: "],
  [[{ target: "T", mail: {} }], "archives[0].mail: expected one of text, html or file"],
  [[{ target: "T", mail: { text: "a", html: "b" } }], "archives[0].mail: "],
  [[{ target: "T", mail: { text: 5 } }], "archives[0].mail.text: expected text, got 5."],
  [
    [{ target: "T", mail: { file: "/nowhere.eml" } }],
    'archives[0].mail.file: expected the path of a file, got "/nowhere.eml" (ENOENT).',
  ],
  [[{ target: "T", mail: { file: "/" } }], "archives[0].mail.file: "],
  [[{ target: "T", tagret: "U" }], '"tagret"'],
  [{ archives: [], seeded: "no" }, 'seeded: expected true or false, got "no".'],
];

test.each(WRONG)("%j is refused, with the place of the mistake", async (value, place) => {
  await expect(startMock({ archives: value as OwnArchive[] })).rejects.toThrow(
    typeof value === "string" ? "cannot be read" : place,
  );
  await withMock({}, async (mock) => {
    const before = mock.dataset.archives.length;
    const refused = await put(mock, JSON.stringify(value), "text/plain");
    expect(refused.status).toBe(400);
    expect(((await refused.json()) as { detail: string }).detail).toContain(place);
    expect(mock.dataset.archives).toHaveLength(before);
  });
});

const MARKED = '\uFEFF[{ "target": "T" }]';

test("a broken file is refused in one line with its name and the place", async () => {
  const file = join(folder, "broken.yaml");
  for (const [content, reason] of [
    ["- target: T\n  link: [", "line 2"],
    ["- target: T\n- {link: x}\n", "archives[1].target"],
    ["", "archives: expected an array or an object, got null"],
    ["- target: T\n---\n- target: U\n", "not valid: expected one YAML document, got several."],
    [Buffer.from(MARKED, "utf16le"), "not valid: encoding: expected UTF-8, got another one."],
  ] as const) {
    await writeFile(file, content);
    const failed = await startMock({ archives: file }).catch((error: Error) => error.message);
    expect(failed).toMatch(/^[^\n]+$/);
    expect(failed).toContain(file);
    expect(failed).toContain(reason);
  }
});

test("a .json file is parsed as JSON, which knows a line separator that YAML does not", async () => {
  const file = join(folder, "one.json");
  await writeFile(file, '[\r{ "target": "T" },\r{ "target": "U" }\r]');
  await withMock({ archives: file, seeded: false }, async (mock) => {
    expect(mock.dataset.targets).toEqual(["T", "U"]);
  });
});

test("a byte order mark is accepted in a file and by PUT, but UTF-16 is refused", async () => {
  const file = join(folder, "marked.json");
  await writeFile(file, MARKED);
  await withMock({ archives: file, seeded: false }, async (mock) => {
    expect(mock.dataset.targets).toEqual(["T"]);
    expect((await put(mock, Buffer.from(MARKED))).status).toBe(200);
    const refused = await put(mock, Buffer.from(MARKED, "utf16le"));
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain("encoding: expected UTF-8, got another one.");
  });
});

test("PUT replaces the own archives and returns those made, and reset restores the first ones", () =>
  withMock({ archives: [{ target: "START" }] }, async (mock) => {
    const response = await put(mock, [{ target: "PUT" }, { target: "PUT", link: "blank" }]);
    expect(response.status).toBe(200);
    const { archives } = (await response.json()) as { archives: DatasetArchive[] };
    expect(archives.map(({ target, mail }) => [target, mail === undefined])).toEqual([
      ["PUT", false],
      ["PUT", true],
    ]);
    expect(await statusOf(archives[0] as DatasetArchive)).toBe(200);
    expect(mock.dataset.targets).not.toContain("START");

    expect((await put(mock, { archives: [{ target: "ALONE" }], seeded: false })).status).toBe(200);
    expect(mock.dataset.targets).toEqual(["ALONE"]);
    // When left out, `seeded` keeps its value.
    expect((await put(mock, [])).status).toBe(200);
    expect(mock.dataset.archives).toEqual([]);

    mock.reset();
    expect(mock.dataset.targets).toContain("START");
    expect((await list(mock, "/targets/000T123/archives")).length).toBeGreaterThan(20);
  }));

const ADA: OwnArchive = { target: "ADA", mail: { text: "Ada's password" } };

/** Differences that make an archive another one. */
const OTHERS: OwnArchive[] = [
  { ...ADA, target: "BOB" },
  { ...ADA, action: "A" },
  { ...ADA, stamp: "S" },
  { ...ADA, mail: { text: "Ada's invoice" } },
  { ...ADA, mail: { html: "Ada's password" } },
  { target: "ADA" },
];

test("a different archive in the same place has its own id and link", () =>
  withMock({ seeded: false, archives: [ADA] }, async (mock) => {
    const links = new Map(mock.dataset.archives.map(({ id, url }) => [id, url]));
    for (const other of OTHERS) {
      await put(mock, [other]);
      for (const { id, url } of mock.dataset.archives) links.set(id, url);
      expect(await Promise.all(Array.from(links.values(), (url) => statusOf({ url })))).toEqual(
        Array.from(links, (_, at) => (at === links.size - 1 ? 200 : 404)),
      );
    }
    expect(links.size).toBe(1 + OTHERS.length);
  }));

test("an archive keeps its id and its path when its link or date changes, or others come and go", () =>
  withMock({ seeded: false, archives: [ADA, ADA] }, async (mock) => {
    const known = (): string[] =>
      mock.dataset.archives
        .filter(({ target }) => target === "ADA")
        .map(({ id, url }) => `${id} ${url.split("?", 1)[0]}`)
        .toSorted();
    const [one, same] = known();
    expect(one).not.toBe(same);
    for (const archives of [
      [ADA, ADA],
      [{ ...ADA, action: "00000A", link: "expired" }, ADA],
      [ADA, { ...ADA, sendingDate: "2026-02-05T09:27:58.67Z", link: "missing" }],
      [{ target: "BOB" }, ADA, { target: "BOB" }, ADA],
    ]) {
      await put(mock, archives);
      expect(known()).toEqual([one, same]);
    }
  }));

test("a delayed list shows what there was when it was requested", () =>
  withMock({ archives: [{ target: "T" }] }, async (mock) => {
    const slow = fetch(`${mock.url}/targets/T/archives`, {
      headers: { "X-Key": "demo", "X-Mock-Fault": "latency=300" },
    });
    await expect.poll(() => mock.journal().length).toBe(1);
    await put(mock, []);
    expect(await (await slow).json()).toHaveLength(1);
    const gone = await fetch(`${mock.url}/targets/T/archives`, { headers: { "X-Key": "demo" } });
    expect(gone.status).toBe(404);
  }));
