// What a test runs within a page is written in the test.
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/// <reference lib="dom.asynciterable" />
import { setTimeout as sleep } from "node:timers/promises";
import sparticuz from "@sparticuz/chromium";
import { chromium } from "playwright-core";
import type { Browser, Page, PageScreenshotOptions } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const NO_CHROMIUM =
  "The Chromium of @sparticuz/chromium did not start. It needs glibc and 250 MB in the temporary folder.";
const NO_CHROME = "Chrome did not start. Install Google Chrome: these tests need a real browser.";
const NO_OWN =
  "Playwright's Chromium did not start. Install it: pnpm --filter @np6-archives/test-servers exec playwright-core install --with-deps chromium";

/**
 * How often to try to start the packaged Chromium: it unpacks itself on first use, and several test files may do that
 * at the same time.
 */
const MOST_TRIES = 20;

/**
 * A real Chromium: from an npm package on Linux x64, Playwright's own on other Linux, for which there is no Chrome, and
 * the installed Chrome elsewhere. Its pages have no timeout of their own, so that a test may wait as long as its own
 * timeout.
 *
 * @throws Error that says what is needed when none starts.
 */
export async function startBrowser(): Promise<Browser> {
  const onLinux = process.platform === "linux";
  const packaged = onLinux && process.arch === "x64";
  for (let attempt = 1; ; attempt++) {
    try {
      const browser = await chromium.launch({
        ...(packaged && { executablePath: await sparticuz.executablePath() }),
        ...(!onLinux && { channel: "chrome" }),
        args: FLAGS,
        timeout: 0,
      });
      browser.on("context", (context) => {
        context.setDefaultTimeout(0);
      });
      return browser;
    } catch (error) {
      if (packaged && attempt < MOST_TRIES) {
        await sleep(1500);
        continue;
      }
      const missing = packaged ? NO_CHROMIUM : onLinux ? NO_OWN : NO_CHROME;
      throw new Error(missing, { cause: error });
    }
  }
}

/** A screenshot of a page. Chromium sometimes fails to take one, and succeeds when tried again. */
export async function pictureOf(page: Page, options: PageScreenshotOptions = {}): Promise<Buffer> {
  for (;;) {
    try {
      return await page.screenshot(options);
    } catch (error) {
      if (!String(error).includes("Unable to capture screenshot")) throw error;
      await sleep(250);
    }
  }
}
