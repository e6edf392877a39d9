import { defaultTreeAdapter, html as names, serialize, serializeOuter } from "parse5";
import type { DefaultTreeAdapterTypes } from "parse5";
import type { BlockedItem } from "./blocked-items.ts";
import { Disarmer, NO_PICTURE } from "./disarm.ts";
import { attribute, isElement, isText } from "./elements.ts";
import type { Element, Node } from "./elements.ts";
import { hasWords } from "./html-text.ts";
import type { ResolvePicture } from "./inline-images.ts";
import type { MailLink } from "./mail-links.ts";
import { parseHtml } from "./parse-html.ts";
import { QUIRKS_STYLE, STAND_IN_STYLE } from "./stand-ins.ts";

/** One page of a mail's html. */
export interface Page {
  readonly html: string;
  readonly picture: ResolvePicture;
}

/** A mail's safe html, in two pieces so that a heading can be inserted between them. */
export interface SafeHtml {
  /** From the doctype to the opening tag of the body. */
  readonly opening: string;
  /** What is in the body. */
  readonly content: string;
  readonly links: MailLink[];
  readonly blocked: BlockedItem[];
  /** What is not shown at all, in words such as `A video`. */
  readonly leftOut: string[];
  /** Whether it has neither words nor pictures. */
  readonly isBlank: boolean;
}

/**
 * Makes a mail's html safe: parsed as a browser without scripts parses it, with every address that would load something
 * replaced or removed (and counted), links without an address, and only what is on an allow-list of elements and
 * attributes. Dark text stays on a light background.
 *
 * @param pages in sequence: an element that one leaves open does not continue in the next.
 * @throws RangeError when the html is nested too deeply to walk.
 */
export function safeHtml(pages: readonly Page[]): SafeHtml {
  const disarmer = new Disarmer();
  let link: string | undefined;
  const documents = pages.map(({ html, picture }) => {
    const page = parseHtml(html);
    const itsRoot = child(page, "html");
    link ??= attribute(child(itsRoot, "body"), "link");
    disarmer.disarm(itsRoot, picture);
    return page;
  });
  const linkColour = linkColourOf(link);
  const document = joined(documents);
  const root = child(document, "html");
  const body = child(root, "body");
  const isBlank = !showsAnything(body);
  // Next to words nobody misses a script.
  if (disarmer.hasScript && isBlank) disarmer.leftOut.add("A script");
  const foundation = `<meta charset="utf-8"><meta name="color-scheme" content="only light"><style>${ownStyle(linkColour)}${document.mode === names.DOCUMENT_MODE.QUIRKS ? QUIRKS_STYLE : ""}</style>`;
  return {
    opening:
      DOCTYPES[document.mode] +
      openingTag(root) +
      `<head>${foundation}${serialize(child(root, "head"))}</head>` +
      openingTag(body),
    content: serialize(body),
    links: disarmer.links,
    blocked: disarmer.blocked,
    leftOut: [...disarmer.leftOut],
    isBlank,
  };
}

/** The first page, with the contents of the others appended. */
function joined([first, ...others]: DefaultTreeAdapterTypes.Document[]) {
  const document = first ?? parseHtml("");
  if (others.length === 0) return document;
  const root = child(document, "html");
  const body = child(root, "body");
  // A frameset page has no body.
  if (body.parentNode === null) defaultTreeAdapter.appendChild(root, body);
  for (const other of others) {
    const page = child(other, "html");
    const itsBody = child(page, "body");
    defaultTreeAdapter.adoptAttributes(root, page.attrs);
    defaultTreeAdapter.adoptAttributes(body, itsBody.attrs);
    // Words that end one page and begin the next are on lines of their own. The sheets of mails give room and borders to `div`.
    defaultTreeAdapter.appendChild(body, emptyElement("section"));
    for (const node of [...child(page, "head").childNodes, ...itsBody.childNodes])
      defaultTreeAdapter.appendChild(body, node);
  }
  return document;
}

/** Whether there is a word or a picture to see, or the box of one. */
function showsAnything(node: Node): boolean {
  if (isText(node)) return hasWords(node.value);
  if (!isElement(node) || node.tagName === "style" || isHidden(node)) return false;
  // The box of a tracking pixel is too small for its text.
  const words = attribute(node, "src") === NO_PICTURE ? "" : attribute(node, "alt");
  return (
    node.tagName === "hr" ||
    /^(?:input|select|textarea)$/.test(attribute(node, "data-was") ?? "") ||
    attribute(node, "data-blocked") !== undefined ||
    (node.tagName === "img" && hasWords(words ?? "")) ||
    node.attrs.some(({ value }) => value.includes("data:image/")) ||
    node.childNodes.some(showsAnything)
  );
}

function isHidden(element: Element): boolean {
  return (
    attribute(element, "hidden") !== undefined ||
    /display\s*:\s*none/i.test(attribute(element, "style") ?? "")
  );
}

/** A child element; an empty one where there is none. */
function child(parent: DefaultTreeAdapterTypes.ParentNode, tagName: string): Element {
  return (
    parent.childNodes.filter(isElement).find((element) => element.tagName === tagName) ??
    emptyElement(tagName)
  );
}

function emptyElement(tagName: string, attrs: Element["attrs"] = []): Element {
  return defaultTreeAdapter.createElement(tagName, names.NS.HTML, attrs);
}

function openingTag({ tagName, attrs }: Element): string {
  return serializeOuter(emptyElement(tagName, attrs)).slice(0, -`</${tagName}>`.length);
}

/**
 * How a browser lays out a page depends on its doctype (standards, limited quirks, quirks), and a newsletter's tables
 * need the mode for which they were written.
 */
const DOCTYPES: Readonly<Record<names.DOCUMENT_MODE, string>> = {
  "no-quirks": "<!doctype html>",
  "limited-quirks":
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">',
  quirks: "",
};

/**
 * The colour that `<body link>` gives to links, which a browser no longer applies to links without an address. The
 * attribute may lack the `#`.
 */
function linkColourOf(sent = ""): string {
  const colour = sent.trim().replace(/^(?=[\da-f]{6}$)/i, "#");
  return /^(?:#[\da-f]{3}|#[\da-f]{6}|[a-z]+)$/i.test(colour) ? colour : "LinkText";
}

/**
 * Always a light background: what the mail says about that is removed. The other rules are weaker than the mail's own.
 */
function ownStyle(linkColour: string): string {
  return (
    ":root{color-scheme:only light!important}" +
    `:where([data-href]){color:${linkColour};text-decoration:underline;cursor:help}` +
    ":where(img[data-blocked]:not([hidden])){display:inline-block;overflow:hidden;outline:1px dashed #b5b5b5;outline-offset:-1px}" +
    STAND_IN_STYLE
  );
}
