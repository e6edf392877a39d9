import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { html, mailSource } from "@np6-archives/test-mails/mail-source";
import { pictureOf, startBrowser } from "@np6-archives/test-servers/browser";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startViewer } from "./viewer.ts";
import type { TestViewer } from "./viewer.ts";

/** The folder for screenshots, which git ignores. */
const SCREENSHOTS = fileURLToPath(new URL("../screenshots/", import.meta.url));

let viewer: TestViewer;
let browser: Browser;
let pages: Record<string, string>;

beforeAll(async () => {
  await mkdir(SCREENSHOTS, { recursive: true });
  [viewer, browser] = await Promise.all([startViewer(), startBrowser()]);
  const mails = await viewer.mailsOf("by=target&target=000T123");
  const titled = await Promise.all(
    mails.map(async (mail) => ({ mail, text: (await viewer.get(mail)).text })),
  );
  const mailWith = (words: string) => titled.find(({ text }) => text.includes(words))?.mail ?? "";
  const pictures = mailWith("The harbour in pictures");
  const tracked = mailWith("1 looks like a tracking pixel");
  const attached = mailWith("Your voucher");
  pages = {
    start: "",
    action: "?by=action&edit=1",
    stamp: "?by=stamp&edit=1",
    list: "?by=target&target=000T123",
    many: "?by=target&target=00010000&page=7",
    empty: "?by=target&target=000EMPTY",
    blank: "?by=target&target=000BLANK",
    problem: "?by=action&target=&action=00000A&from=2026-02-03",
    failure: "?by=target&target=000F503",
    "not-found": "no-such-page",
    "mail-expired": (await viewer.mailsOf("by=target&target=000EXPIRED"))[0] ?? "",
    "mail-pictures": pictures,
    "mail-tracked": tracked,
    "mail-attached": attached,
    "mail-text": `${tracked}&tab=text`,
    "mail-headers": `${tracked}&tab=headers`,
    "mail-links": `${tracked}&tab=links`,
    "mail-parts": `${attached}&tab=parts`,
    "mail-source": `${tracked}&tab=source`,
    print: pictures.replace("mail?", "print?"),
  };
});
afterAll(async () => {
  await browser.close();
  await viewer.close();
});

