import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readMail } from "@np6-archives/safe-mail";
import { hostileHtml, hostileMail } from "@np6-archives/test-mails/hostile";
import type { Hostile } from "@np6-archives/test-mails/hostile";
import { html as htmlPart, mailSource } from "@np6-archives/test-mails/mail-source";
import { startBrowser } from "@np6-archives/test-servers/browser";
import type { Browser, Frame, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startLoggingServer } from "./logging-server.ts";
import type { LoggingServer } from "./logging-server.ts";
import { startViewer } from "./viewer.ts";
import type { TestViewer } from "./viewer.ts";

/** The server that hostile mails point at. It records every request and every connection. */
let listener: LoggingServer;
/** Each points at a folder with its own number, so that a request shows which one made it. */
let hostiles: Hostile[];
let viewer: TestViewer;
let browser: Browser;
/**
 * Serves the hostile html by its number, raw under `/raw/` and cleaned under `/clean/`, the raw one with extra headers.
 */
let plain: Server;
let plainHeaders: Record<string, string> = {};

const MAIL_POLICY = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'";

beforeAll(async () => {
  listener = await startLoggingServer();
  const { length } = hostileHtml(listener.origin);
  hostiles = Array.from({ length }, (_, index) => hostileHtml(folder(index))[index] as Hostile);
  // The last one combines all of them, each with its own address.
  const all = hostiles.map(({ html }) => html).join("\n");
  hostiles.push({ name: "all of them", html: all, fires: undefined });
  const mails = hostiles.map((hostile, index): [string, string] => [
    `${hostile.name}.eml`,
    hostileMail(hostile, folder(index)),
  ]);
  plain = createServer((request, response) => {
    const [, kind, number] = (request.url ?? "").split("/");
    const { html } = hostiles[Number(number)] ?? { html: "" };
    const headers = kind === "raw" ? plainHeaders : {};
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", ...headers });
    if (kind === "raw") response.end(`<!doctype html>${html}`);
    else if (kind === "framed") response.end(`<iframe sandbox="" src="/raw/${number}"></iframe>`);
    else {
      void readMail(mailSource("hostile", htmlPart(html))).then(({ html: safe }) =>
        response.end(`${safe?.opening}${safe?.content}`),
      );
    }
  });
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  [viewer, browser] = await Promise.all([
    startViewer({ mails: Object.fromEntries(mails) }),
    startBrowser(),
  ]);
});

beforeEach(() => listener.forget());

afterAll(async () => {
  await browser.close();
  await viewer.close();
  listener.close();
  plain.close();
  plain.closeAllConnections();
});

const folder = (index: number) => `${listener.origin}/h${index}`;
const plainAddress = (kind: string, index: number) =>
  `http://127.0.0.1:${(plain.address() as AddressInfo).port}/${kind}/${index}/`;

/** What reached the listener: the names of hostile mails, or else the request itself. */
function reached(): string[] {
  return listener.seen().map((seen) => {
    const number = /\/h(\d+)/.exec(seen)?.[1];
    return hostiles[Number(number)]?.name ?? seen;
  });
}

/**
 * After how many milliseconds a visit is repeated on a new page: Chromium sometimes loses a click, or waits forever.
 * Even a busy machine needs only a small part of it.
 */
const VISIT_MS = 120_000;
const lost = (): Promise<true> =>
  new Promise((resolve) => setTimeout(resolve, VISIT_MS, true).unref());

/** Visits each hostile mail, on a few pages in parallel that are used again, as opening a new one takes longest. */
async function forEach(
  visit: (page: Page, index: number) => Promise<void>,
  onAsked: (url: string) => void = () => {},
): Promise<void> {
  const waiting = hostiles.map((_, index) => index);
  const newPage = async () => {
    const context = await browser.newContext();
    context.on("request", (request) => onAsked(request.url()));
    const page = await context.newPage();
    // A page that a mail opens gets time to make its requests.
    context.on("page", (opened) => void wait(1000).then(() => opened.close()));
    return page;
  };
  const work = async () => {
    let page = await newPage();
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      while (await Promise.race([visit(page, index), lost()])) page = await newPage();
    }
    await page.context().close();
  };
  await Promise.all([work(), work(), work()]);
}

/**
 * Clicks on everything visible, with each button, and then uses the keyboard as long as the focus is within the mail.
 */
