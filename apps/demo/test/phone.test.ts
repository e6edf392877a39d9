/// <reference lib="dom" />
import { html, mailSource } from "@np6-archives/test-mails/mail-source";
import { startBrowser } from "@np6-archives/test-servers/browser";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startViewer } from "./viewer.ts";
import type { TestViewer } from "./viewer.ts";

const RIGHT = '<td align="right" id="right">right edge</td>';
const file = (name: string) => ({
  headers: ["Content-Type: application/pdf", `Content-Disposition: attachment; filename="${name}"`],
  body: "pdf",
});
const PIXEL = '<img src="https://pictures.example/a.gif" width="1" height="1">';
const newsletter = mailSource(
  "A newsletter with a subject that is long enough for more than one line, and then for another",
  [
    html(`<table width="600" style="width:600px"><tr><td>left${PIXEL}</td>${RIGHT}</tr></table>`),
    ...Array.from({ length: 11 }, (_, index) => file(`invoice-${index}.pdf`)),
  ],
);
const LAST = "The Fortieth Recipient <recipient.40@example.com>";
const MAILS = {
  "newsletter.eml": newsletter,
  "crowd.eml": Buffer.from(newsletter)
    .toString()
    .replace("From: Shop", `From: "A shop ${"with a long name ".repeat(8)}"`)
    .replace("To: ", `To: ${"Recipient <recipient@example.com>,\r\n ".repeat(39)}${LAST},\r\n `),
  "fluid.eml": mailSource(
    "A fluid one",
    html(`<table width="100%"><tr><td>left</td>${RIGHT}</tr></table>`),
  ),
};

let viewer: TestViewer;
let browser: Browser;
let mails: string[];
beforeAll(async () => {
  [viewer, browser] = await Promise.all([startViewer({ mails: MAILS }), startBrowser()]);
  mails = await viewer.mailsOf("by=target&target=000T123");
});
afterAll(async () => {
  await browser.close();
  await viewer.close();
});

async function onPhone(mail: string, locale: string, width = 390): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: 844 }, locale });
  await page.goto(new URL(mail, viewer.url).href);
  await page.frames()[1]?.waitForLoadState();
  return page;
}

test("no media type is too long for the page, at any width", async () => {
  const files = ["vnd.openxmlformats-officedocument.wordprocessingml.document", "x".repeat(300)];
  const named = `Content-Disposition: attachment; filename="${"Invoice-".repeat(30)}"`;
  const parts = files.map((type) => ({
    headers: [`Content-Type: application/${type}`, named],
    body: "x",
  }));
  const own = await startViewer({ mails: { "a.eml": mailSource("Types", parts) } });
  const [mail = ""] = await own.mailsOf("by=target&target=000T123");
  const page = await browser.newPage();
  await page.goto(new URL(`${mail}&tab=parts`, own.url).href);
  for (const width of [320, 390, 680, 1280]) {
    await page.setViewportSize({ width, height: 844 });
    const scrolled = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(scrolled).toBe(width);
    for (const table of [".parts", ".attachments"]) {
      const type = await page.locator(`${table} td`, { hasText: "openxml" }).boundingBox();
      expect(type?.width).toBeGreaterThan(100);
    }
  }
  await page.context().close();
  await own.close();
});

test.each([390, 1280])(
  "no word is too long for the search, the list or the mail's page at %i px",
  async (width) => {
    const long = await startViewer({
      mails: {
        "a.eml": mailSource("X".repeat(2000), html("<p>x")),
        "b.eml": mailSource("Words ".repeat(300), html("<p>x")),
      },
    });
    const page = await browser.newPage({ viewport: { width, height: 844 } });
    const overflow = () =>
      page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
    await page.goto(`${long.url}?by=target&target=000T123`);
    await page.waitForFunction(() =>
      [...document.querySelectorAll(".subject")].every((head) => head.textContent !== ""),
    );
    expect(await overflow()).toBe(0);
    for (const mail of await long.mailsOf("by=target&target=000T123")) {
      await page.goto(new URL(mail, long.url).href);
      expect(await overflow()).toBe(0);
      expect((await page.locator("iframe").boundingBox())?.y).toBeLessThan(width > 600 ? 600 : 422);
    }
    const word = "a".repeat(200);
    for (const asked of [`target=${word}`, `target=x&from=${word}`]) {
      await page.goto(`${long.url}?by=target&${asked}`);
      expect(await overflow()).toBe(0);
    }
    await page.context().close();
    await long.close();
  },
);

describe.each(["en-GB", "fr-FR"])("on a phone, in %s", (locale) => {
  test("a mail begins in the upper half, and its right edge is on the screen", async () => {
    expect(mails).toHaveLength(3);
    for (const mail of mails) {
      const page = await onPhone(mail, locale);
      const frame = await page.locator("iframe").boundingBox();
      expect(frame?.y).toBeLessThan(422);
      // The box as drawn on the page, with the scale of the frame.
      const edge = await page.frameLocator("iframe").locator("#right").boundingBox();
      expect((edge?.x ?? 0) + (edge?.width ?? 999)).toBeLessThanOrEqual(390);
      const scrolls = await page
        .frames()[1]
        ?.evaluate(
          () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
        );
      expect(scrolls).toBe(false);
      for (const tab of ["mail", "headers", "parts"]) {
        await page.goto(new URL(`${mail}&tab=${tab}`, viewer.url).href);
        const tops = await page
          .locator(".tabs a")
          .evaluateAll((links) => links.map((link) => link.getBoundingClientRect().top));
        expect(new Set(tops).size, tab).toBe(1);
      }
      await page.context().close();
    }
  });
});

