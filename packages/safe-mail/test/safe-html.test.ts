import { hostileHtml } from "@np6-archives/test-mails/hostile";
import { parse } from "parse5";
import type { DefaultTreeAdapterTypes } from "parse5";
import { describe, expect, test } from "vitest";
import { InlineImages } from "../src/show/inline-images.ts";
import { linksInText } from "../src/show/mail-links.ts";
import { safeHtml } from "../src/show/safe-html.ts";

const ORIGIN = "http://remote.example";
const GIF = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";

const noImages = () => new InlineImages([]);

function show(html: string, images = noImages()) {
  const safe = safeHtml([{ html, picture: images.resolver() }]);
  const document = safe.opening + safe.content;
  return { ...safe, document };
}

function elementsIn(node: DefaultTreeAdapterTypes.ParentNode): DefaultTreeAdapterTypes.Element[] {
  return node.childNodes.flatMap((child) =>
    "tagName" in child ? [child, ...elementsIn(child)] : [],
  );
}

describe("a hostile mail", () => {
  test.each(hostileHtml(ORIGIN))(
    "cannot load or navigate to anything by: $name",
    ({ html, counted }) => {
      const { document, blocked } = show(html);
      for (const { tagName, attrs } of elementsIn(parse(document, { scriptingEnabled: false }))) {
        expect(tagName).not.toMatch(
          /^(?:script|link|base|form|input|iframe|frame|object|embed|svg|math|video|audio|source|noscript|template|area)$/,
        );
        for (const { name, value } of attrs) {
          expect(name).not.toMatch(
            /^(?:on|(?:xlink:)?href|srcset|action|formaction|ping|poster|data$|usemap|http-equiv$)/,
          );
          // An address may be shown, but not used.
          if (name !== "data-href" && name !== "title")
            expect(value).not.toContain("remote.example");
        }
      }
      const styles = [...document.matchAll(/<style[^>]*>(.*?)<\/style>/gs)]
        .map(([, css]) => css)
        .join("");
      expect(styles).not.toContain("remote.example");
      if (counted)
        expect(blocked.map(({ address }) => address).join()).toMatch(/remote\.example|h\nttp/);
    },
  );

  test("has its links listed, with those to unsubscribe marked", () => {
    const { links } = show(
      `<a href="${ORIGIN}/offer?a=1&amp;b=2">Our <b>offer</b></a><a href="${ORIGIN}/u/42"><img alt="Unsubscribe" src="${GIF}"></a>`,
    );
    expect(links).toEqual([
      { address: `${ORIGIN}/offer?a=1&b=2`, text: "Our offer", place: "html", unsubscribes: false },
      { address: `${ORIGIN}/u/42`, text: "Unsubscribe", place: "html", unsubscribes: true },
    ]);
  });

  test("has its relative addresses resolved against the first base of the page", () => {
    const page = `<base target=_top><base href="${ORIGIN}/a/b.html"><base href="http://other.example/">
      <style>p{background:url(../bg.png)}</style><a href="/u">1</a><a href="#top">2</a><a href="mailto:a@b.example">3</a>
      <img src="//cdn.example/x.png"><img src=pic.png><form action=?q=1>4</form>`;
    const { links, blocked } = show(page);
    const told = links.map(({ address }) => address);
    expect(told).toEqual([`${ORIGIN}/u`, "#top", "mailto:a@b.example", `${ORIGIN}/a/b.html?q=1`]);
    expect(blocked.map(({ address }) => address)).toEqual([
      `${ORIGIN}/bg.png`,
      "http://cdn.example/x.png",
      `${ORIGIN}/a/pic.png`,
    ]);
    const content = new Uint8Array([1, 2, 3]);
    const images = new InlineImages([
      { location: `${ORIGIN}/a/pic.png`, mimeType: "image/png", content },
      { location: "bg.png", mimeType: "image/png", content },
    ]);
    expect(show(page, images).blocked.map(({ address }) => address)).toEqual([
      "http://cdn.example/x.png",
    ]);
    expect(show(`<base href="${ORIGIN}/"><img src=bg.png>`, images).blocked).toEqual([]);
    for (const base of [
      "data:text/html,",
      "javascript:1",
      "/a/",
      "http://[",
      `http://h/${"a".repeat(600)}/`,
    ])
      expect(show(`<base href="${base}"><a href=x>1</a>`).links[0]?.address).toBe("x");
  });

  test("has its unsubscribe link recognised after it is resolved against a base", () => {
    const { links } = show(`<base href="${ORIGIN}"><a href="désinscription/42">Ici</a>`);
    const address = `${ORIGIN}/d%C3%A9sinscription/42`;
    expect(links).toEqual([{ address, text: "Ici", place: "html", unsubscribes: true }]);
  });

  test("cannot grow much by its base", () => {
    // Percent-encoded, a base of 500 characters makes an address five times as long.
    const base = `<base href="http://h/${"\u{1F600}".repeat(240)}/">`;
    const { content, links } = show(base + "<a href=x>1</a>".repeat(20_000));
    expect(links).toHaveLength(20_000);
    expect(links[0]?.address).toMatch(/^http:\/\/h\/(?:%F0%9F%98%80){240}\/x$/);
    expect(content.length).toBeLessThan(10_000_000);
  });

  test("reports each address that it would have loaded once, and marks tracking pixels", () => {
    const { blocked } = show(
      `<img src="${ORIGIN}/a"><img src="${ORIGIN}/a"><img src="${ORIGIN}/p" width="1" height="1"><img src="${ORIGIN}/q" style="display:none"><img src="${ORIGIN}/flat" height="0"><img src="${ORIGIN}/unseen" hidden>
       <img src="${ORIGIN}/wide" width="600" height="1"><link rel="canonical" href="${ORIGIN}/c"><img src="cid:gone"><img src="${GIF}">`,
    );
    expect(
      blocked.map(({ address, looksLikeTracking }) => [
        address.slice(ORIGIN.length),
        looksLikeTracking,
      ]),
    ).toEqual([
      ["/a", false],
      ["/p", true],
      ["/q", true],
      ["/flat", true],
      ["/unseen", true],
      ["/wide", false],
    ]);
  });

  test.each([
    ['<img % style="width:0;height:0">', true],
    ['<img % style="height:0 !important">', true],
    ['<img % style="border:0; WIDTH : 0.00em">', true],
    ['<img % style="max-width:1px;max-height:1px">', true],
    ['<img % width=600 height=1 style="max-width:1px">', true],
    ['<img % style="opacity:0.0">', true],
    ['<img % style="opacity: .0!important">', true],
    ['<img % style="visibility:collapse">', true],
    ['<div style="display:none"><p><img %></p></div>', true],
    ["<div hidden><img % border=0></div>", true],
    ['<div style="display:none"><img % width=1></div>', true],
    ['<div style="display:none"></div><img %>', false],
    ['<div style="display:none"><img % width=320></div>', false],
    ['<div style="display:none"><img % style="max-width:100%"></div>', false],
    ['<div style="display:none"><img % style="min-width:100%"></div>', false],
    ['<div style="display:none;max-height:0"><img % alt="Sale"></div>', false],
    ['<img % style="width:0.5em;height:0.5em">', false],
    ['<img % style="height:05px">', false],
    ['<img % style="line-height:0;font-size:0;min-width:0">', false],
    ['<img % style="max-width:1px">', false],
    ['<img % style="max-width:600px;height:auto">', false],
    ['<img % width=1 height=1 style="max-width:600px">', true],
    ['<img % style="opacity:0.05">', false],
    ['<img % style="opacity:0.0.5">', false],
    ['<img % style="opacity:1">', false],
  ])("recognises a tracking pixel by its looks: %s: %s", (html, tracks) => {
    const page = html.replace("%", () => `src="${ORIGIN}/p"`);
    expect(show(page).blocked).toMatchObject([{ looksLikeTracking: tracks }]);
  });

  test.each(["width:", "0", "display:", "width:.", "opacity:0.0"])(
    "a picture's style is read in linear time: %j",
    (piece) => {
      const style = piece.repeat(1_000_000 / piece.length);
      for (const said of [style, `width:${style}5`, `opacity:${style}5`])
        expect(show(`<img src="${ORIGIN}/p" style="${said}">`).blocked).toHaveLength(1);
    },
  );

  test.each([
    "<div>",
    "<b><i>",
    "<table><tr><td>",
    "<a><p><b><div>",
    "<a><div><x>",
    "<table><b>",
    "<ul><li>",
    "<form><button>",
  ])("that is nested without end is shown to its end, as in browsers: %s", (html) => {
    const { content } = show(`${html.repeat(60_000)}the end`);
    expect(content).toContain("the end");
  });

  test("that uses one inline picture without end stays within limits", () => {
    const images = new InlineImages([
      { contentId: "<big@x>", mimeType: "image/png", content: new Uint8Array(1024 * 1024) },
    ]);
    const { document } = show('<img src="cid:big@x">'.repeat(500), images);
    expect(document.length).toBeLessThan(26 * 1024 * 1024);
  });
});

