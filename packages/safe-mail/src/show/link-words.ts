import { attribute, isElement, isText } from "./elements.ts";
import type { Element, Node } from "./elements.ts";

/** The visible words of a link: its text and its pictures' alternative texts. Some elements are empty. */
export function linkWords(element: Element): string {
  const { tagName } = element;
  if (tagName === "area") return attribute(element, "alt") ?? "";
  if (tagName === "input") {
    const shown = attribute(element, "type")?.toLowerCase() === "image" ? "alt" : "value";
    return attribute(element, shown) ?? "";
  }
  return words(element);
}

/** How much of a link's contents is read, in characters and nodes: links may be nested. */
const MOST_READ = 10_000;

function words(element: Element): string {
  let text = "";
  let nodes = 0;
  const isEnough = (node: Node): boolean => {
    if (isText(node)) text += node.value.slice(0, MOST_READ);
    else if (isElement(node)) {
      if (node.tagName === "img") text += ` ${attribute(node, "alt") ?? ""} `;
      else if (node.childNodes.some(isEnough)) return true;
    }
    return text.length + ++nodes > MOST_READ;
  };
  element.childNodes.some(isEnough);
  return text;
}
