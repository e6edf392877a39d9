import { fromHtml } from "hast-util-from-html";
import { sanitize } from "hast-util-sanitize";
import { toHtml } from "hast-util-to-html";
import { SKIP, visit } from "unist-util-visit";

import { BlockedItems } from "./blocked-items.ts";
import { mailLink } from "./mail-links.ts";
import { mailSchema } from "./mail-schema.ts";
import { safeDeclarations, safeStylesheet } from "./safe-css.ts";

import type { Element, ElementContent, Nodes, Root } from "hast";
import type { BlockedItem } from "./blocked-items.ts";
import type { InlineImages } from "./inline-images.ts";
import type { MailLink } from "./mail-links.ts";

/** A mail's html made safe to show, in two pieces so that a heading can go between them. */
export interface SafeHtml {
  /** From the doctype to the opening tag of the body. */
  readonly opening: string;
  /** What is in the body. */
  readonly content: string;
  readonly links: MailLink[];
  readonly blocked: BlockedItem[];
}

/** An address that loads nothing and draws the alternative text in a box of the picture's size. */
const NO_PICTURE = "data:,";

/** The loading relations of a link element; the others (canonical, alternate) only say something. */
const LOADING_RELATION = /stylesheet|icon|preload|prefetch|preconnect|prerender|manifest/i;

/**
 * Makes a mail's html safe: parsed as a browser parses it, every address that would load
 * something replaced or removed (and counted), links left without an address, then passed
 * through an allow-list of elements and attributes. Dark text stays on a light ground.
 *
 * @throws {RangeError} when the html is nested too deeply to walk.
 */
export function safeHtml(html: string, images: InlineImages): SafeHtml {
  const tree = fromHtml(html);
  const blocked = new BlockedItems();
  const links: MailLink[] = [];
  const linkColour = bodyLinkColour(tree);
  visit(tree, "element", (element, index, parent) => {
    disarm(element, images, blocked, links);
    if (element.tagName === "style" && parent !== undefined && index !== undefined) {
      disarmStyle(element, images, blocked);
      // The style's text is now ours.
      return SKIP;
    }
    return undefined;
  });
  const clean = sanitize(tree, mailSchema) as Root;
  const root = child(clean, "html");
  const head = root && child(root, "head");
  const body = root && child(root, "body");
  const foundation = `<meta charset="utf-8"><style>${ownStyle(linkColour)}</style>`;
  return {
    opening:
      doctype(html, tree) +
      openingTag(root, "html") +
      `<head>${foundation}${head ? toHtml(head.children) : ""}</head>` +
      openingTag(body, "body"),
    content: body ? toHtml(body.children) : "",
    links,
    blocked: blocked.list(),
  };
}

