import * as csstree from "css-tree";
import type { CssNode, List, ListItem } from "css-tree";

/**
 * Answers what stands in for an address that a style would load: a `data:` url of an image, or
 * nothing when it must not be loaded.
 */
export type ResolveAddress = (
  address: string,
  kind: "style" | "font" | "image",
) => string | undefined;

const { ident, string, tokenize, tokenNames } = csstree;

/** These take an address as a plain string; so does `url` where it is spelled with an escape (else it is a token of its own). */
const LOADING_FUNCTION = /^(?:-webkit-)?(?:url|image-set|image|cross-fade|src|element|paint)$/i;

/** What a mail's style sheet may hold. `@import` and whatever is unknown go; `@font-face` stays if the mail brings its font. */
const KEPT_AT_RULES = new Set([
  "media",
  "supports",
  "layer",
  "container",
  "keyframes",
  "-webkit-keyframes",
  "page",
  "scope",
  "starting-style",
  "property",
  "counter-style",
  "font-feature-values",
]);

const FONT_DATA =
  /^data:(?:font\/|application\/(?:x-)?font-|application\/(?:octet-stream|vnd\.ms-fontobject|x-font))/i;

/**
 * A style sheet from a mail, printed again without anything that would load: addresses become
 * `none` (or the image the resolver gives), `@import` and `@font-face` go, and selectors that
 * look for links find the marked ones instead (links have no `href` here).
 */
export function safeStylesheet(css: string, resolve: ResolveAddress): string {
  return clean(css, "stylesheet", resolve);
}

/** The same for the declarations of a `style` attribute. */
export function safeDeclarations(css: string, resolve: ResolveAddress): string {
  return clean(css, "declarationList", resolve);
}

/** The same for the media that a sheet is for. */
export function safeMedia(media: string): string {
  return clean(media, "mediaQueryList", () => undefined);
}

function clean(
  css: string,
  context: "stylesheet" | "declarationList" | "mediaQueryList",
  resolve: ResolveAddress,
): string {
  const tree = csstree.parse(css, { context, parseCustomProperty: true });
  csstree.walk(tree, {
    enter(node: CssNode, item: ListItem<CssNode>, list: List<CssNode>) {
      if (node.type === "Atrule") keepOrRemoveAtRule(node, item, list, resolve);
      else if (node.type === "Declaration" && isColorScheme(node.property)) list.remove(item);
      else if (node.type === "Url") replaceUrl(node, item, list, resolve);
      else if (node.type === "Raw" && loadsSomething(node.value)) {
        for (const address of addresses(node.value)) resolve(address, "image");
        node.value = "";
      } else if (node.type === "Raw" && asksForScheme(node.value)) {
        node.value = "";
      } else if (node.type === "Function" && LOADING_FUNCTION.test(ident.decode(node.name))) {
        recordStrings(node, resolve);
        list.replace(item, list.createItem({ type: "Identifier", name: "none" }));
      } else if (node.type === "PseudoClassSelector" && /^(?:link|any-link)$/i.test(node.name)) {
        list.replace(item, list.createItem(hasAddress()));
      } else if (node.type === "AttributeSelector" && node.name.name.toLowerCase() === "href") {
        node.name.name = "data-href";
      } else if (node.type === "Feature" && isPreference(node.name)) {
        onlyLight(node);
      }
    },
  });
  const printed = csstree.generate(tree);
  // Should anything have slipped past the walk, the whole sheet goes.
  return loadsSomething(printed) || asksForScheme(printed) ? "" : printed.replaceAll("</", "<\\/");
}

function keepOrRemoveAtRule(
  rule: csstree.Atrule,
  item: ListItem<CssNode>,
  list: List<CssNode>,
  resolve: ResolveAddress,
): void {
  const name = ident.decode(rule.name).toLowerCase();
  if (KEPT_AT_RULES.has(name)) return;
  if (name === "font-face" && bringsItsFont(rule)) return;
  if (name === "import" && rule.prelude !== null) {
    const [address] = addresses(csstree.generate(rule.prelude));
    if (address !== undefined) resolve(address, "style");
  }
  if (name === "font-face" && rule.block !== null) {
    for (const address of addresses(csstree.generate(rule.block), "url")) resolve(address, "font");
  }
  rule.block = null;
  rule.prelude = null;
  list.remove(item);
}

