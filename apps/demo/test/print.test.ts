import { html, mailSource } from "@np6-archives/test-mails/mail-source";
import { pictureOf, startBrowser } from "@np6-archives/test-servers/browser";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startViewer } from "./viewer.ts";
import type { TestViewer } from "./viewer.ts";

const WIDE = "<table width=1400 bgcolor=silver><tr><td>As wide as it is</table>";
/** Pages in right-to-left direction, and one that is not. */
const FROM_RIGHT = {
  "page from right to left": `<html dir=rtl><body>${WIDE}`,
  "body from right to left": `<body dir=rtl>${WIDE}`,
  "style from right to left": `<body style="margin:0; direction:rtl">${WIDE}`,
  "body from left to right": `<html dir=rtl><body dir=ltr>${WIDE}`,
};
/** A subject that cannot be broken into lines. */
const LONG_WORD = "X".repeat(400);
/** 4,000 pixels wide, like a photograph. */
const PHOTOGRAPH =
  '<img src="data:image/gif;base64,R0lGODlhoA8oAIAAAAAAAP///ywAAAAAAQABAAACAkQBADs=">';
const FORGED =
  '<div class=forged>From the director</div><img src="https://pictures.example/a.png">';
const COVER = "left:0;top:0;width:100%;height:400px;background:#fff;z-index:2147483647";

/** Mails that try to cover the heading or push it away. */
const FORGERS = {
  fixed: `<div style="position:fixed;${COVER}">${FORGED}</div>`,
  absolute: `<div style="position:absolute;${COVER}">${FORGED}</div>`,
  "margin of what it shows": `<div style="position:relative;margin-top:-400px;${COVER}">${FORGED}</div>`,
  "margin of its body": `<body style="margin-top:-400px!important">${FORGED}</body>`,
  "turned body": `<body style="transform:translateY(-400px)!important">${FORGED}</body>`,
  "hidden body": `<body style="display:none!important;opacity:0!important">${FORGED}</body>`,
  "narrow body": `<body style="width:1px!important;overflow:hidden!important;height:0!important">${FORGED}</body>`,
  "style of its html": `<html style="margin-top:-400px!important;opacity:0!important"><body>${FORGED}</body></html>`,
  "class of its html": `<html class="<head>"><style>html.\\<head\\>{margin-top:-400px!important}</style><body>${FORGED}</body></html>`,
  "sheet for its html": `<style>@layer a{html{margin-top:-400px!important}}:root:root{zoom:.01!important;opacity:0!important}</style>${FORGED}`,
  "padding and border": `<style>html,body{padding:500px!important;border:500px solid #fff!important}</style>${FORGED}`,
  "outline of its body": `<body style="outline:400px solid #fff!important;outline-offset:-400px!important">${FORGED}</body>`,
  "mask of its body": `<body style="-webkit-mask-box-image:linear-gradient(transparent,transparent)!important">${FORGED}</body>`,
  "end of its body": `<body style="align-content:end!important">${FORGED}</body>`,
  "side of its body": `<body style="justify-items:end!important">${FORGED}</body>`,
  "body at a side": `<body style="justify-self:end!important">${FORGED}</body>`,
  "line through its body": `<body style="text-decoration:line-through 2em #fff!important">${FORGED}</body>`,
  "line through its html": `<style>html{text-decoration:line-through 2em #fff!important}</style>${FORGED}`,
  "picture in place of its html": `<style>html{content:linear-gradient(#fff,#fff)!important}</style>${FORGED}`,
  "picture in place of its body": `<style>body{content:url("data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")!important}</style>${FORGED}`,
  "first line of its body": `<style>body::first-line{color:#fff!important;font-size:1px!important}</style>${FORGED}`,
  "first letter of its html": `<style>html::first-letter{color:#fff!important;float:right}</style>${FORGED}`,
  "sheet of its own": `<style>@page{size:3cm 3cm;margin:5cm 0 0;@top-left{content:"From the director"}}</style>${FORGED}`,
  "sheets by name": `<style>@page Section{size:21cm 29.7cm}div{page:Section}</style><div>${FORGED}</div>`,
  "before its body": `<style>body:before,html:before{content:"x";position:fixed;${COVER}}</style>${FORGED}`,
  "after its body": `<style>body:after,html:after{content:"x"!important;position:fixed!important;${COVER}}</style>${FORGED}`,
  "marks to scroll it by": `<style>html,body{scroll-marker-group:before}::scroll-marker-group{position:fixed;${COVER}}</style>${FORGED}`,
  "buttons to scroll it by": `<style>html::scroll-button(*),body::scroll-button(*){content:"x"!important;position:fixed;${COVER}}</style>${FORGED}`,
  "room for its scroll bar": `<style>html{scrollbar-gutter:stable both-edges!important}::-webkit-scrollbar{width:300px}</style>${FORGED}`,
  "its head": `<style>head{display:block!important;position:fixed;${COVER}}head:after{content:"x"}</style>${FORGED}`,
  "elements like those of the heading": `<style>header,template,main,dl,p,body>*{display:none!important}*{color:#fff!important;font-size:1px!important}</style>${FORGED}`,
};