describe("an ordinary mail", () => {
  test("keeps tables, inline styles, colours and the old attributes", () => {
    const html =
      '<table width="600" cellpadding="0" cellspacing="0" border="0" bgcolor="#ffffff" align="center"><tbody><tr><td style="padding:0 8px;color:#333" valign="top" colspan="2"><font face="Arial" size="2" color="red">Hi</font><br>there</td></tr></tbody></table>';
    expect(show(html).content).toBe(html);
  });

  test("shows its inline pictures, whatever the case of their ids", () => {
    const images = new InlineImages([
      {
        contentId: "<Logo@Example.com>",
        mimeType: "image/png",
        content: new Uint8Array([1, 2, 3]),
      },
    ]);
    const { content } = show(
      '<img src="CID:logo%40example.COM" alt="Logo"><td background="cid:Logo@Example.com"><p style="background:url(cid:Logo@Example.com)">',
      images,
    );
    expect(content.match(/data:image\/png;base64,AQID/g)).toHaveLength(2);
    expect(content).toContain('alt="Logo"');
  });

  test("shows a picture that is referred to by its file name where it has no id", () => {
    const content = new Uint8Array([1, 2, 3]);
    const images = new InlineImages([
      { name: "image001.png", mimeType: "image/png", content },
      { contentId: "<image002.png>", name: "a.png", mimeType: "image/gif", content },
      { name: "image002.png", mimeType: "image/png", content },
    ]);
    expect(show('<img src="cid:image001.png">', images).content).toContain("data:image/png");
    // An id takes precedence.
    expect(show('<img src="cid:image002.png">', images).content).toContain("data:image/gif");
  });

  test("does not show an inline SVG, which can only be downloaded", () => {
    const images = new InlineImages([
      { contentId: "<v@x>", mimeType: "image/svg+xml", content: Buffer.from("<svg/>") },
    ]);
    expect(
      show('<img src="cid:v@x"><img src="data:image/svg+xml,<svg/>">', images).content,
    ).not.toContain("svg");
  });

  test("has its link styles applied to the links without their address", () => {
    const { opening, content } = show(
      '<style>a:link, a[href^="tel"]{color:red}</style><body link="#00f"><a href="tel:1" target="_blank">call</a>',
    );
    expect(opening).toContain('a[data-href],a[data-href^="tel"]{color:red}');
    expect(opening).toContain(":where([data-href]){color:#00f");
    expect(content).toContain('<a target="_blank" data-href="tel:1" title="tel:1">call</a>');
  });

  test("shows a link without an address as a link, but does not list it", () => {
    const { content, links } = show('<a href="">a</a><a href=" ">b</a><a name="c">c</a>');
    expect(content).toBe('<a data-href="">a</a><a data-href="">b</a><a name="c">c</a>');
    expect(links).toEqual([]);
  });

  test.each([
    ["#00f", "#00f"],
    [" 0000FF ", "#0000FF"],
    ["navy", "navy"],
    ["00f", "LinkText"],
    ["#00f;x:y", "LinkText"],
  ])("takes the colour of its links from its body: %j", (link, colour) => {
    const { opening } = show(`<body link="${link}"><a href="http://x.example/">a</a>`);
    expect(opening).toContain(`:where([data-href]){color:${colour};`);
  });

  test.each([
    ["", ""],
    ["<!DOCTYPE html>", "<!doctype html>"],
    ['<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">', ""],
    [
      '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">',
      '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">',
    ],
    [
      '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">',
      "<!doctype html>",
    ],
  ])("keeps the layout mode of its doctype: %s", (doctype, kept) => {
    expect(show(`${doctype}<html><body>x`).opening.split("<html>")[0]).toBe(kept);
  });
});

