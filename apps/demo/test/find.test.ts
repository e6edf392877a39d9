import type { KeptArchive, KeptMails } from "@np6-archives/keep";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { readSearch } from "../src/archives/archive-search.ts";
import { findArchives } from "../src/archives/find-archives.ts";
import { linksOf, startViewer } from "./viewer.ts";
import type { TestViewer } from "./viewer.ts";

let viewer: TestViewer;
beforeAll(async () => {
  viewer = await startViewer();
});
afterAll(() => viewer.close());

const STAMP = "d52055cd-e854-4177-8ef5-b10fd8d568a7";

const instants = (html: string) =>
  [...html.matchAll(/<td class="sent"><a [^>]*><time datetime="([^"]+)"/g)].map(
    ([, at]) => at ?? "",
  );

const copyOf = (id: string, sendingDate: string) => ({ id, sendingDate }) as KeptArchive;

const titleOf = (html: string) => /<title>(.*?) – Mail archives<\/title>/.exec(html)?.[1];

describe("finding", () => {
  test("opens with a form and no search", async () => {
    const asked = viewer.mock.journal().length;
    const page = await viewer.get("");
    expect(page.status).toBe(200);
    expect(page.words).toContain("Find a mail");
    expect(viewer.mock.journal()).toHaveLength(asked);
  });

  test("by target, by action and target and by stamp leads to the same mail", async () => {
    const { dataset } = viewer.mock;
    const archive = dataset.archives.find(({ stamp }) => stamp === STAMP);
    for (const query of [
      "by=target&target=000T123",
      "by=action&action=00000A&target=000T123",
      `by=stamp&stamp=${STAMP}`,
    ]) {
      const mails = await viewer.mailsOf(query);
      expect(mails.map((mail) => new URLSearchParams(mail.split("?")[1]).get("id"))).toContain(
        archive?.id,
      );
    }
  });

  test("lists the newest first, whatever the number of fraction digits", async () => {
    const found = instants((await viewer.get("?by=target&target=000T123")).text).map(Date.parse);
    expect(found.length).toBeGreaterThan(20);
    expect(found).toEqual(found.toSorted((a, b) => b - a));
  });

  test.each(["half \ud800", "a/b?c#d&e=f%41", "<b>\"'", ".."])(
    "lists and finds a mail whose id is %j",
    async (id) => {
      const facts = { action: "00000A", target: "000T123", url: " " };
      const at = { sendingDate: "2026-02-05T09:27:58Z", expiresOn: "2999-01-01T00:00:00Z" };
      const own = await startViewer({
        client: { fetch: async () => Response.json([{ id, ...facts, ...at }]) },
      });
      const [mail = ""] = await own.mailsOf("by=target&target=000T123");
      expect((await own.get(mail)).words).toContain("This archive has no link");
      await own.close();
    },
  );

  test("sorts an invalid date last", async () => {
    const copies = [
      copyOf("old", "2026-01-01Z"),
      copyOf("odd", "soon"),
      copyOf("new", "2026-02-01Z"),
    ];
    const kept = { find: async () => copies } as unknown as KeptMails;
    const { archives } = await findArchives({ kept }, readSearch({ by: "target", target: "t" }));
    expect(archives.map(({ id }) => id)).toEqual(["new", "old", "odd"]);
  });

  test("includes both days, in the time zone of whoever searched", async () => {
    const [newest = ""] = instants((await viewer.get("?by=target&target=000T123")).text);
    const day = new Intl.DateTimeFormat("sv", { timeZone: "Asia/Tokyo" }).format(new Date(newest));
    const page = await viewer.get(
      `?by=target&target=000T123&from=${day}&to=${day}&zone=Asia/Tokyo`,
    );
    expect(instants(page.text)).toContain(newest);
    const asked = viewer.mock.journal().at(-1);
    expect(asked?.path).toContain(
      `startDate=${encodeURIComponent(new Date(`${day}T00:00:00+09:00`).toISOString())}`,
    );
    const before = await viewer.get(`?by=target&target=000T123&to=2020-01-01`);
    expect(instants(before.text)).toEqual([]);
  });

  test("says that an empty list proves nothing, and what it can mean", async () => {
    const { status, words } = await viewer.get("?by=target&target=000EMPTY");
    expect(status).toBe(200);
    expect(words).toContain("That does not prove that nothing was sent");
    expect(words).toContain("archiving is not turned on");
    expect(words).not.toContain("outside the dates");
    const dated = await viewer.get("?by=target&target=000EMPTY&from=2026-02-05");
    expect(dated.words).toContain("outside the dates");
  });

  test("shows of a link only what matters: its last days, that it has expired, that it is missing", async () => {
    const list = await viewer.get("?by=target&target=000T123");
    const { archives } = viewer.mock.dataset;
    const listed = [...list.text.matchAll(/<tr[ >].*?<\/tr>/gs)].slice(1).map(([row]) => row);
    let lastDays = 0;
    for (const row of listed) {
      const id = /id=([\w-]+)/.exec(row)?.[1];
      const { expiresOn = "" } = archives.find((archive) => archive.id === id) ?? {};
      const left = Date.parse(expiresOn) - Date.now();
      const isLast = left > 120_000 && left < 3 * 86_400_000;
      if (isLast) lastDays += 1;
      expect(/>Opens .*until/s.test(row)).toBe(isLast);
      expect(row.includes("Expired")).toBe(left < 0);
    }
    expect(lastDays).toBeGreaterThan(0);
    expect((await viewer.get("?by=target&target=000BLANK")).words).toContain("No link");
  });

  test("names the target in each row only where it was not searched for", async () => {
    const one = await viewer.get("?by=target&target=000T123");
    expect(one.text).not.toContain('data-label="Target"');
    const stamped = await viewer.get(`?by=stamp&stamp=${STAMP}`);
    expect(stamped.text).toContain('<td data-label="Target"><code>000T123</code>');
  });

  test("covers every hour of a day that the clocks shorten", async () => {
    await viewer.get(
      "?by=target&target=000T123&from=2026-03-28&to=2026-03-28&zone=Atlantic/Azores",
    );
    expect(decodeURIComponent(viewer.mock.journal().at(-1)?.path ?? "")).toContain(
      "startDate=2026-03-28T01:00:00.000Z&endDate=2026-03-29T01:00:00.000Z",
    );
  });

  test.each(["from=&to=", "from=2026-02-05&to=2026-02-04", "from=tomorrow"])(
    "searches the last days with one click, and fills in the dates, over %s",
    async (dates) => {
      vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-03-04T23:59:59Z") });
      onTestFinished(() => void vi.useRealTimers());
      const answer = await viewer.get(`?by=target&target=000T123&${dates}&zone=UTC&days=7`);
      expect(answer.status).toBe(303);
      expect(answer.headers.get("location")).toBe(
        "./?by=target&target=000T123&from=2026-02-26&zone=UTC",
      );
    },
  );

  test.each([
    ["ada@example", "An e-mail address is not an id", undefined],
    ["000t123", "Ids have capital letters", "target=000T123"],
    ["Ada Lovelace", "This does not look like an id", undefined],
  ])("hints for %s what an id looks like", async (id, words, link) => {
    const page = await viewer.get(`?by=target&target=${encodeURIComponent(id)}`);
    expect(page.words).toContain(words);
    expect(page.words).toContain("for example 000T123");
    expect(linksOf(page.text, "./?").some((each) => each === `./?by=target&${link}`)).toBe(
      link !== undefined,
    );
  });

  test("gives no hint for a valid id", async () => {
    for (const query of ["by=target&target=000EMPTY", `by=stamp&stamp=${STAMP}`]) {
      expect((await viewer.get(`?${query}`)).text).not.toContain('class="hint"');
    }
  });

  test("links to the first, the last and any page, and from a mail back to its page and row", async () => {
    const list = "by=target&target=00010000";
    const { text } = await viewer.get(`?${list}&page=100`);
    const links = linksOf(text, `./?${list}`);
    for (const link of ["", "&page=99", "&page=101", "&page=200"]) {
      expect(links).toContain(`./?${list}${link}`);
    }
    expect(text).toMatch(/<input type="number" name="page" min="1" max="200" value="100"/);
    const [, second = "", third = ""] = linksOf(text, "mail?");
    const id = new URLSearchParams(third.slice(5)).get("id") ?? "";
    expect(text).toContain(`<tr id="mail-${id}">`);
    const mail = await viewer.get(third);
    expect(linksOf(mail.text, "./?")).toContain(`./?${list}&page=100#mail-${id}`);
    expect(linksOf(mail.text, "mail?")).toContain(second);
    const [newest = ""] = linksOf((await viewer.get(`?${list}`)).text, "mail?");
    const start = (await viewer.get(newest)).text;
    expect([start.includes('rel="prev"'), start.includes('rel="next"')]).toEqual([false, true]);
  });

  test.each([
    ["?by=target&target=000T123&from=tomorrow", "from"],
    ["?by=target&target=000T123&to=tomorrow", "to"],
    ["?by=target&target=000T123&from=2026-02-05&to=2026-02-04", "from"],
    ["?by=action&action=00000A", "target"],
    ["?by=action&action=00000A&target=ada@example.com", "target"],
  ])("focuses the field that is wrong: %s", async (query, field) => {
    const { text } = await viewer.get(query);
    expect([...text.matchAll(/<input[^>]* id="(\w+)"[^>]*autofocus/g)].map(([, id]) => id)).toEqual(
      [field],
    );
  });

  test("has different titles for its pages, without personal data", async () => {
    const titles = await Promise.all(
      [
        "by=target&target=000T123",
        "by=target&target=00010000&page=2",
        "by=target&target=00010000&page=999",
        "by=target&target=000EMPTY",
        "by=target&target=",
        "by=target&target=000F404",
      ].map(async (query) => titleOf((await viewer.get(`?${query}`)).text)),
    );
    expect(titles).toEqual([
      "Archived mails",
      "Archived mails, page 2",
      "Archived mails, page 200",
      "The list is empty",
      "Target is missing. Fill it in and find again.",
      "NP6 knows no such id",
    ]);
  });

  test("focuses the first field of an empty form, and lets results skip the form", async () => {
    expect((await viewer.get("")).text).toMatch(/<input id="target"[^>]*autofocus/);
    const { text } = await viewer.get("?by=target&target=000T123");
    expect(text).not.toContain("autofocus");
    expect(text.indexOf('class="skip" href="#results"')).toBeLessThan(text.indexOf("<input"));
    expect(text).toMatch(/<h2 id="results" tabindex="-1"/);
  });

  test.each([
    ["?by=target&target=", "Target is missing"],
    ["?by=action&target=000T123", "Action is missing"],
    ["?by=stamp&stamp=+", "Stamp is missing"],
    ["?by=target&target=000T123&from=2026-02-30", "“2026-02-30” is not a date"],
    ["?by=target&target=000T123&to=tomorrow", "“tomorrow” is not a date"],
    ["?by=target&target=000T123&from=0026-02-05", "“0026-02-05” is not a date from 1970 on"],
    ["?by=target&target=000T123&to=1969-12-31", "“1969-12-31” is not a date from 1970 on"],
    ["?by=target&target=&days=7", "Target is missing"],
    ["?by=target&target=ada@example.com", "NP6’s archives know no e-mail addresses. Look the"],
    ["?by=action&action=00000A&target=ada@mail.example.com", "know no e-mail addresses"],
    ["?by=stamp&stamp=ada@example.com", "know no e-mail addresses"],
    ["?by=target&target=ada@example.com&lang=fr", "ne connaissent pas les adresses e-mail"],
    [
      "?by=target&target=000T123&from=2026-02-05&to=2026-02-04",
      "The last day lies before the first",
    ],
  ])("makes no request and says what is wrong: %s", async (query, words) => {
    const asked = viewer.mock.journal().length;
    const page = await viewer.get(query);
    expect(page.status).toBe(400);
    expect(page.words).toContain(words);
    expect(page.text).not.toContain('class="hint"');
    expect(viewer.mock.journal()).toHaveLength(asked);
  });

  test.each(["..", ".", "%2e%2e"])("does not request another path for the id %s", async (id) => {
    const page = await viewer.get(`?by=target&target=${encodeURIComponent(id)}`);
    expect(page.status).toBe(400);
    expect(page.words).toContain("This search cannot be made");
  });

  test("escapes what was typed", async () => {
    const typed = '"><script>alert(1)</script>';
    const page = await viewer.get(`?by=target&target=${encodeURIComponent(typed)}`);
    expect(page.text).not.toContain("<script>alert");
    expect(page.text).toContain("&quot;&gt;&lt;script&gt;");
  });
});

