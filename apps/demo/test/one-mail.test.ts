import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ArchivesClient } from "@np6-archives/client";
import { unreadableMail } from "@np6-archives/safe-mail";
import type { SafeMail } from "@np6-archives/safe-mail";
import { html, mailSource } from "@np6-archives/test-mails/mail-source";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { mailFileName } from "../src/archives/mail-file-name.ts";
import { drawnWidth } from "../src/pages/mail-width.ts";
import { createViewer } from "../src/web/app.tsx";
import { startViewer } from "./viewer.ts";
import type { TestViewer } from "./viewer.ts";

const TARGET = "by=target&target=000T123";
const MAILS = {
  "a.eml": mailSource("Été: 1/2 \u202Egpj.exe", [
    html("<p>hello</p>"),
    {
      headers: [
        "Content-Type: text/plain",
        `Content-Disposition: attachment; filename*=UTF-8''${encodeURIComponent("../a\u202Efdp\r\n.exe")}`,
      ],
      body: "x",
    },
  ]),
  "b.eml": mailSource("Only words", { headers: [], body: "<b>words</b> & more" }),
};

let viewer: TestViewer;
let mails: string[];
beforeAll(async () => {
  viewer = await startViewer({ mails: MAILS });
  const found = await viewer.mailsOf(TARGET);
  const pages = await Promise.all(found.map(async (mail) => (await viewer.get(mail)).text));
  mails = ["hello.txt", "Only words"].map(
    (_, index) =>
      found[pages.findIndex((text) => text.includes("<iframe") === (index === 0))] ?? "",
  );
});
beforeEach(() => viewer.mock.reset());
afterAll(() => viewer.close());

const page = (index: number, name: string) => (mails[index] ?? "").replace("mail?", `${name}?`);
const storageAsked = () => viewer.mock.journal().filter(({ origin }) => origin === "blob").length;

describe("a download is named", () => {
  const archive = { id: "the-id", sendingDate: "2026-02-05T23:30:00Z" } as never;
  test.each([
    ["Hello", "UTC", "2026-02-05 Hello.eml"],
    ["Hello", "Europe/Paris", "2026-02-06 Hello.eml"],
    ["", "UTC", "2026-02-05 the-id.eml"],
    ["../../etc\r\nX: y\u202Egpj", "UTC", "2026-02-05 etc X ygpj.eml"],
    ["é".repeat(200), "UTC", `2026-02-05 ${"é".repeat(80)}.eml`],
  ])("after date and subject: %j in %s", (subject, zone, name) => {
    expect(mailFileName(archive, subject, zone)).toBe(name);
  });

  test("in the time zone of the page, even in its header", async () => {
    for (const zone of ["Pacific/Kiritimati", "Pacific/Pago_Pago"]) {
      const { headers } = await viewer.get(`${page(1, "download")}&in=${zone}`);
      const sent = viewer.mock.dataset.archives.find(({ id }) => mails[1]?.includes(id));
      const day = new Intl.DateTimeFormat("sv", { timeZone: zone }).format(
        new Date(sent?.sendingDate ?? ""),
      );
      expect(headers.get("content-disposition")).toContain(`filename="${day} Only words.eml"`);
    }
  });
});

test.each(["mail", "head", "frame", "print", "attachment", "download"])(
  "HEAD of %s makes no request to the storage",
  async (name) => {
    // A fresh viewer has no mail cached.
    const fresh = await startViewer({ mails: MAILS });
    const [mail = ""] = await fresh.mailsOf(TARGET);
    const address = new URL(mail.replace("mail?", `${name}?`), fresh.url);
    const answer = await fetch(address, { method: "HEAD" });
    expect(answer.status).toBe(200);
    expect(fresh.mock.journal().filter(({ origin }) => origin === "blob")).toEqual([]);
    address.searchParams.set("id", "none");
    expect((await fetch(address, { method: "HEAD" })).status).toBe(404);
    await fresh.close();
  },
);

