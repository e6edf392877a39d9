import type { Element, ElementContent, Root } from "hast";
import { fromParse5 } from "hast-util-from-parse5";
import { sanitize } from "hast-util-sanitize";
import { toHtml } from "hast-util-to-html";
import { parse } from "parse5";
import type { DefaultTreeAdapterTypes } from "parse5";
import type { BlockedItem } from "./blocked-items.ts";
import { Disarmer } from "./disarm.ts";
import type { InlineImages } from "./inline-images.ts";
import type { MailLink } from "./mail-links.ts";
import { mailSchema } from "./mail-schema.ts";
import { STAND_IN_STYLE } from "./stand-ins.ts";

/** A mail's html made safe to show, in two pieces so that a heading can go between them. */
export interface SafeHtml {
  /** From the doctype to the opening tag of the body. */
  readonly opening: string;
  /** What is in the body. */
  readonly content: string;
  readonly links: MailLink[];
  readonly blocked: BlockedItem[];
  /** What is not shown at all, in words such as `A video`. */
  readonly leftOut: string[];
}

/**
 * Makes a mail's html safe: parsed as a browser parses it, every address that would load
 * something replaced or removed (and counted), links left without an address, then passed
 * through an allow-list of elements and attributes. Dark text stays on a light ground.
 *
 * @throws RangeError when the html is nested too deeply to walk.
 */
export function safeHtml(html: string, images: InlineImages): SafeHtml {
  const tree = treeOf(html);
  const linkColour = bodyLinkColour(tree);
  const disarmer = new Disarmer(images);
  disarmer.disarm(tree);
  const clean = sanitize(tree, mailSchema) as Root;
  const root = child(clean, "html");
  const head = root && child(root, "head");
  const body = root && child(root, "body");
  const foundation = `<meta charset="utf-8"><meta name="color-scheme" content="only light"><style>${ownStyle(linkColour)}</style>`;
  return {
    opening:
      doctype(html, tree) +
      openingTag(root, "html") +
      `<head>${foundation}${head ? toHtml(head.children) : ""}</head>` +
      openingTag(body, "body"),
    content: body ? toHtml(body.children) : "",
    links: disarmer.links,
    blocked: disarmer.blocked,
    leftOut: [...disarmer.leftOut],
  };
}

function child(parent: Root | Element, tagName: string): Element | undefined {
  return (parent.children as ElementContent[]).find(
    (node): node is Element => node.type === "element" && node.tagName === tagName,
  );
}

function openingTag(element: Element | undefined, tagName: string): string {
  const empty: Element = {
    type: "element",
    tagName,
    properties: element?.properties ?? {},
    children: [],
  };
  return toHtml(empty).slice(0, -`</${tagName}>`.length);
}

/**
 * How a browser lays out a page hangs on its doctype (standards, nearly standards, quirks), and a
 * newsletter's tables need the one they were written for. The tree does not keep its name.
 */
function doctype(html: string, tree: Root): string {
  if (tree.data?.quirksMode !== true) return "<!doctype html>";
  const nearlyStandards =
    tree.children.some((node) => node.type === "doctype") &&
    /<!doctype[^>]*(?:XHTML 1\.0 (?:Transitional|Frameset)|HTML 4\.01 (?:Transitional|Frameset)\/\/[^"']*["']\s*["'])/i.test(
      html.slice(0, 4096),
    );
  return nearlyStandards
    ? '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
    : "";
}

/** The colour that `<body link>` gives to links, which without an address are no links to the browser any more. */
function bodyLinkColour(tree: Root): string {
  const root = child(tree, "html");
  const colour = root && child(root, "body")?.properties["link"];
  return typeof colour === "string" && /^(?:#[\da-f]{3}|#[\da-f]{6}|[a-z]+)$/i.test(colour)
    ? colour
    : "LinkText";
}

/** A light ground always: what the mail says of it is taken out, too. All else is weaker than what the mail says itself. */
function ownStyle(linkColour: string): string {
  return (
    ":root{color-scheme:only light!important}" +
    `:where([data-href]){color:${linkColour};text-decoration:underline;cursor:help}` +
    ":where(img[data-blocked]:not([hidden])){display:inline-block;overflow:hidden;outline:1px dashed #b5b5b5;outline-offset:-1px}" +
    STAND_IN_STYLE
  );
}

/** The tree, parsed as a browser without scripts does it. */
function treeOf(html: string): Root {
  const document = parse(html, { scriptingEnabled: false });
  nameRelativeSizes(document);
  return fromParse5(document) as Root;
}

/** The tree keeps a number of `size="+1"`, in which the sign is lost, so such a size gets another name. */
function nameRelativeSizes(node: DefaultTreeAdapterTypes.Node): void {
  const waiting = [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if ("tagName" in next && next.tagName === "font") {
      for (const attribute of next.attrs) {
        if (attribute.name === "size" && /^\s*[+-]/.test(attribute.value))
          attribute.name = "data-size";
      }
    }
    if ("childNodes" in next) for (const inner of next.childNodes) waiting.push(inner);
  }
}
