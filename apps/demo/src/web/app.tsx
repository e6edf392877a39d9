import type { ArchivesClient, MailArchive } from "@np6-archives/client";
import type { MailReader } from "@np6-archives/safe-mail";
import type { SafeMail, MailHtml } from "@np6-archives/safe-mail";
import { Hono } from "hono";
import type { Context } from "hono";
import { isAsked, periodSearch, readSearch, searchProblem } from "../archives/archive-search.ts";
import type { Search } from "../archives/archive-search.ts";
import { failureLine, failureOf, NotListedError, PageNotFoundError } from "../archives/failure.ts";
import type { Failure } from "../archives/failure.ts";
import { MailHeads } from "../archives/mail-heads.ts";
import { RecentLists } from "../archives/recent-lists.ts";
import { RecentMails } from "../archives/recent-mails.ts";
import { ArchiveList, PAGE_SIZE } from "../pages/archive-list.tsx";
import { assets, assetsVersion } from "../pages/assets.ts";
import { FailureNotice } from "../pages/failure-notice.tsx";
import { ResultPage, StartPage } from "../pages/find-page.tsx";
import type { Example } from "../pages/find-page.tsx";
import { page } from "../pages/layout.tsx";
import type { PlaceInList } from "../pages/mail-page-props.ts";
import { BackToList, MailPageContent, tabFor } from "../pages/mail-page.tsx";
import { listLink } from "../pages/page-links.ts";
import { printHeading } from "../pages/print-heading.ts";
import { viewOf } from "../pages/view.ts";
import { allowedHosts } from "./allowed-hosts.ts";
import { attachmentHeaders } from "./attachment-headers.ts";
import { securityHeaders, servesMail } from "./security-headers.ts";

export interface ViewerOptions {
  /** Holds the key; nothing of it reaches a page. */
  readonly client: ArchivesClient;
  readonly reader: MailReader;
  /** Names besides `localhost` under which the viewer may be reached. Default none. */
  readonly allowedHosts?: readonly string[];
  /** Searches to offer on the first page. Default none. */
  readonly examples?: readonly Example[];
  /** Where failures are told, a line each. */
  readonly log: (line: string) => void;
}

/** The mail that a page is about. */
interface Asked {
  readonly search: Search;
  readonly archive: MailArchive;
  readonly place: PlaceInList;
}

