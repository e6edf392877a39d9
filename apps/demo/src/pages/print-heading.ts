import type { MailArchive } from "@np6-archives/client";
import type { SafeMail } from "@np6-archives/safe-mail";
import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { View } from "./view.ts";

/**
 * Who wrote what to whom, to stand above a mail that is printed. It sits in the same document as
 * the mail (only so does a browser divide it into sheets), in a shadow tree and under inline
 * `!important`, so that the mail's own style does not reach it.
 */
export function printHeading(
  view: View,
  archive: MailArchive,
  mail: SafeMail,
): HtmlEscapedString | Promise<HtmlEscapedString> {
  const { t, format } = view;
  const lines: [string, string][] = [
    [t.from, mail.from],
    [t.to, mail.to],
    [t.cc, mail.cc],
    [t.sent, format.dateTime(archive.sendingDate)],
    [t.archive, `${archive.id} · ${t.action} ${archive.action} · ${t.target} ${archive.target}`],
  ];
  const kept = "all:initial!important;display:block!important;position:relative!important";
  return html`<title>${mail.subject || t.noSubject}</title>
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
          <h1>${mail.subject || t.noSubject}</h1>
          <dl>
            ${lines
              .filter(([, value]) => value !== "")
              .map(
                ([name, value]) =>
                  html`<dt>${name}</dt>
                    <dd>${value}</dd>`,
              )}
          </dl>
        </header></template
      >
    </div>`;
}
