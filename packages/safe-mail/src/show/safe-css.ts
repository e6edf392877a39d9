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

/** What a mail's style sheet may hold. `@import`, `@font-face` and whatever is unknown go. */
const KEPT_AT_RULES = new Set([
  "media",
  "supports",
  "layer",
  "container",
  "keyframes",
  "-webkit-keyframes",
  "page",
]);

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

function clean(
  css: string,
  context: "stylesheet" | "declarationList",
  resolve: ResolveAddress,
): string {
  const tree = csstree.parse(css, { context, parseCustomProperty: true });
  csstree.walk(tree, {
    enter(node: CssNode, item: ListItem<CssNode>, list: List<CssNode>) {
      if (node.type === "Atrule") keepOrRemoveAtRule(node, item, list, resolve);
      else if (node.type === "Url") replaceUrl(node, item, list, resolve);
      else if (node.type === "Raw" && loadsSomething(node.value)) {
        for (const address of addresses(node.value)) resolve(address, "image");
        node.value = "";
      } else if (node.type === "Function" && LOADING_FUNCTION.test(ident.decode(node.name))) {
        recordStrings(node, resolve);
        list.replace(item, list.createItem({ type: "Identifier", name: "none" }));
      } else if (node.type === "PseudoClassSelector" && /^(?:link|any-link)$/i.test(node.name)) {
        list.replace(item, list.createItem(hasAddress()));
      } else if (node.type === "AttributeSelector" && node.name.name.toLowerCase() === "href") {
        node.name.name = "data-href";
      } else if (node.type === "Feature" && node.name === "prefers-color-scheme") {
        onlyLight(node);
      }
    },
  });
  const printed = csstree.generate(tree);
  // Should anything have slipped past the walk, the whole sheet goes.
  return loadsSomething(printed) ? "" : printed.replaceAll("</", "<\\/");
}

function keepOrRemoveAtRule(
  rule: csstree.Atrule,
  item: ListItem<CssNode>,
  list: List<CssNode>,
  resolve: ResolveAddress,
): void {
  const name = ident.decode(rule.name).toLowerCase();
  if (KEPT_AT_RULES.has(name)) return;
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

function recordStrings(node: csstree.FunctionNode, resolve: ResolveAddress): void {
  for (const address of addresses(csstree.generate(node))) resolve(address, "image");
}

/** A mail is shown on a light ground, whatever the reader prefers: what it would do on a dark one never applies. */
function onlyLight(feature: csstree.Feature): void {
  if (feature.value?.type !== "Identifier") return;
  if (feature.value.name.toLowerCase() === "dark") feature.value.name = "never";
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
    if (name === "url-token") loads ||= !/^data:image\//i.test(csstree.url.decode(text));
    else if (name === "bad-url-token") loads = true;
    else if (name === "at-keyword-token")
      loads ||= /^@(?:import|font-face)$/i.test(ident.decode(text));
    else if (name === "function-token") loads ||= LOADING_FUNCTION.test(functionName(text));
  });
  return loads;
}

/** The name of a function token such as `url(`. */
function functionName(token: string): string {
  return ident.decode(token.slice(0, -1)).toLowerCase();
}
