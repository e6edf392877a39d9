import type { MailArchive } from "@np6-archives/client";
import { changeArchives, isListing } from "./rogue-proxy.ts";
import type { Passing, Rogue } from "./rogue-proxy.ts";

const vendorType = "application/vnd.np6.cm.mail.archive";

/** Changes the items of every listing that is not empty. */
export function items(change: (archive: MailArchive, index: number) => unknown): Rogue {
  return {
    answer: (passing) =>
      changeArchives(passing, (archives) =>
        archives.map((archive, index) => change(archive, index) ?? archive),
      ),
  };
}

/** Changes every successful listing as a whole. */
export function listings(change: (passing: Passing) => void): Rogue {
  return {
    answer: (passing) => {
      if (passing.status === 200 && isListing(passing)) change(passing);
    },
  };
}

export function body(change: (text: string) => string | Buffer): Rogue {
  return listings((passing) => {
    passing.body = Buffer.from(change(passing.body.toString()) as string);
  });
}

function mediaType(value: string | undefined): Rogue {
  return listings((passing) => {
    if (value === undefined) delete passing.headers["content-type"];
    else passing.headers["content-type"] = value;
  });
}

const without = (name: keyof MailArchive): Rogue =>
  items(({ [name]: _left, ...rest }: MailArchive) => rest);
const withProperty = (name: keyof MailArchive, change: (old: string) => unknown): Rogue =>
  items((archive) => ({ ...archive, [name]: change(archive[name]) }));
const html = "<!doctype html><title>Down for maintenance</title><p>We are back soon.</p>";

/** Bodies and media types that break what is documented. */
export const brokenBodies: Record<string, Rogue> = {
  "id missing": without("id"),
  "action missing": without("action"),
  "target missing": without("target"),
  "sendingDate missing": without("sendingDate"),
  "url missing": without("url"),
  "expiresOn missing": without("expiresOn"),
  "expiresOn missing in the last item alone": {
    answer: (passing) =>
      changeArchives(passing, (archives) => {
        delete (archives.at(-1) as Partial<MailArchive> | undefined)?.expiresOn;
      }),
  },
  "url renamed to link": items(({ url, ...rest }) => ({ ...rest, link: url })),
  "names in Pascal case": items((archive) =>
    Object.fromEntries(
      Object.entries(archive).map(([name, value]) => [
        name[0]!.toUpperCase() + name.slice(1),
        value,
      ]),
    ),
  ),
  "names in snake case": items(({ sendingDate, expiresOn, ...rest }) => ({
    ...rest,
    sending_date: sendingDate,
    expires_on: expiresOn,
  })),
  "null for the action": withProperty("action", () => null),
  "null for a link that is not there": withProperty("url", () => null),
  "a number for the id": withProperty("id", (_old) => 4711),
  "a number for the target": withProperty("target", () => 123),
  "an object for the link": withProperty("url", (href) => ({ href })),
  "an array for the action": withProperty("action", (old) => [old]),
  "true for the id": withProperty("id", () => true),
  "a date without a zone": withProperty("sendingDate", (old) => old.replace(/Z$/, "")),
  "a date alone": withProperty("sendingDate", (old) => old.slice(0, 10)),
  "a date with a space": withProperty("expiresOn", (old) => old.replace("T", " ")),
  "a zone without a colon": withProperty("expiresOn", (old) => old.replace("Z", "+0000")),
  "a day that does not exist": withProperty("expiresOn", (old) => `2026-02-30${old.slice(10)}`),
  "a date as epoch seconds": withProperty("sendingDate", (old) => Date.parse(old) / 1000),
  "a date as epoch text": withProperty("sendingDate", (old) => String(Date.parse(old))),
  "a date as .NET writes it": withProperty("sendingDate", (old) => `/Date(${Date.parse(old)})/`),
  "a date in local writing": withProperty("sendingDate", () => "05/02/2026 09:27:58"),
  "the epoch for a date": withProperty("sendingDate", () => "1970-01-01T00:00:00Z"),
  "year one for a date": withProperty("sendingDate", () => "0001-01-01T00:00:00Z"),
  "a sending date in the future": withProperty("sendingDate", () => "2099-01-01T00:00:00Z"),
  "expiresOn before sendingDate": items((archive) => ({
    ...archive,
    expiresOn: new Date(Date.parse(archive.sendingDate) - 86_400_000).toISOString(),
  })),
  "JSON's own media type": mediaType("application/json"),
  "the suffix +json": mediaType(`${vendorType}+json`),
  "a version in the media type": mediaType("application/vnd.np6.cm.mail.archive.v2"),
  "plain text for the media type": mediaType("text/plain; charset=utf-8"),
  "no media type": mediaType(undefined),
  "a malformed media type": mediaType("vnd.np6.cm.mail.archive"),
  "a charset that JSON does not have": mediaType(`${vendorType}; charset=iso-8859-1`),
  "UTF-16": body((text) => Buffer.from(text, "utf16le")),
  "a byte order mark": body((text) => `\uFEFF${text}`),
  "Latin-1 bytes": body((text) =>
    Buffer.from(text.replace(/"action":"/g, '"action":"\u00E9'), "latin1"),
  ),
  "an object around the list": body((text) => `{"items":${text}}`),
  "an object for the list": body((text) =>
    JSON.stringify((JSON.parse(text) as unknown[])[0] ?? {}),
  ),
  "an object keyed by index": body((text) => JSON.stringify({ ...(JSON.parse(text) as object) })),
  "a list in a list": body((text) => `[${text}]`),
  "null for the list": body(() => "null"),
  "null in the list": body((text) => text.replace(/^\[/, text === "[]" ? "[null" : "[null,")),
  "JSON in a string": body((text) => JSON.stringify(text)),
  "no body": body(() => ""),
  "half a body": body((text) => text.slice(0, text.length / 2)),
  "a comma too many": body((text) => text.replace(/\]$/, ",]")),
  "a line for each item": body((text) =>
    (JSON.parse(text) as unknown[]).map((item) => JSON.stringify(item)).join("\n"),
  ),
  "a guard before the JSON": body((text) => `)]}',\n${text}`),
  XML: body(() => `<?xml version="1.0"?><archives/>`),
  "a page with status 200": listings((passing) => {
    passing.headers["content-type"] = "text/html";
    passing.body = Buffer.from(html);
  }),
  "a page under the vendor's type": body(() => html),
  "an error in a 200": body(() => `{"error":"database unavailable"}`),
  "gzip that is none": listings((passing) => {
    passing.headers["content-encoding"] = "gzip";
  }),
};
