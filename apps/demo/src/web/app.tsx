import { KeepError } from "@np6-archives/keep";
import type { MailReader } from "@np6-archives/safe-mail";
import { Hono } from "hono";
import type { Context } from "hono";
import { isAsked, periodSearch, readSearch, searchProblem } from "../archives/archive-search.ts";
import type { Search } from "../archives/archive-search.ts";
import { failureLine, failureOf, NotListedError, PageNotFoundError } from "../archives/failure.ts";
import type { Failure } from "../archives/failure.ts";
import { findKept } from "../archives/find-archives.ts";
import type { Sources } from "../archives/find-archives.ts";
import { RecentLists } from "../archives/recent-lists.ts";
import { ArchiveList, listTitle, shownPage } from "../pages/archive-list.tsx";
import { assets, assetsVersion } from "../pages/assets.ts";
import { FailureNotice } from "../pages/failure-notice.tsx";
import { ResultPage, StartPage } from "../pages/find-page.tsx";
import type { Example } from "../pages/find-page.tsx";
import { Time, page } from "../pages/layout.tsx";
import { ArchiveFacts, AroundMail, BackToList } from "../pages/mail-page.tsx";
import { listLink } from "../pages/page-links.ts";
import { problemText } from "../pages/search-form.tsx";
import { viewOf } from "../pages/view.ts";
import type { View } from "../pages/view.ts";
import { allowedHosts } from "./allowed-hosts.ts";
import { AskedMails } from "./asked-mails.ts";
import { attachmentHeaders } from "./attachment-headers.ts";
import { openBag } from "./bag-download.ts";
import type { WriteBag } from "./bag-download.ts";
import { mailRoutes } from "./mail-routes.tsx";
import { securityHeaders, servesMail } from "./security-headers.ts";

/** The client has the key; no page shows it. */
export interface ViewerOptions extends Sources {
  /** Writes the bags of kept mails. Default: none are offered. */
  readonly bag?: WriteBag | undefined;
  readonly reader: MailReader;
  /** Names besides `localhost` under which the viewer may be reached. Default none. */
  readonly allowedHosts?: readonly string[];
  /** Searches to offer on the first page. Default none. */
  readonly examples?: readonly Example[];
  /** Logs failures, a line each. */
  readonly log: (line: string) => void;
}

/** The viewer, as a Hono app. */
export function createViewer(options: ViewerOptions): Hono {
  const { bag, log } = options;
  const sources: Sources = { client: options.client, kept: options.kept };
  const lists = new RecentLists(sources);
  const asked = new AskedMails(lists);
  const app = new Hono();

  app.use(securityHeaders);
  app.use(allowedHosts(options.allowedHosts ?? []));
  app.use((c, next) => {
    if (c.req.method === "GET" || c.req.method === "HEAD") return next();
    const refusal = `This viewer answers GET and HEAD, not ${c.req.method}.\n`;
    return Promise.resolve(c.text(refusal, 405, { Allow: "GET, HEAD" }));
  });

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
      const refused = <ResultPage view={view} search={search} problem={problem} />;
      return c.html(page(view, problemText(problem, view.t), refused), 400);
    }
    if (period !== undefined) return c.redirect(listLink(period), 303);
    try {
      return await listPage(c, view, search);
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

  app.route("/", mailRoutes({ sources, reader: options.reader, asked, tell }));

  app.get("/bag", async (c) => {
    const { target } = readSearch(c.req.query());
    const kept = options.kept && (await findKept(options.kept, { target }));
    if (bag === undefined || kept === undefined || kept.length === 0) throw new NotListedError();
    const headers = attachmentHeaders(`${target}.zip`, "application/zip");
    if (c.req.method === "HEAD") {
      servesMail(c);
      return c.body(null, 200, headers);
    }
    const { body, size } = await openBag(bag, target, c.req.raw.signal);
    servesMail(c);
    c.header("Content-Length", String(size));
    return c.body(body, 200, headers);
  });

  app.get("/assets/:name", (c) => {
    const asset = assets.get(c.req.param("name"));
    if (asset === undefined) throw new PageNotFoundError();
    const isCurrent = c.req.query("v") === assetsVersion;
    return c.body(asset.content, 200, {
      "Content-Type": asset.type,
      "Cache-Control": isCurrent ? "public, max-age=31536000, immutable" : "no-cache",
    });
  });

  app.notFound((c) => failurePage(c, new PageNotFoundError()));
  app.onError((error, c) => failurePage(c, error));

  async function listPage(c: Context, view: View, search: Search): Promise<Response> {
    const number = Math.max(1, Number.parseInt(c.req.query("page") ?? "1", 10) || 1);
    const { archives, failure } = await (number > 1
      ? lists.recent(search, (all) => shownPage(all, number).rows)
      : lists.fresh(search));
    const found = (
      <ResultPage view={view} search={search}>
        {failure !== undefined && (
          <FailureNotice
            view={view}
            failure={fail(c, failure)}
            heading="h2"
            onlyKept={!(failure instanceof KeepError)}
          />
        )}
        <ArchiveList
          view={view}
          search={search}
          archives={archives}
          page={number}
          isNp6Asked={options.client !== undefined}
          hasBag={bag !== undefined && archives.some(({ kept }) => kept !== undefined)}
        />
      </ResultPage>
    );
    const skip = archives.length === 0 ? undefined : "results";
    return c.html(page(view, listTitle(view, archives, number), found, skip));
  }

  function failurePage(c: Context, error: unknown): Response | Promise<Response> {
    const failure = fail(c, error);
    const view = viewOf(c);
    const search = readSearch(c.req.query());
    const about = asked.foundFor(c);
    const isFound = searchProblem(search) === undefined;
    const content = (
      <>
        {about !== undefined && <AroundMail view={view} {...about} />}
        {about === undefined && isFound && <BackToList view={view} search={search} />}
        <FailureNotice view={view} failure={failure} heading="h1">
          {about !== undefined && (
            <>
              <dt>{view.t.sent}</dt>
              <dd>
                <Time at={about.archive.sendingDate} view={view} />
              </dd>
              <ArchiveFacts view={view} archive={about.archive} />
            </>
          )}
        </FailureNotice>
      </>
    );
    return c.html(page(view, view.t.failures[failure.kind].title, content), failure.status);
  }

  function fail(c: Context, error: unknown): Failure {
    const failure = failureOf(error, asked.foundFor(c) !== undefined ? "mail" : "list");
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