/** What axe finds wrong with our page, without the mail in its frame, which is the sender's. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const results = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run(document, { iframes: false }),
  );
  expect(results.passes.length).toBeGreaterThan(5);
  return results.violations.map(
    ({ id, impact, nodes }) =>
      `${impact} ${id}: ${nodes.map(({ html: node }) => node.slice(0, 100)).join(" | ")}`,
  );
}

describe("every page", () => {
  test.each([
    [1280, "light", "en"],
    [390, "light", "fr"],
    [1280, "dark", "fr"],
    [390, "dark", "en"],
  ] as const)(
    "at %i px, %s, in %s: axe finds nothing, and nothing overflows the page",
    async (width, colorScheme, locale) => {
      const page = await browser.newPage({
        viewport: { width, height: width > 600 ? 900 : 844 },
        colorScheme,
        locale,
        timezoneId: "Europe/Paris",
      });
      const found: string[] = [];
      for (const [name, path] of Object.entries(pages)) {
        await page.goto(new URL(path, viewer.url).href);
        await page.frames()[1]?.waitForLoadState();
        await pictureOf(page, {
          path: `${SCREENSHOTS}${name}-${width}-${colorScheme}-${locale}.png`,
          fullPage: true,
        });
        const { scrolled, shown } = await page.evaluate(() => ({
          scrolled: document.documentElement.scrollWidth,
          shown: document.documentElement.clientWidth,
        }));
        if (name !== "print" && scrolled > shown) found.push(`${name}: ${scrolled} px wide`);
        // When a mail is printed, only the heading above it is ours.
        if (name !== "print")
          found.push(...(await violations(page)).map((violation) => `${name}: ${violation}`));
      }
      await page.context().close();
      expect(found).toEqual([]);
    },
  );
});

test("in forced colours the current tab is marked, and buttons have a border", async () => {
  const page = await browser.newPage({ forcedColors: "active" });
  await page.goto(new URL(pages["mail-tracked"] ?? "", viewer.url).href);
  const colours = await page
    .locator(".tabs a")
    .evaluateAll((tabs) => tabs.map((tab) => getComputedStyle(tab).borderBottomColor));
  const [current, ...others] = colours;
  expect(new Set(others).size).toBe(1);
  expect(others[0]).not.toBe(current);
  await pictureOf(page, { path: `${SCREENSHOTS}mail-forced.png` });
  await page.goto(`${viewer.url}?by=target&target=000T123`);
  await pictureOf(page, { path: `${SCREENSHOTS}list-forced.png` });
  const edges = await page.locator("button[type=submit]").evaluateAll((buttons) =>
    buttons.map((button) => {
      const { borderTopWidth, borderTopColor, backgroundColor } = getComputedStyle(button);
      return borderTopWidth === "1px" && borderTopColor !== backgroundColor;
    }),
  );
  expect(edges).toEqual([true, true, true]);
  await page.context().close();
});

test.each(["light", "dark", "no script"] as const)(
  "%s: focus within the mail is visible, where there is a script, and can leave it",
  async (look) => {
    const hasScript = look !== "no script";
    const page = await browser.newPage({
      colorScheme: look === "dark" ? "dark" : "light",
      javaScriptEnabled: hasScript,
    });
    const invoice = {
      headers: ['Content-Disposition: attachment; filename="invoice.txt"'],
      body: "x",
    };
    const shop = await startViewer({
      mails: { "a.eml": mailSource("Your order", [html("<p>x</p>".repeat(100)), invoice]) },
    });
    const [mail = ""] = await shop.mailsOf("by=target&target=000T123");
    await page.goto(new URL(mail, shop.url).href);
    await page.frames()[1]?.waitForLoadState();
    const outline = () =>
      page.locator(".sheet").evaluate((sheet) => {
        const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(sheet);
        const [back] = document.querySelectorAll(".around a");
        const accent = back === undefined ? "" : getComputedStyle(back).color;
        return outlineStyle === "solid" && outlineWidth === "3px" && outlineColor === accent;
      });
    const isInMail = () => page.evaluate(() => document.activeElement?.tagName === "IFRAME");
    expect(await outline()).toBe(false);
    await page.getByRole("link", { name: "Whole window" }).focus();
    // Into the mail and out at its other end, and the same way back.
    for (const key of ["Tab", "Shift+Tab"]) {
      for (const isIn of [true, false]) {
        for (let pressed = 0; (await isInMail()) !== isIn; pressed += 1) {
          expect(pressed).toBeLessThan(20);
          await page.keyboard.press(key);
        }
        await expect.poll(outline).toBe(isIn && hasScript);
      }
    }
    await page.context().close();
    await shop.close();
  },
);

test("a page printed by the browser shows no controls", async () => {
  const page = await browser.newPage();
  await page.emulateMedia({ media: "print" });
  for (const name of ["many", "mail-tracked"]) {
    await page.goto(new URL(pages[name] ?? "", viewer.url).href);
    await pictureOf(page, { path: `${SCREENSHOTS}${name}-paper.png`, fullPage: true });
    expect(await page.locator("nav:visible, button:visible, .button:visible").count()).toBe(0);
  }
  await page.context().close();
});

test("the picture in the README shows an ordinary mail", async () => {
  const newsletter = mailSource("Five books for the long evenings", [
    html(`<body style="margin:0;background:#f4f1ea;font-family:Georgia,serif"><table align="center" width="560" style="background:#fff;margin:24px auto;border:1px solid #e2dccf" cellpadding="24"><tr><td>
      <img src="https://news.example.com/harbour.jpg" width="510" height="90" alt="Harbour Books"><h1 style="margin:16px 0 8px">Five books for the long evenings</h1>
      <p>Our choice for February, all in stock.</p><p><a href="https://news.example.com/c/42" style="color:#8a2a2a">Read the first pages</a></p>
      <p style="color:#777;font-size:13px"><a href="https://news.example.com/u/42">Unsubscribe</a></p><img src="https://news.example.com/o/42.gif" width="1" height="1"></td></tr></table></body>`),
  ]);
  const shop = await startViewer({ mails: { "a.eml": newsletter } });
  const page = await browser.newPage({
    viewport: { width: 900, height: 760 },
    timezoneId: "Europe/Paris",
    locale: "en-GB",
  });
  const [mail = ""] = await shop.mailsOf("by=target&target=000T123");
  await page.goto(new URL(mail, shop.url).href);
  await page.frames()[1]?.waitForLoadState();
  expect(await page.locator(".blocked").textContent()).toContain(
    "2 remote items blocked, 1 looks like a tracking pixel.",
  );
  // `UPDATE_PICTURE=1 pnpm test` updates it.
  const path = process.env["UPDATE_PICTURE"]
    ? fileURLToPath(new URL("../screenshot.png", import.meta.url))
    : `${SCREENSHOTS}readme.png`;
  const picture = await pictureOf(page, { path });
  expect(picture.byteLength).toBeLessThan(150_000);
  await page.context().close();
  await shop.close();
});
