import type { Search } from "../archives/archive-search.ts";
import type { OpenedMail } from "../archives/recent-mails.ts";
import { LinkState } from "./archive-list.tsx";
import { Time } from "./layout.tsx";
import type { MailPageProps } from "./mail-page-props.ts";
import {
  HeadersPanel,
  LinksPanel,
  MailPanel,
  PartsPanel,
  SourcePanel,
  TextPanel,
} from "./mail-panels.tsx";
import { listLink, mailLinkTo, tabLink, tabs } from "./page-links.ts";
import type { Tab } from "./page-links.ts";
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
  const known = tabs.find((tab) => tab === asked);
  if (known !== undefined) return known;
  if (mail.html !== undefined) return "mail";
  return mail.text === "" && mail.problem !== undefined ? "source" : "text";
}

export function MailPageContent(props: MailPageProps) {
  const { view, search, archive, opened, place, tab } = props;
  const { t } = view;
  const { mail } = opened;
  const Panel = PANELS[tab];
  return (
    <>
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
      <article class="mail">
        <header>
          <h1>{mail.subject || t.noSubject}</h1>
          <Summary {...props} />
          <p class="actions">
            <a class="button" href={mailLinkTo("download", search, archive.id)} download>
              {t.download}
            </a>
            {mail.html !== undefined && (
              <a
                class="button quiet"
                href={mailLinkTo("print", search, archive.id)}
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
        {mail.notes.length > 0 && (
          <p class="intro">{[...new Set(mail.notes.map(({ kind }) => t.notes[kind]))].join(" ")}</p>
        )}
        <Tabs {...props} />
        <section class={`panel panel-${tab}`} aria-label={tabLabel(view, tab)}>
          <Panel {...props} />
        </section>
      </article>
    </>
  );
}

export function BackToList({ view, search }: { view: View; search: Search }) {
  return (
    <p class="back">
      <a href={listLink(search)}>← {view.t.backToList}</a>
    </p>
  );
}

function Summary({ view, archive, opened: { mail } }: MailPageProps) {
  const { t } = view;
  const people = [
    [t.from, mail.from],
    [t.to, mail.to],
    [t.cc, mail.cc],
    [t.replyTo, mail.replyTo],
  ] as const;
  return (
    <dl class="summary">
      {people.map(
        ([name, value]) =>
          value !== "" && (
            <>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </>
          ),
      )}
      {mail.date !== "" && (
        <>
          <dt>{t.dated}</dt>
          <dd>
            <Time at={mail.date} view={view} />
          </dd>
        </>
      )}
      <dt>{t.sent}</dt>
      <dd>
        <Time at={archive.sendingDate} view={view} />
      </dd>
      <dt>{t.archive}</dt>
      <dd class="ids">
        {t.action} <code>{archive.action}</code> · {t.target} <code>{archive.target}</code> ·{" "}
        <LinkState view={view} archive={archive} />
      </dd>
      {archive.kept !== undefined && (
        <>
          <dt>{t.copy}</dt>
          <dd>
            {t.keptCopy} <Time at={archive.kept.keptAt} view={view} />, SHA-256{" "}
            <code>{archive.kept.sha256}</code>
          </dd>
        </>
      )}
    </dl>
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
      {tabs.map((tab) => {
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