describe("links", () => {
  test.each([
    ["Rebajas hasta 50 %", false],
    ["Trabaja con nosotros", false],
    ["The adopt-outdoor guide", false],
    ["Darse de baja", true],
    ["Baja", true],
    ["opt out", true],
    ["Se désinscrire", true],
    ["Newsletter abbestellen", true],
    ["Bücher bestellen", false],
    ["Uitschrijven", true],
    ["Cancelar suscripción", true],
    ["Cancelar\n la suscripcion", true],
    ["Cancelar su pedido", false],
    ["Disiscriviti", true],
    ["Iscriviti", false],
    ["Ne plus recevoir nos&nbsp;mails", true],
    ["Se de\u0301sinscrire", true],
    ["Ab&shy;be&shy;stel&shy;len", true],
    ["Uns\u200Bubscribe", true],
    ["Reba\u00ADja\u00ADs", false],
  ])("%s unsubscribes: %s", (words, unsubscribes) => {
    expect(show(`<a href="http://x.example/1">${words}</a>`).links).toMatchObject([
      { unsubscribes },
    ]);
  });

  test("an area of an image map gets its alternative text", () => {
    const page = '<map name="m"><area href="http://x.example/1" alt="Unsubscribe"></map>';
    expect(show(page).links).toMatchObject([{ text: "Unsubscribe", unsubscribes: true }]);
  });

  test.each(["words and ", "<br>", "<br>words"])(
    "nested in each other have texts that grow linearly with the page: %s",
    (piece) => {
      const open = "<a href=http://r/1><table><tr><td>first ".repeat(100);
      const { links } = show(open + piece.repeat(100_000));
      expect(links).toHaveLength(100);
      expect(links[0]?.text).toMatch(/^first first /);
      expect(links.map(({ text }) => text).join("").length).toBeLessThan(2_000_000);
    },
  );

  test.each([
    ["<button formaction=' http://r/1 '>Stop <b>it</b></button>", "Stop it"],
    ["<input type=submit formaction=http://r/1 value=Unsubscribe>", "Unsubscribe"],
    ["<input type=image formaction=http://r/1 alt=Go value=1>", "Go"],
  ])("a button with an address is one: %s", (page, text) => {
    expect(show(page).links).toMatchObject([{ address: "http://r/1", text, place: "form" }]);
  });

  test.each([
    ["(https://h.example/Foo_(bar)).", "https://h.example/Foo_(bar)"],
    ["see (http://h.example/a), or", "http://h.example/a"],
    ["http://h.example/a'b", "http://h.example/a'b"],
    ["'http://h.example/a'", "http://h.example/a"],
  ])("in the text %s the link is %s", (text, address) => {
    expect(linksInText(text).map((link) => link.address)).toEqual([address]);
  });
});

