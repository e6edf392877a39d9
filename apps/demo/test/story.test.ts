import { startBrowser } from "@np6-archives/test-servers/browser";
import type { Browser, Page } from "playwright-core";
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/// <reference lib="dom.asynciterable" />
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startViewer } from "./viewer.ts";
import type { TestViewer } from "./viewer.ts";

let viewer: TestViewer;
let browser: Browser;
let page: Page;
/** What the browser complained about, such as policy violations and script errors. */
let complaints: string[];

beforeAll(async () => {
  [viewer, browser] = await Promise.all([startViewer(), startBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await viewer.close();
});
beforeEach(async () => {
  complaints = [];
  page = await browser.newPage({ timezoneId: "Europe/Paris", locale: "en-GB" });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
});
afterEach(async () => {
  await page.context().close();
  expect(complaints).toEqual([]);
});

describe("the story", () => {
  test("leads from the form to the list to a mail, through its tabs and back", async () => {
    await page.goto(viewer.url);
    await page.getByLabel("Target", { exact: true }).fill("000T123");
    await page.getByRole("button", { name: "Find" }).click();
    await page.waitForURL((url) => url.search === "?by=target&target=000T123");

    const rows = page.locator(".archives tbody tr");
    expect(await rows.count()).toBeGreaterThan(20);
    // A click anywhere on the row opens the mail.
    await rows.first().click({ position: { x: 500, y: 10 } });
    await page.waitForURL(/mail\?/);
    const heading = await page.getByRole("heading", { level: 1 }).textContent();
    expect(await page.title()).toContain(heading ?? "");
    const views = page.getByRole("navigation", { name: "Views" });
    for (const tab of ["Text", "Headers", "Links", "Parts", "Source", "Mail"]) {
      await views.getByRole("link", { name: tab }).click();
      await expect.poll(() => views.locator("[aria-current]").textContent()).toContain(tab);
    }
    await page.getByRole("link", { name: "Back to the list" }).click();
    await page.waitForURL((url) => url.pathname === "/");
    expect(await rows.count()).toBeGreaterThan(20);
  });

  test("shows a mail's html in a sandboxed frame", async () => {
    await openMail("The harbour in pictures");
    expect(await page.locator("iframe").getAttribute("sandbox")).toBe("");
    const inner = page.frames()[1];
    await inner?.waitForLoadState();
    expect((await inner?.locator("body").textContent())?.trim()).not.toBe("");
    expect(await inner?.evaluate(() => self.origin)).toBe("null");
  });

  test("shows times in the reader's time zone with its name, and in UTC on hover", async () => {
    await page.goto(`${viewer.url}?by=target&target=000T123`);
    const times = page.locator(".archives time");
    for (const told of await times.allTextContents()) expect(told).toMatch(/:\d\d CES?T$/);
    const time = times.first();
    const instant = new Date((await time.getAttribute("datetime")) ?? "");
    const local = new Intl.DateTimeFormat("en-GB", {
      timeStyle: "medium",
      timeZone: "Europe/Paris",
    });
    const utc = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: "UTC" });
    expect(await time.textContent()).toContain(local.format(instant));
    expect(await time.getAttribute("title")).toContain(`${utc.format(instant)} UTC`);
  });

  test.each([
    ["en", "Sent", /:\d\d CES?T$/],
    ["fr", "Envoyé", /:\d\d UTC\+[12]$/],
  ])("in %s shows the same time in the list and on the mail's page", async (lang, sent, zone) => {
    await page.goto(`${viewer.url}?by=target&target=000T123&lang=${lang}`);
    expect(await page.locator(".archives th").first().textContent()).toBe(sent);
    const listed = await page.locator(".archives time").first().textContent();
    expect(listed).toMatch(zone);
    await page.locator(".archives a").first().click();
    const shown = page.locator(".summary dt", { hasText: new RegExp(`^${sent}$`) });
    expect(await shown.locator("xpath=following-sibling::dd[1]").textContent()).toBe(listed);
  });

  test("searches the days in the reader's time zone, and the address can be shared", async () => {
    await page.goto(viewer.url);
    await page.getByLabel("Target", { exact: true }).fill("000T123");
    await page.getByLabel("From").fill("2026-02-01");
    await page.getByRole("button", { name: "Find" }).click();
    await page.waitForURL((url) => url.searchParams.get("zone") === "Europe/Paris");
    const asked = viewer.mock.journal().at(-1)?.path ?? "";
    expect(decodeURIComponent(asked)).toContain("startDate=2026-01-31T23:00:00.000Z");
  });

  test("keeps and names the time zone of a shared search, but uses the reader's for the last days", async () => {
    const shared = "?by=target&target=00010000&from=2026-02-01&zone=America%2FNew_York";
    const zone = () => new URL(page.url()).searchParams.get("zone");
    await page.goto(`${viewer.url}${shared}`);
    await page.getByText("Time zone: America/New_York.").waitFor();
    await page.getByRole("button", { name: "Find" }).click();
    await page.waitForURL(/to=/);
    expect(zone()).toBe("America/New_York");
    await page.getByRole("spinbutton", { name: "Page" }).fill("2");
    await page.getByRole("button", { name: "Go" }).click();
    await page.waitForURL(/page=2/);
    expect(zone()).toBe("America/New_York");
    await page.getByRole("button", { name: "Last 30 days" }).click();
    await page.getByText("Time zone: Europe/Paris.").waitFor();
    expect(zone()).toBe("Europe/Paris");
  });

  test("restores the fields to what a page shows when going back to it", async () => {
    const shown = () =>
      page
        .locator("input:not([type=hidden])")
        .evaluateAll((fields) => fields.map((field) => (field as HTMLInputElement).value));
    await page.goto(`${viewer.url}?by=target&target=00010000&from=2026-01-01&zone=UTC`);
    const before = await shown();
    await page.getByRole("spinbutton", { name: "Page" }).fill("2");
    await page.getByRole("button", { name: "Go" }).click();
    await page.waitForURL(/page=2/);
    await page.goBack();
    expect(await shown()).toEqual(before);
    await page.getByLabel("From").fill("");
    await page.getByLabel("Target", { exact: true }).fill("000T123");
    await page.getByRole("button", { name: "Find" }).click();
    await page.waitForURL(/000T123/);
    await page.goBack();
    expect(await shown()).toEqual(before);
  });

  test("works by keyboard alone", async () => {
    await page.goto(viewer.url);
    await tabTo("Target", "textbox");
    await page.keyboard.type("000T123");
    await page.keyboard.press("Enter");
    await page.waitForURL(/target=000T123/);
    await tabTo(/^\d+ \w+ \d{4}/, "link");
    await page.keyboard.press("Enter");
    await page.waitForURL(/mail\?/);
    await tabTo(/^Source/, "link");
    await page.keyboard.press("Enter");
    await page.waitForURL(/tab=source/);
    // A long source can be scrolled by keyboard, too.
    await tabTo("source", "region");
    await tabTo(/Back to the list/, "link", "Shift+Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL((url) => url.pathname === "/");
  });

  test("works without script, with times in UTC", async () => {
    const plain = await browser.newPage({ javaScriptEnabled: false });
    await plain.goto(viewer.url);
    await plain.getByLabel("Target", { exact: true }).fill("000T123");
    await plain.getByRole("button", { name: "Find" }).click();
    expect(await plain.locator(".archives time").first().textContent()).toContain("UTC");
    await plain.locator(".archives a").first().click();
    await plain.waitForURL(/mail\?/);
    // There are no empty controls that only a script could fill.
    await plain.locator("summary").click();
    await plain.getByText("Archive id").waitFor();
    expect(await plain.locator("button:visible").count()).toBe(0);
    await plain.context().close();
  });

  test("saves a mail under its date and subject", async () => {
    await openMail("The harbour in pictures");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download .eml" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^\d{4}-\d\d-\d\d The harbour in pictures\.eml$/);
  });

  test("shows a page when a mail cannot be saved", async () => {
    await openMail("The harbour in pictures");
    viewer.mock.inject({ fault: "status=503", match: { origin: "blob" }, times: 10 });
    await page.getByRole("link", { name: "Download .eml" }).click();
    await page.getByRole("heading", { name: "The mail could not be fetched" }).waitFor();
    viewer.mock.reset();
    // The browser's own message about a page with that status.
    await expect.poll(() => complaints.join()).toMatch(/^[^,]*status of 502[^,]*$/);
    complaints = [];
  });

  test("switches to French and stays there", async () => {
    await page.goto(`${viewer.url}?by=target&target=000T123`);
    await page.getByRole("link", { name: "Français" }).click();
    await page.getByRole("heading", { name: "Mails archivés" }).waitFor();
    await page.locator(".archives a").first().click();
    await page.getByRole("link", { name: /Télécharger/ }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("fr");
  });
});

/** Opens the newest mail to 000T123 with this text in its subject. */
async function openMail(subject: string): Promise<void> {
  for (const mail of await viewer.mailsOf("by=target&target=000T123")) {
    const { text } = await viewer.get(mail);
    if (!text.includes(`<h1>${subject}`)) continue;
    await page.goto(new URL(mail, viewer.url).href);
    return;
  }
  throw new Error(`The mock has no mail ${subject}`);
}

/** Presses Tab until something with that name has the focus, and checks that it is visible. */
async function tabTo(
  name: string | RegExp,
  role: "link" | "textbox" | "region",
  key = "Tab",
): Promise<void> {
  for (let presses = 0; presses < 120; presses++) {
    await page.keyboard.press(key);
    const focused = await page.evaluate(() => {
      const { activeElement } = document;
      if (activeElement === null) return undefined;
      const { outlineStyle, outlineWidth } = getComputedStyle(activeElement);
      const after = getComputedStyle(activeElement, "::after");
      const label =
        activeElement instanceof HTMLInputElement ? activeElement.labels?.[0]?.textContent : null;
      return {
        name: (
          label ??
          (activeElement.tagName === "PRE" ? activeElement.className : activeElement.textContent)
        ).trim(),
        tag: activeElement.tagName,
        outlined:
          [outlineStyle, after.outlineStyle].some((style) => style !== "none") &&
          outlineWidth !== "",
      };
    });
    const tag = { link: "A", textbox: "INPUT", region: "PRE" }[role];
    if (focused?.tag !== tag) continue;
    if (typeof name === "string" ? focused.name !== name : !name.test(focused.name)) continue;
    expect(focused.outlined).toBe(true);
    return;
  }
  throw new Error(`Tab never came to ${String(name)}`);
}
