import { fate, keepListedAttributes } from "./allow-list.ts";
import { BaseAddress } from "./base-address.ts";
import { BlockedItems } from "./blocked-items.ts";
import type { BlockedItem } from "./blocked-items.ts";
import { attribute, fillWithText, isElement, isText, rename, setAttribute } from "./elements.ts";
import type { Element, Node } from "./elements.ts";
import { TOO_LARGE } from "./inline-images.ts";
import type { ResolvePicture } from "./inline-images.ts";
import { linkWords } from "./link-words.ts";
import { mailLink } from "./mail-links.ts";
import type { MailLink } from "./mail-links.ts";
import { lightOnly, safeDeclarations, safeStylesheet } from "./safe-css.ts";
import type { ResolveAddress } from "./safe-css.ts";
import { isInParagraph, keepParagraph, leftOut, standIn } from "./stand-ins.ts";
import { isHidden, looksLikeTracking } from "./tracking-pixels.ts";

/** An address that loads nothing and draws the alternative text in a box of the picture's size. */
export const NO_PICTURE = "data:,";

/** Makes alternative text readable on any background, whatever the mail's style. */
const READABLE = "background:#f0f0f0!important;color:#333!important";

/** The relations of a `link` element that load something; others (canonical, alternate) only inform. */
const LOADING_RELATION = /stylesheet|icon|preload|prefetch|preconnect|prerender|manifest/i;

/** An svg may have its address in either; in html `xlink:href` has no meaning. */
const REFERENCES = ["href", "xlink:href"];

/** What elements that are not kept would load, and from which attributes. */
const LOADED_BY: ReadonlyMap<string, readonly [BlockedItem["kind"], readonly string[]]> = new Map([
  ["image", ["image", REFERENCES]],
  ["use", ["image", REFERENCES]],
  ["feImage", ["image", REFERENCES]],
  ["script", ["script", ["src", ...REFERENCES]]],
  ["iframe", ["frame", ["src"]]],
  ["frame", ["frame", ["src"]]],
  ["embed", ["frame", ["src"]]],
  ["video", ["media", ["src", "poster"]]],
  ["audio", ["media", ["src"]]],
  ["source", ["media", ["src"]]],
  ["track", ["media", ["src"]]],
]);

/** The attribute with the address to which an element leads. */
const LEADS_BY: ReadonlyMap<string, string> = new Map([
  ["a", "href"],
  ["area", "href"],
  ["form", "action"],
  ["button", "formaction"],
  ["input", "formaction"],
]);

/** Names, for a reader, of things that should be in the mail. */
const NAMES: ReadonlyMap<BlockedItem["kind"], string> = new Map([
  ["image", "A picture"],
  ["style", "A style sheet"],
  ["font", "A font"],
]);

const NOTHING: Node[] = [];

/** Makes the pages of one mail harmless, and remembers what they would have loaded and where they lead. */
export class Disarmer {
  readonly links: MailLink[] = [];
  /** What is not shown at all, in words for a reader. */
  readonly leftOut = new Set<string>();
  hasScript = false;
  readonly #blocked = new BlockedItems();
  readonly #base = new BaseAddress();
  #resolvePicture: ResolvePicture = () => undefined;
  /** A cache, as newsletters repeat the same styles. */
  readonly #declarations = new Map<string, string>();
  #inParagraph = false;
  #inHidden = false;

  get blocked(): BlockedItem[] {
    return this.#blocked.list();
  }

  /**
   * Changes a page and everything in it: pictures that came with the mail become `data:` URLs, others an empty one,
   * links lose their address, styles lose what they would load; then only what is on the allow-list is kept.
   */
  disarm(element: Element, picture: ResolvePicture): void {
    this.#resolvePicture = picture;
    this.#base.forget();
    this.#declarations.clear();
    this.#disarmElement(element, false);
    keepListedAttributes(element);
  }

