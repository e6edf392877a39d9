import { isLinkExpired, linkState } from "@np6-archives/client";
import { hasDates, searchParams } from "../archives/archive-search.ts";
import type { Search } from "../archives/archive-search.ts";
import type { FoundArchive } from "../archives/find-archives.ts";
import { canBeRead } from "../archives/mail-content.ts";
import { Time } from "./layout.tsx";
import { bagLink, listLink, mailLinkTo, rowId } from "./page-links.ts";
import { TableHead } from "./table-head.tsx";
import type { View } from "./view.ts";

export const PAGE_SIZE = 50;

/** How long before its end a link counts as expiring soon, in milliseconds. */
const SOON = 3 * 86_400_000;

/** The page of a list to show: the last one if a later one was asked for. */
export function shownPage(archives: readonly FoundArchive[], asked: number) {
  const pages = Math.ceil(archives.length / PAGE_SIZE);
  const page = Math.min(asked, pages);
  const start = (page - 1) * PAGE_SIZE;
  return { page, pages, start, rows: archives.slice(start, start + PAGE_SIZE) };
}

/** The title of a page of a list. It names no person, as passers-by can see it. */
export function listTitle(
  { t, format }: View,
  archives: readonly FoundArchive[],
  asked: number,
): string {
  if (archives.length === 0) return t.emptyHeading;
  const { page } = shownPage(archives, asked);
  return page === 1 ? t.resultsHeading : t.resultsPage(format.number(page));
}

/** One page of the archives that a search found. */
export function ArchiveList(props: {
  view: View;
  search: Search;
  archives: readonly FoundArchive[];
  page: number;
  /** Whether NP6 was asked, and not only the store of kept mails. */
  isNp6Asked: boolean;
  /** Whether the bag of all kept mails of the target is offered. */
  hasBag: boolean;
}) {
  const { view, search, archives, hasBag } = props;
  const { t, format } = view;
  if (archives.length === 0) return <EmptyList {...props} />;
  const { page, pages, start, rows } = shownPage(archives, props.page);
  // A column with the same value in each row is useless, but for a stamp the target is the answer.
  const hasTarget = search.by === "stamp" || new Set(archives.map(({ target }) => target)).size > 1;
  return (
    <section aria-labelledby="results">
      <div class="results-head">
        <h2 id="results" tabindex={-1}>
          {t.resultsHeading}
        </h2>
        <p class="count">
          {t.countOf(
            format.number(start + 1),
            format.number(start + rows.length),
            format.number(archives.length),
          )}
        </p>
      </div>
      <table class="archives">
        <TableHead columns={[t.sent, t.action, ...(hasTarget ? [t.target] : []), t.link]} />
        <tbody>
          {rows.map((archive) => (
            <Row view={view} search={search} archive={archive} hasTarget={hasTarget} />
          ))}
        </tbody>
      </table>
      {hasBag && search.by !== "stamp" && (
        <p class="bag">
          <a href={bagLink(search)}>{t.bag(search.target)}</a>
        </p>
      )}
      {pages > 1 && <Pager view={view} search={search} page={page} pages={pages} />}
    </section>
  );
}

function Row(props: { view: View; search: Search; archive: FoundArchive; hasTarget: boolean }) {
  const { view, search, archive } = props;
  const { t } = view;
  const narrow: Search = {
    ...search,
    by: "action",
    action: archive.action,
    target: archive.target,
  };
  return (
    <tr id={rowId(archive.id)}>
      <td class="sent">
        <a href={mailLinkTo("mail", search, archive.id)}>
          <Time at={archive.sendingDate} view={view} />
          {canBeRead(archive) && <Head from={mailLinkTo("head", search, archive.id)} />}
        </a>
      </td>
      <td data-label={t.action}>
        {search.by === "action" ? (
          <code>{archive.action}</code>
        ) : (
          <a class="narrow" href={listLink(narrow)} title={t.onlyThisAction(archive.action)}>
            <code>{archive.action}</code>
          </a>
        )}
      </td>
      {props.hasTarget && (
        <td data-label={t.target}>
          <code>{archive.target}</code>
        </td>
      )}
      <td data-label={t.link}>
        <LinkState view={view} archive={archive} onlyIfSoon />
      </td>
    </tr>
  );
}

/** The place for subject and sender, which the script fills once the viewer has read them. */
function Head({ from }: { from: string }) {
  return (
    <span class="head" data-from={from}>
      <bdi class="subject" />
      <bdi class="sender" />
    </span>
  );
}

/** Says whether a mail is kept, or else whether its link still opens. A list only shows links that expire soon. */
export function LinkState(props: { view: View; archive: FoundArchive; onlyIfSoon?: boolean }) {
  const { view, archive, onlyIfSoon = false } = props;
  const { t } = view;
  const now = Date.now();
  if (archive.kept !== undefined) return <span class="state good">{t.kept}</span>;
  const state = linkState(archive, now);
  if (state === "blank") return <span class="state none">{t.linkBlank}</span>;
  if (state === "expired") return <span class="state none">{t.linkExpired}</span>;
  const isSoon = isLinkExpired(archive, now + SOON);
  if (onlyIfSoon && !isSoon) return <></>;
  return (
    <span class={isSoon ? "state soon" : "state good"}>
      {t.linkOpens}{" "}
      <small>
        {t.linkUntil} <Time at={archive.expiresOn} view={view} />
      </small>
    </span>
  );
}

function Pager(props: { view: View; search: Search; page: number; pages: number }) {
  const { view, search, page, pages } = props;
  const { t, format } = view;
  return (
    <nav class="pager" aria-label={t.pages}>
      <span>
        {page > 1 && (
          <>
            <a href={listLink(search)}>{t.first}</a>{" "}
            <a rel="prev" href={listLink(search, page - 1)}>
              ← {t.newer}
            </a>
          </>
        )}
      </span>
      <form action="./" method="get" autocomplete="off">
        {[...searchParams(search)].map(([name, value]) => (
          <input type="hidden" name={name} value={value} />
        ))}
        <label>
          {t.page} <input type="number" name="page" min={1} max={pages} value={page} required />
        </label>{" "}
        {t.ofPages(format.number(pages))} <button type="submit">{t.go}</button>
      </form>
      <span>
        {page < pages && (
          <>
            <a rel="next" href={listLink(search, page + 1)}>
              {t.older} →
            </a>{" "}
            <a href={listLink(search, pages)}>{t.last}</a>
          </>
        )}
      </span>
    </nav>
  );
}

function EmptyList(props: { view: View; search: Search; isNp6Asked: boolean }) {
  const { view, search, isNp6Asked } = props;
  const { t } = view;
  const why = isNp6Asked ? t.emptyReasons : [t.emptyStore];
  const reasons = hasDates(search) ? [t.emptyByDates, ...why] : why;
  return (
    <section class="notice" aria-labelledby="empty">
      <h2 id="empty">{t.emptyHeading}</h2>
      <p>{t.emptyIntro}</p>
      <ul>
        {reasons.map((reason) => (
          <li>{reason}</li>
        ))}
      </ul>
    </section>
  );
}