test("on a phone, in French, a failure's facts leave room for its dates and ids", async () => {
  const seeded = await startViewer();
  const [expired = ""] = await seeded.mailsOf("by=target&target=000EXPIRED");
  const page = await browser.newPage({ viewport: { width: 390, height: 844 }, locale: "fr-FR" });
  await page.goto(new URL(expired, seeded.url).href);
  const lines = await page
    .locator(".failure dd")
    .evaluateAll((facts) => facts.map((fact) => fact.getBoundingClientRect().width));
  expect(lines.length).toBeGreaterThan(3);
  expect(Math.min(...lines)).toBeGreaterThan(250);
  await page.context().close();
  await seeded.close();
});

test.each(["en-GB", "fr-FR"])(
  "at 320 px, in %s, sender and date can be read, and each tab is on the screen",
  async (locale) => {
    const texts = await Promise.all(mails.map(async (mail) => (await viewer.get(mail)).text));
    const plain = mails[texts.findIndex((text) => text.includes("<h1>A fluid one"))] ?? "";
    const page = await onPhone(plain, locale, 320);
    const facts = page.locator("header > .summary dd");
    expect(await facts.count()).toBe(3);
    expect(
      await facts.evaluateAll((all) => all.filter((fact) => fact.scrollHeight > fact.clientHeight)),
    ).toEqual([]);
    const edges = await page
      .locator(".tabs a")
      .evaluateAll((tabs) => tabs.map((tab) => tab.getBoundingClientRect().right));
    expect(Math.max(...edges)).toBeLessThanOrEqual(320);
    await page.context().close();
  },
);

test("the other recipients of a mail are under its details", async () => {
  const texts = await Promise.all(mails.map(async (mail) => (await viewer.get(mail)).text));
  const crowd = mails[texts.findIndex((text) => text.includes("Fortieth"))] ?? "";
  const page = await onPhone(crowd, "en-GB");
  const last = page.locator("details dd", { hasText: LAST });
  expect(await last.isVisible()).toBe(false);
  await page.getByText("Ids and details").click();
  expect(await last.isVisible()).toBe(true);
  await page.context().close();
});

test("ids are copied by a click, and print and download get the reader's time zone", async () => {
  const context = await browser.newContext({
    timezoneId: "Asia/Tokyo",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const page = await context.newPage();
  const [mail = ""] = mails;
  await page.goto(new URL(mail, viewer.url).href);
  await page.getByText("Ids and details").click();
  await page.getByRole("button", { name: "Copy Archive id" }).click();
  await page.getByRole("button", { name: "Copy Archive id" }).getByText("Copied").waitFor();
  await page.getByRole("status").filter({ hasText: "Copied" }).waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    new URLSearchParams(mail.split("?")[1]).get("id"),
  );
  for (const name of ["Download .eml", "Print view"]) {
    const address = await page.getByRole("link", { name }).getAttribute("href");
    expect(new URL(address ?? "", viewer.url).searchParams.get("in")).toBe("Asia/Tokyo");
  }
  // One click gives the mail the whole window, under the same policy.
  const [whole] = await Promise.all([
    context.waitForEvent("page"),
    page.getByRole("link", { name: "Whole window" }).click(),
  ]);
  await whole.waitForLoadState();
  expect(new URL(whole.url()).pathname).toBe("/frame");
  expect(await whole.evaluate(() => self.origin)).toBe("null");
  await context.close();
});

test("there is a space between a button that copies an id and the words after it", async () => {
  const page = await browser.newPage();
  await page.goto(`${viewer.url}?by=target&target=000F503`);
  const button = await page.getByRole("button", { name: "Copy Request id" }).boundingBox();
  const words = await page.getByText("Quote it to NP6 support").boundingBox();
  expect(words?.x).toBeGreaterThan((button?.x ?? 0) + (button?.width ?? 0));
  await page.close();
});

test.each([1280, 390])(
  "blocked pictures keep their box at %i px, in standards mode",
  async (width) => {
    const picture =
      '<img src="https://pictures.example/a.png" width="600" height="200" alt="Sale">';
    const shop = await startViewer({
      mails: { "a.eml": mailSource("Pictures", html(`<!doctype html><p>x</p>${picture}`)) },
    });
    const [mail = ""] = await shop.mailsOf("by=target&target=000T123");
    const page = await browser.newPage({ viewport: { width, height: 844 } });
    await page.goto(new URL(mail, shop.url).href);
    const frame = page.frames()[1];
    await frame?.waitForLoadState();
    const box = await frame
      ?.locator("img")
      .evaluate((image) => [
        (image as HTMLElement).offsetWidth,
        (image as HTMLElement).offsetHeight,
      ]);
    expect(box).toEqual([600, 200]);
    await page.context().close();
    await shop.close();
  },
);
