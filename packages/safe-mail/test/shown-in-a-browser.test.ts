import { startBrowser } from "@np6-archives/test-servers/browser";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { InlineImages } from "../src/show/inline-images.ts";
import { safeHtml } from "../src/show/safe-html.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

/** A mail, shown to a reader who prefers dark. */
async function shown(html: string): Promise<Page> {
  const { opening, content } = safeHtml([{ html, picture: new InlineImages([]).resolver() }]);
  const page = await browser.newPage({
    colorScheme: "dark",
    viewport: { width: 800, height: 600 },
  });
  await page.setContent(opening + content);
  return page;
}

describe("the background is light for a reader who prefers dark", () => {
  test.each([
    "<style>:root{color-scheme:light dark}</style>",
    "<style>:root{color-scheme:dark!important}html{color-scheme:only dark!important}</style>",
    '<meta name="color-scheme" content="dark">',
    '<html style="color-scheme:dark!important"><body style="color-scheme:dark">',
    "<style>@media (prefers-color-scheme:d\\61rk){html,body,p{background:#000;color:#fff}}</style>",
    '<style media="(prefers-color-scheme: dark)">html,body,p{background:#000;color:#fff}</style>',
    "<style>p{color:light-dark(#333,#fff);background:light-dark(#fff,#000)}</style>",
  ])("%s", async (head) => {
    const page = await shown(`<!doctype html>${head}<p style="accent-color:red">text</p>`);
    const { white, dark } = await page.evaluate(() => {
      const probe = document.createElement("div");
      probe.style.cssText = "background:Canvas;color:CanvasText";
      document.body.append(probe);
      const { backgroundColor, color } = getComputedStyle(probe);
      const { color: text, backgroundColor: behind } = getComputedStyle(
        document.querySelector("p") as Element,
      );
      return {
        white: [backgroundColor, color],
        dark: text === "rgb(255, 255, 255)" || behind === "rgb(0, 0, 0)",
      };
    });
    expect(white).toEqual(["rgb(255, 255, 255)", "rgb(0, 0, 0)"]);
    expect(dark).toBe(false);
    await page.close();
  });
});

test("a mail's rules for light mode apply", async () => {
  const page = await shown(
    "<style>@media not all and (prefers-color-scheme:dark){p{color:rgb(1,2,3)}}@media (prefers-color-scheme:light){b{color:rgb(4,5,6)}}</style><p>a <b>b</b></p>",
  );
  const colours = await page.evaluate(() =>
    ["p", "b"].map((name) => getComputedStyle(document.querySelector(name) as Element).color),
  );
  expect(colours).toEqual(["rgb(1, 2, 3)", "rgb(4, 5, 6)"]);
  await page.close();
});

test.each(["<!doctype html>", ""])(
  "a blocked picture keeps its box, and its alternative text can be read (%s)",
  async (doctype) => {
    const page = await shown(
      `${doctype}<body style="background:#000;color:#fff"><img src="http://r.example/a.png" width="600" height="200" alt="Our offer" style="color:#fff;background:#000">
       <img src="http://r.example/b.png" style="display:block;width:300px;height:100px" alt=""><img hidden src="http://r.example/c.png" width="50" height="50">`,
    );
    const pictures = await page.evaluate(() =>
      [...document.querySelectorAll("img")].map((picture) => {
        const { width, height } = picture.getBoundingClientRect();
        const { color, backgroundColor } = getComputedStyle(picture);
        return { width, height, color, backgroundColor };
      }),
    );
    expect(pictures).toMatchObject([
      { width: 600, height: 200, color: "rgb(51, 51, 51)", backgroundColor: "rgb(240, 240, 240)" },
      { width: 300, height: 100 },
      { width: 0, height: 0 },
    ]);
    await page.close();
  },
);

test.each([
  'width="600" alt="Our offer"',
  'width="600" height="" alt="Our offer" style="height:auto;display:block"',
  'alt="Our offer" style="width:100%;max-width:600px"',
  'width="600" alt="Our offer" style="display: block; height: auto"',
  'width="100%"',
])(
  "a blocked picture of unknown height does not become a square in quirks mode: %s",
  async (said) => {
    const page = await shown(`<img src="http://r.example/a.png" ${said}>`);
    const { width, height } = await page.evaluate(() =>
      (document.querySelector("img") as Element).getBoundingClientRect(),
    );
    expect(width).toBeGreaterThan(500);
    expect(height).toBeLessThan(40);
    await page.close();
  },
);