/** Whether each address of a `@font-face` holds the font itself. */
function bringsItsFont({ block }: csstree.Atrule): boolean {
  if (block === null) return false;
  const css = csstree.generate(block);
  const urls = addresses(css, "url");
  let others = false;
  tokenize(css, (type, start, end) => {
    const name = tokenNames[type];
    const text = css.slice(start, end);
    others ||=
      name === "bad-url-token" ||
      (name === "function-token" && !/^(?:url|format|tech|local)$/.test(functionName(text)));
  });
  return !others && urls.length > 0 && urls.every((url) => FONT_DATA.test(url));
}

function replaceUrl(
  node: csstree.Url,
  item: ListItem<CssNode>,
  list: List<CssNode>,
  resolve: ResolveAddress,
): void {
  // Only a rule that brings its font is still here.
  if (FONT_DATA.test(node.value)) return;
  const image = resolve(node.value, "image");
  if (image === undefined)
    list.replace(item, list.createItem({ type: "Identifier", name: "none" }));
  else node.value = image;
}

function recordStrings(node: csstree.FunctionNode, resolve: ResolveAddress): void {
  for (const address of addresses(csstree.generate(node))) resolve(address, "image");
}

/** A mail is shown on a light ground, whatever the reader prefers: what it asks is answered once and for all. */
function onlyLight(feature: csstree.Feature): void {
  const value = feature.value?.type === "Identifier" ? feature.value.name : "";
  const asked = ident.decode(value).toLowerCase();
  const holds = feature.value === null || asked === "light";
  feature.name = holds ? "min-width" : "max-width";
  feature.value = { type: "Dimension", value: holds ? "0" : "-1", unit: "px" };
}

function isColorScheme(property: string): boolean {
  return ident.decode(property).toLowerCase() === "color-scheme";
}

function isPreference(feature: string): boolean {
  return ident.decode(feature).toLowerCase() === "prefers-color-scheme";
}

/** Whether a piece of CSS names the colour scheme, to set it or to ask for it. */
function asksForScheme(css: string): boolean {
  let asks = false;
  tokenize(css, (type, start, end) => {
    if (tokenNames[type] !== "ident-token") return;
    const name = css.slice(start, end);
    asks ||= isColorScheme(name) || isPreference(name);
  });
  return asks;
}

function hasAddress(): csstree.AttributeSelector {
  return {
    type: "AttributeSelector",
    name: { type: "Identifier", name: "data-href" },
    matcher: null,
    value: null,
    flags: null,
  };
}

/** The addresses that a piece of CSS names: `url(a)`, `url("a")` and, unless only urls are asked for, any string. */
function addresses(css: string, only?: "url"): string[] {
  const found: string[] = [];
  let inUrl = false;
  tokenize(css, (type, start, end) => {
    const name = tokenNames[type];
    const text = css.slice(start, end);
    if (name === "url-token") found.push(csstree.url.decode(text));
    else if (name === "string-token" && (inUrl || only === undefined))
      found.push(string.decode(text));
    if (name === "whitespace-token") return;
    inUrl = name === "function-token" && functionName(text) === "url";
    // The tokenizer knows only the plain spelling of url; with an escape in it the address comes in pieces.
    const bare = inUrl && /^\s*([^\s"')]+)/.exec(css.slice(end, end + 2048))?.[1];
    if (bare) found.push(bare);
  });
  return found;
}

function loadsSomething(css: string): boolean {
  let loads = false;
  tokenize(css, (type, start, end) => {
    const name = tokenNames[type];
    const text = css.slice(start, end);
    if (name === "url-token") {
      const address = csstree.url.decode(text);
      loads ||= !/^data:image\//i.test(address) && !FONT_DATA.test(address);
    } else if (name === "bad-url-token") loads = true;
    else if (name === "at-keyword-token") loads ||= /^@import$/i.test(ident.decode(text));
    else if (name === "function-token") loads ||= LOADING_FUNCTION.test(functionName(text));
  });
  return loads;
}

/** The name of a function token such as `url(`. */
function functionName(token: string): string {
  return ident.decode(token.slice(0, -1)).toLowerCase();
}

/** Gives the elements that a style sheet selects by their type other names. */
export function renameTypes(css: string, renamed: (name: string) => string | undefined): string {
  const tree = csstree.parse(css, { parseValue: false, parseCustomProperty: false });
  csstree.walk(tree, {
    visit: "TypeSelector",
    enter(node: csstree.TypeSelector) {
      const name = renamed(ident.decode(node.name).toLowerCase());
      if (name !== undefined) node.name = name;
    },
  });
  return csstree.generate(tree).replaceAll("</", "<\\/");
}
