import { hasStandIn } from "./allow-list.ts";
import { attribute, fillWithText, isElement, isText, rename, setAttribute } from "./elements.ts";
import type { Element, Node } from "./elements.ts";

/** Elements that browsers put on a line of their own, and that end a paragraph. */
const BLOCKS = new Set(["form", "dialog", "search", "hgroup"]);

/** Elements that are not shown at all, with their names for the reader. */
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

/** Elements with text that a browser does not parse. */
const PREFORMATTED = new Set(["listing", "plaintext", "xmp"]);

/** An element's name for the reader if it is left out; undefined if it is shown or says nothing. */
export function leftOut({ tagName }: Element): string | undefined {
  return LEFT_OUT.get(tagName);
}

/**
 * Replaces an element that acts or is unknown by a harmless one: its box, style and contents stay, and `data-was` tells
 * style sheets what it was.
 */
export function standIn(element: Element): void {
  const { tagName } = element;
  // A popover is only shown on request, which nobody can make here.
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

/** Within these a browser allows boxes even inside a paragraph. */
const PARAGRAPH_ENDS = new Set(["table", "caption", "td", "th"]);

/** Whether a paragraph is open within the printed form of this element. */
export function isInParagraph({ tagName }: Element, around: boolean): boolean {
  return tagName === "p" || (around && !PARAGRAPH_ENDS.has(tagName));
}

/**
 * Turns a box in a paragraph into a span: in an object or a button it would be allowed, but not in their stand-ins,
 * where it would end the paragraph and its style.
 */
export function keepParagraph(element: Element): void {
  const { tagName } = element;
  if (tagName !== "p" && tagName !== "div") return;
  if (attribute(element, "data-was") === undefined) setAttribute(element, "data-was", tagName);
  rename(element, "span");
}

/**
 * The type of a checkbox or radio button. Others keep their type for style sheets, but nobody can open here what such a
 * box opens (a menu), and a style sheet that does not find it leaves that open.
 */
const TICK = "tick";

/** The inputs that are not text fields. */
const PRESSED = `[type=submit],[type=button],[type=reset],[type=${TICK}]`;

/**
 * In quirks mode a browser leaves a line below a form, and includes the border of a field in its width. A picture of
 * unknown height becomes a square there, but here only as high as its text.
 */
export const QUIRKS_STYLE =
  `:where([data-was=form]){margin-bottom:1em}:where([data-was=input]:not(${PRESSED})){box-sizing:border-box}` +
  ":where(img[data-blocked=low]){max-height:fit-content}";

/** Draws stand-ins as browsers draw the originals; weaker than anything that the mail's styles say. */
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

/**
 * Whether a browser does not show it: a closed dialog, a hidden field, or a form between rows or cells, which is empty.
 */
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

/** The label of a button without one. */
const LABELS: ReadonlyMap<string, string> = new Map([
  ["submit", "Submit"],
  ["reset", "Reset"],
]);

/** The text that a field itself shows; undefined for elements that show their contents. */
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

/** A parser drops the first line break in a `pre`, so one more has to be printed. */
function keepFirstLine({ childNodes: [first] }: Element): void {
  if (first !== undefined && isText(first) && first.value.startsWith("\n"))
    first.value = `\n${first.value}`;
}
