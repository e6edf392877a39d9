import type { Element, ElementContent } from "hast";
import { mailSchema } from "./mail-schema.ts";

const KEPT = new Set(mailSchema.tagNames);
const STRIPPED = new Set(mailSchema.strip);

/** Browsers give these a line of their own. */
const BLOCKS = new Set(["form", "dialog", "marquee", "optgroup", "search", "hgroup"]);

/** What is not shown at all, and is told instead. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  svg: "A drawing (svg)",
  math: "A formula (math)",
  video: "A video",
  audio: "A sound",
  canvas: "A canvas",
  iframe: "A frame (iframe)",
  frameset: "A set of frames",
  embed: "Something embedded",
};

/** Text that a browser takes as it stands. */
const PREFORMATTED = new Set(["listing", "plaintext", "xmp"]);

/** What the element is called when it is left out, in words for a reader; undefined for what is shown or says nothing. */
export function leftOut({ tagName }: Element): string | undefined {
  return Object.hasOwn(LEFT_OUT, tagName) ? LEFT_OUT[tagName] : undefined;
}

/** Whether a style sheet that names this element means its stand-in. */
export function hasStandIn(tagName: string): boolean {
  return !KEPT.has(tagName) && !STRIPPED.has(tagName);
}

/**
 * Puts a harmless element in the place of one that acts or is unknown: its box, its style and what is in it stay, and
 * `data-was` tells style sheets what it was.
 */
export function standIn(element: Element): void {
  const { tagName, properties } = element;
  if (tagName === "font") restoreRelativeSize(element);
  // A browser shows it when it is asked to, which nobody can here.
  if (properties["popover"] !== undefined) properties["hidden"] = true;
  if (PREFORMATTED.has(tagName)) element.tagName = "pre";
  if (element.tagName === "pre") return keepFirstLine(element);
  if (!hasStandIn(tagName)) return;
  if (isUnseen(element)) {
    element.tagName = "template";
    return;
  }
  if (tagName === "input" && properties["type"] === "image") {
    element.tagName = "img";
    return;
  }
  const words = shownWords(element);
  if (words !== undefined) element.children = [{ type: "text", value: words }];
  properties["dataWas"] = isPushed(element) ? "button" : tagName;
  element.tagName = BLOCKS.has(tagName) ? "div" : "span";
}

/** Weaker than anything that the mail says itself: how browsers draw what stand-ins stand for. */
export const STAND_IN_STYLE =
  ":where([data-was=button]:not([hidden])){display:inline-block;padding:1px 6px;border:2px outset #767676;background:#efefef;color:#000;font:13.333px Arial;text-align:center}" +
  ":where([data-was=input],[data-was=textarea],[data-was=select]){display:inline-block;min-width:8em;min-height:1.2em;padding:1px 2px;border:1px solid #767676;background:#fff;color:#000;font:13.333px Arial;white-space:pre-wrap}";

/** A browser shows neither a closed dialog nor a hidden field. */
function isUnseen({ tagName, properties }: Element): boolean {
  return tagName === "dialog"
    ? !properties["open"]
    : tagName === "input" && properties["type"] === "hidden";
}

function isPushed({ tagName, properties }: Element): boolean {
  return tagName === "input" && /^(?:submit|button|reset)$/i.test(String(properties["type"]));
}

/** What a field shows of its own; undefined for elements that show what is in them. */
function shownWords({ tagName, properties, children }: Element): string | undefined {
  if (tagName === "input") {
    const { type, value, placeholder, checked } = properties;
    if (type === "checkbox" || type === "radio") return checked ? "☑" : "☐";
    return [value, placeholder].find((words) => typeof words === "string") ?? "";
  }
  if (tagName !== "select") return undefined;
  const options = children.flatMap(optionsIn);
  const chosen = options.find((option) => option.properties["selected"]) ?? options[0];
  return (chosen?.children ?? [])
    .map((child) => (child.type === "text" ? child.value : ""))
    .join("");
}

function optionsIn(node: ElementContent): Element[] {
  if (node.type !== "element") return [];
  return node.tagName === "option" ? [node] : node.children.flatMap(optionsIn);
}

/** `+1` is one larger, `1` the smallest: the tree would keep a number alone, so the parser was given another name. */
function restoreRelativeSize({ properties }: Element): void {
  const size = properties["dataSize"];
  if (typeof size === "string") properties["size"] = size;
  delete properties["dataSize"];
}

/** A parser drops the first line break of `pre`, so that what is written needs one more. */
function keepFirstLine({ children: [first] }: Element): void {
  if (first?.type === "text" && first.value.startsWith("\n")) first.value = `\n${first.value}`;
}
