import type { MailArchive } from "@np6-archives/client";
import type { MailHtml, SafeMail } from "@np6-archives/safe-mail";
import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import { plainText } from "../words/plain-text.ts";
import { subjectOf } from "./view.ts";
import type { View } from "./view.ts";

/** The text of a mail that has no html, as a document to print. */
export function textAsHtml(text: string): MailHtml {
  const words = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return {
    opening:
      '<!doctype html><html><head><meta charset="utf-8"><meta name="color-scheme" content="only light"></head><body style="margin:0">',
    content: `<pre style="margin:16px;font:14px/1.5 system-ui,sans-serif;white-space:pre-wrap;overflow-wrap:anywhere">\n${words}</pre>`,
  };
}

/**
 * Who wrote what to whom, to stand above a mail that is printed. It sits in the same document as
 * the mail (only so does a browser divide it into sheets), in a shadow tree and under inline
 * `!important`, so that the mail's own style does not reach it.
 */
export function printHeading(
  view: View,
  archive: MailArchive,
  mail: SafeMail,
  zone: string,
): HtmlEscapedString | Promise<HtmlEscapedString> {
  const { t, format } = view;
  const lines: [string, string][] = [
    [t.from, mail.from],
    [t.to, mail.to],
    [t.cc, mail.cc],
    [t.sent, format.dateTime(archive.sendingDate, zone)],
    [t.dated, Number.isNaN(Date.parse(mail.date)) ? mail.date : format.dateTime(mail.date, zone)],
    [t.archive, `${archive.id} · ${t.action} ${archive.action} · ${t.target} ${archive.target}`],
  ];
  const kept = "all:initial!important;display:block!important;position:relative!important";
  return html`<title>${subjectOf(view, mail)}</title>
    <div lang="${view.language}" style="${kept}">
      <template shadowrootmode="open"
        ><style>
          :host {
            color-scheme: light;
          }
          header {
            margin: 0 0 16px;
            padding: 12px 16px;
            background: #fff;
            color: #1c2330;
            border-bottom: 2px solid #1c2330;
            font:
              14px/1.5 system-ui,
              sans-serif;
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
            margin: 0;
            overflow-wrap: anywhere;
          }
        </style
        ><header>
          <h1>${subjectOf(view, mail)}</h1>
          <dl>
            ${lines
              .filter(([, value]) => value !== "")
              .map(
                ([name, value]) =>
                  html`<dt>${name}</dt>
                    <dd>${plainText(value)}</dd>`,
              )}
          </dl>
        </header></template
      >
    </div>`;
}
