import type { Search } from "../archives/archive-search.ts";
import type { MailHead } from "../archives/mail-heads.ts";
import type { OpenedMail } from "../archives/recent-mails.ts";
import { plainText } from "../words/plain-text.ts";
import { LinkState } from "./archive-list.tsx";
import { Copied, Time } from "./layout.tsx";
import type { MailPageProps } from "./mail-page-props.ts";
import {
  HeadersPanel,
  LinksPanel,
  MailPanel,
  PartsPanel,
  SourcePanel,
  TextPanel,
} from "./mail-panels.tsx";
import { listLink, mailLinkTo, tabLink, TABS } from "./page-links.ts";
import type { Tab } from "./page-links.ts";
import { notesOf, subjectOf } from "./view.ts";
import type { View } from "./view.ts";

const PANELS = {
  mail: MailPanel,
  text: TextPanel,
  headers: HeadersPanel,
  links: LinksPanel,
  parts: PartsPanel,
  source: SourcePanel,
};

/** The tab to open: the one asked for, else the first that has something to show. */
export function tabFor(asked: string | undefined, { mail }: OpenedMail): Tab {
  const known = TABS.find((tab) => tab === asked);
  if (known !== undefined) return known;
  if (mail.html !== undefined) return "mail";
  return mail.text === "" && mail.problem !== undefined ? "source" : "text";
}

export function MailPageContent(props: MailPageProps) {
  const { view, search, archive, opened, tab } = props;
  const { t } = view;
  const { mail } = opened;
  const notes = notesOf(view, mail);
  const Panel = PANELS[tab];
  return (
    <>
      <AroundMail {...props} />
      <article class="mail">
        <header>
          <h1>{subjectOf(view, mail)}</h1>
          <Summary {...props} />
          <p class="actions">
            <a class="button" href={mailLinkTo("download", search, archive.id)} data-zoned="">
              {t.download}
            </a>
            {isPrintable(opened) && (
              <a
                class="button quiet"
                href={mailLinkTo("print", search, archive.id)}
                data-zoned=""
                target="_blank"
                rel="noopener"
              >
                {t.print}
              </a>
            )}
          </p>
        </header>
        {mail.problem !== undefined && (
          <p class="notice problem-notice">{t.problems[mail.problem]}</p>
        )}
        {notes.length > 0 && <p class="intro">{notes.join(" ")}</p>}
        <Tabs {...props} />
        <section class={`panel panel-${tab}`} aria-label={tabLabel(view, tab)}>
          <Panel {...props} />
        </section>
      </article>
    </>
  );
}

/** Links back to the mail's row in the list, and to its neighbours. */
export function AroundMail(props: Pick<MailPageProps, "view" | "search" | "archive" | "place">) {
  const { view, search, archive, place } = props;
  const { t } = view;
  return (
    <nav class="around" aria-label={t.aroundMail}>
      <a href={listLink(search, place.page, archive.id)}>← {t.backToList}</a>
      {place.newer !== undefined && (
        <a rel="prev" href={mailLinkTo("mail", search, place.newer)}>
          {t.newerMail}
        </a>
      )}
      {place.older !== undefined && (
        <a rel="next" href={mailLinkTo("mail", search, place.older)}>
          {t.olderMail}
        </a>
      )}
    </nav>
  );
}

/** Identifies the mail, for quoting when the mail itself cannot be shown. */
export function ArchiveFacts({ view, archive }: Pick<MailPageProps, "view" | "archive">) {
  const { t } = view;
  return (
    <>
      <dt>{t.archiveId}</dt>
      <dd>
        <Copied view={view} id={archive.id} what={t.archiveId} />
      </dd>
      <dt>{t.archive}</dt>
      <dd class="ids">
        {t.action} <code>{archive.action}</code> · {t.target} <code>{archive.target}</code> ·{" "}
        <LinkState view={view} archive={archive} />
      </dd>
    </>
  );
}

