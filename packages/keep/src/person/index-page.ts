import type { MailReader } from "@np6-archives/safe-mail";
import { bytesOf } from "../store/store.ts";
import { plural } from "../words/plural.ts";
import type { BagMail } from "./bag-contents.ts";
import { NO_PROOF } from "./statement.ts";

/** A larger mail is in the bag, but not shown on the page. Bytes. */
const MOST_BYTES = 30_000_000;

/** Nothing on the page can reach another machine. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

const STYLE = `body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
article{border-top:1px solid #767676;padding:1rem 0}h2{margin:0;font-size:1.1rem;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:max-content 1fr;gap:0 1rem;margin:.5rem 0}dd{margin:0;overflow-wrap:anywhere}
iframe{width:100%;height:40rem;border:1px solid #767676}pre{white-space:pre-wrap;overflow-wrap:anywhere}`;

/** The page, a mail at a time. */
export async function* indexPage(
  bytes: (mail: BagMail) => AsyncIterable<Uint8Array>,
  mails: readonly BagMail[],
  targets: readonly string[],
): AsyncGenerator<Uint8Array> {
  const title = `Archived mails of ${targets.join(", ")}`;
  yield Buffer.from(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<h1>${escaped(title)}</h1>
<p>${plural(mails.length, "mail")}. <a href="statement.txt">Statement</a>, <a href="index.csv">table</a>, <a href="gaps.csv">what could not be had</a>.</p>
<p>${escaped(NO_PROOF)}</p>
`);
  // Imported only here: loading it takes most of a command's start, and only this command needs it.
  const { createMailReader } = await import("@np6-archives/safe-mail");
  const reader = createMailReader();
  try {
    for (const mail of mails) yield Buffer.from(await article(mail, reader, bytes));
  } finally {
    await reader.close();
  }
}

async function article(
  mail: BagMail,
  reader: MailReader,
  bytes: (mail: BagMail) => AsyncIterable<Uint8Array>,
): Promise<string> {
  const file = `mails/${encodeURIComponent(mail.name)}`;
  const facts = (rows: [string, string][]) =>
    `<dl>${rows.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`).join("")}</dl>`;
  const size = mail.bytes ?? 0;
  const link = `<p><a href="${escaped(file)}">The mail as it was sent</a>, ${plural(size, "byte")}</p>`;
  const about: [string, string][] = [
    ["Sent", mail.sendingDate],
    ["Action", mail.action],
    ["Archive", mail.id],
  ];
  if (size > MOST_BYTES) {
    return `<article><h2>A mail too big to be shown</h2>${facts(about)}${link}</article>\n`;
  }
  const read = await reader.read(await bytesOf(bytes(mail)));
  const { subject, from, to, html, text, attachments, problem } = read;
  about.push(["From", from], ["To", to]);
  for (const each of attachments) {
    about.push(["Attachment", `${each.name}, ${each.type}, ${plural(each.size, "byte")}`]);
  }
  if (problem !== undefined) about.push(["Not all is shown", problem]);
  const body = html
    ? `<details><summary>Show</summary><iframe sandbox title="The mail" loading="lazy" srcdoc="${escaped(html.opening + html.content)}"></iframe></details>`
    : `<details><summary>Show</summary><pre>${escaped(text)}</pre></details>`;
  return `<article><h2>${escaped(subject || "(no subject)")}</h2>${facts(about)}${link}${body}</article>\n`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
