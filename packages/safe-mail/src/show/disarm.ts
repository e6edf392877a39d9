import type { Element, Nodes, Root } from "hast";
import { SKIP, visit } from "unist-util-visit";
import { BlockedItems } from "./blocked-items.ts";
import type { BlockedItem } from "./blocked-items.ts";
import type { InlineImages } from "./inline-images.ts";
import { mailLink } from "./mail-links.ts";
import type { MailLink } from "./mail-links.ts";
import { lightOnly, safeDeclarations, safeStylesheet } from "./safe-css.ts";
import type { ResolveAddress } from "./safe-css.ts";
import { leftOut, standIn } from "./stand-ins.ts";

/** An address that loads nothing and draws the alternative text in a box of the picture's size. */
const NO_PICTURE = "data:,";

/** Alternative text can be read on any ground, whatever the mail says. */
const READABLE = "background:#f0f0f0!important;color:#333!important";

/** The loading relations of a link element; the others (canonical, alternate) only say something. */
const LOADING_RELATION = /stylesheet|icon|preload|prefetch|preconnect|prerender|manifest/i;

/** What elements that are not kept would load, and from which attributes. */
const LOADED_BY: Readonly<Record<string, readonly [BlockedItem["kind"], ...string[]]>> = {
  image: ["image", "href", "xLinkHref"],
  use: ["image", "href", "xLinkHref"],
  feImage: ["image", "href", "xLinkHref"],
  script: ["script", "src", "href", "xLinkHref"],
  iframe: ["frame", "src"],
  frame: ["frame", "src"],
  object: ["frame", "data"],
  embed: ["frame", "src"],
  video: ["media", "src", "poster"],
  audio: ["media", "src"],
  source: ["media", "src"],
  track: ["media", "src"],
};

/** Takes the addresses out of one mail's html, and remembers them. */
export class Disarmer {
  readonly links: MailLink[] = [];
  /** What is not shown at all, in words for a reader. */
  readonly leftOut = new Set<string>();
  readonly #blocked = new BlockedItems();
  readonly #images: InlineImages;
  /** Newsletters say the same style again and again. */
  readonly #declarations = new Map<string, string>();

  constructor(images: InlineImages) {
    this.#images = images;
  }

  get blocked(): BlockedItem[] {
    return this.#blocked.list();
  }

  /**
   * Changes the tree: pictures that came with the mail become `data:` urls, others an empty one,
   * links lose their address, styles what they would load. Elements that must go altogether are
   * only counted: the allow-list removes them.
   */
  disarm(tree: Root): void {
    visit(tree, "element", (element, _, parent) => {
      this.#disarmElement(element, parent?.type === "element" && parent.tagName === "head");
      return element.tagName === "style" ? SKIP : undefined;
    });
  }

  #disarmElement(element: Element, inHead: boolean): void {
    const { tagName, properties } = element;
    const style = text(properties["style"]);
    const [kind, ...attributes] = (Object.hasOwn(LOADED_BY, tagName) && LOADED_BY[tagName]) || [];
    if (kind !== undefined) for (const name of attributes) this.#block(kind, properties[name]);
    this.#blockCandidates(properties["srcSet"]);
    if (tagName === "a" || tagName === "area" || tagName === "form") this.#takeLink(element);
    else if (tagName === "img" || tagName === "input") this.#disarmPicture(element, style);
    else if (tagName === "style") this.#disarmStyle(element);
    else if (tagName === "link") this.#blockLinked(element);
    else if (tagName === "meta") {
      this.#block("page", /url\s*=\s*['"]?([^'"]+)/i.exec(text(properties["content"]) ?? "")?.[1]);
    }
    const background = text(properties["background"]);
    if (background !== undefined) properties["background"] = this.#resolve(background, "image");
    if (style !== undefined) properties["style"] = this.#disarmDeclarations(style);
    const media = text(properties["media"]);
    if (media !== undefined) properties["media"] = lightOnly(media);
    const unseen = leftOut(element);
    if (unseen !== undefined) this.leftOut.add(unseen);
    if (properties["dataBlocked"] === "")
      properties["style"] = [text(properties["style"]), READABLE].filter(Boolean).join(";");
    // A head holds no boxes: what is in there is only unwrapped.
    if (!inHead) standIn(element);
  }

  #takeLink(element: Element): void {
    const { tagName, properties } = element;
    const address = text(properties[tagName === "form" ? "action" : "href"])?.trim() ?? "";
    const inSvg = text(properties["xLinkHref"])?.trim() ?? "";
    if (address + inSvg === "") return;
    this.links.push(
      mailLink(tagName === "form" ? "form" : "html", address || inSvg, words(element)),
    );
    if (tagName !== "a") return;
    properties["dataHref"] = address;
    properties["title"] = address;
  }

  #disarmPicture({ properties }: Element, style = ""): void {
    delete properties["dataBlocked"];
    const address = text(properties["src"]) ?? "";
    if (address === "") return;
    const image = this.#images.resolve(address.trim());
    properties["src"] = image ?? NO_PICTURE;
    if (image !== undefined) return;
    const tracks = looksLikeTracking(properties["width"], properties["height"], style);
    this.#blocked.add("image", address, tracks);
    if (!tracks) properties["dataBlocked"] = "";
  }

  #disarmStyle(element: Element): void {
    const css = element.children.map((node) => (node.type === "text" ? node.value : "")).join("");
    element.children = [{ type: "text", value: safeStylesheet(css, this.#resolve) }];
  }

  #disarmDeclarations(style: string): string {
    let safe = this.#declarations.get(style);
    if (safe === undefined)
      this.#declarations.set(style, (safe = safeDeclarations(style, this.#resolve)));
    return safe;
  }

  #blockLinked({ properties }: Element): void {
    const relation = list(properties["rel"]);
    if (!LOADING_RELATION.test(relation)) return;
    this.#block(/stylesheet/i.test(relation) ? "style" : "other", properties["href"]);
  }

  #blockCandidates(candidates: unknown): void {
    for (const candidate of list(candidates).split(/,\s/))
      this.#block("image", candidate.trim().split(/\s/)[0]);
  }

  #block(kind: BlockedItem["kind"], address: unknown): void {
    this.#blocked.add(kind, text(address) ?? "");
  }

  readonly #resolve: ResolveAddress = (address, kind) => {
    const image = kind === "image" ? this.#images.resolve(address.trim()) : undefined;
    if (image === undefined) this.#blocked.add(kind, address);
    return image;
  };
}

function looksLikeTracking(width: unknown, height: unknown, style: string): boolean {
  const tiny = (size: unknown, name: string) => {
    const styled = new RegExp(String.raw`(?:^|[;\s])${name}\s*:\s*([\d.]+)px`, "i").exec(
      style,
    )?.[1];
    return Number.parseFloat(styled ?? text(size) ?? "") <= 2;
  };
  const hidden =
    /(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d]))/i;
  return (tiny(width, "width") && tiny(height, "height")) || hidden.test(style);
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