  #disarmChildren(parent: Element, inHead: boolean): void {
    const { childNodes } = parent;
    let kept: Node[] | undefined;
    for (const [at, node] of childNodes.entries()) {
      const stay = this.#disarmed(node, inHead);
      // Mostly nothing changes, and the list is kept.
      if (kept === undefined && stay !== node) kept = childNodes.slice(0, at);
      if (Array.isArray(stay)) for (const inner of stay) kept?.push(inner);
      else kept?.push(stay);
    }
    if (kept !== undefined) parent.childNodes = kept;
  }

  /** What replaces a node: itself, its contents, or nothing. */
  #disarmed(node: Node, inHead: boolean): Node | Node[] {
    if (isText(node)) return node;
    if (!isElement(node)) return NOTHING;
    this.#disarmElement(node, inHead);
    const becomes = fate(node);
    if (becomes === "kept") keepListedAttributes(node);
    return becomes === "kept" ? node : becomes === "unwrapped" ? node.childNodes : NOTHING;
  }

  #disarmElement(element: Element, inHead: boolean): void {
    const { tagName } = element;
    const inHidden = this.#inHidden;
    // Read before its style is changed.
    const hides = element.attrs.length > 0 && isHidden(element, attribute(element, "style") ?? "");
    if (element.attrs.length > 0) this.#disarmAttributes(element);
    if (tagName === "style") this.#disarmStyle(element);
    this.hasScript ||= tagName === "script";
    const unseen = leftOut(element);
    if (unseen !== undefined) this.leftOut.add(unseen);
    // In the head there are no boxes: elements are only unwrapped.
    if (!inHead) standIn(element);
    if (tagName === "style") return;
    const around = this.#inParagraph;
    if (around) keepParagraph(element);
    this.#inParagraph = isInParagraph(element, around);
    this.#inHidden = inHidden || hides;
    this.#disarmChildren(element, tagName === "head");
    this.#inParagraph = around;
    this.#inHidden = inHidden;
  }

  #disarmAttributes(element: Element): void {
    const { tagName } = element;
    const style = attribute(element, "style");
    // Attributes that only we may set.
    if (element.attrs.some(isOurs)) element.attrs = element.attrs.filter((attr) => !isOurs(attr));
    const loaded = LOADED_BY.get(tagName);
    if (loaded !== undefined) this.#blockLoaded(element, ...loaded);
    const leads = LEADS_BY.get(tagName);
    if (leads !== undefined) this.#takeLink(element, leads);
    if (tagName === "img" || tagName === "input") this.#disarmPicture(element, style);
    else if (tagName === "object") this.#disarmObject(element);
    else if (tagName === "link") this.#blockLinked(element);
    else if (tagName === "meta") this.#blockPage(element);
    else if (tagName === "base") this.#base.take(element);
    this.#blockCandidates(attribute(element, "srcset"));
    const background = attribute(element, "background");
    if (background !== undefined)
      setAttribute(element, "background", this.#resolve(background, "image") ?? "");
    if (style !== undefined) setAttribute(element, "style", this.#disarmDeclarations(style));
    if (attribute(element, "data-blocked") !== undefined) keepBox(element);
    const media = attribute(element, "media");
    if (media !== undefined) setAttribute(element, "media", lightOnly(media));
  }

  #takeLink(element: Element, name: string): void {
    const written = attribute(element, name);
    if (written === undefined) return;
    const address = this.#base.resolve(written);
    // A link that leads nowhere looks like the others.
    if (element.tagName === "a") setAttribute(element, "data-href", address);
    if (address === "") return;
    const place = name === "href" ? "html" : "form";
    this.links.push(mailLink(place, address, linkWords(element), written));
    if (element.tagName === "a") setAttribute(element, "title", address);
  }

  #disarmPicture(element: Element, style = ""): void {
    const address = attribute(element, "src") || candidates(attribute(element, "srcset"))[0] || "";
    if (address === "") return;
    const image = this.#picture(address);
    setAttribute(element, "src", image || NO_PICTURE);
    if (image) return;
    const tracks = looksLikeTracking(element, style, this.#inHidden);
    this.#refuse("image", address, image, tracks);
    if (!tracks) setAttribute(element, "data-blocked", "");
  }

  /** An object that shows a picture of the mail becomes an `img`. */
  #disarmObject(element: Element): void {
    const address = attribute(element, "data") ?? "";
    const image = this.#picture(address);
    if (!image) return this.#refuse("frame", address, image);
    setAttribute(element, "src", image);
    setAttribute(element, "data-was", "object");
    rename(element, "img");
    element.childNodes = [];
  }

  #disarmStyle(element: Element): void {
    const css = element.childNodes.map((node) => (isText(node) ? node.value : "")).join("");
    fillWithText(element, safeStylesheet(css, this.#resolve));
  }

  #disarmDeclarations(style: string): string {
    let safe = this.#declarations.get(style);
    if (safe === undefined)
      this.#declarations.set(style, (safe = safeDeclarations(style, this.#resolve)));
    return safe;
  }

  #blockLoaded(element: Element, kind: BlockedItem["kind"], names: readonly string[]): void {
    for (const { name, value } of element.attrs) if (names.includes(name)) this.#block(kind, value);
  }

  /** A `meta` may redirect to another page after some seconds: `5; url=address`, in which `url=` is optional. */
  #blockPage(element: Element): void {
    if (!/^\s*refresh\s*$/i.test(attribute(element, "http-equiv") ?? "")) return;
    const content = attribute(element, "content") ?? "";
    const named = /url\s*=\s*['"]?([^'"]+)/i.exec(content);
    const found = named ?? /^\s*[\d.]+[\s;,]+['"]?([^'"]+)/.exec(content);
    this.#block("page", found?.[1]);
  }

  #blockLinked(element: Element): void {
    const relation = attribute(element, "rel") ?? "";
    if (!LOADING_RELATION.test(relation)) return;
    const address = attribute(element, "href") ?? "";
    this.#blockCandidates(attribute(element, "imagesrcset"));
    if (/stylesheet/i.test(relation)) this.#refuse("style", address);
    else this.#block("other", address);
  }

  #blockCandidates(srcset = ""): void {
    for (const address of candidates(srcset)) this.#block("image", address);
  }

  #block(kind: BlockedItem["kind"], address = "", tracks = false): void {
    this.#blocked.add(kind, this.#base.resolve(address), tracks);
  }

  /** A picture of the mail may be named as written, or by the resolved address. */
  #picture(address: string): string | undefined {
    const written = address.trim();
    const whole = this.#base.resolve(written);
    const named = this.#resolvePicture(written);
    return named === undefined && whole !== written ? this.#resolvePicture(whole) : named;
  }

  readonly #resolve: ResolveAddress = (address, kind) => {
    const image = kind === "image" ? this.#picture(address) : undefined;
    if (!image) this.#refuse(kind, address, image);
    return image || undefined;
  };

  /**
   * Blocks what would be loaded from elsewhere; what is too large, or should be in the mail, is reported as left out.
   */
  #refuse(kind: BlockedItem["kind"], address: string, image?: string, tracks = false): void {
    if (image === TOO_LARGE) this.leftOut.add("A picture that would make the page too large");
    else if (/^\s*(?:cid:|mid:|data:(?!,))/i.test(address))
      this.leftOut.add(`${NAMES.get(kind) ?? "Something"} that should be in the mail`);
    else this.#block(kind, address, tracks);
  }
}

/**
 * Limits the height of a blocked picture's box: in quirks mode a box without a height in its style becomes a square as
 * wide as the picture.
 */
function keepBox(picture: Element): void {
  const style = attribute(picture, "style") ?? "";
  const height = attribute(picture, "height")?.trim() ?? "";
  const isSaid = /(?:^|[\s;])height\s*:(?!\s*auto)/i.test(style);
  const most = /^\d{1,4}$/.test(height) && !isSaid ? `max-height:${height}px` : "";
  setAttribute(picture, "style", [style, READABLE, most].filter(Boolean).join(";"));
  if (!isSaid && !(Number.parseFloat(height) > 0)) setAttribute(picture, "data-blocked", "low");
}

/** The addresses of a `srcset`, each up to a blank: a comma only ends one as its last character. */
function candidates(srcset = ""): string[] {
  if (srcset === "") return [];
  const found = srcset.matchAll(/([^\s,](?:\S*[^\s,])?)(?:\s[^,]*)?/g);
  return Array.from(found, ([, address = ""]) => address);
}

function isOurs({ name }: { readonly name: string }): boolean {
  return name.startsWith("data-");
}
