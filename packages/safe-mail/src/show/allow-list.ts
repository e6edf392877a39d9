import { html } from "parse5";
import type { Element } from "./elements.ts";

/** The elements that a shown mail may have: layout, text, tables and pictures. */
const KEPT = words(`
  html head body style
  a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del
  details dfn dir div dl dt em fieldset figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd label
  legend li main mark menu nav nobr ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table
  tbody td tfoot th thead time tr tt u ul var wbr`);

/** Elements that are removed with their contents; any other is replaced by a stand-in. */
const STRIPPED = words(`
  script title base basefont bgsound keygen link meta template noembed noframes iframe frame frameset embed param
  portal svg math canvas video audio source track area option datalist`);

const KEPT_ATTRIBUTES = words(`
  id class style title lang dir align valign width height bgcolor background border color hidden role bordercolor
  aria-label aria-hidden data-was`);

const CELL = words("colspan rowspan nowrap abbr headers scope");

/**
 * Some have no effect here, such as a `target` on a link without an address or a `type` on a span, but style sheets
 * select by them.
 */
const KEPT_ATTRIBUTES_OF: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["a", words("name data-href target")],
  ["body", words("text topmargin leftmargin marginwidth marginheight")],
  ["br", words("clear")],
  ["col", words("span")],
  ["colgroup", words("span")],
  ["details", words("open")],
  ["font", words("face size")],
  ["hr", words("size noshade")],
  ["img", words("src alt hspace vspace data-blocked")],
  ["li", words("value type")],
  ["ol", words("start type reversed")],
  ["span", words("type")],
  ["style", words("type media")],
  ["table", words("cellpadding cellspacing frame rules summary")],
  ["td", CELL],
  ["th", CELL],
  ["ul", words("type")],
]);

/** Attributes with an address: it may stay only if it is a `data:` URL, which loads nothing. */
const ADDRESSES = words("src background");

/**
 * What happens to an element: it is kept, it is removed with its contents, or it is replaced by its contents. What is
 * not html (a drawing, a formula) is always removed.
 */
export function fate({ tagName, namespaceURI }: Element): "kept" | "stripped" | "unwrapped" {
  if (namespaceURI !== html.NS.HTML || STRIPPED.has(tagName)) return "stripped";
  return KEPT.has(tagName) ? "kept" : "unwrapped";
}

/** Whether an element has a stand-in, which style sheets must select in its place. */
export function hasStandIn(tagName: string): boolean {
  return !KEPT.has(tagName) && !STRIPPED.has(tagName);
}

/** Removes every attribute that is not on the list, or that still has an address. */
export function keepListedAttributes(element: Element): void {
  if (element.attrs.length === 0) return;
  const own = KEPT_ATTRIBUTES_OF.get(element.tagName);
  element.attrs = element.attrs.filter(
    ({ name, value, prefix }) =>
      !prefix &&
      (KEPT_ATTRIBUTES.has(name) || own?.has(name) === true) &&
      (!ADDRESSES.has(name) || value.startsWith("data:")),
  );
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
