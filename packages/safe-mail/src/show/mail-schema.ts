import type { Schema } from "hast-util-sanitize";

/**
 * What may be in a mail as it is shown: layout, text, tables and pictures. Anything not named
 * here goes; of the elements under `strip` the contents go as well.
 */
export const mailSchema: Schema = {
  allowDoctypes: false,
  allowComments: false,
  // Each mail is a document of its own: its ids and names collide with nothing of ours.
  clobber: [],
  tagNames: words(`
    html head body style
    a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del
    details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark
    menu nav nobr ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot
    th thead time tr tt u ul var wbr`),
  strip: words(`
    script title template noembed noframes iframe frame frameset embed param portal svg math source track area input
    select textarea option datalist progress meter base basefont bgsound link meta keygen`),
  attributes: {
    "*": words(`
      id className style title lang dir align vAlign width height bgColor background border borderColor color hidden role
      ariaLabel ariaHidden`),
    a: ["name", "dataHref"],
    br: ["clear"],
    body: ["text", "topMargin", "leftMargin", "marginWidth", "marginHeight"],
    col: ["span"],
    colgroup: ["span"],
    details: ["open"],
    font: ["face", "size"],
    hr: ["size", "noShade"],
    img: ["src", "alt", "hSpace", "vSpace", "dataBlocked"],
    li: ["value", "type"],
    ol: ["start", "type", "reversed"],
    style: ["type", "media"],
    table: ["cellPadding", "cellSpacing", "frame", "rules", "summary"],
    td: ["colSpan", "rowSpan", "noWrap", "abbr", "headers", "scope"],
    th: ["colSpan", "rowSpan", "noWrap", "abbr", "headers", "scope"],
    ul: ["type"],
  },
  protocols: { src: ["data"], background: ["data"] },
};

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