test("a form starts a new line, and a button keeps its box", async () => {
  const page = await shown(
    "<!doctype html><style>form{background:rgb(1,2,3)}button{padding:20px}</style>one<form>two</form>three<button>go</button>",
  );
  const [form, button] = await page.evaluate(() =>
    ["form", "button"].map((name) => {
      const element = document.querySelector(`[data-was=${name}]`) as Element;
      const { width, height } = element.getBoundingClientRect();
      return { width, height, background: getComputedStyle(element).backgroundColor };
    }),
  );
  expect(form).toMatchObject({ background: "rgb(1, 2, 3)" });
  expect(form?.width).toBeGreaterThan(700);
  expect(button?.height).toBeGreaterThan(40);
  await page.close();
});

test.each(["<object><p>in</p></object>", "<button><div>in</div></button>"])(
  "a paragraph keeps its style after %s",
  async (inner) => {
    const page = await shown(`<!doctype html><p style="color:rgb(1,2,3)">a${inner}<i>b</i></p>`);
    const colour = await page.evaluate(
      () => getComputedStyle(document.querySelector("i") as Element).color,
    );
    expect(colour).toBe("rgb(1, 2, 3)");
    await page.close();
  },
);

test.each([
  ["<form>x</form>", "16px"],
  ["<style>*{margin:0}</style><form>x</form>", "0px"],
  ["<!doctype html><form>x</form>", "0px"],
])("a form has a margin below it only in quirks mode: %s", async (html, margin) => {
  const page = await shown(html);
  const below = await page.evaluate(
    () => getComputedStyle(document.querySelector("[data-was=form]") as Element).marginBottom,
  );
  expect(below).toBe(margin);
  await page.close();
});

test("a form does not have the style of the box that replaces it", async () => {
  const page = await shown(
    "<style>div{color:rgb(1,2,3);width:50px}</style><form>a<div>b</div></form>",
  );
  const [form, inner] = await page.evaluate(() =>
    ["[data-was=form]", "[data-was=form] div"].map((selector) => {
      const { color, width } = getComputedStyle(document.querySelector(selector) as Element);
      return { color, width };
    }),
  );
  expect(form).toEqual({ color: "rgb(0, 0, 0)", width: "784px" });
  expect(inner).toEqual({ color: "rgb(1, 2, 3)", width: "50px" });
  await page.close();
});

const CALL = "font:16px Arial;background:#d00;color:#fff;border:0;padding:12px 24px";

test.each([
  `<style>input.call{${CALL}}</style><input class=call type=submit value=Go>`,
  `<style>input[type=button]{${CALL}}</style><input type=BUTTON value=Go>`,
  `<style>button[type=submit]{${CALL}}</style><button type=submit>Go</button>`,
  "<style>input[type=text],input[type=email]{width:200px;height:40px;color:#d00}</style><input type=text><input type=EMAIL>",
  `<style>.call{${CALL}}button,input{background:#ccc;color:#111;padding:0}*{padding:2px}</style><button class=call>Go</button><input class=call type=submit>`,
  '<div style="text-transform:uppercase;letter-spacing:3px"><button style="width:200px;height:60px">Go</button></div>',
  '<button style="width:100%;padding:20px;font:16px Arial">Go</button>',
  "<style>span{color:#d00;padding:30px}span.call{width:90px}</style><button class=call>Go</button>",
  '<select style="width:150px;height:40px"><option>a</select>',
  '<input style="width:50px;height:30px;padding:5px">',
  '<table width=200><tr><td width=100><input type=checkbox style="width:13px;height:13px"></td><td><input style="width:20px;height:20px;padding:0"></table>',
])("a replacement has the box of the element it replaces: %s", async (html) => {
  for (const doctype of ["<!doctype html>", ""]) {
    const original = await browser.newPage({ viewport: { width: 800, height: 600 } });
    await original.setContent(doctype + html);
    const page = await shown(doctype + html);
    const [expected, actual] = await Promise.all(
      [original, page].map((each) =>
        each.evaluate(() =>
          [...document.querySelectorAll("input,button,select,[data-was]")].map((element) => {
            const { x, width, height } = element.getBoundingClientRect();
            const { color, textTransform, letterSpacing } = getComputedStyle(element);
            return { x, width, height, color, textTransform, letterSpacing };
          }),
        ),
      ),
    );
    expect(actual).toEqual(expected);
    await Promise.all([original.close(), page.close()]);
  }
});
