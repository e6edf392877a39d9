import { hasStandIn } from "./allow-list.ts";
import { attribute, fillWithText, isElement, isText, rename, setAttribute } from "./elements.ts";
import type { Element, Node } from "./elements.ts";

/** Browsers give these a line of their own, and end a paragraph at them. */
const BLOCKS = new Set(["form", "dialog", "search", "hgroup"]);

/** What is not shown at all, and is told instead. */
const LEFT_OUT: ReadonlyMap<string, string> = new Map([
  ["svg", "A drawing (svg)"],
  ["math", "A formula (math)"],
  ["video", "A video"],
  ["audio", "A sound"],
  ["canvas", "A canvas"],
  ["iframe", "A frame (iframe)"],
  ["frameset", "A set of frames"],
  ["embed", "Something embedded"],
]);

/** Text that a browser takes as it stands. */
const PREFORMATTED = new Set(["listing", "plaintext", "xmp"]);

/** What the element is called when it is left out, in words for a reader; undefined for what is shown or says nothing. */
export function leftOut({ tagName }: Element): string | undefined {
  return LEFT_OUT.get(tagName);
}

/**
 * Puts a harmless element in the place of one that acts or is unknown: its box, its style and what is in it stay, and
 * `data-was` tells style sheets what it was.
 */
export function standIn(element: Element): void {
  const { tagName } = element;
  // A browser shows it when it is asked to, which nobody can here.
  if (attribute(element, "popover") !== undefined) setAttribute(element, "hidden", "");
  if (PREFORMATTED.has(tagName)) rename(element, "pre");
  if (element.tagName === "pre") return keepFirstLine(element);
  if (!hasStandIn(tagName)) return;
  if (isUnseen(element)) return rename(element, "template");
  if (tagName === "input" && typeOf(element) === "image") return rename(element, "img");
  const words = shownWords(element);
  if (words !== undefined) fillWithText(element, words);
  if (tagName === "input" && TICKED.test(typeOf(element))) setAttribute(element, "type", TICK);
  setAttribute(element, "data-was", tagName);
  rename(element, BLOCKS.has(tagName) ? "div" : "span");
}

/** In these a browser lets boxes lie within a paragraph. */
const PARAGRAPH_ENDS = new Set(["table", "caption", "td", "th"]);

/** Whether a paragraph is open in what is written as this element. */
export function isInParagraph({ tagName }: Element, around: boolean): boolean {
  return tagName === "p" || (around && !PARAGRAPH_ENDS.has(tagName));
}

/**
 * An object or a button may have boxes within a paragraph, its stand-in may not: the paragraph would end there, and its
 * style with it.
 */
export function keepParagraph(element: Element): void {
  const { tagName } = element;
  if (tagName !== "p" && tagName !== "div") return;
  if (attribute(element, "data-was") === undefined) setAttribute(element, "data-was", tagName);
  rename(element, "span");
}

/**
 * The type of a box to tick, where others keep theirs for style sheets that look for it: nobody can open here what would
 * open by it (a menu), and a style sheet that finds none leaves it open.
 */
const TICK = "tick";

/** The inputs that are no fields. */
const PRESSED = `[type=submit],[type=button],[type=reset],[type=${TICK}]`;

/**
 * A browser in quirks mode leaves a line below a form, and counts the edges of a field to its width. A picture of which
 * nobody knows the height it makes a square, and here as high as its words.
 */
export const QUIRKS_STYLE =
  `:where([data-was=form]){margin-bottom:1em}:where([data-was=input]:not(${PRESSED})){box-sizing:border-box}` +
  ":where(img[data-blocked=low]){max-height:fit-content}";

/** Weaker than anything that the mail says itself: how browsers draw what stand-ins stand for. */
export const STAND_IN_STYLE =
  ":where(span:is([data-was=div],[data-was=form],[data-was=dialog],[data-was=search],[data-was=hgroup],[data-was=optgroup]):not([hidden])){display:block}" +
  ":where([data-was=p]:not([hidden])){display:block;margin:1em 0}" +
  ":where([data-was=marquee]:not([hidden])){display:inline-block;width:100%;overflow:hidden}" +
  ":where(:is([data-was=button],[data-was=input],[data-was=textarea],[data-was=select]):not([hidden])){display:inline-block;font:13.3333px Arial;color:#000;letter-spacing:normal;word-spacing:normal;text-indent:0;text-shadow:none;text-transform:none}" +
  `:where(:is([data-was=button],[data-was=input]:is(${PRESSED}))){box-sizing:border-box;align-content:center;padding:1px 6px;border:2px outset #767676;background:#efefef;text-align:center}` +
  `:where([data-was=input][type=${TICK}]){margin:3px 3px 3px 4px;padding:0;border:0;background:none;line-height:1}` +
  `:where(:is([data-was=input]:not(${PRESSED}),[data-was=textarea])){width:11.5em;min-height:1.2em;padding:1px 2px;border:2px inset #767676;background:#fff;white-space:pre-wrap}` +
  ":where([data-was=textarea]){border:1px solid #767676}" +
  ":where([data-was=select]){box-sizing:border-box;align-content:center;padding:1px 20px 1px 4px;border:1px solid #767676;background:#fff}";

const TABLE_FRAME = new Set(["table", "thead", "tbody", "tfoot", "tr"]);

/** A browser shows neither a closed dialog, nor a hidden field, nor a form between rows or cells, in which nothing is. */
function isUnseen(element: Element): boolean {
  const { tagName, parentNode } = element;
  if (tagName === "form")
    return parentNode !== null && isElement(parentNode) && TABLE_FRAME.has(parentNode.tagName);
  return tagName === "dialog"
    ? attribute(element, "open") === undefined
    : tagName === "input" && typeOf(element) === "hidden";
}

function typeOf(input: Element): string {
  return attribute(input, "type")?.toLowerCase() ?? "text";
}

const TICKED = /^(?:checkbox|radio)$/;

/** What stands on a button that does not say so. */
const LABELS: ReadonlyMap<string, string> = new Map([
  ["submit", "Submit"],
  ["reset", "Reset"],
]);

/** What a field shows of its own; undefined for elements that show what is in them. */
function shownWords(element: Element): string | undefined {
  if (element.tagName === "input") {
    const type = typeOf(element);
    const value = attribute(element, "value") ?? LABELS.get(type) ?? "";
    if (TICKED.test(type)) return attribute(element, "checked") === undefined ? "☐" : "☑";
    if (type === "password") return "•".repeat(value.length);
    return value || attribute(element, "placeholder") || "";
  }
  if (element.tagName !== "select") return undefined;
  const options = element.childNodes.flatMap(optionsIn);
  const chosen =
    options.find((option) => attribute(option, "selected") !== undefined) ?? options[0];
  return (chosen?.childNodes ?? []).map((child) => (isText(child) ? child.value : "")).join("");
}

function optionsIn(node: Node): Element[] {
  if (!isElement(node)) return [];
  return node.tagName === "option" ? [node] : node.childNodes.flatMap(optionsIn);
}

/** A parser drops the first line break of `pre`, so that what is written needs one more. */
function keepFirstLine({ childNodes: [first] }: Element): void {
  if (first !== undefined && isText(first) && first.value.startsWith("\n"))
    first.value = `\n${first.value}`;
}
