import { createHash } from "node:crypto";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { body, items, listings } from "./rogue-bodies.ts";
import { firstTime } from "./rogue-flakes.ts";
import { changeArchives } from "./rogue-proxy.ts";
import type { Passing, Rogue } from "./rogue-proxy.ts";

const vendorType = "application/vnd.np6.cm.mail.archive";
const dates = (change: (date: string) => string): Rogue =>
  items((archive) => ({
    ...archive,
    sendingDate: change(archive.sendingDate),
    expiresOn: change(archive.expiresOn),
  }));

function everything(change: (passing: Passing) => void): Rogue {
  return { answer: change };
}

/** A server that knows one archive only, beside the stamp's. */
function onlyOne(): Rogue {
  let single: string | undefined;
  return {
    answer: (passing) =>
      changeArchives(passing, (archives) => {
        single ??= archives.find(({ action }) => action === "00000A")?.id;
        return passing.kind === "stamp" ? archives : archives.filter(({ id }) => id === single);
      }),
  };
}

/** What a server may do without violating or contradicting anything. */
export const legitimate: Record<string, Rogue> = {
  "nothing out of the ordinary": {},
  "more properties": items((archive) => ({ subject: "Hello", ...archive, size: 4711, tags: [] })),
  "properties in another order": items((archive) =>
    Object.fromEntries(Object.entries(archive).toReversed()),
  ),
  "no fraction digits": dates((date) => date.replace(/\.\d+/, "")),
  "one fraction digit": dates((date) => date.replace(/(\.\d)\d*/, "$1")),
  "seven fraction digits": dates((date) =>
    date.replace(
      /(\.\d+)?Z$/,
      (digits) => `${digits.slice(0, -1).padEnd(8, digits === "Z" ? ".0000000" : "0")}Z`,
    ),
  ),
  "t and z in lower case": dates((date) => date.toLowerCase()),
  "+00:00 for Z": dates((date) => date.replace("Z", "+00:00")),
  "a zone that is not UTC": dates((date) =>
    new Date(Date.parse(date) + 7_200_000).toISOString().replace("Z", "+02:00"),
  ),
  "empty lists": body(() => "[]"),
  "an empty list of one operation": listings((passing) => {
    if (passing.kind === "actionTarget") passing.body = Buffer.from("[]");
  }),
  "a single archive": onlyOne(),
  "JSON with white space": body((text) => `\n${JSON.stringify(JSON.parse(text), undefined, 2)}\n`),
  "JSON with escapes": body((text) => text.replaceAll("/", "\\/").replaceAll("&", "\\u0026")),
  "a charset of utf-8": listings((passing) => {
    passing.headers["content-type"] = `${vendorType}; charset=utf-8`;
  }),
  "a quoted charset in upper case": listings((passing) => {
    passing.headers["content-type"] = `${vendorType};charset="UTF-8"`;
  }),
  "the media type in upper case": listings((passing) => {
    passing.headers["content-type"] = vendorType.toUpperCase();
  }),
  "header names in upper case": everything((passing) => {
    passing.headers = Object.fromEntries(
      Object.entries(passing.headers).map(([name, value]) => [name.toUpperCase(), value]),
    );
  }),
  "more headers": everything((passing) => {
    Object.assign(passing.headers, {
      server: "Kestrel",
      "set-cookie": "affinity=1; HttpOnly",
      "strict-transport-security": "max-age=31536000",
      "cache-control": "no-store",
    });
  }),
  "rate-limit headers with a delay": everything((passing) => {
    Object.assign(passing.headers, {
      "x-ratelimit-limit": "100",
      "x-ratelimit-remaining": "42",
      "x-ratelimit-reset": "30",
    });
  }),
  "blanks around the values of headers": everything((passing) => {
    const md5 = createHash("md5").update(passing.body).digest("base64");
    if (passing.kind === "link") passing.headers["content-md5"] = ` ${md5} `;
    passing.headers["x-ratelimit-limit"] = " 100 ";
  }),
  "rate-limit headers with an instant": everything((passing) => {
    passing.headers["x-ratelimit-reset"] = String(Math.floor(Date.now() / 1000) + 30);
  }),
  "no optional headers": everything((passing) => {
    for (const name of Object.keys(passing.headers)) {
      if (name !== "content-type" && name !== "x-request-id") delete passing.headers[name];
    }
  }),
  chunks: everything((passing) => {
    passing.delivery = "chunked";
  }),
  gzip: listings((passing) => {
    passing.headers["content-encoding"] = "gzip";
    passing.body = gzipSync(passing.body);
  }),
  brotli: listings((passing) => {
    passing.headers["content-encoding"] = "br";
    passing.body = brotliCompressSync(passing.body);
  }),
  "problem details with errors": everything((passing) => {
    if (passing.status < 400) return;
    passing.headers["content-type"] = "application/problem+json";
    passing.body = Buffer.from(`{"title":"No","status":${passing.status}}`);
  }),
  "a list of errors": everything((passing) => {
    if (passing.status < 400) return;
    passing.headers["content-type"] = "application/json";
    passing.body = Buffer.from('[{"id":"7f2c","code":"no","target":"X-Key"}]');
  }),
  "a page with errors": everything((passing) => {
    if (passing.status < 400) return;
    passing.headers["content-type"] = "text/html";
    passing.body = Buffer.from("<h1>No</h1>");
  }),
  "429 once, with Retry-After": firstTime("stamp", (passing) => {
    passing.status = 429;
    passing.headers = { "x-request-id": crypto.randomUUID(), "retry-after": "1" };
    passing.body = Buffer.alloc(0);
  }),
  "HEAD refused": everything((passing) => {
    if (passing.method === "HEAD") passing.status = 405;
  }),
  "slow, but in time": everything((passing) => {
    passing.delay = 40;
  }),
  "a mail that is zipped, with the MD5 of that": everything((passing) => {
    if (passing.kind !== "link") return;
    passing.headers["content-encoding"] = "gzip";
    passing.body = gzipSync(passing.body);
    passing.headers["content-md5"] = createHash("md5").update(passing.body).digest("base64");
  }),
  "a mail of a header alone": everything((passing) => {
    if (passing.kind !== "link") return;
    delete passing.headers["content-md5"];
    passing.body = Buffer.from("From: a@example.com\r\nDate: Thu, 5 Feb 2026 09:27:58 +0000\r\n");
  }),
  "a mail as octets": everything((passing) => {
    if (passing.kind === "link") passing.headers["content-type"] = "application/octet-stream";
  }),
};
