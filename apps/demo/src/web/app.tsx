import type { MailReader } from "@np6-archives/safe-mail";
import type { SafeMail, MailHtml } from "@np6-archives/safe-mail";
import { Hono } from "hono";
import type { Context } from "hono";
import { html } from "hono/html";
import { isAsked, periodSearch, readSearch, searchProblem } from "../archives/archive-search.ts";
import type { FoundArchive, Search, Sources } from "../archives/archive-search.ts";
import { failureLine, failureOf, NotListedError, PageNotFoundError } from "../archives/failure.ts";
import type { Failure } from "../archives/failure.ts";
import { contentOf } from "../archives/mail-content.ts";
import { mailFileName } from "../archives/mail-file-name.ts";
import { MailHeads } from "../archives/mail-heads.ts";
import { RecentLists } from "../archives/recent-lists.ts";
import { RecentMails } from "../archives/recent-mails.ts";
import type { OpenedMail } from "../archives/recent-mails.ts";
import { ArchiveList, listTitle, PAGE_SIZE } from "../pages/archive-list.tsx";
import { assets, assetsVersion } from "../pages/assets.ts";
import { FailureNotice } from "../pages/failure-notice.tsx";
import { ResultPage, StartPage } from "../pages/find-page.tsx";
import type { Example } from "../pages/find-page.tsx";
import { Time, page } from "../pages/layout.tsx";
import { MailBeingRead } from "../pages/mail-being-read.tsx";
import type { PlaceInList } from "../pages/mail-page-props.ts";
import {
  ArchiveFacts,
  AroundMail,
  BackToList,
  isPrintable,
  MailPageContent,
  tabFor,
} from "../pages/mail-page.tsx";
import { listLink } from "../pages/page-links.ts";
import { printPage } from "../pages/print-page.ts";
import { problemText } from "../pages/search-form.tsx";
import { subjectOf, viewOf } from "../pages/view.ts";
import { plainText } from "../words/plain-text.ts";
import { isZone } from "../words/zone.ts";
import { allowedHosts } from "./allowed-hosts.ts";
import { attachmentHeaders } from "./attachment-headers.ts";
import { openBag } from "./bag-download.ts";
import type { WriteBag } from "./bag-download.ts";
import { brokenOff } from "./broken-off.ts";
import { halves, inPieces, within } from "./late-page.ts";
import { securityHeaders, servesMail } from "./security-headers.ts";

/** The client holds the key; nothing of it reaches a page. */
export interface ViewerOptions extends Sources {
  /** Writes the bags of kept mails. Default: nobody can ask for one. */
  readonly bag?: WriteBag | undefined;
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
  readonly archive: FoundArchive;
  readonly place: PlaceInList;
}

/** What is made of a mail, by its address. */
const MAIL_TYPES = {
  "/mail": "text/html; charset=UTF-8",
  "/head": "application/json",
  "/frame": "text/html; charset=UTF-8",
  "/print": "text/html; charset=UTF-8",
  "/attachment": "application/octet-stream",
  "/download": "message/rfc822",
};

/** A download does not wait longer for its name, in milliseconds. */
const NAME_WITHIN = 3000;

/** A mail that takes longer to read shows its head meanwhile. In milliseconds. */
const HEAD_AFTER = 400;

