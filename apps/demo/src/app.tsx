import { Hono } from "hono";

import { allowedHosts } from "./allowed-hosts.ts";
import { ArchiveList } from "./archive-list.tsx";
import { ArchiveLists } from "./archive-lists.ts";
import { assets, assetsVersion } from "./assets.ts";
import { attachmentHeaders } from "./attachment-headers.ts";
import { failureOf, NotListedError, PageNotFoundError } from "./failure.ts";
import { FailureNotice } from "./failure-notice.tsx";
import { formatsFor } from "./formats.ts";
import { languageOf, languages } from "./language.ts";
import { page } from "./layout.tsx";
import { BackToList, MailPageContent, tabFor } from "./mail-page.tsx";
import { Mails } from "./mails.ts";
import { listLink } from "./page-links.ts";
import { printHeading } from "./print-heading.ts";
import { isAsked, readSearch, searchProblem } from "./search.ts";
import { SearchForm } from "./search-form.tsx";
import { securityHeaders, servesMail } from "./security-headers.ts";

import type { ArchivesClient, MailArchive } from "@np6-archives/client";
import type { Context } from "hono";
import type { View } from "./layout.tsx";
import type { MailReader } from "./mail-reader.ts";
import type { OpenedMail } from "./mails.ts";
import type { Search } from "./search.ts";

/** A search to offer on the first page. */
export interface Example {
  readonly query: Partial<Search>;
  /** What it shows, for example "10,000 archives". */
  readonly label: string;
}

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

/** What a page of one mail knows. */
interface MailRequest {
  readonly search: Search;
  readonly archive: MailArchive;
}

/** The viewer, as a Hono app. */
export function createViewer(options: ViewerOptions): Hono {
  const { client, examples = [], log } = options;
  const lists = new ArchiveLists(client);
  const mails = new Mails(client, options.reader);
  const app = new Hono();

  app.use(securityHeaders);
  app.use(allowedHosts(options.allowedHosts ?? []));

  app.get("/", async (c) => {
    const view = viewOf(c, "");
    const search = readSearch(c.req.query());
    const problem = isAsked(c.req.query()) ? searchProblem(search) : undefined;
    const form = <SearchForm view={view} search={search} problem={problem} />;
    if (!isAsked(c.req.query()))
      return c.html(
        page(view, view.t.product, <Start view={view} form={form} examples={examples} />),
      );
    if (problem !== undefined)
      return c.html(page(view, view.t.findHeading, <Results view={view} form={form} />), 400);
    const number = Number.parseInt(c.req.query("page") ?? "", 10);
    try {
      const archives = await (number > 1 ? lists.recent(search) : lists.fresh(search));
      const list = (
        <ArchiveList view={view} search={search} archives={archives} page={number || 1} />
      );
      return await c.html(
        page(view, view.t.resultsHeading, <Results view={view} form={form} list={list} />),
      );
    } catch (error) {
      const failure = failureOf(error);
      tell(c, error, failure.status);
      retryAfter(c, failure.retryAt);
      const list = <FailureNotice view={view} failure={failure} />;
      return c.html(
        page(
          view,
          view.t.failures[failure.kind].title,
          <Results view={view} form={form} list={list} />,
        ),
        failure.status,
      );
    }
  });

  app.get("/mail", async (c) => {
    const view = viewOf(c, "mail");
    const request = await mailRequest(c);
    const opened = await mails.open(request.archive);
    const content = (
      <MailPageContent
        view={view}
        {...request}
        opened={opened}
        tab={tabFor(c.req.query("tab"), opened)}
      />
    );
    return c.html(page(view, opened.mail.subject || view.t.noSubject, content));
  });

  app.get("/frame", async (c) => {
    const { mail } = await openedMail(c);
    if (mail.html === undefined) throw new PageNotFoundError();
    servesMail(c);
    return c.html(`${mail.html.opening}${mail.html.content}</body></html>`);
  });

  app.get("/print", async (c) => {
    const { archive } = await mailRequest(c);
    const { mail } = await mails.open(archive);
    if (mail.html === undefined) throw new PageNotFoundError();
    const heading = await printHeading(viewOf(c, "print"), archive, mail);
    servesMail(c);
    return c.html(`${mail.html.opening}${heading}${mail.html.content}</body></html>`);
  });

  app.get("/attachment", async (c) => {
    const { mail } = await openedMail(c);
    const attachment = mail.attachments[Number(c.req.query("part"))];
    if (attachment === undefined) throw new PageNotFoundError();
    servesMail(c);
    return c.body(Uint8Array.from(attachment.content), 200, attachmentHeaders(attachment.name));
  });

  app.get("/download", async (c) => {
    const { archive } = await mailRequest(c);
    const content = await client.download(archive, { signal: c.req.raw.signal });
    const headers = attachmentHeaders(`${archive.id}.eml`, "message/rfc822");
    if (content.size !== undefined) headers["Content-Length"] = String(content.size);
    servesMail(c);
    return c.body(content.body, 200, headers);
  });

  app.get("/assets/:name", (c) => {
    const asset = assets.get(c.req.param("name"));
    if (asset === undefined) throw new PageNotFoundError();
    return c.body(asset.content, 200, {
      "Content-Type": asset.type,
      "Cache-Control":
        c.req.query("v") === assetsVersion ? "public, max-age=31536000, immutable" : "no-cache",
    });
  });

  app.notFound((c) => failurePage(c, new PageNotFoundError()));
  app.onError((error, c) => failurePage(c, error));

  async function mailRequest(c: Context): Promise<MailRequest> {
    const search = readSearch(c.req.query());
    if (searchProblem(search) !== undefined) throw new NotListedError();
    const archive = await lists.find(search, c.req.query("id") ?? "");
    if (archive === undefined) throw new NotListedError();
    return { search, archive };
  }

  async function openedMail(c: Context): Promise<OpenedMail> {
    return mails.open((await mailRequest(c)).archive);
  }

  function failurePage(c: Context, error: unknown): Response | Promise<Response> {
    const failure = failureOf(error);
    tell(c, error, failure.status);
    retryAfter(c, failure.retryAt);
    const view = viewOf(c, c.req.path.split("/").at(-1) ?? "");
    const search = readSearch(c.req.query());
    const content = (
      <>
        {c.req.query("id") !== undefined && searchProblem(search) === undefined && (
          <BackToList view={view} search={search} />
        )}
        <FailureNotice view={view} failure={failure} />
      </>
    );
    return c.html(page(view, view.t.failures[failure.kind].title, content), failure.status);
  }

  function tell(c: Context, error: unknown, status: number): void {
    if (status < 500 && !(error instanceof Error && "requestId" in error)) return;
    const { name, message, stack = "" } = error instanceof Error ? error : new Error(String(error));
    log(
      `${new Date().toISOString()} ${c.req.method} ${c.req.path} ${status}: ${status === 500 ? stack : `${name}: ${message}`}`,
    );
  }

  return app;
}