test("attachments are listed above the mail, by harmless names", async () => {
  for (const tab of ["mail", "text"]) {
    const { text, words } = await viewer.get(`${mails[0]}&tab=${tab}`);
    const mailAt = text.search(/<iframe|<pre|class="nothing"/);
    expect(text.indexOf('href="#attachments"')).toBeGreaterThan(0);
    expect(text.indexOf('href="#attachments"')).toBeLessThan(mailAt);
    expect(words).toContain("1 attachment, 1 byte");
    expect(text).not.toMatch(/\u202E|\.\.\/a/);
  }
  expect((await viewer.get(`${mails[0]}&tab=parts`)).text).not.toContain("\u202E");
  const { headers } = await viewer.get(`${page(0, "attachment")}&part=0`);
  expect(headers.get("content-disposition")).not.toMatch(/%E2%80%AE|%2F|%0D|%0A|\.\./i);
});

test("the ids can be copied", async () => {
  const { text } = await viewer.get(mails[0] ?? "");
  const id = new URLSearchParams(mails[0]?.split("?")[1]).get("id") ?? "";
  expect(text).toContain(`data-copy="${id}"`);
  viewer.mock.inject({ fault: "status=503" });
  expect((await viewer.get(`?${TARGET}`)).text).toMatch(/data-copy="[\w-]{8,}"/);
});

test("a text-only mail has a print view, with both dates in the time zone of the page", async () => {
  const { status, text, words } = await viewer.get(`${page(1, "print")}&in=Europe/Paris`);
  expect(status).toBe(200);
  expect(text).toContain("&lt;b>words&lt;/b> &amp; more");
  expect(words).toMatch(/Sent \d+ \w+ \d{4}, [\d:]+ CES?T/);
  expect((await viewer.get(page(1, "print"))).words).toMatch(/Sent \d+ \w+ \d{4}, [\d:]+ UTC/);
  const sent = mailSource("x", html("x")).toString();
  const date = new Date(/^Date: (.*)$/m.exec(sent)?.[1] ?? "");
  const local = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone: "Asia/Tokyo" });
  const print = await viewer.get(`${page(0, "print")}&in=Asia/Tokyo`);
  expect(print.words).toMatch(new RegExp(`Dated \\d+ \\w+ \\d{4}, ${local.format(date)} GMT\\+9`));
});

test.each([
  ["<p>fluid</p>", undefined],
  ['<table width="600"><tr><td>x</table>', 640],
  ['<div style="width: 700px">x</div>', 720],
  ['<div style="max-width:600px">x</div>', undefined],
  ['<table width="100%"><tr><td width="24">x</table>', undefined],
  ['<img width="1200" style="width:100%;max-width:600px;height:auto">', undefined],
  ['<table width="600" style="max-width:600px"><tr><td>x</table>', 640],
  ["<style>@media (min-width:900px){.a{top:0}.w{width:1200px}}</style><p>x", undefined],
  ['<div style="min-width:1200px">x</div>', 1280],
  ['<div style="width:1600px"><div style="width:1601px">x</div></div>', 1680],
])("the width fixed by %s is %s, and the style sheet supports it", async (content, width) => {
  expect(drawnWidth({ opening: "", content })).toBe(width);
  const { text } = await viewer.get("assets/viewer.css");
  if (width !== undefined) expect(text).toContain(`.fit-${width} {`);
});

// So long that quadratic time would be hours.
test.each([
  ["blocks that never begin", "@media", undefined],
  ["a block that never ends", "@media{a{}", undefined],
  ["blocks within blocks", "@media{", undefined],
  ["rules of one block", "{}", undefined],
  ["tags within tags", "<a", undefined],
  ["widths in a tag that never ends", " width:", undefined],
  ["attributes in a tag that never ends", " width=", undefined],
  ["widths without a number", 'width="', undefined],
  ["spaces before a number", " ", undefined],
  ["widths", "width:400px;", 480],
])("eight megabytes of %s are measured at once", (_, piece, width) => {
  for (const start of ["", "<a", "<style>@media{", "width=", 'width="']) {
    const content = start + piece.repeat(8_000_000 / piece.length);
    expect(drawnWidth({ opening: "", content }) ?? width).toBe(width);
  }
});

/** Requests to a viewer whose reader is `read`. */
function viewerThatReads(read: () => Promise<SafeMail>, { mock } = viewer) {
  const client = new ArchivesClient({ apiKey: "k", baseUrl: mock.url });
  const reader = { read, close: () => Promise.resolve() };
  const app = createViewer({ client, reader, log: () => undefined });
  return (path: string, headers: Record<string, string> = {}) =>
    app.request(`http://localhost/${path}`, { headers });
}