/** The viewer, as a Hono app. */
export function createViewer(options: ViewerOptions): Hono {
  const { client, log } = options;
  const lists = new RecentLists(client);
  const mails = new RecentMails(client, options.reader);
  const heads = new MailHeads();
  const app = new Hono();

  app.use(securityHeaders);
  app.use(allowedHosts(options.allowedHosts ?? []));

  app.get("/", async (c) => {
    const view = viewOf(c);
    const search = readSearch(c.req.query());
    if (!isAsked(c.req.query())) {
      const start = <StartPage view={view} search={search} examples={options.examples ?? []} />;
      return c.html(page(view, view.t.product, start));
    }
    const problem = searchProblem(search);
    const period = problem === undefined ? periodSearch(c.req.query()) : undefined;
    if (period !== undefined) return c.redirect(listLink(period), 303);
    if (problem !== undefined) {
      const asked = <ResultPage view={view} search={search} problem={problem} />;
      return c.html(page(view, view.t.findHeading, asked), 400);
    }
    try {
      const number = Math.max(1, Number.parseInt(c.req.query("page") ?? "1", 10) || 1);
      const archives = await (number > 1 ? lists.recent(search) : lists.fresh(search));
      const found = (
        <ResultPage view={view} search={search}>
          <ArchiveList view={view} search={search} archives={archives} page={number} />
        </ResultPage>
      );
      const skip = archives.length === 0 ? undefined : "results";
      return await c.html(page(view, view.t.resultsHeading, found, skip));
    } catch (error) {
      const failure = fail(c, error);
      const failed = (
        <ResultPage view={view} search={search}>
          <FailureNotice view={view} failure={failure} heading="h2" />
        </ResultPage>
      );
      return c.html(page(view, view.t.failures[failure.kind].title, failed), failure.status);
    }
  });

  app.get("/mail", async (c) => {
    const view = viewOf(c);
    const { search, archive, place } = await askedArchive(c);
    const opened = await mails.open(archive);
    const tab = tabFor(c.req.query("tab"), opened);
    const content = (
      <MailPageContent
        view={view}
        search={search}
        archive={archive}
        place={place}
        opened={opened}
        tab={tab}
      />
    );
    return c.html(page(view, opened.mail.subject || view.t.noSubject, content));
  });

  app.get("/head", async (c) => {
    const { archive } = await askedArchive(c);
    const head = await heads.read(archive);
    if (head === undefined) return c.body(null, 204);
    return c.json({ subject: head.subject || viewOf(c).t.noSubject, from: head.from });
  });

  app.get("/frame", async (c) => {
    const { archive } = await askedArchive(c);
    const { opening, content } = htmlOf((await mails.open(archive)).mail);
    servesMail(c);
    return c.html(`${opening}${content}</body></html>`);
  });

  app.get("/print", async (c) => {
    const { archive } = await askedArchive(c);
    const { mail } = await mails.open(archive);
    const { opening, content } = htmlOf(mail);
    const heading = await printHeading(viewOf(c), archive, mail);
    servesMail(c);
    return c.html(`${opening}${heading}${content}</body></html>`);
  });

  app.get("/attachment", async (c) => {
    const { archive } = await askedArchive(c);
    const { mail } = await mails.open(archive);
    const attachment = mail.attachments[Number(c.req.query("part"))];
    if (attachment === undefined) throw new PageNotFoundError();
    servesMail(c);
    const headers = attachmentHeaders(attachment.safeName, "application/octet-stream");
    return c.body(attachment.content, 200, headers);
  });

  app.get("/download", async (c) => {
    const { archive } = await askedArchive(c);
    const { body, size } = await client.download(archive, { signal: c.req.raw.signal });
    servesMail(c);
    if (size !== undefined) c.header("Content-Length", String(size));
    return c.body(body, 200, attachmentHeaders(`${archive.id}.eml`, "message/rfc822"));
  });

  app.get("/assets/:name", (c) => {
    const asset = assets.get(c.req.param("name"));
    if (asset === undefined) throw new PageNotFoundError();
    const keep = c.req.query("v") === assetsVersion;
    return c.body(asset.content, 200, {
      "Content-Type": asset.type,
      "Cache-Control": keep ? "public, max-age=31536000, immutable" : "no-cache",
    });
  });

  app.notFound((c) => failurePage(c, new PageNotFoundError()));
  app.onError((error, c) => failurePage(c, error));

  /** The search of a page's address, and the archive that it names: only one that NP6 lists for that search. */
  async function askedArchive(c: Context): Promise<Asked> {
    const search = readSearch(c.req.query());
    const id = c.req.query("id") ?? "";
    if (searchProblem(search) !== undefined) throw new NotListedError();
    const archives = await lists.recent(search);
    const index = archives.findIndex((each) => each.id === id);
    const archive = archives[index];
    if (archive === undefined) throw new NotListedError();
    const place = {
      page: 1 + Math.floor(index / PAGE_SIZE),
      newer: archives[index - 1]?.id,
      older: archives[index + 1]?.id,
    };
    return { search, archive, place };
  }

  function failurePage(c: Context, error: unknown): Response | Promise<Response> {
    const failure = fail(c, error);
    const view = viewOf(c);
    const search = readSearch(c.req.query());
    const content = (
      <>
        {searchProblem(search) === undefined && <BackToList view={view} search={search} />}
        <FailureNotice view={view} failure={failure} heading="h1" />
      </>
    );
    return c.html(page(view, view.t.failures[failure.kind].title, content), failure.status);
  }

  function fail(c: Context, error: unknown): Failure {
    const failure = failureOf(error);
    if (failure.status >= 500) log(`${c.req.method} ${c.req.path} ${failureLine(error, failure)}`);
    if (failure.retryAt !== undefined) {
      const seconds = Math.ceil((failure.retryAt.getTime() - Date.now()) / 1000);
      c.header("Retry-After", String(Math.max(1, seconds)));
    }
    return failure;
  }

  return app;
}

function htmlOf(mail: SafeMail): MailHtml {
  if (mail.html === undefined) throw new PageNotFoundError();
  return mail.html;
}
