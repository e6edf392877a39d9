import type { MailArchive } from "@np6-archives/client";
import type { MailHtml } from "@np6-archives/safe-mail";
import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { OpenedMail } from "../archives/recent-mails.ts";
import { plainText } from "../words/plain-text.ts";
import { blockedOf, notesOf, subjectOf } from "./view.ts";
import type { View } from "./view.ts";

/** The text of a mail that has no html, as a document to print. */
function textAsHtml(text: string): MailHtml {
  const words = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return {
    opening:
      '<!doctype html><html><head><meta charset="utf-8"><meta name="color-scheme" content="only light"></head><body>',
    content: `<pre style="unicode-bidi:plaintext;margin:8px;font:14px/1.5 system-ui,sans-serif;white-space:pre-wrap;overflow-wrap:anywhere">\n${words}</pre>`,
  };
}

/**
 * Keeps the ancestors of the heading in place, so that no margin, filter or rotation of the mail's page can move or
 * hide it. For the body this is stronger than the mail's own `!important`, since it is in the body's shadow tree.
 */
const HELD = `display: block !important; position: static !important; float: none !important; margin: 0 !important;
  width: auto !important; min-width: 0 !important; max-width: none !important; height: auto !important;
  min-height: 0 !important; max-height: none !important; overflow: visible !important; columns: auto !important;
  padding: 0 !important; border: 0 !important; outline: 0 !important; align-content: normal !important;
  justify-items: normal !important; justify-self: normal !important; content: normal !important;
  text-decoration: none !important;
  transform: none !important; translate: none !important; rotate: none !important; scale: none !important;
  offset: none !important; zoom: 1 !important; writing-mode: horizontal-tb !important; opacity: 1 !important;
  visibility: visible !important; content-visibility: visible !important; filter: none !important;
  clip: auto !important; clip-path: none !important; mask: none !important; -webkit-mask-box-image: none !important;
  -webkit-box-reflect: none !important; mix-blend-mode: normal !important; perspective: none !important;
  animation: none !important; contain: none !important;`;

/**
 * Important rules in the first layer beat everything in the mail's style sheets; as the layer has no name, the mail
 * cannot add to it. Its normal rules are the weakest: browsers shrink a page that is up to twice as wide as the paper,
 * and a photo may be wider.
 */
const PAGE_STYLE = `<style>@layer {
  html { ${HELD} }
  /* Scroll bars and markers take room, too; a bar that is not thin can be as wide as the mail wants. */
  html, body { scroll-marker-group: none !important; scrollbar-gutter: auto !important; scrollbar-width: thin !important }
  /* Word gives the page of each mail a name, and where the name changes a new sheet would begin. */
  * { page: auto !important }
  head { display: none !important }
  html::before, html::after { content: none !important }
  html::scroll-button(*), body::scroll-button(*) { content: none !important }
  @media print { :where(img:not([height])) { max-width: 100vw } }
}</style>`;

/**
 * A mail's page for printing, with who wrote what to whom above it, and digests to check a copy by. The heading is in
 * the same document as the mail (only then can a browser split it into sheets), in a shadow tree of the body that also
 * contains the mail, so that the mail can neither style it, cover it nor push it off the sheet.
 */
export async function printPage(
  view: View,
  archive: MailArchive,
  opened: OpenedMail,
  zone: string,
): Promise<string> {
  const { mail } = opened;
  const { opening, content } = mail.html ?? textAsHtml(mail.text);
  const direction = directionOf(opening);
  // A second <html> tag only adds attributes that the first lacks, so the style of the mail's own is ignored.
  const style = direction === undefined ? "" : "direction:ltr";
  const held = opening.replace("<html", `<html style="${style}"><head>${PAGE_STYLE}<html`);
  const heading = await printHeading(view, archive, opened, zone, direction);
  return `${held}${heading}${content}</body></html>`;
}