describe("a mail that was refused", () => {
  test("is read again when its page is reloaded, but not for its tabs", async () => {
    let reads = 0;
    const ask = viewerThatReads(() => {
      reads += 1;
      return Promise.resolve(unreadableMail("too-slow"));
    });
    const get = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).text();
    const mail = mails[1] ?? "";
    expect(await get(mail)).toContain("Only words");
    expect(reads).toBe(1);
    for (const tab of ["text", "headers", "source"]) {
      expect(await get(`${mail}&tab=${tab}`)).toContain("Only words");
    }
    expect(reads).toBe(1);
    await get(mail);
    expect(reads).toBe(2);
    await get(`${mail}&tab=source`, { "Cache-Control": "max-age=0" });
    expect(reads).toBe(3);
  });

  test("or takes long to read shows its head meanwhile", async () => {
    let done: ((mail: SafeMail) => void) | undefined;
    const reading = new Promise<SafeMail>((resolve) => (done = resolve));
    const answer = await viewerThatReads(() => reading)(mails[1] ?? "");
    const pieces = (answer.body as ReadableStream<Uint8Array>).getReader();
    const first = Buffer.from((await pieces.read()).value ?? []).toString();
    expect(first).toContain("<h1>Only words</h1>");
    expect(first).toContain("This mail is still being read");
    expect(first).not.toContain("</main>");
    done?.(unreadableMail("too-slow"));
    const rest = Buffer.from((await pieces.read()).value ?? []).toString();
    expect(rest).toContain("took too long");
    expect(rest).toContain("</main>");
  });

  test("or takes long to read shows no sender meanwhile if there is none", async () => {
    const own = await startViewer({ mails: { "a.eml": "Subject: Of nobody\r\n\r\nx" } });
    const [mail = ""] = await own.mailsOf(TARGET);
    const answer = await viewerThatReads(() => new Promise(() => undefined), own)(mail);
    const pieces = (answer.body as ReadableStream<Uint8Array>).getReader();
    const first = Buffer.from((await pieces.read()).value ?? []).toString();
    expect(first).toContain("<h1>Of nobody</h1>");
    expect(first).toContain("<dt>Sent</dt>");
    expect(first).not.toMatch(/<dt>(From|To)<\/dt>/);
    await pieces.cancel();
    await own.close();
  });
});

