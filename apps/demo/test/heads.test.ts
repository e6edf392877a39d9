import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { MailArchive } from "@np6-archives/client";
import { startBrowser } from "@np6-archives/test-servers/browser";
import type { Browser } from "playwright-core";
import { afterEach, afterAll, beforeAll, describe, expect, test } from "vitest";
import { linksOf, startViewer } from "./viewer.ts";
import type { TestViewer } from "./viewer.ts";

const LIST = "by=target&target=000T123";

/** The addresses from which the page's rows load subject and sender. */
const headsIn = (html: string): string[] =>
  linksOf(html.replaceAll("data-from=", "href="), "head?");

describe("the viewer on the mock", () => {
  let viewer: TestViewer;
  beforeAll(async () => {
    viewer = await startViewer();
  });
  afterAll(() => viewer.close());

  test("gives subject and sender of each link that opens, with one Range of 16 kB", async () => {
    const { text } = await viewer.get(`?${LIST}`);
    const [first = ""] = headsIn(text);
    viewer.mock.reset();
    const answer = await viewer.get(first);
    expect(JSON.parse(answer.text)).toEqual({
      subject: expect.stringMatching(/./),
      from: expect.stringMatching(/@/),
    });
    const asked = viewer.mock.journal().filter(({ origin }) => origin === "blob");
    expect(asked.map(({ method, headers }) => [method, headers["range"]])).toEqual([
      ["GET", "bytes=0-16383"],
    ]);
    expect(asked.flatMap(({ headers }) => Object.keys(headers))).not.toContain("x-key");
    // Cached for every reader.
    await viewer.get(first, { "Accept-Language": "fr" });
    expect(viewer.mock.journal().filter(({ origin }) => origin === "blob")).toHaveLength(1);
  });

  test("requests nothing for a link that is blank or has expired", async () => {
    for (const target of ["000BLANK", "000EXPIRED"]) {
      const { text } = await viewer.get(`?by=target&target=${target}`);
      const mails = linksOf(text, "mail?");
      expect(headsIn(text)).toHaveLength(target === "000BLANK" ? 1 : 0);
      viewer.mock.reset();
      const last = (mails.at(target === "000BLANK" ? 0 : -1) ?? "").replace("mail?", "head?");
      expect((await viewer.get(last)).status).toBe(204);
      expect(viewer.mock.journal().filter(({ origin }) => origin === "blob")).toEqual([]);
    }
  });

  test("a list of 10,000 costs no more than the rows of its page", async () => {
    viewer.mock.reset();
    const { text } = await viewer.get("?by=target&target=00010000");
    expect(headsIn(text).length).toBeLessThanOrEqual(50);
    await Promise.all(headsIn(text).map((head) => viewer.get(head)));
    const asked = viewer.mock.journal();
    expect(asked.filter(({ origin }) => origin === "api")).toHaveLength(1);
    expect(asked.length).toBeLessThanOrEqual(51);
  });

  test("the browser requests the rows that are visible, and shows what came", async () => {
    const browser: Browser = await startBrowser();
    try {
      const page = await browser.newPage({ viewport: { width: 1000, height: 500 } });
      const asked = new Set<string>();
      page.on("request", (request) => {
        if (request.url().includes("/head?")) asked.add(request.url());
      });
      await page.goto(`${viewer.url}?by=target&target=00010000`);
      await page.waitForFunction(() => document.querySelector(".subject")?.textContent !== "");
      await page.waitForLoadState("networkidle");
      const few = asked.size;
      expect(few).toBeGreaterThan(0);
      expect(few).toBeLessThan(40);
      await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
      await page.waitForFunction(
        () => [...document.querySelectorAll(".subject")].at(-1)?.textContent !== "",
      );
      expect(asked.size).toBeGreaterThan(few);
    } finally {
      await browser.close();
    }
  });

  test("printing requests the rows that were not visible, and leaves no gaps for those without an answer", async () => {
    const browser = await startBrowser();
    try {
      const page = await browser.newPage({ viewport: { width: 1000, height: 500 } });
      // Immediately when the page listens, before it learns which rows are not visible.
      await page.addInitScript(() => {
        addEventListener("DOMContentLoaded", () => dispatchEvent(new Event("beforeprint")));
      });
      await page.goto(`${viewer.url}?by=target&target=00010000`);
      const last = page.locator(".subject").last();
      await page.waitForFunction(() =>
        [...document.querySelectorAll(".subject")].every(({ textContent }) => textContent !== ""),
      );
      expect(await page.evaluate(() => window.scrollY)).toBe(0);
      await last.evaluate((subject) => (subject.textContent = ""));
      const height = () => last.evaluate((subject) => subject.getBoundingClientRect().height);
      expect(await height()).toBeGreaterThan(0);
      await page.emulateMedia({ media: "print" });
      expect(await height()).toBe(0);
    } finally {
      await browser.close();
    }
  });

  test("without script the list has no subjects", async () => {
    const { text } = await viewer.get(`?${LIST}`);
    expect(text).toMatch(/<bdi class="subject"><\/bdi>/);
  });
});

