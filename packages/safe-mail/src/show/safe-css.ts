import * as csstree from "css-tree";
import type { CssNode, List, ListItem } from "css-tree";
import { hasStandIn } from "./allow-list.ts";
import { parseCss } from "./parse-css.ts";
import type { CssContext } from "./parse-css.ts";

/**
 * Gives what replaces an address that a style would load: a `data:` URL of an image, or undefined when it must not be
 * loaded.
 */
export type ResolveAddress = (
  address: string,
  kind: "style" | "font" | "image",
) => string | undefined;

const { ident, string, tokenize, tokenNames } = csstree;

/**
 * Functions that take an address as a plain string. `url` is only a function if it is spelled with an escape, else a
 * token of its own.
 */
const LOADING_FUNCTION = /^(?:-webkit-)?(?:url|image-set|image|cross-fade|src|element|paint)$/i;

/**
 * The at-rules that a mail's style sheet may have. `@import` and unknown ones are removed, and so are `@page`, which
 * would also apply to what is printed with the mail, and `@font-face` unless the sheet contains its font.
 */
const KEPT_AT_RULES = new Set([
  "media",
  "supports",
  "layer",
  "container",
  "keyframes",
  "-webkit-keyframes",
  "scope",
  "property",
  "starting-style",
  "counter-style",
  "font-feature-values",
  "font-palette-values",
]);

/** Of those that are removed, a font loses its address, and a sheet that imports another is dropped. */
const LEFT_IN_RAW = new Set([...KEPT_AT_RULES, "font-face", "import"]);

/** Addresses that contain what they name. */
const PICTURE_DATA = /^data:image\//i;
const FONT_DATA = /^data:(?:font\/|application\/(?:x-)?font|application\/octet-stream)/i;

/**
 * A mail's style sheet, printed again without anything that loads: addresses become `none` (or the resolver's image),
 * `@import` and `@font-face` are removed, and selectors for links match the marked ones instead (links have no `href`
 * here).
 */
export function safeStylesheet(css: string, resolve: ResolveAddress): string {
  return clean(css, "stylesheet", resolve);
}

/**
 * Declarations of words, numbers, strings without escapes and colours: they can contain no address, and nothing that
 * ends them. Their spelling is kept, as style sheets select by it (`td[style*="padding: 10px"]`).
 */
