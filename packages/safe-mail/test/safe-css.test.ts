import { expect, test } from "vitest";
import { safeDeclarations, safeStylesheet } from "../src/show/safe-css.ts";

const GIF = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";

function sheet(css: string): { css: string; addresses: string[] } {
  const addresses: string[] = [];
  const clean = safeStylesheet(css, (address) => {
    if (address.startsWith("data:image/")) return address;
    addresses.push(address);
    return undefined;
  });
  return { css: clean, addresses: [...new Set(addresses)] };
}

test.each([
  [
    "p{background:#fff url(http://r/1) no-repeat;color:red}",
    "p{background:#fff none no-repeat;color:red}",
  ],
  ["p{background:URL( 'http://r/1' )}", "p{background:none}"],
  ["p{background:\\75rl(http://r/1)}", "p{background:none}"],
  ['p{background:image-set("http://r/1" 1x)}', "p{background:none}"],
  ["p{--x:url(http://r/1)}", "p{--x:none}"],
  ['@import "http://r/1";p{color:red}', "p{color:red}"],
  ["@\\69mport url(http://r/1);p{color:red}", "p{color:red}"],
  ["@font-face{font-family:x;src:url(http://r/1)}p{color:red}", "p{color:red}"],
  ["@media print{p{background:url(http://r/1)}}", "@media print{p{background:none}}"],
  ["p{.q &{background:url(http://r/1)}}", "p{.q &{background:none}}"],
  [
    "p{margin:0;.a{color:red}.b{background:#eee \\75rl('http://r/1' (a)) 0 0}.c{top:0}",
    "p{margin:0;.a{color:red}.b{background:#eee none 0 0}.c{top:0}}",
  ],
  ["p{.a{color:red}.b{c:url(http://r/1 x)}@import 'http://r/1'}", ""],
])("blocks and reports the address in %s", (css, kept) => {
  const clean = sheet(css);
  expect(clean.addresses).toEqual(["http://r/1"]);
  expect(clean.css).not.toContain("http");
  if (kept !== "") expect(clean.css).toBe(kept);
});

test.each([
  "p{background:url(http://r/1 x)}",
  "p{background:url(http://r/1",
  "p{--y:{url(http://r/1)}}",
  "}}p{background:url(http://r/1)}",
  "@namespace url(http://r/1);",
  "@unknown url(http://r/1) {p{background:url(http://r/2)}}",
  "p{background:src('http://r/1')}",
  "p{background:cross-fade(url(http://r/1), url(http://r/2))}",
])("lets nothing load, even if malformed: %s", (css) => {
  expect(sheet(css).css).not.toContain("http:");
});

test("a declaration with an address that no browser can read stays invalid", () => {
  const css = "p{background:#036;background:url(my picture.png) 0 0;color:#fff}";
  expect(sheet(css).css).toBe("p{background:#036;background:() 0 0;color:#fff}");
});

test.each([
  "p{--logo:url(data:image/png;base64,AAAA)}",
  "@media print{;p{background:url(data:image/png;base64,AAAA)}}",
])("keeps a picture that is in what cannot be parsed: %s", (css) => {
  expect(sheet(css)).toEqual({ css, addresses: [] });
});

test("keeps the rest of a sheet after a declaration that cannot be parsed", () => {
  expect(sheet("p{color:red;background:url(http://r/1 x);margin:0}q{color:blue}").css).toContain(
    "q{color:blue}",
  );
});

test("keeps what newsletters need", () => {
  const css = `@media only screen and (max-width:600px){.col{width:100%!important}}.h{background:url(${GIF})}td{mso-line-height-rule:exactly;*zoom:1}`;
  expect(sheet(css).css).toBe(css);
});

test.each(["a{", "@media x{", ":not(", "@scope (a){&{", "p{width:calc("])(
  "does not fail on a sheet that is nested without end: %s",
  (css) => {
    expect(() => sheet(css.repeat(50_000))).not.toThrow();
  },
);

test("cannot close the style element", () => {
  expect(sheet('p::before{content:"</style><img src=x>"}').css).not.toMatch(/<\/style/i);
  expect(sheet("/*</style>*/p{color:red}</style><img>").css).not.toMatch(/<\/style/i);
});

test("cannot leave a style attribute", () => {
  const clean = safeDeclarations("color:red}p{background:url(http://r/1)", () => undefined);
  expect(clean).not.toContain("http:");
});

test.each([
  ["@media (prefers-color-scheme:dark){p{color:red}}", "@media (max-width:0){p{color:red}}"],
  ["@media (prefers-color-scheme:d\\61rk){p{color:red}}", "@media (max-width:0){p{color:red}}"],
  ["@media (prefers-color-scheme:/**/DARK){p{color:red}}", "@media (max-width:0){p{color:red}}"],
  [
    "@media not all and (prefers-color-scheme:dark){p{color:red}}",
    "@media not all and (max-width:0){p{color:red}}",
  ],
  [
    "@media screen,( prefers-color-sch\\65me : light ){p{color:red}}",
    "@media screen,(min-width:0){p{color:red}}",
  ],
  ["@media (prefers-color-scheme){p{color:red}}", "@media (min-width:0){p{color:red}}"],
  ["p{color-scheme:dark;color:red}", "p{color:red}"],
  ["p{c\\6flor-scheme:dark!important}", "p{}"],
  ["p{&{color-scheme:light dark}}", "p{&{}}"],
])("answers prefers-color-scheme with light: %s", (css, kept) => {
  expect(sheet(css).css).toBe(kept);
});