function viewOf(c: Context, name: string): View {
  const language = languageOf(c);
  const query = new URLSearchParams(c.req.query());
  query.delete("lang");
  const depth = c.req.path.split("/").length - 2;
  return {
    language,
    t: languages[language],
    format: formatsFor(language),
    root: depth > 0 ? "../".repeat(depth) : "./",
    query,
    page: name,
    version: assetsVersion,
  };
}

function retryAfter(c: Context, at: Date | undefined): void {
  if (at !== undefined)
    c.header("Retry-After", String(Math.max(1, Math.ceil((at.getTime() - Date.now()) / 1000))));
}

function Start(props: { view: View; form: unknown; examples: readonly Example[] }) {
  const { view, form, examples } = props;
  const { t } = view;
  return (
    <div class="start">
      <h1>{t.findHeading}</h1>
      <p class="tagline">{t.tagline}</p>
      {form}
      {examples.length > 0 && (
        <section class="examples" aria-labelledby="examples">
          <h2 id="examples">{t.tryHeading}</h2>
          <ul>
            {examples.map(({ query, label }) => {
              const search = readSearch(query);
              return (
                <li>
                  <a href={listLink(search)}>
                    <code>{search.by === "stamp" ? search.stamp : search.target}</code>
                  </a>{" "}
                  {label}
                </li>
              );
            })}
          </ul>
        </section>
      )}
    </div>
  );
}

function Results({ view, form, list }: { view: View; form: unknown; list?: unknown }) {
  return (
    <>
      <h1 class="quiet-title">{view.t.findHeading}</h1>
      {form}
      {list}
    </>
  );
}