const PLAIN =
  /^(?:(?<![\w-])(?:rgba?|hsla?|calc)\([\w\s,.%+*/-]*\)|[\w\s:;#%.,!+*/-]|"[\w ,.+-]*"|'[\w ,.+-]*')*$/i;
const NOT_PLAIN = /\/\*|color-scheme/i;
const LONGEST_PLAIN = 2000;

/** The same for the declarations of a `style` attribute. Plain ones keep their spelling. */
export function safeDeclarations(css: string, resolve: ResolveAddress): string {
  if (css.length <= LONGEST_PLAIN && PLAIN.test(css) && !NOT_PLAIN.test(css)) return css;
  return clean(css, "declarationList", resolve);
}

function clean(css: string, context: CssContext, resolve: ResolveAddress): string {
  try {
    return cleanTree(css, context, resolve);
  } catch (error) {
    // Rules that are nested too deeply: no mail program reads them either.
    if (error instanceof RangeError) return "";
    throw error;
  }
}

function cleanTree(css: string, context: CssContext, resolve: ResolveAddress): string {
  const tree = parseCss(css, context);
  csstree.walk(tree, {
    enter(this: csstree.WalkContext, node: CssNode, item: ListItem<CssNode>, list: List<CssNode>) {
      if (node.type === "Atrule") keepOrRemoveAtRule(node, item, list, resolve);
      else if (node.type === "Url") {
        const isFont = this.atrule !== null && atRuleName(this.atrule) === "font-face";
        if (!isFont || !FONT_DATA.test(node.value)) replaceUrl(node, item, list, resolve);
      } else if (
        node.type === "Raw" &&
        tokensOf(node.value).some(({ text }) => text === "color-scheme")
      ) {
        node.value = "";
      } else if (node.type === "Raw") {
        if (loadsSomething(node.value))
          for (const address of addresses(node.value)) resolve(address, "image");
        node.value = cleanRaw(node.value);
      } else if (node.type === "Function" && LOADING_FUNCTION.test(ident.decode(node.name))) {
        for (const address of addresses(csstree.generate(node))) resolve(address, "image");
        list.replace(item, list.createItem({ type: "Identifier", name: "none" }));
        // Its addresses are recorded already: walking into nested functions would read each again at every level.
        node.children.clear();
      } else if (node.type === "PseudoClassSelector" && /^(?:link|any-link)$/i.test(node.name)) {
        list.replace(item, list.createItem(MARKED_LINK));
      } else if (node.type === "TypeSelector") {
        const name = ident.decode(node.name).toLowerCase();
        // The steps of an animation are parsed as element names, too.
        const isStep = this.atrule !== null && atRuleName(this.atrule).endsWith("keyframes");
        if (/^[\w:-]+$/.test(name) && !isStep && hasStandIn(name))
          list.replace(item, list.createItem(standIn(name)));
        else if (name === "div" || name === "span") list.replace(item, list.createItem(own(name)));
      } else if (node.type === "AttributeSelector" && node.name.name.toLowerCase() === "href") {
        node.name.name = "data-href";
      } else if (
        node.type === "Declaration" &&
        this.atrulePrelude === null &&
        choosesScheme(node)
      ) {
        list.remove(item);
      }
    },
  });
  // Nested rules and `if()` were not parsed above.
  const printed = lightOnly(csstree.generate(tree));
  // If anything has slipped through, the whole sheet is dropped.
  return loadsSomething(printed) ? "" : printed.replaceAll("</", "<\\/");
}

function keepOrRemoveAtRule(
  rule: csstree.Atrule,
  item: ListItem<CssNode>,
  list: List<CssNode>,
  resolve: ResolveAddress,
): void {
  const name = atRuleName(rule);
  if (name === "media" && rule.prelude !== null) {
    const media = lightOnly(csstree.generate(rule.prelude));
    rule.prelude = { type: "Raw", value: media };
  }
  if (KEPT_AT_RULES.has(name)) return;
  if (name === "import" && rule.prelude !== null) {
    const [address] = addresses(csstree.generate(rule.prelude));
    if (address !== undefined) resolve(address, "style");
  }
  if (name === "font-face" && rule.block !== null) {
    const sources = addresses(csstree.generate(rule.block), "url");
    if (sources.every((address) => FONT_DATA.test(address))) return;
    for (const address of sources) if (!FONT_DATA.test(address)) resolve(address, "font");
  }
  rule.block = null;
  rule.prelude = null;
  list.remove(item);
}

function replaceUrl(
  node: csstree.Url,
  item: ListItem<CssNode>,
  list: List<CssNode>,
  resolve: ResolveAddress,
): void {
  const image = resolve(node.value, "image");
  if (image === undefined)
    list.replace(item, list.createItem({ type: "Identifier", name: "none" }));
  else node.value = image;
}

/** A mail is shown on a light background, whatever the reader prefers, and must not choose another scheme. */
function choosesScheme({ property }: csstree.Declaration): boolean {
  return ident.decode(property).toLowerCase() === "color-scheme";
}

/**
 * A media query as it is for a reader who prefers light: `(prefers-color-scheme: dark)` becomes a condition that is
 * never true, `light` one that always is. What is around it (`not`, `and`, `or`) keeps its meaning.
 */
export function lightOnly(query: string): string {
  if (!/scheme|\\/i.test(query)) return query;
  const tokens = tokensOf(query);
  // Everything else keeps its spelling, so that nothing hidden by an escape becomes active.
  let answered = "";
  let from = 0;
  for (const [at, { text, end: opened }] of tokens.entries()) {
    if (!text.endsWith("(") || tokens[at + 1]?.text !== "prefers-color-scheme") continue;
    const names = tokens[at + 2]?.text === ":";
    const close = tokens[at + (names ? 4 : 2)];
    if (close?.text !== ")") continue;
    const isLight = !names || tokens[at + 3]?.text === "light";
    answered += `${query.slice(from, opened)}${isLight ? "min-width:0" : "max-width:0"}`;
    from = close.end - 1;
  }
  return answered + query.slice(from);
}

interface Token {
  /** An identifier is decoded and in lower case. */
  text: string;
  /** Where it ends. */
  end: number;
}

/** The tokens of a piece of CSS, without comments and blanks. */
function tokensOf(css: string): Token[] {
  const tokens: Token[] = [];
  tokenize(css, (type, start, end) => {
    const name = tokenNames[type];
    if (name === "comment-token" || name === "whitespace-token") return;
    const text = css.slice(start, end);
    tokens.push({ text: name === "ident-token" ? ident.decode(text).toLowerCase() : text, end });
  });
  return tokens;
}

function atRuleName({ name }: csstree.Atrule): string {
  return ident.decode(name).toLowerCase();
}

function isInTheSheet(address: string): boolean {
  return PICTURE_DATA.test(address) || FONT_DATA.test(address);
}

const MARKED_LINK: csstree.Raw = { type: "Raw", value: "[data-href]" };

/** A selector for an element's stand-in. It is no more specific than an element name, so a class still wins. */
function standIn(name: string): csstree.Raw {
  return { type: "Raw", value: `:is(span,div,img):where([data-was="${name}"])` };
}

/** A selector for an element of the mail whose name stand-ins have, too; no more specific than the name. */
function own(name: "div" | "span"): csstree.Raw {
  return { type: "Raw", value: `${name}:where(:not([data-was]))` };
}

/** The addresses in a piece of CSS: `url(a)`, `url("a")` and, unless `only` is given, any string. */
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
    // The tokenizer only knows the plain spelling of `url`; with an escape in it the address is split into tokens.
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
    if (name === "url-token") loads ||= !isInTheSheet(csstree.url.decode(text));
    else if (name === "bad-url-token") loads = true;
    else if (name === "at-keyword-token") loads ||= /^@import$/i.test(ident.decode(text));
    else if (name === "function-token") loads ||= LOADING_FUNCTION.test(functionName(text));
  });
  return loads;
}

/**
 * CSS that was not parsed, with `none` in place of what would load and of the names of at-rules that are not kept:
 * nested rules, and everything after an unclosed bracket, may contain them. Empty where that is not enough.
 */
function cleanRaw(css: string): string {
  let safe = "";
  let depth = 0;
  tokenize(css, (type, start, end) => {
    const name = tokenNames[type];
    const text = css.slice(start, end);
    const isCall = name === "function-token";
    if (depth > 0) {
      if (isCall || name === "(-token") depth++;
      else if (name === ")-token") depth--;
    } else if (isCall && LOADING_FUNCTION.test(functionName(text))) {
      safe += "none";
      depth = 1;
    } else if (
      name === "at-keyword-token" &&
      !LEFT_IN_RAW.has(ident.decode(text.slice(1)).toLowerCase())
    )
      safe += "@none";
    // Invalid for a browser, too: a declaration before it still holds.
    else if (name === "bad-url-token") safe += "()";
    else if (name === "url-token" && !isInTheSheet(csstree.url.decode(text))) safe += "none";
    else safe += text;
  });
  return loadsSomething(safe) ? "" : safe;
}

/** The name of a function token such as `url(`. */
function functionName(token: string): string {
  return ident.decode(token.slice(0, -1)).toLowerCase();
}