function disarm(
  element: Element,
  images: InlineImages,
  blocked: BlockedItems,
  links: MailLink[],
): void {
  const { tagName, properties } = element;
  const style = text(properties["style"]);
  switch (tagName) {
    case "a":
    case "area": {
      const address = (text(properties["href"]) ?? text(properties["xLinkHref"]) ?? "").trim();
      if (address === "") break;
      links.push(mailLink("html", address, words(element)));
      if (tagName === "a") {
        properties["dataHref"] = address;
        properties["title"] = address;
      }
      break;
    }
    case "form":
      if (text(properties["action"]))
        links.push(mailLink("form", text(properties["action"]) ?? "", words(element)));
      break;
    case "img":
    case "input":
      disarmPicture(element, images, blocked, style);
      break;
    case "image":
    case "use":
    case "feImage":
      record(blocked, "image", properties["href"], properties["xLinkHref"]);
      break;
    case "link":
      if (LOADING_RELATION.test(list(properties["rel"]))) {
        record(
          blocked,
          /stylesheet/i.test(list(properties["rel"])) ? "style" : "other",
          properties["href"],
        );
      }
      break;
    case "meta":
      record(
        blocked,
        "page",
        /url\s*=\s*['"]?([^'"]+)/i.exec(text(properties["content"]) ?? "")?.[1],
      );
      break;
    case "script":
      record(blocked, "script", properties["src"], properties["href"], properties["xLinkHref"]);
      break;
    case "iframe":
    case "frame":
    case "object":
    case "embed":
    case "portal":
      record(blocked, "frame", properties["src"], properties["data"]);
      break;
    case "video":
    case "audio":
    case "source":
    case "track":
      record(blocked, "media", properties["src"], properties["poster"]);
      recordCandidates(blocked, properties["srcSet"]);
      break;
    default:
  }
  if (properties["background"] !== undefined) {
    properties["background"] = resource(
      text(properties["background"]) ?? "",
      "image",
      images,
      blocked,
    );
  }
  if (style !== undefined) {
    properties["style"] = safeDeclarations(style, (address, kind) =>
      resource(address, kind, images, blocked),
    );
  }
}

function disarmPicture(
  element: Element,
  images: InlineImages,
  blocked: BlockedItems,
  style = "",
): void {
  const { properties } = element;
  recordCandidates(blocked, properties["srcSet"]);
  const address = text(properties["src"]) ?? "";
  if (address === "") return;
  const image = images.resolve(address.trim());
  if (image !== undefined) {
    properties["src"] = image;
    return;
  }
  const tracks = looksLikeTracking(properties["width"], properties["height"], style);
  blocked.add("image", address, tracks);
  properties["src"] = NO_PICTURE;
  if (!tracks) properties["dataBlocked"] = "";
}

function looksLikeTracking(width: unknown, height: unknown, style: string): boolean {
  const tiny = (size: unknown, name: string) =>
    Number.parseFloat(
      new RegExp(String.raw`(?:^|[;\s])${name}\s*:\s*([\d.]+)px`, "i").exec(style)?.[1] ??
        text(size) ??
        "",
    ) <= 2;
  return (
    (tiny(width, "width") && tiny(height, "height")) ||
    /(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d]))/i.test(
      style,
    )
  );
}

function disarmStyle(element: Element, images: InlineImages, blocked: BlockedItems): void {
  const css = element.children.map((node) => (node.type === "text" ? node.value : "")).join("");
  const value = safeStylesheet(css, (address, kind) => resource(address, kind, images, blocked));
  element.children = [{ type: "text", value }];
}

function resource(
  address: string,
  kind: BlockedItem["kind"],
  images: InlineImages,
  blocked: BlockedItems,
): string | undefined {
  const image = kind === "image" ? images.resolve(address.trim()) : undefined;
  if (image === undefined) blocked.add(kind, address);
  return image;
}

function record(blocked: BlockedItems, kind: BlockedItem["kind"], ...addresses: unknown[]): void {
  for (const address of addresses) blocked.add(kind, text(address) ?? "");
}

function recordCandidates(blocked: BlockedItems, candidates: unknown): void {
  for (const candidate of list(candidates).split(/,\s/)) {
    blocked.add("image", candidate.trim().split(/\s/)[0] ?? "");
  }
}

/** What carries a link, in words: its text and its pictures' alternative texts. */
function words(node: Nodes): string {
  let found = "";
  visit(node, (inner) => {
    if (inner.type === "text") found += inner.value;
    else if (inner.type === "element" && inner.tagName === "img")
      found += ` ${text(inner.properties["alt"]) ?? ""} `;
  });
  return found;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function list(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : (text(value) ?? "");
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
  const colour = root && text(child(root, "body")?.properties["link"]);
  return colour !== undefined && /^(?:#[\da-f]{3}|#[\da-f]{6}|[a-z]+)$/i.test(colour)
    ? colour
    : "LinkText";
}

/** Weaker than anything the mail says itself. */
function ownStyle(linkColour: string): string {
  return (
    `:where([data-href]){color:${linkColour};text-decoration:underline;cursor:help}` +
    ":where(img[data-blocked]){background:#f0f0f0;outline:1px dashed #b5b5b5;outline-offset:-1px}"
  );
}
