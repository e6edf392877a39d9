import { fate, keepListedAttributes } from "./allow-list.ts";
import { BlockedItems } from "./blocked-items.ts";
import type { BlockedItem } from "./blocked-items.ts";
import { attribute, fillWithText, isElement, isText, rename, setAttribute } from "./elements.ts";
import type { Element, Node } from "./elements.ts";
import { TOO_LARGE } from "./inline-images.ts";
import type { ResolvePicture } from "./inline-images.ts";
import { mailLink } from "./mail-links.ts";
import type { MailLink } from "./mail-links.ts";
import { lightOnly, safeDeclarations, safeStylesheet } from "./safe-css.ts";
import type { ResolveAddress } from "./safe-css.ts";
import { isInParagraph, keepParagraph, leftOut, standIn } from "./stand-ins.ts";
import { isHidden, looksLikeTracking } from "./tracking-pixels.ts";

/** An address that loads nothing and draws the alternative text in a box of the picture's size. */
export const NO_PICTURE = "data:,";

/** Alternative text can be read on any ground, whatever the mail says. */
const READABLE = "background:#f0f0f0!important;color:#333!important";

/** The loading relations of a link element; the others (canonical, alternate) only say something. */
const LOADING_RELATION = /stylesheet|icon|preload|prefetch|preconnect|prerender|manifest/i;

/** An address of an svg may stand in either; in html `xlink:href` is a name like any other. */
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

/** In which attribute an element has the address that it leads to. */
const LEADS_BY: ReadonlyMap<string, string> = new Map([
  ["a", "href"],
  ["area", "href"],
  ["form", "action"],
  ["button", "formaction"],
  ["input", "formaction"],
]);

/** What a reader calls what should be in the mail. */
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
  #resolvePicture: ResolvePicture = () => undefined;
  /** What the addresses of the page begin with where they do not say it themselves: the first `base`, as in browsers. */
  #base: string | undefined;
  #lettersOfBase = 0;
  /** Newsletters say the same style again and again. */
  readonly #declarations = new Map<string, string>();
  #inParagraph = false;
  #inHidden = false;

  get blocked(): BlockedItem[] {
    return this.#blocked.list();
  }

  /**
   * Changes a page and all that is in it: pictures that came with the mail become `data:` urls, others an empty one,
   * links lose their address, styles what they would load; then only what the allow-list names is kept.
   */
  disarm(element: Element, picture: ResolvePicture): void {
    this.#resolvePicture = picture;
    this.#base = undefined;
    this.#declarations.clear();
    this.#disarmElement(element, false);
    keepListedAttributes(element);
  }

  #disarmChildren(parent: Element, inHead: boolean): void {
    const { childNodes } = parent;
    let kept: Node[] | undefined;
    for (const [at, node] of childNodes.entries()) {
      const stay = this.#disarmed(node, inHead);
      // Most stay as they are, and so does their list.
      if (kept === undefined && stay !== node) kept = childNodes.slice(0, at);
      if (Array.isArray(stay)) for (const inner of stay) kept?.push(inner);
      else kept?.push(stay);
    }
    if (kept !== undefined) parent.childNodes = kept;
  }

  /** What stands in the place of a node: itself, what is in it, or nothing. */
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
    // Before its style is taken apart.
    const hides = element.attrs.length > 0 && isHidden(element, attribute(element, "style") ?? "");
    if (element.attrs.length > 0) this.#disarmAttributes(element);
    if (tagName === "style") this.#disarmStyle(element);
    this.hasScript ||= tagName === "script";
    const unseen = leftOut(element);
    if (unseen !== undefined) this.leftOut.add(unseen);
    // A head holds no boxes: what is in there is only unwrapped.
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
    // What is only ours to say.
    if (element.attrs.some(isOurs)) element.attrs = element.attrs.filter((attr) => !isOurs(attr));
    const loaded = LOADED_BY.get(tagName);
    if (loaded !== undefined) this.#blockLoaded(element, ...loaded);
    const leads = LEADS_BY.get(tagName);
    if (leads !== undefined) this.#takeLink(element, leads);
    if (tagName === "img" || tagName === "input") this.#disarmPicture(element, style);
    else if (tagName === "object") this.#disarmObject(element);
    else if (tagName === "link") this.#blockLinked(element);
    else if (tagName === "meta") this.#blockPage(element);
    else if (tagName === "base") this.#base ??= baseOf(element);
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
    const address = this.#whole(written);
    // One that leads nowhere looks like the others.
    if (element.tagName === "a") setAttribute(element, "data-href", address);
    if (address === "") return;
    const place = name === "href" ? "html" : "form";
    this.links.push(mailLink(place, address, wordsOf(element), written));
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

  /** An object that is a picture of the mail becomes one. */
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

  /** A `meta` may lead to another page, some seconds later: `5; url=address`, of which `url=` may be left out. */
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
    this.#blocked.add(kind, this.#whole(address), tracks);
  }

  /** A picture of the mail may be named as the page has it, or by where that leads. */
  #picture(address: string): string | undefined {
    const named = this.#resolvePicture(address.trim());
    const whole = this.#base === undefined ? "" : this.#whole(address);
    return named === undefined && whole !== "" ? this.#resolvePicture(whole) : named;
  }

  /** Where an address leads; as it is written where the page says no more, and where it is one within the page. */
  #whole(address: string): string {
    const written = address.trim();
    if (this.#base === undefined || written === "" || written.startsWith("#")) return written;
    if (
      this.#lettersOfBase > MOST_OF_BASE ||
      URL.canParse(written) ||
      !URL.canParse(written, this.#base)
    )
      return written;
    const { href } = new URL(written, this.#base);
    this.#lettersOfBase += href.length;
    return href;
  }

  readonly #resolve: ResolveAddress = (address, kind) => {
    const image = kind === "image" ? this.#picture(address) : undefined;
    if (!image) this.#refuse(kind, address, image);
    return image || undefined;
  };

  /** What would come from elsewhere is blocked; what is too large, or should be in the mail, is left out. */
  #refuse(kind: BlockedItem["kind"], address: string, image?: string, tracks = false): void {
    if (image === TOO_LARGE) this.leftOut.add("A picture that would make the page too large");
    else if (/^\s*(?:cid:|mid:|data:(?!,))/i.test(address))
      this.leftOut.add(`${NAMES.get(kind) ?? "Something"} that should be in the mail`);
    else this.#block(kind, address, tracks);
  }
}