let viewer: TestViewer;
let browser: Browser;
beforeAll(async () => {
  const mails = Object.entries({ ...FORGERS, ...FROM_RIGHT }).map(([name, content], i) => [
    `${i}.eml`,
    mailSource(name, html(content)),
  ]);
  [viewer, browser] = await Promise.all([
    startViewer({
      mails: {
        ...(Object.fromEntries(mails) as Record<string, Buffer>),
        "wide.eml": mailSource("wide", html(WIDE)),
        "photograph.eml": mailSource("photograph", html(PHOTOGRAPH)),
        "word.eml": mailSource(LONG_WORD, html("<p>x")),
      },
    }),
    startBrowser(),
  ]);
});
afterAll(() => Promise.all([browser.close(), viewer.close()]));

/** What is visible of the heading: its position, its font size, and what covers its text. */
function heading(page: Page) {
  return page.evaluate(() => {
    const root = document.body.shadowRoot;
    const header = root?.querySelector("header");
    const title = header?.querySelector("h1");
    if (!root || !header || !title) return undefined;
    const words = [...header.querySelectorAll("h1,dt,dd,p")];
    const isSeen = (element: Element) => {
      const { left, top, height } = element.getBoundingClientRect();
      return root.elementFromPoint(left + 2, top + height / 2) === element;
    };
    const { left, top, width } = header.getBoundingClientRect();
    return {
      subject: title.textContent,
      place: [left, top, width],
      letters: getComputedStyle(title).fontSize,
      colour: getComputedStyle(title).color,
      hidden: words.filter((element) => !isSeen(element)).map((element) => element.textContent),
      isVisible: title.checkVisibility({ opacityProperty: true, visibilityProperty: true }),
    };
  });
}

/** How the heading looks, with the same text for every mail. */
async function drawn(page: Page): Promise<string> {
  await page.evaluate(() => {
    for (const element of document.body.shadowRoot?.querySelectorAll("h1,dd,p") ?? [])
      element.textContent = "Words";
  });
  const picture = await pictureOf(page, { clip: { x: 0, y: 0, width: 800, height: 120 } });
  return picture.toString("base64");
}

test("no mail covers, moves, hides or styles the heading above it in print, and none is cut off", async () => {
  const page = await browser.newPage({ viewport: { width: 800, height: 1000 } });
  await page.emulateMedia({ media: "print" });
  const mails = await viewer.mailsOf("by=target&target=000T123");
  const seen = new Map<string, unknown>();
  let first: string | undefined;
  for (const mail of mails) {
    await page.goto(new URL(mail.replace("mail?", "print?"), viewer.url).href);
    const { subject, ...rest } = (await heading(page)) ?? {};
    // The browser shrinks a wide page to fit its sheet, down to half its size.
    const isWide = subject === "wide" || Object.hasOwn(FROM_RIGHT, subject ?? "");
    const width = isWide ? 1416 : subject === "photograph" ? 816 : 800;
    expect(await page.evaluate(() => document.documentElement.scrollWidth), subject).toBe(width);
    const [left, direction] = await page.evaluate(() => {
      const main = document.body.shadowRoot?.querySelector("main") as Element;
      return [main.getBoundingClientRect().left, getComputedStyle(main).direction];
    });
    const goes = subject?.endsWith("to left") === true ? "rtl" : "ltr";
    expect({ left, direction }, subject).toEqual({ left: 0, direction: goes });
    const sheets = (await page.pdf()).toString("latin1").match(/\/Type \/Page\b/g)?.length;
    const picture = await drawn(page);
    first ??= picture;
    seen.set(subject ?? "", { ...rest, sheets, isDrawnAlike: picture === first });
  }
  const untouched = {
    place: [0, 0, 800],
    letters: "18px",
    colour: "rgb(28, 35, 48)",
    hidden: [],
    isVisible: true,
    sheets: 1,
    isDrawnAlike: true,
  };
  const names = [...Object.keys({ ...FORGERS, ...FROM_RIGHT }), "wide", "photograph", LONG_WORD];
  expect(Object.fromEntries(seen)).toEqual(
    Object.fromEntries(names.map((name) => [name, untouched])),
  );
});