/** Whether there is something to print; a mail that cannot be read has nothing. */
export function isPrintable({ mail }: OpenedMail): boolean {
  return mail.html !== undefined || mail.text !== "";
}

export function BackToList({ view, search }: { view: View; search: Search }) {
  return (
    <p class="back">
      <a href={listLink(search)}>← {view.t.backToList}</a>
    </p>
  );
}

/** Who wrote to whom and when, in a few lines. */
export function Brief(props: Pick<MailPageProps, "view" | "archive"> & { mail: MailHead }) {
  const { view, archive, mail } = props;
  const { t } = view;
  return (
    <dl class="summary">
      <Fact name={t.from} value={mail.from} />
      <Fact name={t.to} value={mail.to} />
      <dt>{t.sent}</dt>
      <dd>
        <Time at={archive.sendingDate} view={view} />
      </dd>
    </dl>
  );
}

/** A header of the mail, unless it is empty. */
function Fact({ name, value }: { name: string; value: string }) {
  if (value === "") return <></>;
  return (
    <>
      <dt>{name}</dt>
      <dd>{plainText(value)}</dd>
    </>
  );
}

/** The mail in brief. The details, which few need, open on a click. */
function Summary({ view, archive, opened }: MailPageProps) {
  const { t, format } = view;
  const { mail, isKept, sha256 } = opened;
  return (
    <>
      <Brief view={view} archive={archive} mail={mail} />
      <details>
        <summary>{t.details}</summary>
        <dl class="summary">
          <Fact name={t.from} value={mail.from} />
          <Fact name={t.to} value={mail.to} />
          <Fact name={t.cc} value={mail.cc} />
          <Fact name={t.replyTo} value={mail.replyTo} />
          {mail.date !== "" && (
            <>
              <dt>{t.dated}</dt>
              <dd>
                <Time at={mail.date} view={view} />
              </dd>
            </>
          )}
          <ArchiveFacts view={view} archive={archive} />
          {mail.messageId !== "" && (
            <>
              <dt>{t.messageId}</dt>
              <dd>
                <Copied view={view} id={mail.messageId} what={t.messageId} />
              </dd>
            </>
          )}
          {sha256 !== undefined && (
            <>
              <dt>{t.tabSource}</dt>
              <dd>
                {format.bytes(opened.source.byteLength)}, SHA-256 <code>{sha256}</code>
              </dd>
            </>
          )}
          {archive.kept !== undefined && (
            <>
              <dt>{t.shownCopy}</dt>
              <dd>
                {isKept ? (
                  <>
                    {t.keptCopy} <Time at={archive.kept.keptAt} view={view} />
                    {sha256 === undefined && (
                      <>
                        , SHA-256 <code>{archive.kept.sha256}</code>
                      </>
                    )}
                  </>
                ) : (
                  t.otherCopy
                )}
              </dd>
            </>
          )}
        </dl>
      </details>
    </>
  );
}

function Tabs({ view, search, archive, opened: { mail }, tab: current }: MailPageProps) {
  const counts: Partial<Record<Tab, number>> = {
    headers: mail.headers.length,
    links: mail.links.length,
    parts: mail.parts.length,
  };
  return (
    <nav class="tabs" aria-label={view.t.tabs}>
      {TABS.map((tab) => {
        const count = counts[tab] ?? 0;
        return (
          <a
            href={tabLink(search, archive.id, tab)}
            aria-current={tab === current ? "page" : undefined}
          >
            {tabLabel(view, tab)}
            {count > 0 && <small> {view.format.number(count)}</small>}
          </a>
        );
      })}
    </nav>
  );
}

function tabLabel({ t }: View, tab: Tab): string {
  return {
    mail: t.tabHtml,
    text: t.tabText,
    headers: t.tabHeaders,
    links: t.tabLinks,
    parts: t.tabParts,
    source: t.tabSource,
  }[tab];
}