/** How many letters of a mail's addresses may come of a base: each of many short ones becomes longer than it. */
const MOST_OF_BASE = 2_000_000;

/** Of a page that came from the web, where none is longer. */
const BASE = /^https?:.{1,500}$/i;

function baseOf(element: Element): string | undefined {
  const address = attribute(element, "href")?.trim() ?? "";
  return BASE.test(address) && URL.canParse(address) ? address : undefined;
}

/** In quirks mode a box whose style gives it no height becomes a square as wide as the picture. */
function keepBox(picture: Element): void {
  const style = attribute(picture, "style") ?? "";
  const height = attribute(picture, "height")?.trim() ?? "";
  const isSaid = /(?:^|[\s;])height\s*:(?!\s*auto)/i.test(style);
  const most = /^\d{1,4}$/.test(height) && !isSaid ? `max-height:${height}px` : "";
  setAttribute(picture, "style", [style, READABLE, most].filter(Boolean).join(";"));
  if (!isSaid && !(Number.parseFloat(height) > 0)) setAttribute(picture, "data-blocked", "low");
}

/** The addresses of a `srcset`, each up to a blank: a comma ends it only as its last character. */
function candidates(srcset = ""): string[] {
  if (srcset === "") return [];
  const found = srcset.matchAll(/([^\s,](?:\S*[^\s,])?)(?:\s[^,]*)?/g);
  return Array.from(found, ([, address = ""]) => address);
}

function isOurs({ name }: { readonly name: string }): boolean {
  return name.startsWith("data-");
}

/** What carries a link, in words: its text and its pictures' alternative texts. Some elements have nothing in them. */
function wordsOf(element: Element): string {
  const { tagName } = element;
  if (tagName === "area") return attribute(element, "alt") ?? "";
  if (tagName === "input") {
    const shown = attribute(element, "type")?.toLowerCase() === "image" ? "alt" : "value";
    return attribute(element, shown) ?? "";
  }
  return words(element);
}

/** How much of what is in a link is read, in letters and nodes: links may lie in each other. */
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
