import type { DefaultTreeAdapterTypes } from "parse5";
import { attribute, isElement, isText } from "./elements.ts";
import { parseHtml } from "./parse-html.ts";

const UNSHOWN = new Set(["head", "script", "style", "template", "title", "datalist"]);
/** Elements on lines of their own. */
const BLOCKS = new Set(
  `address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer form
  h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre section summary table tbody tfoot thead tr ul caption`.split(
    /\s+/,
  ),
);
/** Elements with an empty line around them. */
const APART = new Set(["p", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre"]);

/** Whether a text has anything visible: not only blanks and characters without width. */
export function hasWords(text: string): boolean {
  return /[^\s\p{DI}]/u.test(text);
}

/**
 * The words of a page, as they would be copied from a browser.
 *
 * @throws RangeError when the html is nested too deeply to walk.
 */
export function htmlText(html: string): string {
  const written = new Written();
  visit(parseHtml(html), false, written);
  return written.text();
}

function visit(node: DefaultTreeAdapterTypes.Node, isPre: boolean, written: Written): void {
  if (isText(node)) {
    if (isPre) written.raw(node.value);
    else written.words(node.value);
    return;
  }
  if (!("childNodes" in node)) return;
  if (!isElement(node)) {
    for (const child of node.childNodes) visit(child, isPre, written);
    return;
  }
  const { tagName } = node;
  if (UNSHOWN.has(tagName) || attribute(node, "hidden") !== undefined) return;
  if (tagName === "br") {
    written.raw("\n");
    return;
  }
  const lines = APART.has(tagName) ? 2 : BLOCKS.has(tagName) ? 1 : 0;
  written.breakLine(lines);
  for (const child of node.childNodes) visit(child, isPre || tagName === "pre", written);
  written.breakLine(lines);
  if (tagName === "td" || tagName === "th") written.cell();
}

/** Builds a text. White space between words is only written when more words come. */
class Written {
  readonly #pieces: string[] = [];
  #endsLine = true;
  #lines = 0;
  #gap = "";

  words(text: string): void {
    const words = text.split(/[ \t\r\n\f]+/).filter((word) => word !== "");
    if (/^[ \t\r\n\f]/.test(text)) this.#gap ||= " ";
    if (words.length === 0) return;
    this.#write(words.join(" "));
    if (/[ \t\r\n\f]$/.test(text.slice(-1))) this.#gap = " ";
  }

  raw(text: string): void {
    if (text === "") return;
    if (text === "\n") this.#gap = "";
    this.#write(text);
  }

  breakLine(lines: number): void {
    this.#lines = Math.max(this.#lines, lines);
  }

  cell(): void {
    this.#gap = "\t";
  }

  text(): string {
    return this.#pieces.join("");
  }

  #write(text: string): void {
    if (this.#lines > 0 && this.#pieces.length > 0) {
      // A line break that is already there counts as one.
      this.#pieces.push("\n".repeat(this.#endsLine ? this.#lines - 1 : this.#lines));
    } else if (!this.#endsLine) this.#pieces.push(this.#gap);
    this.#lines = 0;
    this.#gap = "";
    this.#pieces.push(text);
    this.#endsLine = text.endsWith("\n");
  }
}