/** The viewer, as a Hono app. */
export function createViewer(options: ViewerOptions): Hono {
  const { bag, log } = options;
  const sources: Sources = { client: options.client, kept: options.kept };
  const lists = new RecentLists(sources);
  const mails = new RecentMails(sources, options.reader);
  const heads = new MailHeads(sources);
  const app = new Hono();
  /** Those that ask for a mail that is listed: what fails then is to fetch it. */
  /** The mail that a page is about, once it is known. */
  const askedOn = new WeakMap<Context, Asked>();

  app.use(securityHeaders);
  app.use(allowedHosts(options.allowedHosts ?? []));
  app.use((c, next) => {
    if (c.req.method === "GET" || c.req.method === "HEAD") return next();
    const refusal = `This viewer answers GET and HEAD, not ${c.req.method}.\n`;
    return Promise.resolve(c.text(refusal, 405, { Allow: "GET, HEAD" }));
  });

  // Whoever asks for the head of an answer alone has no use for a mail: its link is left alone.
  for (const [path, type] of Object.entries(MAIL_TYPES)) {
    app.use(path, async (c, next) => {
      if (c.req.method !== "HEAD") return next();
      await askedArchive(c);
      if (path !== "/mail" && path !== "/head") servesMail(c);
      return c.body(null, 200, { "Content-Type": type });
    });
  }

  app.get("/", async (c) => {
    const view = viewOf(c);
    const period = periodSearch(c.req.query());
    const search = period ?? readSearch(c.req.query());
    if (!isAsked(c.req.query())) {
      const start = <StartPage view={view} search={search} examples={options.examples ?? []} />;
      return c.html(page(view, view.t.product, start));
    }
    const problem = searchProblem(search);
    if (problem !== undefined) {
      const asked = <ResultPage view={view} search={search} problem={problem} />;
      return c.html(page(view, problemText(problem, view.t), asked), 400);
    }
    if (period !== undefined) return c.redirect(listLink(period), 303);
    try {
      const number = Math.max(1, Number.parseInt(c.req.query("page") ?? "1", 10) || 1);
      const { archives, failure } = await (number > 1 ? lists.recent(search) : lists.fresh(search));
      const found = (
        <ResultPage view={view} search={search}>
          {failure !== undefined && (
            <FailureNotice view={view} failure={fail(c, failure)} heading="h2" onlyKept />
          )}
          <ArchiveList
            view={view}
            search={search}
            archives={archives}
            page={number}
            isNp6Asked={options.client !== undefined}
            bag={bag !== undefined && archives.some(({ kept }) => kept !== undefined)}
          />
        </ResultPage>
      );
      const skip = archives.length === 0 ? undefined : "results";
      return await c.html(page(view, listTitle(view, archives, number), found, skip));
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
    const asked = c.req.query("tab");
    // The tabs of a page show what it showed; a page that is opened or loaded again may read again.
    const anew =
      asked === undefined || /no-cache|max-age=0/.test(c.req.header("Cache-Control") ?? "");
    const { head, opened } = await mails.fetch(archive, anew);
    const title = subjectOf(view, head);
    const content = (read: OpenedMail) => (
      <MailPageContent
        view={view}
        search={search}
        archive={archive}
        place={place}
        opened={read}
        tab={tabFor(asked, read)}
      />
    );
    const read = await within(HEAD_AFTER, opened);
    if (read !== undefined) return c.html(page(view, title, content(read)));
    const waiting = <MailBeingRead view={view} archive={archive} head={head} />;
    const [before, after] = halves(String(await page(view, title, waiting)));
    return c.body(
      inPieces(before, opened, async (late) => String(await html`${content(late)}`), after),
      200,
      { "Content-Type": "text/html; charset=UTF-8" },
    );
  });

  app.get("/head", async (c) => {
    const { archive } = await askedArchive(c);
    const head = await heads.read(archive);
    if (head === undefined) return c.body(null, 204);
    return c.json({ subject: subjectOf(viewOf(c), head), from: plainText(head.from) });
  });

  app.get("/frame", async (c) => {
    const { archive } = await askedArchive(c);
    const { opening, content } = htmlOf((await mails.open(archive)).mail);
    servesMail(c);
    return c.html(`${opening}${content}</body></html>`);
  });

  app.get("/print", async (c) => {
    const { search, archive } = await askedArchive(c);
    const opened = await mails.open(archive);
    if (!isPrintable(opened)) throw new PageNotFoundError();
    const printed = await printPage(viewOf(c), archive, opened, pageZone(c, search));
    servesMail(c);
    return c.html(printed);
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
    const { search, archive } = await askedArchive(c);
    const { body, size } = await contentOf(sources, archive, c.req.raw.signal);
    const head = await within(NAME_WITHIN, heads.read(archive));
    const name = mailFileName(archive, head?.subject ?? "", pageZone(c, search));
    servesMail(c);
    if (size !== undefined) c.header("Content-Length", String(size));
    const bytes = brokenOff(c, body, (error) => tell(c, error, failureOf(error, "mail")));
    return c.body(bytes, 200, attachmentHeaders(name, "message/rfc822"));
  });

  app.get("/bag", async (c) => {
    const { target } = readSearch(c.req.query());
    const kept = await options.kept?.find({ target });
    if (bag === undefined || kept === undefined || kept.length === 0) throw new NotListedError();
    const headers = attachmentHeaders(`${target}.zip`, "application/zip");
    if (c.req.method === "HEAD") {
      servesMail(c);
      return c.body(null, 200, headers);
    }
    const { body, size } = await openBag(bag, target);
    servesMail(c);
    c.header("Content-Length", String(size));
    return c.body(body, 200, headers);
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
    const { archives } = await lists.recent(search);
    const index = archives.findIndex((each) => each.id === id);
    const archive = archives[index];
    if (archive === undefined) throw new NotListedError();
    const place = {
      page: 1 + Math.floor(index / PAGE_SIZE),
      newer: archives[index - 1]?.id,
      older: archives[index + 1]?.id,
    };
    const asked = { search, archive, place };
    askedOn.set(c, asked);
    return asked;
  }

  function failurePage(c: Context, error: unknown): Response | Promise<Response> {
    const failure = fail(c, error);
    const view = viewOf(c);
    const search = readSearch(c.req.query());
    const asked = askedOn.get(c);
    const isFound = searchProblem(search) === undefined;
    const content = (
      <>
        {asked !== undefined && <AroundMail view={view} {...asked} />}
        {asked === undefined && isFound && <BackToList view={view} search={search} />}
        <FailureNotice view={view} failure={failure} heading="h1">
          {asked !== undefined && (
            <>
              <dt>{view.t.sent}</dt>
              <dd>
                <Time at={asked.archive.sendingDate} view={view} />
              </dd>
              <ArchiveFacts view={view} archive={asked.archive} />
            </>
          )}
        </FailureNotice>
      </>
    );
    return c.html(page(view, view.t.failures[failure.kind].title, content), failure.status);
  }

  function fail(c: Context, error: unknown): Failure {
    const failure = failureOf(error, askedOn.has(c) ? "mail" : "list");
    if (failure.status >= 500) tell(c, error, failure);
    if (failure.retryAt !== undefined) {
      const seconds = Math.ceil((failure.retryAt.getTime() - Date.now()) / 1000);
      c.header("Retry-After", String(Math.max(1, seconds)));
    }
    return failure;
  }

  function tell(c: Context, error: unknown, failure: Failure): void {
    log(`${c.req.method} ${c.req.path} ${failureLine(error, failure)}`);
  }

  return app;
}

function htmlOf(mail: SafeMail): MailHtml {
  if (mail.html === undefined) throw new PageNotFoundError();
  return mail.html;
}

/** The zone that the page tells its times in: the script adds the reader's. */
function pageZone(c: Context, search: Search): string {
  const zone = c.req.query("in") ?? "";
  return isZone(zone) ? zone : search.zone;
}
