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
export async function startBrowser(...more: string[]): Promise<Browser> {
  const args = [...FLAGS, ...more];
  const packaged = process.platform === "linux" && process.arch === "x64";
  try {
    return packaged
      ? await chromium.launch({ executablePath: await sparticuz.executablePath(), args })
      : await chromium.launch({ channel: "chrome", args });
  } catch (error) {
    throw new Error(
      packaged
        ? "The Chromium of @sparticuz/chromium did not start. It needs a writable temporary folder with 250 MB, and glibc."
        : "Chrome did not start. Install Google Chrome: these tests need a real browser.",
      { cause: error },
    );
  }
}
