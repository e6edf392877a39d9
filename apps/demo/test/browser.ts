import sparticuz from "@sparticuz/chromium";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A real Chromium: the one inside an npm package on Linux x64, the installed Chrome elsewhere. */
export async function startBrowser(): Promise<Browser> {
  const packaged = process.platform === "linux" && process.arch === "x64";
  for (let attempt = 1; ; attempt++) {
    try {
      return packaged
        ? await chromium.launch({ executablePath: await sparticuz.executablePath(), args: FLAGS })
        : await chromium.launch({ channel: "chrome", args: FLAGS });
    } catch (error) {
      // The package unpacks itself when first used; another test file may be in the middle of that.
      if (packaged && attempt < 10) await new Promise((resolve) => setTimeout(resolve, 1500));
      else throw new Error(packaged ? NO_CHROMIUM : NO_CHROME, { cause: error });
    }
  }
}

const NO_CHROMIUM =
  "The Chromium of @sparticuz/chromium did not start. It needs glibc and 250 MB in the temporary folder.";
const NO_CHROME = "Chrome did not start. Install Google Chrome: these tests need a real browser.";