test("removes color-scheme from a style attribute", () => {
  expect(safeDeclarations("color-scheme:dark;color:red", () => undefined)).toBe("color:red");
});

test.each([
  "@scope (.a) to (.b){p{color:red}}",
  '@property --x{syntax:"<color>";inherits:false;initial-value:red}',
  "@starting-style{p{opacity:0}}",
  "@font-face{font-family:x;src:url(data:font/woff2;base64,AAAA)}",
])("keeps %s", (css) => {
  expect(sheet(css)).toEqual({ css, addresses: [] });
});

test("removes @page, so that a mail cannot change the printed sheet", () => {
  const css =
    '@page :first{size:1cm;@top-left{content:"x"}}@media print{@page{margin:0}p{color:red}}';
  expect(sheet(css).css).toBe("@media print{p{color:red}}");
});

test.each([
  "@scope{;@page{size:1cm}}",
  "@scope{;@p\\61ge{size:1cm}}",
  "@media print{;@page{size:1cm}}",
  "@layer{x;@view-transition{navigation:auto}}",
])("leaves no other at-rule in what cannot be parsed: %s", (css) => {
  expect(sheet(css).css).toMatch(/@none\{(?:size:1cm|navigation:auto)\}\}$/);
});

test("takes no font from elsewhere, not even beside one of its own", () => {
  const css = "@font-face{font-family:x;src:url(data:font/woff2;base64,AAAA),url(http://r/1)}";
  expect(sheet(css)).toEqual({ css: "", addresses: ["http://r/1"] });
});

test("selects the replacement of an element that is not kept", () => {
  expect(sheet("form p,o\\:p,*{margin:0}@keyframes k{from{top:0}to{top:1px}}").css).toBe(
    ':is(span,div,img):where([data-was="form"]) p,:is(span,div,img):where([data-was="o:p"]),*{margin:0}@keyframes k{from{top:0}to{top:1px}}',
  );
});

test("selects no replacement by the name of what replaces it", () => {
  expect(sheet("div>p,td span:hover,.a:not(span){margin:0}").css).toBe(
    "div:where(:not([data-was]))>p,td span:where(:not([data-was])):hover,.a:not(span:where(:not([data-was]))){margin:0}",
  );
});

test.each([
  "p{b{color:#040404;@media screen{@media (prefers-color-scheme:dark){color:#fff}}}}",
  "p{background:if(media(prefers-color-scheme:dark):#000;else:#fff)}",
  "p{background:if(media(prefers-color-sch\\65me:dark):#000;else:#fff)}",
  "p{--ground:if(media(prefers-color-scheme:dark):#000;else:#fff)}",
])("a dark scheme is never chosen: %s", (css) => {
  expect(safeStylesheet(css, () => undefined)).not.toMatch(/prefers-color/);
});

test.each([
  "p{background:url\\28 http\\3a\\2f\\2f r\\2f 1\\29 ;--y:prefers-color-scheme}",
  "p{background:url/**/(http://r/1);--y:prefers-color-scheme}",
  "p{background:url\\28 http\\3a\\2f\\2f r\\2f 1\\29 }q{color:if(media(prefers-color-scheme:dark):#000;else:#fff)}",
  '\\40 import "http\\3a//r/1";p{--y:(prefers-color-scheme:dark)}',
  ":root{x:y\\3b color-scheme\\3a dark\\21 important;--y:(prefers-color-scheme:dark)}",
])("answering a color scheme does not undo escapes and comments: %s", (css) => {
  for (const clean of [sheet(css).css, safeDeclarations(css.slice(2, -1), () => undefined)]) {
    expect(clean).not.toMatch(/url\(|@import|color-scheme:|;color-scheme/);
  }
});

test("the rest of a sheet is not affected by answering a color scheme", () => {
  const [dark, never] = ["prefers-color-scheme:dark", "max-width:0"].map(
    (query) =>
      sheet(`p{b{color:#040404;@media (${query}){color:#fff}}} .Title{color:red}.sm\\:x{top:0}`)
        .css,
  );
  expect(dark).toBe(never);
});

test.each([
  "padding: 10px 20px; color: #ffffff",
  "margin: 0 0 0 -1px;Font-Family: 'Open Sans', Arial ; width:calc(100% - 10px)",
  "color: rgba(0, 0, 0, .5) !important",
])("leaves plain declarations unchanged, as selectors may match their text: %s", (style) => {
  expect(safeDeclarations(style, () => undefined)).toBe(style);
});

test.each([
  "background: u\\rl(http://r/1)",
  "background: url(http://r/1)",
  "background: image-set('http://r/1' 1x)",
  "color-scheme : dark",
  "Color-Scheme: dark; color: red",
])("does not take %s for a plain declaration", (style) => {
  const safe = safeDeclarations(style, () => undefined);
  expect(safe).not.toMatch(/http|dark/);
});

// If each error were described with a copy of the sheet, this would take hours.
test("reads a sheet of errors in linear time", () => {
  const sheetOfErrors = `a{${";width".repeat(300_000)}}p{color:red}`;
  expect(sheet(sheetOfErrors).css).toContain("p{color:red}");
});

test("reads a sheet as ever, whatever was read before it", () => {
  sheet(`a{b:${"(".repeat(100)}`);
  expect(sheet("[a])(").css).toBe("[a])(");
});

// If each function were read again for every one around it, this would take an hour.
test("reads nested functions once", () => {
  const strings = '"x",'.repeat(300_000);
  const nested = `a{a:${"image(".repeat(800)}${strings}1${")".repeat(800)}}p{color:red}`;
  expect(sheet(nested).css).toContain("p{color:red}");
});
