import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { html, mailSource } from "@np6-archives/test-mails/mail-source";
import { pictureOf, startBrowser } from "@np6-archives/test-servers/browser";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startViewer } from "./viewer.ts";
import type { TestViewer } from "./viewer.ts";

/** A picture of 2 by 2 pixels in four colours. */
const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFklEQVR4nGP8z8DA8B8IGRgY/jMwMAAAKfYE/0gyfTwAAAAASUVORK5CYII=";

const XHTML =
  '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">';

/** Typical newsletters, each with what it needs to look right. `PICTURE` stands for the inline one. */
const NEWSLETTERS: Record<string, string> = {
  "tables, old attributes and a picture": `${XHTML}<html><head><style>
      body{margin:0;background:#f4f1ea} .card{background:#fff;border:1px solid #ddd} h1{font:bold 24px Georgia}
      a{color:#8a2a2a} @media (max-width:500px){.wide{display:none}}</style></head>
    <body bgcolor="#f4f1ea" text="#333333" link="#cc0000"><center><table width="600" cellpadding="0" cellspacing="0" border="0" align="center" class="card">
      <tr><td colspan="2"><img src="PICTURE" width="600" height="120" style="display:block" alt="Harbour"></td></tr>
      <tr><td width="300" valign="top" style="padding:16px;background-color:#fafafa"><h1>Five books</h1><font face="Arial" size="2" color="#006633">for long evenings</font>
        <ul><li>One</li><li>Two</li></ul></td>
      <td width="300" class="wide" style="padding:16px" background="PICTURE" align="right"><b>Only <i>today</b> and</i> tomorrow<br>
        <a href="https://example.com/offer">our offer</a></td></tr></table></center></body></html>`,
  "no doctype, links in the browser's own colours": `<p>Dear reader,<p><a href="https://example.com">a plain link</a>, <a name="x">an anchor</a>
      <table border=1><tr><td>cell<td><p>paragraph</table><p>text<table><tr><td>a table closes no paragraph here</table>
      <blockquote type="cite">quoted</blockquote><pre>  kept   spaces</pre><hr width="50%" noshade>`,
  "a modern one": `<!doctype html><html lang="en" dir="ltr"><head><meta name="viewport" content="width=device-width"><style>
      :root{--c:#224466} .btn{display:inline-block;padding:12px 24px;border-radius:6px;background:var(--c);color:#fff!important;text-decoration:none}
      a:link{color:#0a7} @media (prefers-color-scheme:dark){body{background:#000;color:#fff}} td>p:first-child{margin-top:0}
      .hero{background:linear-gradient(90deg,#fde,#def);padding:24px}</style></head>
      <body style="margin:0;font-family:system-ui"><!-- preheader --><div style="display:none;max-height:0">hidden</div>
      <!--[if mso]><table><tr><td><![endif]--><div class="hero"><a class="btn" href="https://example.com/a">Read on</a>
      <p>See <a href="https://example.com/b">the <span style="color:purple">other</span> one</a>.</p></div><!--[if mso]></td></tr></table><![endif]-->
      <![if !mso]><p>Shown everywhere but in Outlook</p><![endif]></body></html>`,
  "one that supports dark mode, with a form": `<!doctype html><html><head><meta name="color-scheme" content="light dark"><style>
      :root{color-scheme:light dark} p{color:light-dark(#333,#eee)} @media not all and (prefers-color-scheme:dark){form{padding:9px}}</style>
      <style media="(prefers-color-scheme: dark)">body{background:#111}</style></head><body>
      one<form style="background:#ff0">two <label style="color:#a00">three</label></form>four<offer style="background:#dfd">five</offer>
      <p>six <font size="+2">seven</font><font size="-1">eight</font></p><pre>\n\nnine</pre><dialog>never</dialog>
      <img src="PICTURE" align="left" width="40" height="40" alt=""><br clear="all">ten<fieldset style="border:1px solid red;margin:0;padding:4px">eleven</fieldset></body></html>`,
};

let viewer: TestViewer;
let browser: Browser;
/** Serves the mails as they are, without the viewer. */
let plain: Server;
let raw = "";

beforeAll(async () => {
  const mails = Object.entries(NEWSLETTERS).map(([name, body]): [string, Uint8Array] => [
    `${name}.eml`,
    mailSource(
      name,
      [
        html(body.replaceAll("PICTURE", "cid:Pic@example.com")),
        {
          headers: [
            "Content-Type: image/png",
            "Content-ID: <pic@example.com>",
            "Content-Transfer-Encoding: base64",
          ],
          body: PNG,
        },
      ],
      "related",
    ),
  ]);
  plain = createServer((_, response) => {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(raw);
  });
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  [viewer, browser] = await Promise.all([
    startViewer({ mails: Object.fromEntries(mails) }),
    startBrowser(),
  ]);
});
afterAll(async () => {
  plain.close();
  plain.closeAllConnections();
  await browser.close();
  await viewer.close();
});

describe("an ordinary newsletter looks the same with and without protection", () => {
  test.each(Object.entries(NEWSLETTERS))("%s", async (name, body) => {
    const pages = await Promise.all(
      (await viewer.mailsOf("by=target&target=000T123")).map(async (mail) => ({
        mail,
        page: await viewer.get(mail),
      })),
    );
    const { mail = "" } = pages.find(({ page }) => page.words.includes(name)) ?? {};
    raw = body.replaceAll("PICTURE", `data:image/png;base64,${PNG}`);
    for (const width of [640, 390]) {
      const page = await browser.newPage({ viewport: { width, height: 600 } });
      await page.goto(new URL(mail.replace("mail?", "frame?"), viewer.url).href);
      const shown = await pictureOf(page);
      await page.goto(`http://127.0.0.1:${(plain.address() as AddressInfo).port}/`);
      const meant = await pictureOf(page);
      expect(shown.equals(meant), `${name} at ${width}`).toBe(true);
      // The mail was not blank.
      expect(new Set(meant).size).toBeGreaterThan(50);
      await page.context().close();
    }
  });
});

test("a mail keeps its light background when the reader prefers dark mode", async () => {
  const shots = await Promise.all(
    (["light", "dark"] as const).map(async (colorScheme) => {
      const page = await browser.newPage({ colorScheme });
      const shot: Buffer[] = [];
      for (const mail of await viewer.mailsOf("by=target&target=000T123")) {
        await page.goto(new URL(mail.replace("mail?", "frame?"), viewer.url).href);
        shot.push(await pictureOf(page));
      }
      await page.context().close();
      return Buffer.concat(shot);
    }),
  );
  expect(shots[0]?.equals(shots[1] as Buffer)).toBe(true);
});