describe("a list of 10,000 archives", () => {
  test("has pages for mails that do not open, which link back to page and row, and say what to quote", async () => {
    const list = "by=target&target=00010000&page=150";
    const rows = (await viewer.get(`?${list}`)).text.split("<tr ");
    const [mail = ""] = linksOf(rows.find((row) => row.includes("Expired")) ?? "", "mail?");
    const page = await viewer.get(mail);
    expect(page.status).toBe(410);
    const id = new URLSearchParams(mail.split("?")[1]).get("id") ?? "";
    expect(linksOf(page.text, "./?")).toContain(`./?by=target&target=00010000&page=150#mail-${id}`);
    expect(page.text).toMatch(/rel="prev"[^]*rel="next"/);
    expect(page.text).toContain(`data-copy="${id}"`);
    expect(page.words).toMatch(/Sent \d+ \w+ \d{4}/);
  });

  test("comes in pages, the first with 50 rows", async () => {
    const { text, words } = await viewer.get("?by=target&target=00010000");
    expect(instants(text)).toHaveLength(50);
    expect(words).toContain("1–50 of 10,000");
    expect(words).toContain("Page of 200 Go");
    expect(text.length).toBeLessThan(50_000);
  });

  test("is paged through without asking NP6 again", async () => {
    await viewer.get("?by=target&target=00010000");
    const asked = viewer.mock.journal().length;
    const { words } = await viewer.get("?by=target&target=00010000&page=200");
    expect(words).toContain("9,951–10,000 of 10,000");
    expect(viewer.mock.journal()).toHaveLength(asked);
  });

  test.each(["0", "-3", "201", "x", "1e9"])("shows the nearest page for page %s", async (page) => {
    const { status, text } = await viewer.get(`?by=target&target=00010000&page=${page}`);
    expect(status).toBe(200);
    expect(instants(text)).toHaveLength(50);
  });
});
