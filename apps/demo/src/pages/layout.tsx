import { html } from "hono/html";
import type { Child } from "hono/jsx";
import type { HtmlEscapedString } from "hono/utils/html";
import { instantOf } from "../words/formats.ts";
import { LANGUAGES } from "../words/language.ts";
import { plainText } from "../words/plain-text.ts";
import { assetsVersion } from "./assets.ts";
import type { View } from "./view.ts";

/** A whole page. With `skip` its first link leads to the list of mails, past the form. */
export function page(
  view: View,
  title: string,
  content: Child,
  skip?: "results",
): HtmlEscapedString | Promise<HtmlEscapedString> {
  return html`<!doctype html>${<Page view={view} title={title} content={content} skip={skip} />}`;
}

function Page(props: { view: View; title: string; content: Child; skip: "results" | undefined }) {
  const { view, title, content, skip } = props;
  const { t, root } = view;
  return (
    <html lang={view.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <title>{title === t.product ? title : `${title} – ${t.product}`}</title>
        <link rel="icon" href={`${root}assets/icon.svg?v=${assetsVersion}`} type="image/svg+xml" />
        <link rel="stylesheet" href={`${root}assets/viewer.css?v=${assetsVersion}`} />
        <script defer src={`${root}assets/viewer.js?v=${assetsVersion}`}></script>
      </head>
      <body>
        <a class="skip" href={`#${skip ?? "content"}`}>
          {skip === undefined ? t.skip : t.skipToMails}
        </a>
        <header class="top">
          <a class="product" href={root}>
            <Envelope />
            {t.product}
          </a>
          <LanguageSwitch view={view} />
        </header>
        <main id="content" tabindex={-1}>
          {content}
        </main>
      </body>
    </html>
  );
}

function LanguageSwitch({ view }: { view: View }) {
  return (
    <nav class="languages" aria-label={view.t.languages}>
      {Object.entries(LANGUAGES).map(([language, { languageName }]) => {
        const query = new URLSearchParams(view.query);
        query.set("lang", language);
        return (
          <a
            href={`${view.root}${view.page}?${query.toString()}`}
            lang={language}
            hreflang={language}
            aria-current={language === view.language ? "true" : undefined}
          >
            {languageName}
          </a>
        );
      })}
    </nav>
  );
}

function Envelope() {
  return (
    <svg
      width="22"
      height="22"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      aria-hidden="true"
    >
      <rect x="3" y="5" width="18" height="14" rx="2.5" />
      <path d="m4 7.5 8 6 8-6" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

/** An instant with its zone: in UTC as sent, in the reader's own once the script has run, with UTC on hover. */
export function Time({ at, view }: { at: string | Date; view: View }) {
  const instant = instantOf(at);
  const utc = view.format.dateTime(at);
  if (instant === undefined) return <>{plainText(utc)}</>;
  return (
    <time datetime={instant.toISOString()} title={utc}>
      {utc}
    </time>
  );
}

/** An id, with a button that copies it once the script has run. */
export function Copied({ view, id, what }: { view: View; id: string; what: string }) {
  const { t } = view;
  return (
    <>
      <code>{plainText(id)}</code>{" "}
      {/* Before the button, which is hidden at first: after it Chromium would drop the blank. */}
      <span class="unseen" role="status"></span>
      <button
        class="quiet copy"
        type="button"
        hidden
        aria-label={t.copyWhat(what)}
        data-copy={id}
        data-words={t.copy}
        data-copied={t.copied}
      ></button>
    </>
  );
}