/**
 * The text direction that the tags of a page declare. The sheet around it runs from left to right, as browsers cut off
 * what is too wide to the left of a right-to-left one.
 */
function directionOf(opening: string): string | undefined {
  const page = opening.slice(opening.indexOf("<html"), opening.indexOf("<head>"));
  const body = opening.slice(opening.lastIndexOf("<body"));
  return SAID_DIRECTION.exec(body)?.[1] ?? SAID_DIRECTION.exec(page)?.[1];
}

const SAID_DIRECTION = /\s(?:dir="|style="(?:[^"]*;)?\s*direction:\s*)(ltr|rtl)\b/i;

function printHeading(
  view: View,
  archive: MailArchive,
  { mail, source, sha256 }: OpenedMail,
  zone: string,
  direction: string | undefined,
): HtmlEscapedString | Promise<HtmlEscapedString> {
  const { t, format } = view;
  const digest = (size: number, hash: string) => `${format.bytes(size)} · SHA-256 ${hash}`;
  const files = mail.attachments.filter(({ inline }) => !inline);
  const lines: [name: string, value: string][] = [
    [t.from, mail.from],
    [t.to, mail.to],
    [t.cc, mail.cc],
    [t.sent, format.dateTime(archive.sendingDate, zone)],
    [t.dated, format.dateTime(mail.date, zone)],
    [t.archive, `${archive.id} · ${t.action} ${archive.action} · ${t.target} ${archive.target}`],
    [t.tabSource, sha256 === undefined ? "" : digest(source.byteLength, sha256)],
  ];
  const problem = mail.problem === undefined ? "" : t.problems[mail.problem];
  const sentences = [problem, blockedOf(view, mail), ...notesOf(view, mail)];
  return html`<title>${subjectOf(view, mail)}</title>
    <template shadowrootmode="open"
      ><style>
        :host {
          ${raw(HELD)} ${direction === undefined ? "" : "direction: ltr !important;"}
        }
        :host::before,
        :host::after {
          content: none !important;
        }
        header {
          all: initial;
          /* In a grid, the first line is not a part of the first line of the body, which a mail may style. */
          display: grid;
          grid-template-columns: minmax(0, 1fr);
          padding: 12px 16px;
          color-scheme: light;
          background: #fff;
          color: #1c2330;
          border-bottom: 2px solid #1c2330;
          font:
            14px/1.5 system-ui,
            sans-serif;
          direction: ltr;
        }
        h1,
        dd {
          unicode-bidi: plaintext;
          overflow-wrap: anywhere;
        }
        h1 {
          margin: 0 0 8px;
          font-size: 18px;
        }
        dl {
          display: grid;
          grid-template-columns: max-content 1fr;
          gap: 2px 12px;
          margin: 0;
        }
        dt {
          color: #515b6b;
        }
        dd {
          grid-column: 2;
          margin: 0;
        }
        p {
          margin: 4px 0 0;
        }
        main {
          box-sizing: border-box;
          width: fit-content;
          min-width: 100%;
          padding: 16px 8px 8px;
          contain: paint;
          direction: ${direction ?? "inherit"};
        }
      </style
      ><header lang="${view.language}">
        <h1>${subjectOf(view, mail)}</h1>
        <dl>
          ${lines
            .filter(([, value]) => value !== "")
            .map(
              ([name, value]) =>
                html`<dt>${name}</dt>
                  <dd>${plainText(value)}</dd>`,
            )}
          ${files.length > 0 && html`<dt>${t.attachments}</dt>`}
          ${files.map(
            (file) =>
              html`<dd>
                <bdi dir="ltr">${file.safeName}</bdi> · ${digest(file.size, file.sha256)}
              </dd>`,
          )}
        </dl>
        ${sentences
          .filter((sentence) => sentence !== "")
          .map((sentence) => html`<p>${sentence}</p>`)}
      </header>
      <main><slot></slot></main
    ></template>`;
}
