import type { Schema } from "hast-util-sanitize";

/**
 * What may be in a mail as it is shown: layout, text, tables and pictures. The elements under `strip` go with their
 * contents; for any other there is a stand-in.
 */
export const mailSchema: Schema = {
  allowDoctypes: false,
  allowComments: false,
  // Each mail is a document of its own: its ids and names collide with nothing of ours.
  clobber: [],
  tagNames: words(`
    html head body style
    a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del
    details dfn dir div dl dt em fieldset figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd label legend li main mark
    menu nav nobr ol p pre q rp rt ruby s samp section small span strike strong sub summary sup table tbody td tfoot
    th thead time tr tt u ul var wbr`),
  strip: words(`
    script title base basefont bgsound keygen link meta template noembed noframes iframe frame frameset embed applet param
    portal svg math canvas video audio source track map area option datalist progress meter`),
  attributes: {
    "*": words(`
      id className style title lang dir align vAlign width height bgColor background border color hidden role
      borderColor ariaLabel ariaHidden dataWas`),
    a: ["name", "dataHref"],
    body: ["text", "topMargin", "leftMargin", "marginWidth", "marginHeight"],
    br: ["clear"],
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
