import type { MailReader } from "@np6-archives/safe-mail";
import { Hono } from "hono";
import type { Context } from "hono";
import { html } from "hono/html";
import type { Search } from "../archives/archive-search.ts";
import { failureOf, PageNotFoundError } from "../archives/failure.ts";
import type { Failure } from "../archives/failure.ts";
import type { Sources } from "../archives/find-archives.ts";
import { begun, contentOf } from "../archives/mail-content.ts";
import { mailFileName } from "../archives/mail-file-name.ts";
import { MailHeads } from "../archives/mail-heads.ts";
import { RecentMails } from "../archives/recent-mails.ts";
import type { OpenedMail } from "../archives/recent-mails.ts";
import { page } from "../pages/layout.tsx";
import { MailBeingRead } from "../pages/mail-being-read.tsx";
import { isPrintable, MailPageContent, tabFor } from "../pages/mail-page.tsx";
import { printPage } from "../pages/print-page.ts";
import { subjectOf, viewOf } from "../pages/view.ts";
import { plainText } from "../words/plain-text.ts";
import { isZone } from "../words/zone.ts";
import type { AskedMails } from "./asked-mails.ts";
import { attachmentHeaders } from "./attachment-headers.ts";
import { brokenOff } from "./broken-off.ts";
import { halves, inPieces, within } from "./late-page.ts";
import { servesMail } from "./security-headers.ts";

/** The content types of a mail's pages and files, by path. */
const MAIL_TYPES = {
  "/mail": "text/html; charset=UTF-8",
  "/head": "application/json",
  "/frame": "text/html; charset=UTF-8",
  "/print": "text/html; charset=UTF-8",
  "/attachment": "application/octet-stream",
  "/download": "message/rfc822",
};

/** How long a download waits for the subject for its file name, in milliseconds. */
const NAME_WITHIN = 3000;

/** After this time, a mail that is still being read shows its head. In milliseconds. */
const HEAD_AFTER = 400;

/** What the pages of mails need. */
interface MailRoutesOptions {
  readonly sources: Sources;
  readonly reader: MailReader;
  readonly asked: AskedMails;
  /** Reports a failure after an answer has begun. */
  readonly tell: (c: Context, error: unknown, failure: Failure) => void;
}

/** The pages and files of a mail. */
export function mailRoutes({ sources, reader, asked, tell }: MailRoutesOptions): Hono {
  const mails = new RecentMails(sources, reader);
  const heads = new MailHeads(sources);
  const app = new Hono();
  const sent = (c: Context, body: ReadableStream<Uint8Array>) =>
    brokenOff(c, body, (error) => tell(c, error, failureOf(error, "mail")));

  // A HEAD request needs no mail, so the link is not opened.
  for (const [path, type] of Object.entries(MAIL_TYPES)) {
    app.use(path, async (c, next) => {
      if (c.req.method !== "HEAD") return next();
      await asked.find(c);
      if (path !== "/mail" && path !== "/head") servesMail(c);
      return c.body(null, 200, { "Content-Type": type });
    });
  }

  app.get("/mail", async (c) => {
    const view = viewOf(c);
    const { search, archive, place } = await asked.find(c);
    const tab = c.req.query("tab");
    // The tabs of a page show what it showed; opening or reloading a page may read again.
    const anew =
      tab === undefined || /no-cache|max-age=0/.test(c.req.header("Cache-Control") ?? "");
    const { head, opened } = await mails.fetch(archive, anew);
    const content = (read: OpenedMail) => (
      <MailPageContent
        view={view}
        search={search}
        archive={archive}
        place={place}
        opened={read}
        tab={tabFor(tab, read)}
      />
    );
    const read = await within(HEAD_AFTER, opened);
    // The subject may be beyond the bytes from which the head is read.
    const title = subjectOf(view, read?.mail ?? head);
    if (read !== undefined) return c.html(page(view, title, content(read)));
    const waiting = <MailBeingRead view={view} archive={archive} head={head} />;
    const [before, after] = halves(String(await page(view, title, waiting)));
    const late = opened.then(async (mail) => String(await html`${content(mail)}`));
    const pieces = inPieces(before, late, after);
    return c.body(sent(c, pieces), 200, { "Content-Type": "text/html; charset=UTF-8" });
  });

  app.get("/head", async (c) => {
    const { archive } = await asked.find(c);
    const head = await heads.read(archive);
    if (head === undefined) return c.body(null, 204);
    return c.json({ subject: subjectOf(viewOf(c), head), from: plainText(head.from) });
  });

  app.get("/frame", async (c) => {
    const { archive } = await asked.find(c);
    const { mail } = await mails.open(archive);
    if (mail.html === undefined) throw new PageNotFoundError();
    const { opening, content } = mail.html;
    // Without a title, a separate window would show its address.
    const title = await html`<title>${subjectOf(viewOf(c), mail)}</title>`;
    servesMail(c);
    return c.html(`${opening.replace("<head>", () => `<head>${title}`)}${content}</body></html>`);
  });

  app.get("/print", async (c) => {
    const { search, archive } = await asked.find(c);
    const opened = await mails.open(archive);
    if (!isPrintable(opened)) throw new PageNotFoundError();
    const printed = await printPage(viewOf(c), archive, opened, pageZone(c, search));
    servesMail(c);
    return c.html(printed);
  });

  app.get("/attachment", async (c) => {
    const { archive } = await asked.find(c);
    const { mail } = await mails.open(archive);
    const attachment = mail.attachments[Number(c.req.query("part"))];
    if (attachment === undefined) throw new PageNotFoundError();
    servesMail(c);
    const headers = attachmentHeaders(attachment.safeName, "application/octet-stream");
    return c.body(attachment.content, 200, headers);
  });

  app.get("/download", async (c) => {
    const { search, archive } = await asked.find(c);
    const { body, size, isKept } = await contentOf(sources, archive, c.req.raw.signal);
    // A kept copy has begun already.
    const bytes = isKept ? body : await begun(body);
    const head = await within(NAME_WITHIN, heads.read(archive));
    const name = mailFileName(archive, head?.subject ?? "", pageZone(c, search));
    servesMail(c);
    if (size !== undefined) c.header("Content-Length", String(size));
    return c.body(sent(c, bytes), 200, attachmentHeaders(name, "message/rfc822"));
  });

  return app;
}

/** The zone in which the page shows times: the script adds the reader's. */
function pageZone(c: Context, search: Search): string {
  const zone = c.req.query("in") ?? "";
  return isZone(zone) ? zone : search.zone;
}