test("a storage that breaks off a download makes one line in the log, without a stack", async () => {
  const printed: unknown[] = [];
  const before = console.error;
  console.error = (...words: unknown[]) => printed.push(words);
  // Begins well, in more than one chunk, and breaks off for good.
  const storage = createServer((request, response) => {
    if (request.headers.range !== undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-length": "1000000" });
    const begins = `Subject: x\r\n\r\n${"x".repeat(500_000)}`;
    response.write(begins, () => setImmediate(() => response.destroy()));
  });
  await new Promise<void>((resolve) => storage.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(storage.address() as AddressInfo).port}/a.eml`;
  const mocked = viewer.mock.url;
  const client = {
    fetch: async (input: string | URL | Request, init?: RequestInit) => {
      const answer = await fetch(input, init);
      if (!String(input instanceof Request ? input.url : input).startsWith(mocked)) return answer;
      const listed = (await answer.json()) as { url: string }[];
      return Response.json(
        listed.map((one) => Object.assign(one, { url })),
        { headers: answer.headers },
      );
    },
    baseUrl: mocked,
  };
  const broken = await startViewer({ client });
  const [mail = ""] = await broken.mailsOf(TARGET);
  const download = fetch(new URL(mail.replace("mail?", "download?"), broken.url));
  await expect(download.then((answer) => answer.arrayBuffer())).rejects.toThrow();
  console.error = before;
  expect(printed).toEqual([]);
  expect(broken.log).toHaveLength(1);
  expect(broken.log[0]).toMatch(/^GET \/download 50\d \w+Error: [^\n]*$/);
  await broken.close();
  storage.close();
  storage.closeAllConnections();
});

test("answers cut off by the end of the viewer are not logged", async () => {
  const source = Buffer.concat([
    mailSource("Long", html("")),
    Buffer.alloc(30_000_000, "<p>x</p>\r\n"),
  ]);
  const ending = await startViewer({ mails: { "a.eml": source } });
  const [mail = ""] = await ending.mailsOf(TARGET);
  const head = await fetch(new URL(mail, ending.url));
  const rest = head.text();
  const printed = vi.spyOn(console, "error");
  await Promise.all([ending.close(), expect(rest).rejects.toThrow("terminated")]);
  expect([ending.log, printed.mock.calls]).toEqual([[], []]);
  printed.mockRestore();
});

/** A viewer of one mail, which is listed with these dates. */
function viewerOfDates(dates: { sendingDate: string; expiresOn: string }) {
  const own = { headers: { "content-type": "application/vnd.np6.cm.mail.archive" } };
  const client = {
    fetch: async (input: string | URL | Request, init?: RequestInit) => {
      const answer = await fetch(input, init);
      if (!answer.headers.get("content-type")?.includes("archive")) return answer;
      const listed = (await answer.json()) as object[];
      return Response.json(
        listed.map((one) => Object.assign(one, dates)),
        own,
      );
    },
  };
  return startViewer({ mails: { "a.eml": MAILS["b.eml"] }, client });
}

test.each([
  "2999-02-05T09:27:58.6Z",
  "2999-02-05 09:27:58Z",
  "2999-02-05t09:27:58.6712345z",
  "2999-02-05 10:27:58 +0100",
  "2999-02-05T10:27:58+01:00",
])("a date listed as %s is shown like any other", async (expiresOn) => {
  const dated = await viewerOfDates({ sendingDate: "2026-02-05 09:27:58Z", expiresOn });
  const [mail = ""] = await dated.mailsOf(TARGET);
  expect((await dated.get(mail)).words).toMatch(
    /Sent 5 Feb 2026, 09:27:58 UTC .*Opens until 5 Feb 2999, 09:27:58 UTC/,
  );
  const printed = (await dated.get(mail.replace("mail?", "print?"))).words;
  expect(printed).toContain("Sent 5 Feb 2026, 09:27:58 UTC");
  await dated.close();
});

test("an invalid date is shown and printed as it came", async () => {
  const vague = await viewerOfDates({ sendingDate: "in spring", expiresOn: "in autumn" });
  const [mail = ""] = await vague.mailsOf(TARGET);
  expect((await vague.get(mail)).words).toMatch(/Sent in spring .*Opens until in autumn/);
  expect((await vague.get(mail.replace("mail?", "print?"))).words).toContain("Sent in spring");
  await vague.close();
});

test.each([
  "05/02/2026 10:00",
  "No 5",
  "31 Feb 2026 10:00:00 +0000",
  "2026-02-31T10:00:00Z",
  "2026-02-05 10:00 PM",
  "jeudi 5 février 2026",
])("a mail with the date %s shows it as it is, without guessing", async (date) => {
  const source = `Subject: Dated\r\nDate: ${date}\r\n\r\nx`;
  const dated = await startViewer({ mails: { "a.eml": source } });
  const [mail = ""] = await dated.mailsOf(TARGET);
  expect((await dated.get(mail)).words).toContain(`Dated ${date} Archive id`);
  expect((await dated.get(mail.replace("mail?", "print?"))).words).toContain(`Dated ${date} `);
  await dated.close();
});

test("an invalid date cannot change the text direction", async () => {
  const source = "Subject: Dated\r\nDate: 6202\u202E soon\r\n\r\nx";
  const dated = await startViewer({ mails: { "a.eml": source } });
  const [mail = ""] = await dated.mailsOf(TARGET);
  expect((await dated.get(mail)).words).toContain("Dated 6202 soon Archive id");
  await dated.close();
});

test("an id cannot change the text direction, and is copied as it is", async () => {
  const source = "Subject: Turned\r\nMessage-ID: <a\u202Efdp@x>\r\n\r\nx";
  const turned = await startViewer({ mails: { "a.eml": source } });
  const [mail = ""] = await turned.mailsOf(TARGET);
  const { text, words } = await turned.get(mail);
  expect(words).toContain("Message-ID <afdp@x> ");
  expect(text).toContain('data-copy="&lt;a\u202Efdp@x&gt;"');
  await turned.close();
});

test("opening a mail twice fetches it once", async () => {
  await viewer.get(mails[0] ?? "");
  const asked = storageAsked();
  await viewer.get(mails[0] ?? "");
  expect(storageAsked()).toBe(asked);
});