describe("the viewer on a storage of the test's own", () => {
  let viewer: TestViewer | undefined;
  let storage: Server | undefined;
  afterEach(async () => {
    await viewer?.close();
    storage?.closeAllConnections();
    storage?.close();
  });

  /** A viewer whose service lists one mail, in a storage that answers with `answer`. */
  async function viewerOn(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<TestViewer> {
    storage = createServer(answer);
    await new Promise<void>((resolve) => storage?.listen(0, "127.0.0.1", resolve));
    const { port } = storage.address() as AddressInfo;
    const archive: MailArchive = {
      id: "4f54ed5e-0000-4000-8000-000000000000",
      action: "00000A",
      target: "000T123",
      sendingDate: "2026-02-05T09:27:58.12Z",
      url: `http://127.0.0.1:${port}/mail.eml?sig=SECRET`,
      expiresOn: "2999-01-01T00:00:00Z",
    };
    viewer = await startViewer({ client: { fetch: async () => Response.json([archive]) } });
    return viewer;
  }
  const HEAD = `head?${LIST}&id=4f54ed5e-0000-4000-8000-000000000000`;

  test("cancels the answer of a storage that ignores Range", async () => {
    let sent = 0;
    let closed: (() => void) | undefined;
    const cut = new Promise<void>((resolve) => (closed = resolve));
    const own = await viewerOn((_, response) => {
      response.writeHead(200).write("Subject: Long\r\nFrom: a@example.com\r\n\r\n");
      const pour = () => {
        while (!response.destroyed && response.write("x".repeat(65_536))) sent += 65_536;
      };
      response.on("drain", pour).on("close", () => closed?.());
      pour();
    });
    expect(JSON.parse((await own.get(HEAD)).text)).toEqual({
      subject: "Long",
      from: "a@example.com",
    });
    await cut;
    expect(sent).toBeLessThan(64 * 1024 * 1024);
  });

  test.each([
    ["refuses", (response: ServerResponse) => response.writeHead(403).end("no")],
    ["breaks off", (response: ServerResponse) => response.socket?.destroy()],
    [
      "leads elsewhere",
      (response: ServerResponse) => response.writeHead(302, { location: "/b" }).end(),
    ],
  ])(
    "a storage that %s is given up without an error, and requested again by the next list",
    async (_, answer) => {
      let asked = 0;
      const own = await viewerOn((_request, response) => {
        asked += 1;
        if (asked === 1) answer(response);
        else response.writeHead(206).end("Subject: Later\r\n\r\n");
      });
      const given = await own.get(HEAD);
      expect([given.status, given.text, own.log]).toEqual([204, "", []]);
      expect(JSON.parse((await own.get(HEAD)).text)).toEqual({ subject: "Later", from: "" });
    },
  );

  test("only a few are read at a time, and an endless header is read as far as it came", async () => {
    let most = 0;
    let open: ServerResponse[] = [];
    const archives = Array.from({ length: 20 }, (_, index) => `id-${index}`);
    const answer = () => {
      for (const response of open) {
        response.writeHead(206).end(`Subject: One\r\nX: ${"x".repeat(20_000)}`);
      }
      open = [];
    };
    storage = createServer((_, response) => {
      most = Math.max(most, open.push(response));
      if (open.length === 4) setTimeout(answer, 50);
    });
    await new Promise<void>((resolve) => storage?.listen(0, "127.0.0.1", resolve));
    const { port } = storage.address() as AddressInfo;
    const list = archives.map((id) => ({
      id,
      action: "00000A",
      target: "000T123",
      sendingDate: "2026-02-05T09:27:58.12Z",
      url: `http://127.0.0.1:${port}/${id}?sig=SECRET`,
      expiresOn: "2999-01-01T00:00:00Z",
    }));
    viewer = await startViewer({ client: { fetch: async () => Response.json(list) } });
    const own = viewer;
    const heads = await Promise.all(archives.map((id) => own.get(`head?${LIST}&id=${id}`)));
    expect(heads.map(({ text }) => (JSON.parse(text) as { subject: string }).subject)).toEqual(
      archives.map(() => "One"),
    );
    expect(most).toBe(4);
  });

  test.each([
    ["after", `Subject: ${"é".repeat(20)}`, 20_000],
    ["across", `Subject: =?utf-8?B?${"w6nDqcOp".repeat(4)}?=\r\n =?utf-8?B?w6k=?=`, 16_384 - 60],
  ])("a subject that comes %s the end of what is read is not shown", async (_, subject, before) => {
    const own = await viewerOn((_request, response) => {
      const filler = `From: a@example.com\r\nX: ${"x".repeat(before)}\r\n`;
      response.writeHead(206).end(`${filler}${subject}\r\n\r\nbody`);
    });
    expect((await own.get(HEAD)).status).toBe(204);
  });

  test("empty lines above a header do not end it", async () => {
    const own = await viewerOn((_request, response) => {
      response.writeHead(206).end("\r\n\r\nSubject: Below\r\nFrom: a@example.com\r\n\r\nbody");
    });
    const { subject } = JSON.parse((await own.get(HEAD)).text) as { subject: string };
    expect(subject).toBe("Below");
  });

  test("text direction controls in a subject do not affect the rest of the line", async () => {
    const { url } = await viewerOn((_, response) => {
      const subject = `=?utf-8?B?${Buffer.from("\u202Egnp.<b>exe").toString("base64")}?=`;
      response.writeHead(206).end(`Subject: ${subject}\r\n\r\n`);
    });
    const browser = await startBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(`${url}?${LIST}`);
      await page.waitForFunction(() => document.querySelector(".subject")?.textContent !== "");
      expect(await page.locator("bdi.subject b").count()).toBe(0);
      expect(await page.locator("bdi.subject").textContent()).toContain("<b>exe");
    } finally {
      await browser.close();
    }
  });
});
