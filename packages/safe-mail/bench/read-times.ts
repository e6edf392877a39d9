import { readMail } from "@np6-archives/safe-mail";
// How long it takes to read a mail of 100 kB: newsletters, and a mail with a file.
import { html, mailSource } from "@np6-archives/test-mails/mail-source";
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";

const ROUNDS = 60;

const row =
  '<tr><td style="padding:16px;font:16px Arial;color:#333"><a href="https://shop.example/offer">An offer</a> that ends on <b>Friday</b>.</td></tr>';
const offer = (at: number) =>
  `<table width="100%" cellpadding="0" cellspacing="0" border="0" role="presentation" style="border-collapse:collapse"><tr><td align="center" style="padding:${at % 9}px 12px;font-family:Arial,sans-serif;color:#333"><a href="https://shop.example/offer?id=${at}" style="color:#06c"><img src="https://img.example/${at}.png" width="200" height="90" alt="Offer ${at}" style="display:block;border:0"></a>Ends on <b>Friday</b></td></tr></table>`;
const words = "An offer that ends on Friday: https://shop.example/offer\r\n";
const plain = (length: number) => ({
  headers: ["Content-Type: text/plain; charset=utf-8"],
  body: words.repeat(length / words.length),
});
const file = {
  headers: [
    "Content-Type: application/pdf",
    "Content-Transfer-Encoding: base64",
    "Content-Disposition: attachment; filename=a.pdf",
  ],
  body: Buffer.alloc(66_000, "PDF").toString("base64").replaceAll(/.{76}/g, "$&\r\n"),
};
const MAILS = {
  newsletter: mailSource(
    "Offers",
    [
      plain(30_000),
      html(`<style>a:hover{color:red}</style><table>${row.repeat(68_000 / row.length)}</table>`),
    ],
    "alternative",
  ),
  "html alone, small cells": mailSource(
    "Offers",
    html(`<table>${row.repeat(100_000 / row.length)}</table>`),
  ),
  "html alone, tables in styles": mailSource(
    "Offers",
    html(Array.from({ length: 100_000 / offer(1).length }, (_, at) => offer(at)).join("")),
  ),
  "text and a file": mailSource("A file", [plain(10_000), file]),
};

const READERS = {
  "safe-mail, its html made safe": (mail: Uint8Array) => readMail(mail),
  mailparser: (mail: Uint8Array) => simpleParser(Buffer.from(mail)),
  "postal-mime": (mail: Uint8Array) => new PostalMime().parse(mail),
};

const rows: Record<string, object> = {};
for (const [kind, mail] of Object.entries(MAILS)) {
  const medians = new Map<string, number>();
  const taken = new Map<string, number[]>(Object.keys(READERS).map((name) => [name, []]));
  // In turns, so that other load on the machine affects all of them alike.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, read] of Object.entries(READERS)) {
      const from = performance.now();
      await read(mail);
      if (round >= ROUNDS / 3) taken.get(name)?.push(performance.now() - from);
    }
  }
  for (const [name, times] of taken)
    medians.set(name, times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0);
  const ours = medians.values().next().value ?? 1;
  for (const [name, median] of medians)
    rows[`${kind} (${(mail.byteLength / 1000).toFixed(0)} kB): ${name}`] = {
      "ms, median": Number(median.toFixed(2)),
      ratio: Number((median / ours).toFixed(2)),
    };
}
console.table(rows);