async function clickThrough(page: Page, frame: Frame): Promise<void> {
  const targets = await frame
    .locator("a, button, summary, img, svg, [data-href], area, body")
    .all();
  const boxes = await Promise.all(targets.slice(0, 4).map((target) => target.boundingBox()));
  // The middle button first, as the left one may navigate away.
  for (const button of ["middle", "left"] as const) {
    for (const box of boxes) {
      if (box === null) continue;
      await page.mouse.click(
        box.x + Math.min(20, box.width / 2),
        box.y + Math.min(12, box.height / 2),
        { button },
      );
    }
  }
  await page.keyboard.press("Tab");
  // Behind the mail are the viewer's own links, whose downloads would abort the next navigation.
  const within = frame === page.mainFrame() || (await frame.evaluate(() => document.hasFocus()));
  if (within) await page.keyboard.press("Enter");
}

/** Opens an address, twice if an earlier click still navigates elsewhere. */
const open = (page: Page, address: string) => page.goto(address).catch(() => page.goto(address));
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("a hostile mail without protection", () => {
  test("reaches the server that it points at, in each way", async () => {
    await forEach(async (page, index) => {
      const { name, fires } = hostiles[index] as Hostile;
      if (fires === undefined) return;
      // A click may come before the page is ready for it.
      for (let attempt = 0; attempt < 5 && !reached().includes(name); attempt++) {
        await open(page, plainAddress("raw", index)).catch(() => undefined);
        if (fires === "clicking") await clickThrough(page, page.mainFrame());
        for (let waits = 0; waits < 20 && !reached().includes(name); waits++) await wait(50);
      }
    });
    const missing = hostiles.filter(
      ({ name, fires }) => fires !== undefined && !reached().includes(name),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
  });
});

describe("the same mail in the viewer", () => {
  test("reaches nobody, on any tab, in print or on a phone, however it is clicked", async () => {
    const mails = [
      ...(await viewer.mailsOf("by=target&target=000T123")),
      ...(await viewer.mailsOf("by=target&target=000T123&page=2")),
    ];
    expect(mails).toHaveLength(hostiles.length);
    const asked: string[] = [];
    const frames = new Set<string>();
    const look = async (page: Page, mail: string) => {
      await open(page, mail);
      const frame = page.frames()[1];
      if (frame === undefined) return;
      frames.add(`${mail} on ${page.viewportSize()?.width}`);
      await frame.waitForLoadState();
      await clickThrough(page, frame);
    };
    await forEach(
      async (page, index) => {
        const mail = new URL(mails[index] ?? "", viewer.url).href;
        await page.setViewportSize({ width: 1280, height: 900 });
        await look(page, mail);
        // The other tabs show only text, so a few mails are enough.
        if (index < 3 || index > mails.length - 3) {
          for (const tab of ["text", "headers", "links", "parts", "source"]) {
            await open(page, `${mail}&tab=${tab}`);
          }
        }
        await open(page, mail.replace("/mail?", "/frame?"));
        await clickThrough(page, page.mainFrame());
        await open(page, mail.replace("/mail?", "/print?"));
        await page.emulateMedia({ media: "print" });
        await clickThrough(page, page.mainFrame());
        await page.emulateMedia({ media: null });
        await page.setViewportSize({ width: 390, height: 844 });
        await look(page, mail);
      },
      (url) => asked.push(url),
    );
    await wait(1000);
    expect(reached()).toEqual([]);
    // All mails were shown, and no other host was requested.
    expect(frames.size).toBe(2 * mails.length);
    expect(asked.filter((url) => !url.startsWith(viewer.url) && !url.startsWith("data:"))).toEqual(
      [],
    );
  });
});

describe("the list of hostile mails", () => {
  test("requests nothing that their headers name", async () => {
    const page = await browser.newPage();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`${viewer.url}?by=target&target=000T123`);
    await page.waitForFunction(() => document.querySelector(".subject")?.textContent !== "");
    await page.waitForLoadState("networkidle");
    await page.close();
    expect(reached()).toEqual([]);
    expect(asked.filter((url) => url.includes("/head?")).length).toBeGreaterThan(0);
    expect(asked.filter((url) => !url.startsWith(viewer.url))).toEqual([]);
  });
});

describe("each protection by itself", () => {
  test("cleaned html requests nothing, even when it is served without a policy", async () => {
    await forEach(async (page, index) => {
      await open(page, plainAddress("clean", index));
      await clickThrough(page, page.mainFrame());
    });
    await wait(1000);
    expect(reached()).toEqual([]);
  });

  test("raw html requests nothing when opened, under the policy and in a sandboxed frame", async () => {
    plainHeaders = { "Content-Security-Policy": MAIL_POLICY };
    await forEach(async (page, index) => {
      await page.goto(plainAddress("framed", index));
    });
    await wait(1000);
    expect(reached()).toEqual([]);
  });
});