describe("a picture", () => {
  test.each([
    ['height="200" style="height:auto"', "200px"],
    ['height="200"', "200px"],
    ['height="200" style="height:50px"', undefined],
    ['style="height:auto"', undefined],
  ])("that is blocked is no taller than its %s says: %s", (said, most) => {
    const { content } = show(`<img src="http://x.example/1.png" width="600" ${said}>`);
    expect(/max-height:([^;"]*)/.exec(content)?.[1]).toBe(most);
  });

  test("that came with the mail is shown from an object", () => {
    const images = new InlineImages([
      {
        contentId: "<a@x>",
        name: "",
        location: undefined,
        mimeType: "image/gif",
        content: Buffer.from("GIF89a"),
      },
    ]);
    const { content, leftOut } = show('<object data="cid:a@x" type="image/gif"></object>', images);
    expect(content).toMatch(/<img[^>]* src="data:image\/gif;base64,/);
    expect(leftOut).toEqual([]);
  });

  test("that is missing is reported for an object, and so is a style sheet", () => {
    const { leftOut } = show(
      '<link rel="stylesheet" href="cid:css"><object data="cid:a"></object>',
    );
    expect(leftOut).toHaveLength(2);
  });

  test("may have a comma within an address of its srcset", () => {
    const { blocked } = show('<img srcset=", http://r/a,b 1x,http://r/c,, http://r/d">');
    expect(blocked.map(({ address }) => address)).toEqual([
      "http://r/a,b",
      "http://r/c",
      "http://r/d",
    ]);
  });

  test("that a page preloads is blocked in each of its sizes", () => {
    const { blocked } = show(
      '<link rel=preload as=image href=http://r/a imagesrcset="http://r/b 2x">',
    );
    expect(blocked.map(({ address }) => address).toSorted()).toEqual(["http://r/a", "http://r/b"]);
  });

  test("with several sizes is blocked by each, and keeps its box", () => {
    const { content, blocked } = show(
      `<img srcset="${ORIGIN}/c.png 1x,${ORIGIN}/d.png 2x" width="100" height="50" alt="A">`,
    );
    expect(blocked.map(({ address }) => address)).toEqual([`${ORIGIN}/c.png`, `${ORIGIN}/d.png`]);
    expect(content).toContain("data-blocked");
  });
});

test.each([
  ["5; http://r/1", ["http://r/1"]],
  ["0,URL = 'http://r/1'", ["http://r/1"]],
  [" 5 http://r/1", ["http://r/1"]],
  ["-1;url=http://r/1", ["http://r/1"]],
  ["0x;y", []],
  ["5", []],
])("the address of a page's refresh is reported: %j", (content, addresses) => {
  for (const [equiv, blocked] of [
    ["Refresh", addresses],
    ["description", []],
  ] as const)
    expect(
      show(`<meta http-equiv=${equiv} content="${content}">`).blocked.map(({ address }) => address),
    ).toEqual(blocked);
});

test("the replacement of a block element does not end the paragraph around it", () => {
  const { document } = show('<p style="color:red">a<marquee>hi</marquee>b</p>');
  const paragraph = elementsIn(parse(document)).find(({ tagName }) => tagName === "p");
  expect(elementsIn(paragraph as DefaultTreeAdapterTypes.Element)).toHaveLength(1);
  expect(paragraph?.childNodes.at(-1)).toMatchObject({ value: "b" });
});

describe("an element that is not kept", () => {
  test.each([
    [
      'one<form style="color:red">two</form>three',
      'one<div style="color:red" data-was="form">two</div>three',
    ],
    ['<button class="b">go</button>', '<span class="b" data-was="button">go</span>'],
    ['<input type="submit" value="Send">', '<span type="submit" data-was="input">Send</span>'],
    ["<input type=submit>", '<span type="submit" data-was="input">Submit</span>'],
    [
      "<input type=Radio checked><input type=checkbox>",
      '<span type="tick" data-was="input">☑</span><span type="tick" data-was="input">☐</span>',
    ],
    ["<input type=password value=abc>", '<span type="password" data-was="input">•••</span>'],
    [
      "<map name=m><area href=http://r/1><b>words</b></map><map><p>never closed",
      '<span data-was="map"><b>words</b></span><span data-was="map"><p>never closed</p></span>',
    ],
    ["<applet><b>no plugin</b></applet>", '<span data-was="applet"><b>no plugin</b></span>'],
    ["<progress value=1 max=2>50%</progress>", '<span data-was="progress">50%</span>'],
    [
      "<input value=x><textarea>t</textarea>",
      '<span data-was="input">x</span><span data-was="textarea">t</span>',
    ],
    ["<select><option>a<option selected>b</select>", '<span data-was="select">b</span>'],
    ['<o:p style="color:red">x</o:p>', '<span style="color:red" data-was="o:p">x</span>'],
    ["<dialog>closed</dialog><dialog open>open</dialog>", '<div data-was="dialog">open</div>'],
    ["<input type=hidden value=secret>", ""],
    [
      "<table><form style='padding:9px'><tr><form><td>x</form></table>",
      "<table><tbody><tr><td>x</td></tr></tbody></table>",
    ],
    [
      "<label for=x>l</label><fieldset><legend>g</legend>f</fieldset>",
      "<label>l</label><fieldset><legend>g</legend>f</fieldset>",
    ],
    [
      "<object data=http://r/1>no <b>plugin</b></object>",
      '<span data-was="object">no <b>plugin</b></span>',
    ],
  ])("keeps its box, its style and its content: %s", (html, expected) => {
    expect(show(html).content).toBe(expected);
  });

  test("is reported where nothing of it is shown", () => {
    expect(show("<svg><circle/></svg><svg></svg><video src=x>v</video><p>x</p>").leftOut).toEqual([
      "A drawing (svg)",
      "A video",
    ]);
  });

  test.each([
    ["<script>write('words')</script><img src=http://r/1 width=1 height=1>", ["A script"]],
    ["<script>track()</script><p>words", []],
    ["<script>track()</script><img src=http://r/1>", []],
  ])(
    "that is a script is reported where it may have been all of the mail: %s",
    (html, expected) => {
      expect(show(html).leftOut).toEqual(expected);
    },
  );

  test.each(["cid:gone", "data:image/svg+xml,<svg/>", "CID:drawing"])(
    "that is a picture is reported when missing or in no format that is shown: %s",
    (address) => {
      const images = new InlineImages([
        { contentId: "<drawing>", mimeType: "image/svg+xml", content: Buffer.from("<svg/>") },
      ]);
      for (const html of [`<img src="${address}">`, `<p style="background:url('${address}')">`]) {
        const { leftOut, blocked } = show(html, images);
        expect(leftOut).toEqual(["A picture that should be in the mail"]);
        expect(blocked).toEqual([]);
      }
    },
  );

  test("that is a picture is found quickly even if the page has a very long location", () => {
    const base = `http://h/${"a".repeat(500_000)}/`;
    const content = new Uint8Array([1, 2, 3]);
    const images = new InlineImages([{ location: "x.png", mimeType: "image/png", content }], base);
    const page = "<img src=x.png>".repeat(20_000);
    // If the location were parsed again for each picture, this would take minutes.
    expect(show(page, images).content).toContain("base64,AQID");
  });

  test.each(["http://h/a/\t x.png", "cid:z"])(
    "that is a picture is shown by its location: %s",
    (location) => {
      const images = new InlineImages([
        { location, mimeType: "image/png", content: new Uint8Array([1, 2, 3]) },
      ]);
      const address = location.replaceAll(/\s/g, "");
      expect(show(`<img src="${address}">`, images).content).toContain("base64,AQID");
    },
  );

  test("leaves only styles in the head", () => {
    const { opening } = show(
      "<head><noscript><style>p{color:red}</style></noscript></head><body class=b>x",
    );
    expect(opening).toContain("<style>p{color:red}</style></head><body");
  });
});

test.each([
  '<font size="+1">a</font><font size="2">b</font>',
  '<br clear="all">',
  '<table bordercolor="red"></table>',
  "<pre>\n\nx</pre>",
])("keeps the old-fashioned %s", (html) => {
  expect(show(html).content).toBe(html);
});

test("has a light background, which a style element's media cannot change", () => {
  const { opening, content } = show(
    '<p><style media="(prefers-color-scheme: dark)">p{color:#fff}</style>',
  );
  expect(opening).toContain(":root{color-scheme:only light!important}");
  expect(content).toContain('<style media="(max-width:0)">');
});
